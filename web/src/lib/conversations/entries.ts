import type { Message, Origin } from '#core/conversations.ts';
import type { Status } from '#core/delivery.ts';
import type { Slug } from '#core/failures.ts';
import type { Note } from '#core/notes.ts';
import { clock, dayKey } from './moments.ts';

/** A text that was written here and that the server has not confirmed yet. */
export type Pending = {
	/** Made once and sent with every attempt: the server knows by it that they are the same text. */
	key: string;
	conversationId: string;
	body: string;
	/** The last place in the thread its author had seen. */
	seenSeq: number;
	/** Files that go with it. */
	attachmentIds?: readonly string[];
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
	/** The message it is; null while it is on its way to becoming one. */
	message: Message | null;
	direction: 'inbound' | 'outbound';
	standing: Standing;
	body: string;
	authorId: string | null;
	at: string;
	errorCode: string | null;
	/** The files of a message. */
	files?: { messageId: string; count: number; revision: number };
	failure: Pending['failure'] | null;
};

/**
 * Where an item stands: the seq of the first text that it shows or precedes, for a note of the text before it; Infinity
 * while it has none. `texts`: how many texts it shows.
 */
type Placed = { key: string; seq: number; texts: number };

/** Bubbles of one author that follow each other closely share one line of author, time and tick. */
export type Turn = Placed & {
	kind: 'turn';
	ours: boolean;
	authorId: string | null;
	origin: Origin | null;
	entries: Entry[];
};
export type Divider = (Placed & { kind: 'day'; at: string }) | (Placed & { kind: 'new'; count: number; since: string });
/** What colleagues wrote to each other. */
export type Slip = Placed & { kind: 'note'; note: Note };
export type Item = Turn | Divider | Slip;

/** The texts of theirs that were unread when the thread was opened: first and last by seq, and how many they are. */
export type Unread = { from: number; to: number; count: number };

/** How far apart two texts of one turn may be, in ms. */
const closeBy = 3 * 60_000;
/** A turn of at least so many texts ends before the next seq that this divides: storms are drawn in pieces that stay. */
const longTurn = 16;

/** The thread as it is shown: messages in their places, then what is still on its way, each text once. */
export function entriesOf(messages: readonly Message[], pending: readonly Pending[], myId: string): Entry[] {
	const confirmed = new Set(messages.map((message) => message.idempotency_key));
	// a text that was taken back was never sent: there is nothing to show
	const shown = messages.filter(({ status }) => status !== 'cancelled');
	const entries = shown.map((message): Entry => ({
		key: message.idempotency_key ?? message.id,
		seq: message.seq,
		message,
		direction: message.direction,
		standing: message.status,
		body: message.body,
		authorId: message.author_id,
		at: message.created_at,
		errorCode: message.error_code,
		...(message.attachment_count > 0 && { files: filesOf(message) }),
		failure: null
	}));
	for (const text of pending) {
		if (confirmed.has(text.key)) continue;
		entries.push({
			key: text.key,
			seq: null,
			message: null,
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

function filesOf({ id, attachment_count: count, revision }: Message): Entry['files'] {
	return { messageId: id, count, revision };
}

/** Whether a text of ours did not arrive. */
export function hasFailed({ standing }: Entry): boolean {
	return standing === 'failed' || standing === 'unsent';
}

/** Whether an entry needs words below its bubble: ours did not arrive, or the carrier changed theirs on its way. */
export function needsWords(entry: Entry): boolean {
	return hasFailed(entry) || (entry.direction === 'inbound' && entry.errorCode !== null);
}

/**
 * Groups entries by day and turn, in `zone`. A divider stands before the first unread text, a note below the text in the
 * place it was written after.
 */
export function turnsOf(
	entries: readonly Entry[],
	zone: string,
	unread: Unread | null,
	notes: ReadonlyMap<number, readonly Note[]> = new Map()
): Item[] {
	const items: Item[] = [];
	let turn: Turn | null = null;
	let before: Entry | null = null;
	let day = '';
	// in the turn's own place, so that both are drawn together
	const slip =
		(seq: number) =>
		(note: Note): Slip => ({ kind: 'note', key: `note ${note.id}`, note, seq, texts: 1 });
	// before all texts: nobody has answered yet
	if ((entries.at(0)?.seq ?? 1) === 1) items.push(...(notes.get(0) ?? []).map(slip(0)));
	for (const entry of entries) {
		const place = { seq: entry.seq ?? Infinity, texts: 0 };
		const today = dayKey(entry.at, zone);
		if (day !== today) {
			items.push({ kind: 'day', key: `day ${today} ${entry.key}`, at: entry.at, ...place });
			turn = null;
		}
		if (unread && entry.seq === unread.from) {
			items.push({ kind: 'new', key: 'new', count: unread.count, since: clock(entry.at, zone), ...place });
			turn = null;
		}
		const full = turn && turn.entries.length >= longTurn && (entry.seq ?? 1) % longTurn === 0;
		if (!turn || !before || full || !continues(before, entry)) {
			turn = {
				kind: 'turn',
				key: entry.key,
				ours: entry.direction === 'outbound',
				authorId: entry.authorId,
				origin: entry.message?.origin ?? null,
				entries: [],
				...place
			};
			items.push(turn);
		}
		turn.texts = turn.entries.push(entry);
		before = entry;
		day = today;
		const here = entry.seq === null ? undefined : notes.get(entry.seq);
		if (here) {
			items.push(...here.map(slip(turn.seq)));
			turn = null;
		}
	}
	return items;
}

function continues(before: Entry, entry: Entry): boolean {
	return (
		before.direction === entry.direction &&
		before.authorId === entry.authorId &&
		(before.message?.origin ?? 'person') === (entry.message?.origin ?? 'person') &&
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
	return first && last ? { from: first.seq, to: last.seq, count: unread.length } : null;
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
