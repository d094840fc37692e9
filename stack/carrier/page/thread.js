// The texts on one handset, oldest first, each with its time and what became of it.
import { clock, copy, exact, labels, setText } from './parts.js';
import { pathOf } from './server.js';

/**
 * A text as the carrier's API gives it.
 * @typedef {{ sid: string, direction: 'sent' | 'received', peer: { number: string, prefix: string, rest: string },
 *   body: string, media: number, files: string[], at: string, status: string, error_code: number | null }} Text
 */

const words = { sending: 'Sending', delivered: 'Delivered', failed: 'Not delivered' };
const dayName = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const turn = 180_000;

export class Thread {
	/** @type {Map<string, Text>} */
	#texts = new Map();
	/** @type {Map<string, HTMLElement>} */
	#items = new Map();
	#list;

	constructor(list) {
		this.#list = list;
	}

	get last() {
		return [...this.#texts.values()].at(-1);
	}

	/** Adds texts, or takes over what became of them, and keeps the end in sight for those who look at it. */
	show(texts) {
		const list = this.#list;
		for (const text of texts) {
			// news may overtake each other: what has ended does not become "sending" again
			if (text.status === 'sending' && this.#texts.has(text.sid)) continue;
			this.#texts.set(text.sid, text);
		}
		const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
		this.arrange();
		if (isAtEnd) this.toEnd();
	}

	toEnd() {
		this.#list.scrollTop = this.#list.scrollHeight;
	}

	/** Puts the items into the order of their texts, with a line where a day begins; moves only what has to. */
	arrange() {
		const texts = [...this.#texts.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
		this.#texts = new Map(texts.map((text) => [text.sid, text]));
		const order = texts.flatMap((text, place) => {
			const item = this.#dress(text);
			item.toggleAttribute('data-joined', joins(text, texts[place + 1]));
			return dayOf(texts[place - 1]) === dayOf(text) ? [item] : [this.#day(text), item];
		});
		order.forEach((item, place) => {
			if (this.#list.children[place] !== item) this.#list.insertBefore(item, this.#list.children[place] ?? null);
		});
	}

	#item(key, templateId) {
		const item = this.#items.get(key) ?? copy(templateId);
		this.#items.set(key, item);
		return item;
	}

	#day(text) {
		const item = this.#item(dayOf(text), 'day');
		const name = dayName.format(new Date(text.at));
		setText(item.querySelector('span'), dayOf(text) === new Date().toDateString() ? `Today, ${name}` : name);
		return item;
	}

	/** Pictures are shown; what is none stands there as a file to be saved. */
	#dressFiles(place, text) {
		if (place.childElementCount === text.files.length) return;
		place.hidden = text.files.length === 0;
		place.replaceChildren(
			...text.files.map((sid, at) => {
				const link = document.createElement('a');
				link.href = pathOf(this.#list.dataset.number, `/media/${sid}`);
				link.target = '_blank';
				const picture = document.createElement('img');
				picture.src = link.href;
				picture.alt = `File ${at + 1}`;
				picture.addEventListener('error', () => picture.replaceWith(`File ${at + 1}`));
				link.append(picture);
				return link;
			})
		);
	}

	#dress(text) {
		const item = this.#item(text.sid, 'text');
		item.dataset.direction = text.direction;
		item.dataset.status = text.status;
		setText(item.querySelector('.bubble'), text.body);
		item.querySelector('.bubble').hidden = text.body === '';
		this.#dressFiles(item.querySelector('.files'), text);

		const { number, prefix, rest } = text.peer;
		const peer = item.querySelector('.peer');
		setText(peer, `${text.direction === 'sent' ? 'to' : 'from'} ${labels.get(number) ?? `${prefix} ${rest}`.trim()}`);
		peer.title = number;
		const time = item.querySelector('time');
		time.dateTime = text.at;
		time.title = exact.format(new Date(text.at));
		setText(time, clock.format(new Date(text.at)));

		const tick = item.querySelector('.tick');
		tick.hidden = text.direction === 'received';
		if (tick.hidden) return item;
		tick.querySelector('use').setAttribute('href', `#icon-${text.status}`);
		const why = text.status === 'failed' ? `: nobody acknowledged it, ${text.error_code}` : '';
		setText(tick.querySelector('.word'), words[text.status] + why);
		return item;
	}
}

function dayOf(text) {
	return text && new Date(text.at).toDateString();
}

/** Two texts of one turn share the line beneath the second: the same way, peer and end, within 3 minutes. */
function joins(text, next) {
	if (!next || dayOf(next) !== dayOf(text)) return false;
	const isNear = Date.parse(next.at) - Date.parse(text.at) < turn;
	return (
		isNear && text.direction === next.direction && text.status === next.status && text.peer.number === next.peer.number
	);
}
