// The small parts every section of the page is made of. Whatever people wrote enters as textContent.

export const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
export const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });

/** Labels of the owned numbers. @type {Map<string, string>} */
export const labels = new Map();

/** A fresh copy of a template's element. */
export function copy(templateId) {
	return document.getElementById(templateId).content.firstElementChild.cloneNode(true);
}

export function fillNumber(place, { prefix, rest }) {
	setText(place.querySelector('.prefix'), prefix);
	setText(place.querySelector('.rest'), rest);
}

/** Leaves alone what is right already, so that screen readers announce only what changed. */
export function setText(element, text) {
	if (element.textContent !== text) element.textContent = text;
}

/** Shows a sentence in the form, at its field if there is one; an empty sentence takes it away. */
export function complain(form, sentence, field) {
	const error = form.querySelector('.error');
	error.hidden = sentence === '';
	setText(error.querySelector('span'), sentence);
	for (const input of form.querySelectorAll('input, textarea')) input.removeAttribute('aria-invalid');
	if (!sentence || !field) return;
	field.setAttribute('aria-invalid', 'true');
	field.focus();
}
