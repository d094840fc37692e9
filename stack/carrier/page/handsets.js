// The handsets in hand: the URL says which, the carrier says what stands on them, an event stream says when to look.
import { offerNumbers } from './day.js';
import { Handset } from './handset.js';
import { dressIndex, readLabels, refresh } from './index.js';
import { complain, setText } from './parts.js';
import { ask, pathOf } from './server.js';

const held = document.getElementById('held');
const live = document.getElementById('live');
const hold = document.getElementById('hold');

/** By number. @type {Map<string, Handset>} */
const handsets = new Map();
/** The handset last touched; "Text it" writes with it. */
let current = '';

function listen() {
	const events = new EventSource('/handsets/events');
	// comes after every reconnect too: what happened in between is read again
	events.addEventListener('ready', () => {
		say('yes', 'Live');
		refresh(redress);
		for (const handset of handsets.values()) void handset.reread();
	});
	events.addEventListener('text', ({ data }) => {
		const { handset, text } = JSON.parse(data);
		handsets.get(handset)?.thread.show([text]);
		refresh(redress);
	});
	events.addEventListener('numbers', () => refresh(redress));
	events.addEventListener('error', () => {
		say('no', 'Reconnecting');
		// the browser tries again by itself, except where it was refused
		if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
	});
}

function say(state, word) {
	live.dataset.live = state;
	setText(live, word);
}

/** After new facts about numbers: the index and every thread say them. */
function redress() {
	dressIndex((number) => handsets.has(number));
	offerNumbers();
	for (const { thread } of handsets.values()) thread.arrange();
}

const inUrl = () => [...new Set(new URLSearchParams(location.search).getAll('handset'))];

async function take(numbers) {
	const query = new URLSearchParams(numbers.map((number) => ['handset', number]));
	history.pushState(null, '', numbers.length > 0 ? `/?${query}` : '/');
	await followUrl();
}

/** Makes the handsets in hand those of the URL, in its order. */
async function followUrl() {
	const numbers = inUrl();
	for (const [number, { element }] of handsets) {
		if (numbers.includes(number)) continue;
		element.remove();
		handsets.delete(number);
	}
	for (const number of numbers) {
		if (handsets.has(number)) continue;
		try {
			const handset = await Handset.pickUp(number, () => void putAway(number));
			handset.element.addEventListener('focusin', () => (current = number));
			handsets.set(number, handset);
		} catch (error) {
			complain(hold, `${number}: ${error.message}`);
		}
	}
	numbers.forEach((number, place) => {
		const element = handsets.get(number)?.element;
		if (element && held.children[place] !== element) held.insertBefore(element, held.children[place] ?? null);
	});
	document.getElementById('held-empty').hidden = handsets.size > 0;
	document.body.toggleAttribute('data-holding', handsets.size > 0);
	for (const { thread } of handsets.values()) thread.toEnd();
	dressIndex((number) => handsets.has(number));
}

async function putAway(number) {
	await take(inUrl().filter((other) => other !== number));
	document.querySelector(`#known [data-number="${CSS.escape(number)}"]`)?.focus();
}

/** Takes this handset to the front and lets people write with it. */
async function use(number) {
	if (!handsets.has(number)) await take([number, ...inUrl()]);
	handsets.get(number)?.write();
}

async function invent() {
	try {
		const { number } = await ask('/handsets', {});
		await use(number);
	} catch (error) {
		complain(hold, error.message);
	}
}

document.getElementById('invent').addEventListener('click', () => void invent());

hold.addEventListener('submit', async (event) => {
	event.preventDefault();
	const field = hold.elements.number;
	complain(hold, '');
	if (!field.value.trim()) return complain(hold, 'Type the number to hold.', field);
	try {
		const { number } = await ask(pathOf(field.value.trim()));
		field.value = '';
		await use(number);
	} catch (error) {
		complain(hold, error.message, field);
	}
});

document.getElementById('known').addEventListener('click', (event) => {
	const row = event.target.closest('.row');
	if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
	event.preventDefault();
	void use(row.dataset.number);
});

document.getElementById('owned').addEventListener('click', async (event) => {
	const row = event.target.closest('.row');
	if (!row) return;
	if (handsets.size === 0) await invent();
	const handset = handsets.get(current) ?? [...handsets.values()].at(0);
	if (!handset) return;
	handset.form.elements.to.value = row.dataset.number;
	handset.write();
});

window.addEventListener('popstate', () => void followUrl());

readLabels();
offerNumbers();
await followUrl();
listen();
