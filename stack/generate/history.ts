import { countSegments } from '../../supabase/functions/_shared/core/segments.ts';
import type { Chance } from './chance.ts';
import type { Conversation } from './conversations.ts';
import type { Row } from './copy.ts';
import { idAt, randomHex } from './ids.ts';
import { writeText } from './texts.ts';

export const messageColumns = [
	'id, organization_id, phone_number_id, conversation_id, seq, revision, inbound_count',
	'direction, origin, status, body, segments, author_id, idempotency_key, carrier, carrier_message_id, error_code',
	'created_at, sent_at, delivered_at, failed_at'
];

/** What becomes of texts. Outbound, each status on the way took a revision: queued, sending, sent, and then the last. */
const fates: Record<'received' | 'delivered' | 'sent' | 'failed', Fate> = {
	received: { revisions: 1, errors: [null] },
	delivered: { revisions: 4, errors: [null] },
	sent: { revisions: 3, errors: [null] },
	failed: { revisions: 4, errors: ['30003', '30005', '30006', '30007'] }
};
type Fate = { revisions: number; errors: readonly [string | null, ...string[]] };

/**
 * All messages as rows, nearly in the order of time, as years of use would have put them into the table: conversations
 * take turns, some messages at a time. Leaves each conversation with what its own row has to say at the end.
 */
export function* writeHistory(chance: Chance, conversations: readonly Conversation[], until: number): Generator<Row> {
	for (const { conversation, start, length } of exchanges(chance, conversations)) {
		let inbound = conversation.service || chance.happens(0.7);
		let moment = start;
		for (let turn = 0; turn < length; turn++) {
			yield writeMessage(chance, conversation, inbound, moment, until);
			moment = conversation.lastAt + 1000 + chance.wait(90_000);
			if (!conversation.service && chance.happens(0.75)) inbound = !inbound;
		}
	}
}

/** Some messages in a row, conversation by conversation, by the time they begin. */
function* exchanges(chance: Chance, conversations: readonly Conversation[]) {
	const owners: number[] = [];
	const starts: number[] = [];
	const lengths: number[] = [];
	for (const [owner, { messages, from, to }] of conversations.entries()) {
		for (let left = messages; left > 0;) {
			const length = Math.min(left, chance.between(1, 6));
			owners.push(owner);
			starts.push(from + (to - from) * chance.fraction());
			lengths.push(length);
			left -= length;
		}
	}
	const time = Float64Array.from(starts);
	const order = Uint32Array.from(time.keys()).sort((a, b) => (time[a] ?? 0) - (time[b] ?? 0));
	for (const at of order) {
		const conversation = conversations[owners[at] ?? 0];
		if (conversation) yield { conversation, start: time[at] ?? 0, length: lengths[at] ?? 0 };
	}
}

function writeMessage(chance: Chance, c: Conversation, mayBeInbound: boolean, wanted: number, until: number): Row {
	const last = c.seq + 1 === c.messages;
	const inbound = mayBeInbound || (last && c.stops);
	const created = Math.min(until, Math.max(wanted, c.lastAt));
	const side = c.service ? 'codes' : inbound ? 'inbound' : 'outbound';
	const body = last && c.stops ? 'STOP' : writeText(chance, c.language, side);
	const fate = inbound ? 'received' : chance.happens(0.94) ? 'delivered' : chance.pick(['failed', 'sent'] as const);
	const { revisions, errors } = fates[fate];
	const sent = created + 400 + chance.wait(900);
	const ended = Math.min(until, sent + 500 + chance.wait(4000));

	c.seq += 1;
	c.revision += revisions;
	if (inbound) c.inbound += 1;
	if (c.seq === 1) c.firstAt = created;
	if (c.seq === c.readTo) c.readInbound = c.inbound;
	c.lastId = idAt(created);
	c.lastAt = created;
	c.changedAt = inbound ? created : ended;
	const author = inbound ? null : (c.number.writers[chance.between(0, c.number.writers.length - 1)]?.id ?? null);
	return [
		...whatItSays(c, inbound, fate, body),
		...[author, inbound ? null : idAt(created), 'twilio', `SM${randomHex(16)}`, chance.pick(errors)],
		...[at(created), inbound ? null : at(Math.min(until, sent))],
		...[fate === 'delivered' ? at(ended) : null, fate === 'failed' ? at(ended) : null]
	];
}

const whatItSays = (c: Conversation, inbound: boolean, status: string, body: string): Row => [
	...[c.lastId, c.team.id, c.number.id, c.id, c.seq, c.revision, c.inbound],
	...[...(inbound ? ['inbound', 'contact'] : ['outbound', 'person']), status, body, countSegments(body).segments]
];

/** A moment as Postgres reads it. */
export const at = (moment: number) => new Date(moment).toISOString();
