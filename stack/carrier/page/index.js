// The index: the handsets so far and the numbers to text.
import { clock, copy, exact, fillNumber, labels, setText } from './parts.js';
import { ask } from './server.js';

const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

let refreshing = 0;

/** Reads the index anew, at most every 150 ms, then calls `done`. */
export function refresh(done) {
	if (refreshing) return;
	refreshing = setTimeout(async () => {
		refreshing = 0;
		// without an answer all stays as it is: the event stream notices the same and asks again when it is back
		const overview = await ask('/handsets').catch(() => null);
		if (!overview) return;
		fillIndex(overview);
		done();
	}, 150);
}

/** Keeps the labels of the numbers the server rendered. */
export function readLabels() {
	for (const row of document.querySelectorAll('#owned .row')) {
		labels.set(row.dataset.number, row.querySelector('.label').textContent);
	}
}

function fillIndex({ handsets, numbers }) {
	fill('known', 'handset-row', handsets, (item, handset) => {
		const row = item.querySelector('.row');
		row.href = `/?handset=${encodeURIComponent(handset.number)}`;
		row.dataset.number = handset.number;
		row.querySelector('time').dateTime = handset.last_at;
		setText(row.querySelector('.snippet'), handset.last_body);
		fillNumber(row, handset);
	});
	fill('owned', 'owned-row', numbers, (item, number) => {
		item.querySelector('.row').dataset.number = number.number;
		setText(item.querySelector('.label'), number.label);
		fillNumber(item, number);
	});
	fill('owned-list', 'owned-option', numbers, (option, { number, label }) => {
		option.value = number;
		option.textContent = label;
	});
	labels.clear();
	readLabels();
}

/** Makes the list's items those of the rows; the focus stays on its number. */
function fill(listId, templateId, rows, each) {
	const list = document.getElementById(listId);
	const focused = list.contains(document.activeElement) ? document.activeElement.dataset.number : null;
	const items = rows.map((row) => {
		const item = copy(templateId);
		each(item, row);
		return item;
	});
	list.replaceChildren(...items);
	const empty = document.getElementById(`${listId}-empty`);
	if (empty) empty.hidden = rows.length > 0;
	if (focused) list.querySelector(`[data-number="${CSS.escape(focused)}"]`)?.focus();
}

/** What only the browser knows: local times, and which handsets are in hand. */
export function dressIndex(isInHand) {
	for (const row of document.querySelectorAll('#known .row')) {
		const time = row.querySelector('time');
		const at = new Date(time.dateTime);
		const isToday = at.toDateString() === new Date().toDateString();
		setText(time, (isToday ? clock : shortDay).format(at));
		time.title = exact.format(at);
		if (isInHand(row.dataset.number)) row.setAttribute('aria-current', 'true');
		else row.removeAttribute('aria-current');
	}
}
