/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Message } from '#core/conversations.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import { unreadOf, type Unread } from './entries.ts';
import { mergeMessages } from './merge-messages.ts';

type Reads = {
	/** Everything that changed after a revision, oldest change first. */
	after: (revision: number) => Promise<Message[]>;
	/** A page of what stands before a seq, in order. */
	before: (seq: number) => Promise<Message[]>;
};

type Opening = {
	/** The latest page, in order. */
	messages: readonly Message[];
	/** Whether anything stands before that page. */
	more: boolean;
	lastReadSeq: number;
	reads: Reads;
};

/** One conversation's texts while it is open: a stretch without gaps, from some older text to the latest. */
export class Thread {
	messages = $state.raw<readonly Message[]>([]);
	/** Whether there are older texts than the first one shown. */
	more = $state(false);
	unread = $state.raw<Unread | null>(null);
	/** The last place in the thread, 0 when it is empty. */
	lastSeq = $derived(this.messages.at(-1)?.seq ?? 0);
	#reads: Reads;
	/** Every change up to here is known. Answers to our own sends may know more, and leave gaps below. */
	#revision: number;
	/** Changes of texts that stand before the first one shown: a page that was read before them must not hide them. */
	#before = new Map<string, Message>();
	#loading: Promise<Message[]> | null = null;

	constructor({ messages, more, lastReadSeq, reads }: Opening) {
		this.messages = messages;
		this.more = more;
		// where the first unread text stands further up, no divider is better than one in the wrong place
		const begins = !more || (messages.at(0)?.seq ?? 0) <= lastReadSeq + 1;
		this.unread = begins ? unreadOf(messages, lastReadSeq) : null;
		this.#reads = reads;
		this.#revision = latestRevision(messages);
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
		const floor = this.#floor();
		for (const message of messages) if (message.seq < floor) this.#before.set(message.id, message);
		this.messages = mergeMessages(this.messages, messages, floor);
	}

	/** Reads the page before the first text shown; `show` puts it in place. At most one is under way. */
	async older(): Promise<Message[]> {
		const first = this.messages.at(0);
		if (!first || !this.more) return [];
		this.#loading ??= this.#reads.before(first.seq).finally(() => (this.#loading = null));
		return this.#loading;
	}

	/** Puts an older page in place. */
	show(page: readonly Message[]): void {
		const first = page.at(0);
		if (!first) {
			this.more = false;
			return;
		}
		if (first.seq >= this.#floor()) return;
		this.messages = mergeMessages(this.messages, [...page, ...this.#before.values()], first.seq);
		this.more = first.seq > 1;
	}

	/** Moves the divider: everything after `seq` arrived unseen. */
	divide(seq: number): void {
		const unread = unreadOf(this.messages, seq);
		if (unread) this.unread = { from: Math.min(this.unread?.from ?? unread.from, unread.from), to: unread.to };
	}

	#floor(): number {
		return this.more ? (this.messages.at(0)?.seq ?? 0) : 0;
	}
}

function latestRevision(messages: readonly Message[]): number {
	return messages.reduce((latest, { revision }) => Math.max(latest, revision), 0);
}
