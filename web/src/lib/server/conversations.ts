import type { CountryCode } from 'libphonenumber-js';
import * as z from 'zod';
import type { Conversation, Member, Message, OwnedNumber } from '#core/conversations.ts';
import { Failure } from '#core/failures.ts';
import { parsePhone } from '#core/phone.ts';
import { countSegments } from '#core/segments.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

export const conversationsPerPage = 50;
export const messagesPerPage = 50;
/** A thread opens at its first unread text when there are no more than this many; else at its end. */
const mostUnread = 150;

/** A place in the list: what was active earlier comes after it. Written '2026-11-22T10:41:07.123456+00:00 <id>'. */
const Place = z
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
export const Answer = z.object({
	body: Body,
	idempotency_key: Key,
	seen_seq: z.coerce.number().int().nonnegative().optional()
});

/** A text to a number, from one of ours. */
export const Start = z.object({ body: Body, idempotency_key: Key, phone_number_id: z.uuid(), recipient: z.string() });

/** A page of the list, most recent first, from `after` (a place as text; the beginning when it is none) downwards. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	after: string | null
): Promise<{ conversations: Conversation[]; more: boolean }> {
	const place = Place.safeParse(after).data;
	let query = database
		.from('conversations')
		.select('*')
		.eq('organization_id', organizationId)
		.is('archived_at', null)
		.order('last_message_at', { ascending: false })
		.order('id', { ascending: false })
		.limit(conversationsPerPage);
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

/**
 * One conversation and its latest messages in order: a page, or as many as reach back to what was read last. With
 * `before`, the page before that seq. Throws `not_found` also for one that this person may not see.
 */
export async function open(
	database: AppDatabase,
	organizationId: string,
	id: string,
	before: number | null
): Promise<{ conversation: Conversation; messages: Message[]; more: boolean }> {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	const [found, page] = await Promise.all([
		database.from('conversations').select('*').eq('organization_id', organizationId).eq('id', id),
		messagesBefore(database, id, before, messagesPerPage)
	]);
	const [conversation] = rows<Conversation>(found);
	if (!conversation) throw new Failure('not_found');
	const { unread_count: unread, last_read_seq: read } = conversation;
	const reaches = before !== null || unread === 0 || (page.at(0)?.seq ?? 0) <= read + 1;
	const messages = reaches
		? page
		: await messagesBefore(database, id, null, Math.max(messagesPerPage, Math.min(unread, mostUnread) + 10));
	return { conversation, messages, more: (messages.at(0)?.seq ?? 1) > 1 };
}

async function messagesBefore(
	database: AppDatabase,
	id: string,
	seq: number | null,
	limit: number
): Promise<Message[]> {
	let query = database.from('messages').select('*').eq('conversation_id', id);
	if (seq !== null) query = query.lt('seq', seq);
	return rows<Message>(await query.order('seq', { ascending: false }).limit(limit)).reverse();
}

/** Sends an answer. Throws `collision`, `opted_out`, `not_allowed`, `message_empty`, `message_too_long` … */
export async function answer(
	database: AppDatabase,
	conversationId: string,
	draft: z.infer<typeof Answer>
): Promise<Message> {
	const { segments } = countSegments(draft.body);
	const { data, error } = await database.rpc('send_message', { ...draft, conversation_id: conversationId, segments });
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
