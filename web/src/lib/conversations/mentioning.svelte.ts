import { tick } from 'svelte';
import type { Member } from '#core/conversations.ts';
import { begunMention, candidates } from '#core/mentions.ts';

/** Somebody who can be mentioned, and whether they may see what mentions them. */
export type Mentionable = Member & { sees: boolean };

/**
 * Completes `@us` to `@username` in a field: keyboard, pointer and screen reader. The field keeps the focus; which of the
 * people would be taken is its `aria-activedescendant`. Where nobody fits, every key is the field's own.
 */
export class Mentioning {
	people = $state.raw<readonly Mentionable[]>([]);
	active = $state(0);
	readonly listId: string;
	readonly open = $derived(this.people.length > 0);
	#everybody: () => readonly Mentionable[];
	#field: HTMLTextAreaElement | null = null;

	constructor({ listId, everybody }: { listId: string; everybody: () => readonly Mentionable[] }) {
		this.listId = listId;
		this.#everybody = everybody;
	}

	/** For the field: what a screen reader is told. */
	get attributes() {
		return {
			'aria-autocomplete': 'list',
			'aria-haspopup': 'listbox',
			'aria-controls': this.open ? this.listId : undefined,
			'aria-activedescendant': this.open ? this.optionId(this.active) : undefined
		} as const;
	}

	optionId(at: number): string {
		return `${this.listId}-${at}`;
	}

	/** For `{@attach}` on the field. */
	watch = (field: HTMLTextAreaElement): (() => void) => {
		this.#field = field;
		const stop = new AbortController();
		const look = () => this.#look();
		for (const event of ['input', 'click', 'keyup'] as const)
			field.addEventListener(event, look, { signal: stop.signal });
		field.addEventListener('blur', () => this.close(), { signal: stop.signal });
		return () => {
			stop.abort();
			this.#field = null;
		};
	};

	/** True: the key chose or closed something here, and means nothing else. */
	onkeydown(event: KeyboardEvent): boolean {
		if (!this.open || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
		if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
			const step = event.key === 'ArrowDown' ? 1 : -1;
			this.active = (this.active + step + this.people.length) % this.people.length;
		} else if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) void this.choose(this.active);
		else if (event.key === 'Escape') this.close();
		else return false;
		event.preventDefault();
		event.stopPropagation();
		return true;
	}

	async choose(at: number): Promise<void> {
		const field = this.#field;
		const person = this.people[at];
		const begun = field && begunMention(field.value, field.selectionStart);
		if (!field || !person || !begun) return;
		const after = field.value.slice(field.selectionStart);
		const name = `@${person.username}${/^\s/.test(after) ? '' : ' '}`;
		field.setRangeText(name, begun.at, field.selectionStart, 'end');
		field.dispatchEvent(new InputEvent('input', { bubbles: true }));
		this.close();
		await tick();
		field.focus();
	}

	close(): void {
		this.people = [];
	}

	#look(): void {
		const field = this.#field;
		const begun =
			field && field.selectionStart === field.selectionEnd && begunMention(field.value, field.selectionStart);
		const found = begun ? candidates(this.#everybody(), begun.typed) : [];
		// those who may see it first; a name that is complete needs no list
		const done = found.length === 1 && begun && found[0]?.username === begun.typed;
		const people = done ? [] : found.toSorted((a, b) => Number(b.sees) - Number(a.sees));
		if (people.map(({ user_id }) => user_id).join() !== this.people.map(({ user_id }) => user_id).join()) {
			this.people = people;
			this.active = 0;
		}
	}
}
