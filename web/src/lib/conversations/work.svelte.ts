/* eslint-disable svelte/prefer-svelte-reactivity -- a changed set is another one */
import type { Conversation, Label } from '#core/conversations.ts';
import type { Deed } from './deeds.ts';
import type { Inbox } from './inbox.svelte.ts';

/** What stands in the ink bar at the bottom: what was done, and perhaps how to take it back. */
export type Said = { text: string; undo: readonly Deed[] };

/** A question about some conversations, asked over the page; `keys`: the map of the keyboard. */
export type Asking = { what: 'assign' | 'snooze' | 'labels' | 'delete' | 'keys'; ids: readonly string[] };

type Parts = {
	inbox: Inbox;
	/** The address of the inbox. */
	url: string;
	labels: readonly Label[];
	readLabels: () => Promise<Label[]>;
	/** Asks for the password of an expired session. True once the person is signed in again. */
	signIn: () => Promise<boolean>;
};

const switchName = 'single-keys';

/** What a person does with conversations: which are picked, what is asked, what was done last. */
export class Work {
	picked = $state.raw<ReadonlySet<string>>(new Set());
	/** Rows show their boxes, also without a mouse over them. */
	picking = $state(false);
	asking = $state.raw<Asking | null>(null);
	said = $state.raw<Said | null>(null);
	labels = $state.raw<readonly Label[]>([]);
	/** Whether single letters are orders here. */
	singleKeys = $state(true);
	#parts: Parts;
	/** What was ordered last, until it is done or refused. */
	#doing: Promise<unknown> = Promise.resolve();

	constructor(parts: Parts) {
		this.#parts = parts;
		this.labels = parts.labels;
	}

	/** Learns what this browser remembers. */
	start(): void {
		try {
			this.singleKeys = localStorage.getItem(switchName) !== 'off';
		} catch {
			// storage is closed to us: the switch holds until the page's end
		}
	}

	switchKeys(on: boolean): void {
		this.singleKeys = on;
		try {
			localStorage.setItem(switchName, on ? 'on' : 'off');
		} catch {
			// as above
		}
	}

	pick(id: string, on: boolean): void {
		const picked = new Set(this.picked);
		if (on) picked.add(id);
		else picked.delete(id);
		this.picked = picked;
	}

	unpick(): void {
		this.picked = new Set();
		this.picking = false;
	}

	/** What an order is about: what is picked, else the row that has the focus, else what is open. */
	subjects(focused: string | undefined, open: string | undefined): string[] {
		if (this.picked.size > 0) return [...this.picked];
		const one = focused ?? open;
		return one ? [one] : [];
	}

	/** Does it, shows it at once, and says so; what was refused is shown as it was. True where it is done. */
	async do(deed: Deed, undone = false): Promise<boolean> {
		if (deed.ids.length === 0) return false;
		const doing = this.#carryOut(deed, undone);
		if (!undone) {
			// what was done before is not what Undo means from here on
			this.said = null;
			this.#doing = doing;
		}
		return doing;
	}

	async #carryOut(deed: Deed, undone: boolean): Promise<boolean> {
		const { inbox, url, signIn } = this.#parts;
		const code = await Promise.all([import('./deeds.ts'), import('./deed-words.ts')]).catch(() => null);
		if (!code) {
			this.said = { text: 'There is no connection. Nothing was changed.', undo: [] };
			return false;
		}
		const [{ carryOut, changeOf, undoOf }, { sayDone }] = code;
		const before = deed.ids.flatMap((id) => inbox.find(id) ?? []);
		const change = changeOf(deed);
		const real = change && inbox.pretend(deed.ids, change);
		if (!undone) this.unpick();
		const send = () => carryOut((...request) => fetch(...request), url, deed);
		let answer = await send();
		if (!answer.done && answer.slug === 'session_ended' && (await signIn())) answer = await send();
		if (answer.done) {
			if (!undone) this.said = { text: sayDone(deed, before, this.labels), undo: undoOf(deed, before) };
			// a read that fails is repeated by the list itself
			await Promise.all(deed.ids.map((id) => inbox.hear(id))).catch(() => undefined);
		} else this.said = { text: answer.says, undo: [] };
		real?.();
		return answer.done;
	}

	/** Takes back what was done last; what is still under way, as soon as it is done. */
	async undo(): Promise<void> {
		// how it ended is told where it was ordered
		await this.#doing.catch(() => undefined);
		const { said } = this;
		if (!said || said.undo.length === 0) return;
		this.said = null;
		const done = await Promise.all(said.undo.map((deed) => this.do(deed, true)));
		if (done.every(Boolean)) this.said = { text: 'Taken back.', undo: [] };
	}

	/** Makes a label; answers what to tell where that was refused. */
	async makeLabel(name: string): Promise<string | null> {
		const { makeLabel } = await import('./deeds.ts');
		const answer = await makeLabel((...request) => fetch(...request), this.#parts.url, name);
		if (!answer.done) return answer.says;
		await this.readLabels();
		return null;
	}

	async readLabels(): Promise<void> {
		this.labels = await this.#parts.readLabels();
	}

	/** The names of a conversation's labels. One that nobody knows yet was made a moment ago. */
	labelsOf({ label_ids }: Conversation): readonly Label[] {
		return this.labels.filter(({ id }) => label_ids.includes(id));
	}
}
