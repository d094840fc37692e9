import type { Message } from '#core/conversations.ts';
import type { Status } from '#core/delivery.ts';
import type { Slug } from '#core/failures.ts';
import { clock, dayKey } from './moments.ts';

/** A text that was written here and that the server has not confirmed yet. */
export type Pending = {
	/** Made once and sent with every attempt: the server knows by it that they are the same text. */
	key: string;
	conversationId: string;
	body: string;
	/** The last place in the thread its author had seen. */
	seenSeq: number;
	/** When it was written, ISO 8601. */
	writtenAt: string;
	state: 'sending' | 'waiting' | 'failed';
	/** Why it failed and whether the same attempt can work. */
	failure?: { slug: Slug; says: string; retry: boolean };
};

/** Where a text stands in a reader's words. `unsent`: ours never took it; `failed`: the carrier could not deliver it. */
export type Standing = Status | 'unconfirmed' | 'waiting' | 'unsent';

/** One bubble: a message, or a text on its way to becoming one. */
export type Entry = {
	/** Stays the same while a text that was just written becomes a message. */
	key: string;
	seq: number | null;
	direction: 'inbound' | 'outbound';
	standing: Standing;
	body: string;
	authorId: string | null;
	at: string;
	errorCode: string | null;
	failure: Pending['failure'] | null;
};

/** Bubbles of one author that follow each other closely share one line of author, time and tick. */
export type Turn = { kind: 'turn'; key: string; ours: boolean; authorId: string | null; entries: Entry[] };
export type Divider =
	{ kind: 'day'; key: string; at: string } | { kind: 'new'; key: string; count: number; since: string };

/** The stretch of texts that were unread when the thread was opened, by seq, both included. */
export type Unread = { from: number; to: number };

/** How far apart two texts of one turn may be, in ms. */
const closeBy = 3 * 60_000;

/** The thread as it is shown: messages in their places, then what is still on its way, each text once. */
export function entriesOf(messages: readonly Message[], pending: readonly Pending[], myId: string): Entry[] {
	const confirmed = new Set(messages.map((message) => message.idempotency_key));
	const entries = messages.map((message): Entry => ({
		key: message.idempotency_key ?? message.id,
		seq: message.seq,
		direction: message.direction,
		standing: message.status,
		body: message.body,
		authorId: message.author_id,
		at: message.created_at,
		errorCode: message.error_code,
		failure: null
	}));
	for (const text of pending) {
		if (confirmed.has(text.key)) continue;
		entries.push({
			key: text.key,
			seq: null,
			direction: 'outbound',
			standing: text.state === 'sending' ? 'unconfirmed' : text.state === 'waiting' ? 'waiting' : 'unsent',
			body: text.body,
			authorId: myId,
			at: text.writtenAt,
			errorCode: null,
			failure: text.failure ?? null
		});
	}
	return entries;
}

/** Whether a text of ours did not arrive. */
export function hasFailed({ standing }: Entry): boolean {
	return standing === 'failed' || standing === 'unsent';
}

/** Whether an entry needs words below its bubble: ours did not arrive, or the carrier changed theirs on its way. */
export function needsWords(entry: Entry): boolean {
	return hasFailed(entry) || (entry.direction === 'inbound' && entry.errorCode !== null);
}

/** Groups entries by day and turn, in `zone`. A divider stands before the first unread text. */
export function turnsOf(entries: readonly Entry[], zone: string, unread: Unread | null): (Turn | Divider)[] {
	const items: (Turn | Divider)[] = [];
	let turn: Turn | null = null;
	let before: Entry | null = null;
	let divided = false;
	for (const entry of entries) {
		if (!before || dayKey(before.at, zone) !== dayKey(entry.at, zone)) {
			items.push({ kind: 'day', key: `day ${dayKey(entry.at, zone)} ${entry.key}`, at: entry.at });
			turn = null;
		}
		if (unread && !divided && isIn(unread, entry)) {
			divided = true;
			const count = entries.filter((other) => other.direction === 'inbound' && isIn(unread, other)).length;
			items.push({ kind: 'new', key: 'new', count, since: clock(entry.at, zone) });
			turn = null;
		}
		if (!turn || !before || !continues(before, entry)) {
			turn = {
				kind: 'turn',
				key: entry.key,
				ours: entry.direction === 'outbound',
				authorId: entry.authorId,
				entries: []
			};
			items.push(turn);
		}
		turn.entries.push(entry);
		before = entry;
	}
	return items;
}

function isIn({ from, to }: Unread, { seq }: Entry): boolean {
	return seq !== null && seq >= from && seq <= to;
}

function continues(before: Entry, entry: Entry): boolean {
	return (
		before.direction === entry.direction &&
		before.authorId === entry.authorId &&
		!needsWords(before) &&
		!needsWords(entry) &&
		(before.standing === 'waiting') === (entry.standing === 'waiting') &&
		Date.parse(entry.at) - Date.parse(before.at) < closeBy
	);
}

/** What arrived after the last text that was read, or nothing. */
export function unreadOf(messages: readonly Message[], lastReadSeq: number): Unread | null {
	const unread = messages.filter(({ direction, seq }) => direction === 'inbound' && seq > lastReadSeq);
	const [first, last] = [unread.at(0), unread.at(-1)];
	return first && last ? { from: first.seq, to: last.seq } : null;
}

const order: readonly Standing[] = [
	'unsent',
	'failed',
	'waiting',
	'unconfirmed',
	'queued',
	'sending',
	'sent',
	'delivered'
];

/** What a turn's shared line may claim: the standing of whichever of its texts has come least far. */
export function standingOf({ entries }: Turn): Standing {
	return entries.reduce<Standing>(
		(least, { standing }) => (order.indexOf(standing) < order.indexOf(least) ? standing : least),
		entries.at(-1)?.standing ?? 'received'
	);
}
