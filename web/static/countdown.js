// "Try again in 8 seconds." counts down. Beside the pages instead of in them: sign-in loads no other script at all.
// `data-words` (with * for the time) and `data-then` replace the sentences; `data-holds` keeps the form's button until then.
for (const place of document.querySelectorAll('[data-seconds]')) {
	const words = place.getAttribute('data-words') ?? 'Try again in *.';
	const then = place.getAttribute('data-then') ?? 'Try again now.';
	const button = place.hasAttribute('data-holds')
		? place.closest('form')?.querySelector('button:not([type=button])')
		: null;
	// by the clock: a page in the background is not called every second
	const end = Date.now() + Number(place.getAttribute('data-seconds')) * 1000;
	const tell = () => {
		const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
		place.textContent = left > 0 ? words.replace('*', `${left} ${left === 1 ? 'second' : 'seconds'}`) : then;
		button?.toggleAttribute('disabled', left > 0);
		if (left === 0) clearInterval(clock);
	};
	const clock = setInterval(tell, 1000);
	tell();
}
