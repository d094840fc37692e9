import type { CountryCode } from 'libphonenumber-js';
import * as z from 'zod';
import type { Conversation, Member, Message, OwnedNumber } from '#core/conversations.ts';
import { Failure } from '#core/failures.ts';
import { conditionsOf, type Filter } from '#core/inbox-filters.ts';
import { parsePhone } from '#core/phone.ts';
import { countSegments } from '#core/segments.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

export const conversationsPerPage = 50;
export const messagesPerPage = 50;
/** A thread opens at its first unread text when there are no more than this many; else at its end. */
const mostUnread = 150;

/** A place in the list: what was active earlier comes after it. Written '2026-11-22T10:41:07.123456+00:00 <id>'. */
const ListPlace = z
	.string()
	.regex(/^[\dT:.+Z -]+ [\da-f-]{36}$/)
	.transform((text) => {
		const at = text.lastIndexOf(' ');
		return { last_message_at: text.slice(0, at), id: text.slice(at + 1) };
	});

/** Browsers send line breaks as CRLF, which would cost two septets each and is not what was typed. */
const Body = z.string().transform((text) => text.replace(/\r\n?/g, '\n').trim());

const Key = z.string().min(8).max(200);

/** An answer in a conversation, as its form is sent. */
/** Files that were put up for a text, their ids with commas between them. */
export const FileIds = z
	.string()
	.transform((ids) => ids.split(',').filter(Boolean))
	.pipe(z.array(z.uuid()).max(10));

export const Answer = z.object({
	body: Body,
	idempotency_key: Key,
	seen_seq: z.coerce.number().int().nonnegative().optional(),
	attachment_ids: FileIds.optional()
});

/** A text to a number, from one of ours. */
export const Start = z.object({ body: Body, idempotency_key: Key, phone_number_id: z.uuid(), recipient: z.string() });

type Page = { me: string; filter: Filter; after: string | null };

/** A page of a list, most recent first, from `after` (a place as text; the beginning when it is none) downwards. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	{ me, filter, after }: Page
): Promise<{ conversations: Conversation[]; more: boolean }> {
	const place = ListPlace.safeParse(after).data;
	let query = database
		.from('conversations')
		.select('*')
		.eq('organization_id', organizationId)
		.order('last_message_at', { ascending: false })
		.order('id', { ascending: false })
		.limit(conversationsPerPage);
	for (const [column, operator, value] of conditionsOf(filter, me)) query = query.filter(column, operator, value);
	if (place) {
		const { last_message_at: at, id } = place;
		// the bound says nothing new, but from "or" alone an index cannot tell where to begin
		query = query
			.lte('last_message_at', at)
			// quoted: PostgREST reserves the colons and dots of a timestamp
			.or(`last_message_at.lt."${at}",and(last_message_at.eq."${at}",id.lt.${id})`);
	}
	const conversations = rows<Conversation>(await query);
	return { conversations, more: conversations.length === conversationsPerPage };
}

/** Where a thread is opened: a page of those without a script, a text, or a moment (ISO 8601). `seq`s are numbers from 1. */
export type Place = { before: number } | { after: number } | { message: number } | { moment: string };

export type Opened = {
	conversation: Conversation;
	/** A stretch without gaps, in order. */
	messages: Message[];
	/** Whether there are texts before and after it. */
	more: boolean;
	newer: boolean;
	/** The text that was looked for, by its seq. */
	target: number | null;
};

/**
 * One conversation and a stretch of it: around a place, or where reading goes on: at its end, reaching back to the first
 * unread text, and around that one where it stands further up. Throws `not_found` also for one that this person may not see.
 */
export async function open(
	database: AppDatabase,
	organizationId: string,
	id: string,
	place: Place | null
): Promise<Opened> {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	const found = database.from('conversations').select('*').eq('organization_id', organizationId).eq('id', id);
	const [conversations, latest] = await Promise.all([found, place ? [] : messagesBefore(database, id, null)]);
	const [conversation] = rows<Conversation>(conversations);
	if (!conversation) throw new Failure('not_found');
	const opened = (messages: Message[], target: number | null = null): Opened => {
		const newer = place !== null && (messages.at(-1)?.seq ?? 0) < conversation.last_seq;
		return { conversation, messages, more: (messages.at(0)?.seq ?? 1) > 1, newer, target };
	};
	// from here on after the conversation, whose revision tells what may be missing
	if (place && 'before' in place) return opened(await messagesBefore(database, id, place.before));
	if (place && 'after' in place) return opened(await messagesFrom(database, id, place.after + 1));
	if (place) {
		const target = 'message' in place ? place.message : await placeAt(database, id, place.moment);
		const around = await Promise.all([messagesBefore(database, id, target), messagesFrom(database, id, target)]);
		return opened(around.flat(), target);
	}
	const { unread_count: unread, last_read_seq: read } = conversation;
	if (unread === 0 || (latest.at(0)?.seq ?? 0) <= read + 1) return opened(latest);
	const sinceRead = conversation.last_seq - read;
	if (sinceRead <= mostUnread) return opened(await messagesBefore(database, id, null, sinceRead + 10));
	// who never read here is no reader of years who lost the place
	if (read === 0) return opened(latest);
	place = { message: read + 1 };
	const around = await Promise.all([messagesBefore(database, id, read + 1, 10), messagesFrom(database, id, read + 1)]);
	return opened(around.flat());
}

/** The place of the first text at or after a moment (ISO 8601), or the one after the last text. */
async function placeAt(database: AppDatabase, conversationId: string, moment: string): Promise<number> {
	const { data, error } = await database.rpc('find_place', { conversation_id: conversationId, moment });
	if (error) throw refusalOf(error);
	return data;
}

async function messagesBefore(
	database: AppDatabase,
	id: string,
	seq: number | null,
	limit = messagesPerPage
): Promise<Message[]> {
	let query = database.from('messages').select('*').eq('conversation_id', id);
	if (seq !== null) query = query.lt('seq', seq);
	return rows<Message>(await query.order('seq', { ascending: false }).limit(limit)).reverse();
}

async function messagesFrom(database: AppDatabase, id: string, seq: number): Promise<Message[]> {
	const query = database.from('messages').select('*').eq('conversation_id', id).gte('seq', seq);
	return rows<Message>(await query.order('seq').limit(messagesPerPage));
}

/** Sends an answer, which can be taken back for so many seconds. Throws `collision`, `opted_out`, `message_empty` … */
export async function answer(
	database: AppDatabase,
	conversationId: string,
	draft: z.infer<typeof Answer>,
	holdSeconds = 0
): Promise<Message> {
	const { segments } = countSegments(draft.body);
	const { data, error } = await database.rpc('send_message', {
		...draft,
		conversation_id: conversationId,
		segments,
		hold_seconds: holdSeconds
	});
	// there is nobody to text in a team's own conversation: it is said among colleagues
	if (error?.message === 'not_found') return say(database, conversationId, draft);
	if (error) throw refusalOf(error);
	return data as Message;
}

async function say(database: AppDatabase, conversationId: string, draft: z.infer<typeof Answer>): Promise<Message> {
	const { data, error } = await database.rpc('post_team_message', { ...draft, conversation_id: conversationId });
	if (error) throw refusalOf(error);
	return data as Message;
}

/**
 * Sends a text to a number and answers the message; their conversation is made where there was none. A recipient without
 * a country code is read as dialled in the country of our number. Throws `recipient_invalid` and what `answer` throws.
 */
export async function start(database: AppDatabase, draft: z.infer<typeof Start>): Promise<Message> {
	const [from] = rows<{ country_code: CountryCode }>(
		await database.from('phone_numbers').select('country_code').eq('id', draft.phone_number_id)
	);
	const recipient = parsePhone(draft.recipient, from?.country_code);
	if ('says' in recipient) throw new Failure('recipient_invalid', recipient.says);
	const { segments } = countSegments(draft.body);
	const { data, error } = await database.rpc('send_message', { ...draft, recipient: recipient.phone, segments });
	if (error) throw refusalOf(error);
	return data as Message;
}

/** Takes a text back that has not left. Throws `already_sent`, `not_found`, `not_allowed`. */
export async function unsend(database: AppDatabase, messageId: string): Promise<Message> {
	const { data, error } = await database.rpc('unsend_message', { message_id: messageId });
	if (error) throw refusalOf(error);
	return data as Message;
}

/** What colleagues sent in a conversation after a seq: the answers that a collision speaks of, in order. */
export async function answersSince(
	database: AppDatabase,
	conversationId: string,
	seq: number,
	myId: string
): Promise<Message[]> {
	return rows<Message>(
		await database
			.from('messages')
			.select('*')
			.eq('conversation_id', conversationId)
			.eq('direction', 'outbound')
			.neq('origin', 'automatic')
			.neq('status', 'cancelled')
			.or(`author_id.is.null,author_id.neq.${myId}`)
			.gt('seq', seq)
			.order('seq')
			.limit(messagesPerPage)
	);
}

/** Remembers that this person has read everything up to a seq. */
export async function markRead(database: AppDatabase, conversationId: string, seq: number): Promise<void> {
	const { error } = await database.rpc('mark_read', { conversation_id: conversationId, seq });
	if (error) throw refusalOf(error);
}

/** The organization's numbers that this person may text from, as they were named. */
export async function numbers(database: AppDatabase, organizationId: string): Promise<OwnedNumber[]> {
	return rows<OwnedNumber>(
		await database
			.from('phone_numbers')
			.select('id, e164, label, color, country_code')
			.eq('organization_id', organizationId)
			.order('created_at')
	);
}

/** A word for which numbers these are, to notice that they are others now; empty while there are none. */
export async function numbersRevision(database: AppDatabase, organizationId: string): Promise<string> {
	const { data, error } = await database
		.from('number_lists')
		.select('revision')
		.eq('organization_id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return data?.revision ?? '';
}

/** Everybody in the organization: whose name stands under a text. */
export async function members(database: AppDatabase, organizationId: string): Promise<Member[]> {
	return rows<Member>(
		await database
			.from('members')
			.select('user_id, role, username, full_name')
			.eq('organization_id', organizationId)
			.order('username')
	);
}

type Answered = { data: unknown; error: Parameters<typeof refusalOf>[0] | null };

/** The rows of an answer. Their shape is the views' own, which `core/conversations.ts` writes down. */
function rows<Row>({ data, error }: Answered): Row[] {
	if (error) throw refusalOf(error);
	return data as Row[];
}
