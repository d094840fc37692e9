/** What is known once a conversation's history is written: its own row, its contact's, and how far people have read. */
import type { Chance } from './chance.ts';
import type { Conversation } from './conversations.ts';
import type { Row } from './copy.ts';
import { at } from './history.ts';

const day = 86_400_000;

export const contactColumns = ['id, organization_id, phone_number, name, created_at, updated_at'];

export function* contactRows(conversations: readonly Conversation[]): Generator<Row> {
	for (const { contact, team, firstAt } of conversations) {
		if (!contact.known) yield [contact.id, team.id, contact.number, contact.name, at(firstAt), at(firstAt)];
	}
}

export const conversationColumns = [
	'id, organization_id, phone_number_id, contact_id, last_seq, revision, last_message_id, last_message_at',
	'inbound_count, opted_out_at, archived_at, created_at, updated_at'
];

/** What is over for a month has often been put away. */
export function* conversationRows(
	chance: Chance,
	conversations: readonly Conversation[],
	until: number
): Generator<Row> {
	for (const c of conversations) {
		const archived = c.lastAt < until - 30 * day && chance.happens(0.4) ? c.lastAt + chance.wait(5 * day) : null;
		yield [
			...[c.id, c.team.id, c.number.id, c.contact.id, c.seq, c.revision, c.lastId, at(c.lastAt), c.inbound],
			c.stops ? at(c.lastAt) : null,
			...[archived === null ? null : at(Math.min(until, archived)), at(c.firstAt), at(c.changedAt)]
		];
	}
}

export const readColumns = ['conversation_id, user_id, organization_id, last_read_seq, inbound_count, read_at'];

/** A quarter of those who may look did, and most of them to the end. */
export function* readRows(chance: Chance, conversations: readonly Conversation[], until: number): Generator<Row> {
	for (const c of conversations) {
		for (const { id } of c.number.readers) {
			if (!chance.happens(0.25)) continue;
			const read = chance.happens(0.75) ? [c.seq, c.inbound] : [c.readTo, c.readInbound];
			yield [c.id, id, c.team.id, ...read, at(Math.min(until, c.lastAt + chance.wait(3_600_000)))];
		}
	}
}
