import type { Message } from '#core/conversations.ts';

/** A range of places by seq, both included. */
export type Place = { from: number; to: number };

/**
 * What is known of a thread after more was learnt. Each message stands once, at its `seq`, in the latest of the states
 * that were seen, in whatever order, however often and from whomever they arrived. Messages outside of `place` are left
 * out: what lies between them and the texts that are shown is not known yet.
 */
export function mergeMessages(known: readonly Message[], learnt: readonly Message[], place: Place): readonly Message[] {
	if (learnt.length === 0) return known;
	const byId = new Map(known.map((message) => [message.id, message]));
	let changed = false;
	for (const message of learnt) {
		const before = byId.get(message.id);
		const outside = message.seq < place.from || message.seq > place.to;
		if (outside || (before && before.revision >= message.revision)) continue;
		byId.set(message.id, message);
		changed = true;
	}
	return changed ? [...byId.values()].sort((a, b) => a.seq - b.seq) : known;
}
