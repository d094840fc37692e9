import type { Conversation, InboxCounts, Label, Message } from '#core/conversations.ts';
import { conditionsOf, type Filter } from '#core/inbox-filters.ts';
import type { Attachment } from '#core/media-types.ts';
import type { Note } from '#core/notes.ts';
import type { Notification } from '#core/notifications.ts';
import type { KeptDraft, Price, ScheduledText, Template } from '#core/composing.ts';
import type { Rest } from './rest.ts';

/** A place in the list of conversations: everything after it was active earlier. */
export type Cursor = { last_message_at: string; id: string };

export const conversationsPerPage = 50;
export const messagesPerPage = 50;
const changesPerRead = 200;
const idsPerRead = 80;
/** So many rows of a list are read again when it heals. */
export const rereadAtOnce = 50;

/** Everything in a conversation that changed after a revision, oldest change first, however much it is. */
export async function messagesAfter(rest: Rest, conversationId: string, revision: number): Promise<Message[]> {
	const changed: Message[] = [];
	for (let after = revision; ;) {
		const page = await rest.read<Message>('messages', {
			conversation_id: `eq.${conversationId}`,
			revision: `gt.${after}`,
			order: 'revision.asc',
			limit: String(changesPerRead)
		});
		changed.push(...page);
		after = page.at(-1)?.revision ?? after;
		if (page.length < changesPerRead) return changed;
	}
}

/** The page of messages that stands before a `seq`, in order; the latest page for Infinity. */
export async function messagesBefore(rest: Rest, conversationId: string, seq: number): Promise<Message[]> {
	const page = await rest.read<Message>('messages', {
		conversation_id: `eq.${conversationId}`,
		...(seq < Infinity && { seq: `lt.${seq}` }),
		order: 'seq.desc',
		limit: String(messagesPerPage)
	});
	return page.reverse();
}

/** The page of messages that stands at a `seq` and after it, in order. */
export function messagesFrom(rest: Rest, conversationId: string, seq: number): Promise<Message[]> {
	return rest.read<Message>('messages', {
		conversation_id: `eq.${conversationId}`,
		seq: `gte.${seq}`,
		order: 'seq.asc',
		limit: String(messagesPerPage)
	});
}

/** The organization's conversations that changed at or after a moment, however many they are. */
export async function conversationsSince(rest: Rest, organizationId: string, since: string): Promise<Conversation[]> {
	const changed: Conversation[] = [];
	for (let offset = 0; ; offset += changesPerRead) {
		const page = await rest.read<Conversation>('conversations', {
			organization_id: `eq.${organizationId}`,
			updated_at: `gte.${since}`,
			order: 'updated_at.asc,id.asc',
			offset: String(offset),
			limit: String(changesPerRead)
		});
		changed.push(...page);
		if (page.length < changesPerRead) return changed;
	}
}

/** These conversations as they are now; those one may no longer see are missing. */
export async function conversationsById(rest: Rest, ids: readonly string[]): Promise<Conversation[]> {
	const found: Conversation[] = [];
	for (let at = 0; at < ids.length; at += idsPerRead) {
		found.push(
			...(await rest.read<Conversation>('conversations', { id: `in.(${ids.slice(at, at + idsPerRead).join(',')})` }))
		);
	}
	return found;
}

/** The next page of a list, most recent first. `me`: whose list it is. */
export async function conversationsBefore(
	rest: Rest,
	{ organizationId, me, filter }: { organizationId: string; me: string; filter: Filter },
	at: Cursor
): Promise<Conversation[]> {
	// quoted: PostgREST reserves the colons and dots of a timestamp
	const moment = `"${at.last_message_at}"`;
	const conditions = conditionsOf(filter, me).map(([column, operator, value]) => [column, `${operator}.${value}`]);
	// the bound says nothing new, but from "or" alone an index cannot tell where to begin
	return rest.read<Conversation>('conversations', {
		...(Object.fromEntries(conditions) as Record<string, string>),
		organization_id: `eq.${organizationId}`,
		last_message_at: `lte.${at.last_message_at}`,
		or: `(last_message_at.lt.${moment},and(last_message_at.eq.${moment},id.lt.${at.id}))`,
		order: 'last_message_at.desc,id.desc',
		limit: String(conversationsPerPage)
	});
}

/** How many conversations wait for the person. */
export async function inboxCounts(rest: Rest, organizationId: string): Promise<InboxCounts | null> {
	const [counts] = await rest.read<InboxCounts>('inbox_counts', {
		select: 'mine,unassigned,open,unread,scheduled',
		organization_id: `eq.${organizationId}`
	});
	return counts ?? null;
}

/** Whether the person follows a conversation. */
export async function isFollowed(rest: Rest, conversationId: string): Promise<boolean> {
	const rows = await rest.read('conversation_followers', {
		conversation_id: `eq.${conversationId}`,
		select: 'conversation_id'
	});
	return rows.length > 0;
}

/** The organization's labels, by name. */
export async function labels(rest: Rest, organizationId: string): Promise<Label[]> {
	return rest.read<Label>('labels', {
		select: 'id,name,color',
		organization_id: `eq.${organizationId}`,
		order: 'name.asc'
	});
}

/** The files of texts, in their order. */
export async function attachmentsOf(rest: Rest, messageIds: readonly string[]): Promise<Attachment[]> {
	const found: Attachment[] = [];
	for (let at = 0; at < messageIds.length; at += idsPerRead) {
		const ids = messageIds.slice(at, at + idsPerRead).join(',');
		found.push(...(await rest.read<Attachment>('attachments', { message_id: `in.(${ids})`, order: 'position.asc' })));
	}
	return found;
}

/** One file; undefined where one may not see it, or it is gone. */
export async function attachmentById(rest: Rest, id: string): Promise<Attachment | undefined> {
	const [found] = await rest.read<Attachment>('attachments', { id: `eq.${id}` });
	return found;
}

/** The files of a conversation's texts, newest first, from before `before` (an id) downwards. */
export async function filesOf(rest: Rest, conversationId: string, before: string | null): Promise<Attachment[]> {
	return rest.read<Attachment>('attachments', {
		conversation_id: `eq.${conversationId}`,
		message_id: 'not.is.null',
		status: 'eq.ready',
		...(before && { id: `lt.${before}` }),
		order: 'id.desc',
		limit: '60'
	});
}

/** Every note of a conversation that changed after a revision, oldest change first, however many they are. */
export async function notesAfter(rest: Rest, conversationId: string, revision: number): Promise<Note[]> {
	const changed: Note[] = [];
	for (let after = revision; ;) {
		const page = await rest.read<Note>('notes', {
			conversation_id: `eq.${conversationId}`,
			revision: `gt.${after}`,
			order: 'revision.asc',
			limit: String(changesPerRead)
		});
		changed.push(...page);
		after = page.at(-1)?.revision ?? after;
		if (page.length < changesPerRead) return changed;
	}
}

/** What the person has written and not sent in an organization's conversations, or in one of them. */
export async function drafts(rest: Rest, organizationId: string, conversationId?: string): Promise<KeptDraft[]> {
	return rest.read<KeptDraft>('drafts', {
		organization_id: `eq.${organizationId}`,
		...(conversationId && { conversation_id: `eq.${conversationId}` }),
		order: 'updated_at.desc',
		limit: '200'
	});
}

/** Who has an answer begun, by conversation; in all of an organization's, or in one. */
export async function draftMarks(
	rest: Rest,
	organizationId: string,
	conversationId?: string
): Promise<{ conversation_id: string; user_id: string }[]> {
	return rest.read('draft_marks', {
		organization_id: `eq.${organizationId}`,
		...(conversationId && { conversation_id: `eq.${conversationId}` }),
		select: 'conversation_id,user_id',
		limit: '1000'
	});
}

/** What is to be sent later in a conversation, soonest first, and what was refused and not put away. */
export async function scheduledIn(rest: Rest, conversationId: string): Promise<ScheduledText[]> {
	return rest.read<ScheduledText>('scheduled_messages', {
		conversation_id: `eq.${conversationId}`,
		status: 'in.(scheduled,refused)',
		order: 'send_at.asc',
		limit: '50'
	});
}

/** What texts cost today, by destination. */
export async function prices(rest: Rest): Promise<Price[]> {
	return rest.read<Price>('prices', { direction: 'eq.outbound', select: 'prefix,kind,direction,micros' });
}

/** The organization's texts to begin with, by name. */
export async function templates(rest: Rest, organizationId: string): Promise<Template[]> {
	return rest.read<Template>('templates', { organization_id: `eq.${organizationId}`, order: 'name.asc', limit: '500' });
}

/** The notes below the texts of a stretch of places, both included, however many they are. */
export async function notesBetween(rest: Rest, conversationId: string, from: number, to: number): Promise<Note[]> {
	const found: Note[] = [];
	for (let offset = 0; ; offset += changesPerRead) {
		const page = await rest.read<Note>('notes', {
			conversation_id: `eq.${conversationId}`,
			and: `(after_seq.gte.${from},after_seq.lte.${to})`,
			order: 'after_seq.asc,id.asc',
			offset: String(offset),
			limit: String(changesPerRead)
		});
		found.push(...page);
		if (page.length < changesPerRead) return found;
	}
}

/** What the person was told in an organization and has not read, newest first; at most so many as a count shows. */
export async function unreadNotifications(rest: Rest, organizationId: string): Promise<Notification[]> {
	return rest.read<Notification>('notifications', {
		organization_id: `eq.${organizationId}`,
		read_at: 'is.null',
		order: 'created_at.desc,id.desc',
		limit: '100'
	});
}

/** For whom a number is besides owners and admins; null for everybody. */
export async function accessToNumber(
	rest: Rest,
	phoneNumberId: string
): Promise<{ restricted: boolean; roles: string[]; user_ids: string[] } | null> {
	const [access] = await rest.read<{ restricted: boolean; roles: string[]; user_ids: string[] }>('number_access', {
		phone_number_id: `eq.${phoneNumberId}`
	});
	return access ?? null;
}
