import type { Conversation, Message } from '#core/conversations.ts';
import type { Rest } from './rest.ts';

/** A place in the list of conversations: everything after it was active earlier. */
export type Cursor = { last_message_at: string; id: string };

export const conversationsPerPage = 50;
export const messagesPerPage = 50;
const changesPerRead = 200;
const idsPerRead = 80;

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

/** The page of messages that stands before a `seq`, in order. */
export async function messagesBefore(rest: Rest, conversationId: string, seq: number): Promise<Message[]> {
	const page = await rest.read<Message>('messages', {
		conversation_id: `eq.${conversationId}`,
		seq: `lt.${seq}`,
		order: 'seq.desc',
		limit: String(messagesPerPage)
	});
	return page.reverse();
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

/** The next page of the list, most recent first. */
export async function conversationsBefore(rest: Rest, organizationId: string, at: Cursor): Promise<Conversation[]> {
	// quoted: PostgREST reserves the colons and dots of a timestamp
	const moment = `"${at.last_message_at}"`;
	// the bound says nothing new, but from "or" alone an index cannot tell where to begin
	return rest.read<Conversation>('conversations', {
		organization_id: `eq.${organizationId}`,
		archived_at: 'is.null',
		last_message_at: `lte.${at.last_message_at}`,
		or: `(last_message_at.lt.${moment},and(last_message_at.eq.${moment},id.lt.${at.id}))`,
		order: 'last_message_at.desc,id.desc',
		limit: String(conversationsPerPage)
	});
}
