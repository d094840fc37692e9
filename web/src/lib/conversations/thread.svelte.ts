/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Message } from '#core/conversations.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import { unreadOf, type Unread } from './entries.ts';
import { mergeMessages, type Place } from './merge-messages.ts';

type Reads = {
	/** Everything that changed after a revision, oldest change first. */
	after: (revision: number) => Promise<Message[]>;
	/** A page of what stands before a seq, in order; the latest page for Infinity. */
	before: (seq: number) => Promise<Message[]>;
	/** A page of what stands at a seq and after it, in order. */
	from: (seq: number) => Promise<Message[]>;
	/** How many texts a full page has. */
	pageSize: number;
};

type Opening = {
	/** A stretch without gaps, in order. */
	messages: readonly Message[];
	/** Whether anything stands before that stretch. */
	more: boolean;
	/** Whether anything stands after it: a place in the past was opened. */
	newer?: boolean;
	/** The place that was looked for. */
	target?: number | null;
	/** The last place in the conversation, as the server knew it. */
	lastSeq?: number;
	/** Its revision as the server read it before the texts: what changed since is read again. */
	revision?: number;
	lastReadSeq: number;
	/** How many of theirs are newer than that. */
	unreadCount?: number;
	reads: Reads;
};

/** How many texts are kept at most, and how many are left when the farthest are let go. */
const most = 1200;
const enough = 800;

/**
 * One conversation's texts while it is open: a stretch without gaps. It reaches to the latest text, or, after a jump or a
 * long way up, stands somewhere in the past; then what happens after it is only counted until it is read again.
 */
export class Thread {
	messages = $state.raw<readonly Message[]>([]);
	/** Whether there are older texts than the first one here. */
	more = $state(false);
	/** Whether there are newer texts than the last one here. */
	newer = $state(false);
	unread = $state.raw<Unread | null>(null);
	/** The first and the last place here, 0 when there is none. */
	firstSeq = $derived(this.messages.at(0)?.seq ?? 0);
	endSeq = $derived(this.messages.at(-1)?.seq ?? 0);
	/** A text that was looked for, by its seq. */
	marked = $state<number | null>(null);
	/** Where somebody reads, by seq: what is far from it is let go. */
	reading = Infinity;
	#reads: Reads;
	/** Every change up to here is known, or will be read with the page it stands on. Answers to our own sends may know more. */
	#revision: number;
	/** The last place that was here while the stretch reached to the latest. */
	#seen = $state(0);
	/** What was learnt of other places while pages were on their way: a page read before must not hide it. */
	#aside = new Map<string, Message>();
	#underway = 0;
	#older: Promise<void> | null = null;
	#later: Promise<void> | null = null;
	#jumps = 0;

	constructor(opening: Opening) {
		const { messages, more, newer = false, lastSeq, revision, lastReadSeq, unreadCount, reads } = opening;
		this.messages = messages;
		this.more = more;
		this.newer = newer;
		this.marked = opening.target ?? null;
		this.#seen = newer ? (lastSeq ?? 0) : 0;
		// where the first unread text stands further up, no divider is better than one in the wrong place
		const begins = !more || (messages.at(0)?.seq ?? 0) <= lastReadSeq + 1;
		const unread = begins ? unreadOf(messages, lastReadSeq) : null;
		this.unread = unread && newer ? { ...unread, count: Math.max(unread.count, unreadCount ?? 0) } : unread;
		this.#reads = reads;
		this.#revision = newer ? (revision ?? latestRevision(messages)) : latestRevision(messages);
	}

	/** The last place its reader could have seen: what a text that is sent from here answers. 0 when there is none. */
	get lastSeq(): number {
		return this.newer ? this.#seen : (this.messages.at(-1)?.seq ?? 0);
	}

	/** Reads everything that changed since the last time. Throws what the read throws; nothing is lost by that. */
	heal: () => Promise<void> = coalesce(async () => {
		const changed = await this.#reads.after(this.#revision);
		this.#revision = Math.max(this.#revision, latestRevision(changed));
		this.learn(changed);
	});

	/** Whether a hint tells of something that is not here yet. */
	isNews(revision: unknown): boolean {
		return typeof revision !== 'number' || revision > this.#revision;
	}

	/** Adds or replaces messages, whatever way they came. */
	learn(messages: readonly Message[]): void {
		if (this.#underway > 0) for (const message of messages) this.#setAside(message);
		this.messages = mergeMessages(this.messages, messages, this.#place());
		this.#letGo();
	}

	/** Reads the page before the first text. At most one is under way. Throws what the read throws. */
	older(): Promise<void> {
		const first = this.messages.at(0)?.seq;
		if (first === undefined || !this.more) return Promise.resolve();
		this.#older ??= this.#page(async (current) => {
			const page = await this.#reads.before(first);
			if (!current() || this.messages.at(0)?.seq !== first) return;
			this.more = page.length > 0 && (page.at(0)?.seq ?? 1) > 1;
			this.#put([...page, ...this.messages]);
		}).finally(() => (this.#older = null));
		return this.#older;
	}

	/** Reads the page after the last text, where the stretch stands in the past. */
	later(): Promise<void> {
		const last = this.messages.at(-1)?.seq;
		if (!this.newer) return Promise.resolve();
		if (last === undefined) return this.toLatest();
		this.#later ??= this.#page(async (current) => {
			const page = await this.#reads.from(last + 1);
			if (!current() || this.messages.at(-1)?.seq !== last) return;
			this.newer = page.length >= this.#reads.pageSize;
			this.#put([...this.messages, ...page]);
		}).finally(() => (this.#later = null));
		return this.#later;
	}

	/** Goes to the latest texts, wherever the stretch stands. */
	async toLatest(): Promise<void> {
		if (!this.newer) return;
		await this.#jump(async () => {
			const page = await this.#reads.before(Infinity);
			return { page, more: (page.at(0)?.seq ?? 1) > 1, newer: false };
		});
	}

	/** Goes to a place, with what stands around it. */
	async around(seq: number): Promise<void> {
		const [first, last] = [this.messages.at(0)?.seq ?? 0, this.messages.at(-1)?.seq ?? 0];
		if ((seq >= first || !this.more) && (seq <= last || !this.newer)) return;
		await this.#jump(async () => {
			const [above, below] = await Promise.all([this.#reads.before(seq), this.#reads.from(seq)]);
			return {
				page: [...above, ...below],
				more: (above.at(0)?.seq ?? 1) > 1,
				newer: below.length >= this.#reads.pageSize
			};
		});
	}

	/** Moves the divider: everything after `seq` arrived unseen. */
	divide(seq: number): void {
		const unread = unreadOf(this.messages, Math.min(seq, (this.unread?.from ?? Infinity) - 1));
		if (unread) this.unread = { ...unread, count: Math.max(unread.count, this.unread?.count ?? 0) };
	}

	/** The last jump that was asked for wins, whichever answer comes first. */
	async #jump(read: () => Promise<{ page: Message[]; more: boolean; newer: boolean }>): Promise<void> {
		this.#jumps += 1;
		await this.#page(async (current) => {
			const { page, more, newer } = await read();
			if (!current()) return;
			this.#seen = this.lastSeq;
			this.more = more;
			this.newer = newer;
			this.#put(page);
		});
	}

	async #page(read: (current: () => boolean) => Promise<void>): Promise<void> {
		const jumps = this.#jumps;
		this.#underway += 1;
		try {
			await read(() => jumps === this.#jumps);
		} finally {
			this.#underway -= 1;
			if (this.#underway === 0) this.#aside.clear();
		}
	}

	/** Puts a longer stretch in place, in the latest states that are known. */
	#put(stretch: readonly Message[]): void {
		if (this.newer) this.#seen = Math.max(this.#seen, stretch.at(-1)?.seq ?? 0);
		this.messages = stretch;
		this.messages = mergeMessages(stretch, [...this.#aside.values()], this.#place());
		this.#letGo();
	}

	#setAside(message: Message): void {
		this.#aside.set(message.id, newest(message, this.#aside.get(message.id)));
	}

	/** Between which places what is learnt belongs here: beyond them there may be gaps. */
	#place(): Place {
		return {
			from: this.more ? (this.messages.at(0)?.seq ?? Infinity) : 0,
			to: this.newer ? (this.messages.at(-1)?.seq ?? 0) : Infinity
		};
	}

	/** Lets go what is farthest from where somebody reads. */
	#letGo(): void {
		if (this.messages.length <= most) return;
		const at = this.messages.findIndex(({ seq }) => seq >= this.reading);
		const middle = at === -1 ? this.messages.length : at;
		const from = Math.max(0, Math.min(middle - enough / 2, this.messages.length - enough));
		if (from > 0) this.more = true;
		if (from + enough < this.messages.length) {
			this.#seen = this.lastSeq;
			this.newer = true;
		}
		this.messages = this.messages.slice(from, from + enough);
	}
}

function newest(one: Message, other: Message | undefined): Message {
	return other && other.revision > one.revision ? other : one;
}

function latestRevision(messages: readonly Message[]): number {
	return messages.reduce((latest, { revision }) => Math.max(latest, revision), 0);
}
