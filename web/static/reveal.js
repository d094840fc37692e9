// The eye in a password field. Beside the pages instead of in them: sign-in loads no other script at all.
// Once in a document, however often a page asks for it.
if (!document.documentElement.hasAttribute('data-revealing')) {
	document.documentElement.setAttribute('data-revealing', '');
	addEventListener('click', ({ target }) => {
		const button = target instanceof Element ? target.closest('button[data-reveals]') : null;
		const field = document.getElementById(button?.getAttribute('data-reveals') ?? '');
		if (!button || !(field instanceof HTMLInputElement)) return;
		const shown = field.type === 'password';
		field.type = shown ? 'text' : 'password';
		button.setAttribute('aria-pressed', String(shown));
		field.focus();
	});
}
