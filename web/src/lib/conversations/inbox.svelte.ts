/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Conversation, InboxCounts } from '#core/conversations.ts';
import { holds, searchOf, type Filter } from '#core/inbox-filters.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import { conversationsPerPage, rereadAtOnce } from '#lib/realtime/reads.ts';
import { arrange, byActivity, isOlder, mergeConversations, type Floor } from './merge-conversations.ts';

type Reads = {
	since: (moment: string) => Promise<Conversation[]>;
	byId: (ids: readonly string[]) => Promise<Conversation[]>;
	before: (place: { last_message_at: string; id: string }, filter: Filter) => Promise<Conversation[]>;
	counts: () => Promise<InboxCounts | null>;
};

type Page = { conversations: readonly Conversation[]; more: boolean; filter: Filter };
type Opening = Page & { me: string; counts: InboxCounts | null; reads: Reads };

/** How far back changes are read again, in ms: a transaction that began earlier may commit later. */
const overlap = 60_000;
/** How long after a count the next one may begin, in ms: in a storm of texts nobody reads each figure. */
const countEvery = 300;

/** A list of conversations, most recent first, from the latest down to wherever it was scrolled. */
export class Inbox {
	conversations = $state.raw<readonly Conversation[]>([]);
	more = $state(false);
	loading = $state(false);
	filter = $state.raw<Filter>({ show: 'open', number: null, label: null });
	counts = $state.raw<InboxCounts | null>(null);
	/** The open conversation, which may stand far below what the list knows, or in another list. */
	open = $state.raw<Conversation | null>(null);
	#me: string;
	#reads: Reads;
	#known: ReadonlyMap<string, Conversation> = new Map();
	/** What was done here and is not in the database yet, the latest last. */
	#done = new Set<{ ids: readonly string[]; change: Partial<Conversation> }>();
	#floor: Floor = null;
	#latest = 0;
	#hinted = new Set<string>();

	constructor(opening: Opening) {
		this.#me = opening.me;
		this.#reads = opening.reads;
		this.counts = opening.counts;
		this.turnTo(opening);
	}

	/** Shows another list, of which this is the first page. */
	turnTo({ conversations, more, filter }: Page): void {
		this.filter = filter;
		this.more = more;
		this.#floor = more ? (conversations.at(-1) ?? null) : null;
		this.learn(conversations);
	}

	/**
	 * Reads everything that may have changed while nobody told us: rows changed since the last one seen, with an
	 * overlap, and rows that look unread or stand on top, because marking them elsewhere changes nothing in them.
	 */
	heal: () => Promise<void> = coalesce(async () => {
		const since = new Date((this.#latest || Date.now()) - overlap).toISOString();
		const doubtful = this.conversations.filter(({ unread_count: unread }, at) => unread > 0 || at < rereadAtOnce);
		this.learn(await this.#reads.since(since));
		if (doubtful.length > 0) await this.#reread(doubtful.map(({ id }) => id));
		await this.count();
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
			await this.#reread(ids);
		} catch (error) {
			for (const id of ids) this.#hinted.add(id);
			throw error;
		}
		// the rows are what was asked for: figures that did not come now come with the next change
		void this.count().catch(() => undefined);
	});

	/** Reads the figures beside the lists' names again. */
	count: () => Promise<void> = coalesce(async () => {
		this.counts = (await this.#reads.counts()) ?? this.counts;
		await new Promise((resolve) => setTimeout(resolve, countEvery));
	});

	/** What is not among the answers was deleted, or shut to this person. */
	async #reread(ids: readonly string[]): Promise<void> {
		const found = await this.#reads.byId(ids);
		const there = new Set(found.map(({ id }) => id));
		const gone = ids.filter((id) => !there.has(id));
		if (gone.length > 0) this.#known = new Map([...this.#known].filter(([id]) => !gone.includes(id)));
		this.learn(found);
	}

	/** Adds or replaces rows. */
	learn(rows: readonly Conversation[]): void {
		this.#latest = Math.max(this.#latest, latestChange(rows));
		this.#known = mergeConversations(this.#known, rows);
		this.arrange();
	}

	/** Puts the list in order again: something was done, or time has passed. */
	arrange(): void {
		const now = Date.now();
		const known = this.#done.size > 0 ? this.#asDone() : this.#known;
		const stays = (row: Conversation) =>
			holds(this.filter, this.#me, row, now) ||
			// what is being read does not vanish because it was read
			(this.filter.show === 'unread' && row.id === this.open?.id && this.conversations.some(({ id }) => id === row.id));
		this.conversations = arrange(known.values(), this.#floor, stays);
		const open = this.open && known.get(this.open.id);
		if (open) this.open = open;
	}

	#asDone(): ReadonlyMap<string, Conversation> {
		const known = new Map(this.#known);
		for (const { ids, change } of this.#done)
			for (const id of ids) {
				const row = known.get(id);
				if (row) known.set(id, { ...row, ...change });
			}
		return known;
	}

	/** Shows at once what was done to conversations, until the answered function is called. */
	pretend(ids: readonly string[], change: Partial<Conversation>): () => void {
		const deed = { ids, change };
		this.#done.add(deed);
		this.arrange();
		return () => {
			this.#done.delete(deed);
			this.arrange();
		};
	}

	/** What is known of a conversation, whichever list it is in. */
	find(id: string): Conversation | undefined {
		return this.#known.get(id);
	}

	/** Which conversation is open; what the list knows of it may be fresher than the page. */
	show(conversation: Conversation): void {
		const known = this.#known.get(conversation.id);
		this.open = known && isOlder(conversation, known) ? known : conversation;
		this.learn([conversation]);
	}

	/** The next page. */
	async older(): Promise<void> {
		const last = this.conversations.at(-1);
		if (!last || !this.more || this.loading) return;
		const { filter } = this;
		this.loading = true;
		try {
			const page = await this.#reads.before(this.#floor ?? last, filter);
			// somebody turned to another list meanwhile
			if (searchOf(filter) !== searchOf(this.filter)) return;
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
		const row = this.#known.get(id) ?? (this.open?.id === id ? this.open : undefined);
		if (!row || row.last_read_seq >= seq) return;
		const unread_count = seq >= row.last_seq ? 0 : row.unread_count;
		const read = { ...row, last_read_seq: seq, unread_count, unread: unread_count > 0 };
		this.#known = new Map(this.#known).set(id, read);
		if (this.open?.id === id) this.open = read;
		this.arrange();
	}
}

function latestChange(rows: readonly Conversation[]): number {
	return rows.reduce((latest, { updated_at }) => Math.max(latest, Date.parse(updated_at)), 0);
}
