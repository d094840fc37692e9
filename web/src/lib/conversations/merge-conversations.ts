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
 * What is known after some rows were read again, each conversation once, in the latest state that was seen: also those
 * that no list holds, so that an answer that was long on its way brings nothing back.
 */
export function mergeConversations(
	known: ReadonlyMap<string, Conversation>,
	learnt: readonly Conversation[]
): ReadonlyMap<string, Conversation> {
	const byId = new Map(known);
	for (const conversation of learnt) {
		const before = byId.get(conversation.id);
		if (!before || !isOlder(conversation, before)) byId.set(conversation.id, conversation);
	}
	return byId;
}

/** The list, in order: what `holds` says is in it. Those beyond the floor wait for their page. */
export function arrange(
	known: Iterable<Conversation>,
	floor: Floor,
	holds: (conversation: Conversation) => boolean
): readonly Conversation[] {
	return [...known]
		.filter((conversation) => holds(conversation) && (!floor || byActivity(conversation, floor) <= 0))
		.sort(byActivity);
}

/**
 * Whether a state was read before another of the same conversation: revisions count what happened in it, `read_version`
 * what this person marked as read or unread there.
 */
export function isOlder(a: Conversation, b: Conversation): boolean {
	return (a.revision - b.revision || a.read_version - b.read_version || a.last_read_seq - b.last_read_seq) < 0;
}
