import type { Conversation } from '#core/conversations.ts';

/** Where the known part of the list ends; `null` when all of it is known. */
export type Floor = { last_message_at: string; id: string } | null;

type Place = { last_message_at: string; id: string };

/** Most recent first; at the same moment by id, as the database orders its pages. */
export function byActivity(a: Place, b: Place): number {
	const apart = Date.parse(b.last_message_at) - Date.parse(a.last_message_at);
	// JavaScript's clock stops at milliseconds, the database's strings go on
	return apart || compare(b.last_message_at, a.last_message_at) || compare(b.id, a.id);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The list after some rows were read again. Each conversation stands once, in the latest state that was seen: revisions
 * count what happened in it, `last_read_seq` how far this person has read. Archived ones leave; those beyond the floor
 * wait for their page.
 */
export function mergeConversations(
	known: readonly Conversation[],
	learnt: readonly Conversation[],
	floor: Floor
): readonly Conversation[] {
	if (learnt.length === 0) return known;
	const byId = new Map(known.map((conversation) => [conversation.id, conversation]));
	for (const conversation of learnt) {
		const before = byId.get(conversation.id);
		if (!before || !isOlder(conversation, before)) byId.set(conversation.id, conversation);
	}
	return [...byId.values()]
		.filter((conversation) => !conversation.archived_at && (!floor || byActivity(conversation, floor) <= 0))
		.sort(byActivity);
}

/** Whether a state was read before another of the same conversation. */
export function isOlder(a: Conversation, b: Conversation): boolean {
	return a.revision < b.revision || (a.revision === b.revision && a.last_read_seq < b.last_read_seq);
}
