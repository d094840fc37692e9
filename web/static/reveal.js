// The eye in a password field. Beside the pages instead of in them: sign-in loads no other script at all.
addEventListener('click', ({ target }) => {
	const button = target instanceof Element ? target.closest('[data-reveals]') : null;
	const field = document.getElementById(button?.getAttribute('data-reveals') ?? '');
	if (!button || !(field instanceof HTMLInputElement)) return;
	const shown = field.type === 'password';
	field.type = shown ? 'text' : 'password';
	button.setAttribute('aria-pressed', String(shown));
	field.focus();
});
