// The carrier's day: which scenario is on, for which number, from which seed.
import { complain, labels, setText } from './parts.js';
import { ask, end } from './server.js';

const form = document.getElementById('bad-day');
const today = document.getElementById('today');

/** Offers the numbers there are. */
export function offerNumbers() {
	const select = form.elements['number'];
	const chosen = select.value;
	select.replaceChildren(new Option('all numbers', ''));
	for (const [number, label] of labels) select.add(new Option(`${number} ${label}`, number));
	select.value = labels.has(chosen) ? chosen : '';
}

async function show() {
	const { active } = await ask('/scenarios');
	const words = active.map(
		({ name, seed, numbers }) => `${name}, seed ${seed}, ${numbers?.join(', ') ?? 'all numbers'}`
	);
	setText(today, words.join(' · ') || 'As usual: everything arrives.');
}

/** Does something to the day and shows what it is then. */
async function change(work) {
	complain(form, '');
	try {
		await work();
		await show();
	} catch (error) {
		complain(form, error.message);
	}
}

form.addEventListener('submit', (event) => {
	event.preventDefault();
	const { name, number, seed } = form.elements;
	const numbers = number.value ? { numbers: [number.value] } : {};
	void change(() => ask('/scenarios', { name: name.value, seed: seed.value || '1', ...numbers }));
});

document.getElementById('end-days').addEventListener('click', () => void change(() => end('/scenarios')));
