// One handset in hand: its texts, what becomes of texts to it, and a form to text from it.
import { complain, copy, fillNumber, labels } from './parts.js';
import { ask, pathOf } from './server.js';
import { Thread } from './thread.js';

export class Handset {
	/** @type {string} */
	number;
	/** @type {HTMLElement} */
	element;
	/** @type {Thread} */
	thread;

	/** Picks up the handset with this number. Throws an Error with a sentence when there can be none. */
	static async pickUp(number, putAway) {
		const handset = new Handset(await ask(pathOf(number)), putAway);
		await handset.reread();
		handset.form.elements.to.value = handset.thread.last?.peer.number ?? onlyNumber();
		return handset;
	}

	constructor(facts, putAway) {
		this.number = facts.number;
		this.element = copy('handset');
		this.element.setAttribute('aria-label', `Handset ${facts.number}`);
		this.element.querySelector('.thread').dataset.number = facts.number;
		this.thread = new Thread(this.element.querySelector('.thread'));
		fillNumber(this.element.querySelector('h2'), facts);
		this.element.querySelector('[data-act=away]').addEventListener('click', putAway);
		this.#offerOutcomes(facts.outcome);
		this.form.addEventListener('submit', (event) => {
			event.preventDefault();
			void this.#send();
		});
		this.form.elements.body.addEventListener('keydown', (event) => {
			if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
		});
	}

	get form() {
		return this.element.querySelector('form');
	}

	/** Reads what stands on it. */
	async reread() {
		// without an answer all stays as it is: the event stream notices the same and reads again when it is back
		const texts = await ask(pathOf(this.number, '/texts')).catch(() => []);
		this.thread.show(texts);
	}

	/** Puts the cursor where writing goes on. */
	write() {
		const { elements } = this.form;
		this.element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
		(elements.to.value ? elements.body : elements.to).focus();
	}

	async #send() {
		const { to, body } = this.form.elements;
		complain(this.form, '');
		if (!to.value.trim()) return complain(this.form, 'Say which number to text.', to);
		const { files } = this.form.elements.files;
		if (!body.value && files.length === 0) return complain(this.form, 'Write the text first.', body);
		try {
			const media = await Promise.all([...files].map(inBase64));
			await ask(pathOf(this.number, '/texts'), { to: to.value, body: body.value, media });
		} catch (error) {
			return complain(this.form, error.message, to);
		}
		body.value = '';
		this.form.elements.files.value = '';
		body.focus();
		await this.reread();
	}

	#offerOutcomes({ status, code }) {
		const select = this.element.querySelector('.fate select');
		select.value = code ? `${status} ${code}` : status;
		if (select.selectedIndex < 0) select.add(new Option(`end as ${status} ${code ?? ''}`, '', true, true));
		select.addEventListener('change', () => {
			const [status, code] = select.value.split(' ');
			ask(pathOf(this.number, '/outcome'), { status, code: code ? Number(code) : null }).catch((error) =>
				complain(this.form, error.message)
			);
		});
	}
}

/** A file as a text takes it along. */
function inBase64(file) {
	return new Promise((done, fail) => {
		const reader = new FileReader();
		reader.onload = () =>
			done({ type: file.type || 'application/octet-stream', data: reader.result.split(',')[1] ?? '' });
		reader.onerror = () => fail(new Error('This file cannot be read.'));
		reader.readAsDataURL(file);
	});
}

/** The number to text where there is no choice. */
function onlyNumber() {
	const owned = [...labels.keys()];
	return owned.length === 1 ? owned[0] : '';
}
