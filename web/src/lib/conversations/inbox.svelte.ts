/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Conversation } from '#core/conversations.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import { conversationsPerPage } from '#lib/realtime/reads.ts';
import { byActivity, isOlder, mergeConversations, type Floor } from './merge-conversations.ts';

type Reads = {
	since: (moment: string) => Promise<Conversation[]>;
	byId: (ids: readonly string[]) => Promise<Conversation[]>;
	before: (place: { last_message_at: string; id: string }) => Promise<Conversation[]>;
};

type Opening = { conversations: readonly Conversation[]; more: boolean; reads: Reads };

/** How far back changes are read again, in ms: a transaction that began earlier may commit later. */
const overlap = 60_000;

/** The list of conversations, most recent first, from the latest down to wherever it was scrolled. */
export class Inbox {
	conversations = $state.raw<readonly Conversation[]>([]);
	more = $state(false);
	loading = $state(false);
	/** The open conversation, which may stand far below what the list knows. */
	open = $state.raw<Conversation | null>(null);
	#reads: Reads;
	#floor: Floor;
	#latest: number;
	#hinted = new Set<string>();

	constructor({ conversations, more, reads }: Opening) {
		this.conversations = conversations;
		this.more = more;
		this.#reads = reads;
		this.#floor = more ? (conversations.at(-1) ?? null) : null;
		this.#latest = latestChange(conversations);
	}

	/**
	 * Reads everything that may have changed while nobody told us: rows changed since the last one seen, with an
	 * overlap, and rows that looked unread, because reading them elsewhere changes nothing in them.
	 */
	heal: () => Promise<void> = coalesce(async () => {
		const since = new Date((this.#latest || Date.now()) - overlap).toISOString();
		const unread = this.conversations.filter(({ unread_count }) => unread_count > 0).map(({ id }) => id);
		const changed = await this.#reads.since(since);
		this.learn(changed);
		this.learn(unread.length > 0 ? await this.#reads.byId(unread) : []);
	});

	/** Reads these conversations again; many hints at once become one read. */
	async hear(id: unknown): Promise<void> {
		if (typeof id === 'string') this.#hinted.add(id);
		await this.#hear();
	}

	#hear = coalesce(async () => {
		const ids = [...this.#hinted];
		this.#hinted.clear();
		if (ids.length === 0) return;
		try {
			this.learn(await this.#reads.byId(ids));
		} catch (error) {
			for (const id of ids) this.#hinted.add(id);
			throw error;
		}
	});

	/** Adds or replaces rows. */
	learn(rows: readonly Conversation[]): void {
		this.#latest = Math.max(this.#latest, latestChange(rows));
		this.conversations = mergeConversations(this.conversations, rows, this.#floor);
		const open = rows.find(({ id }) => id === this.open?.id);
		if (open && this.open && !isOlder(open, this.open)) this.open = open;
	}

	/** Which conversation is open; what the list knows of it may be fresher than the page. */
	show(conversation: Conversation): void {
		const listed = this.conversations.find(({ id }) => id === conversation.id);
		this.open = listed && isOlder(conversation, listed) ? listed : conversation;
		this.learn([conversation]);
	}

	/** The next page. */
	async older(): Promise<void> {
		const last = this.conversations.at(-1);
		if (!last || !this.more || this.loading) return;
		this.loading = true;
		try {
			const page = await this.#reads.before(this.#floor ?? last);
			const lowest = page.toSorted(byActivity).at(-1);
			this.more = page.length >= conversationsPerPage;
			this.#floor = this.more ? (lowest ?? null) : null;
			this.learn(page);
		} finally {
			this.loading = false;
		}
	}

	/** Shows at once what the server will say in a moment: everything up to `seq` is read. */
	markRead(id: string, seq: number): void {
		const read = (row: Conversation): Conversation =>
			row.id === id && row.last_read_seq < seq
				? { ...row, last_read_seq: seq, unread_count: seq >= row.last_seq ? 0 : row.unread_count }
				: row;
		this.conversations = this.conversations.map(read);
		if (this.open) this.open = read(this.open);
	}
}

function latestChange(rows: readonly Conversation[]): number {
	return rows.reduce((latest, { updated_at }) => Math.max(latest, Date.parse(updated_at)), 0);
}
