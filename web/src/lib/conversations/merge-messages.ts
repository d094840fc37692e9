import type { Message } from '#core/conversations.ts';

/**
 * What is known of a thread after more was learnt. Each message stands once, at its `seq`, in the latest of the states
 * that were seen, in whatever order, however often and from whomever they arrived. Messages before `floor` (the first
 * seq that is shown) are left out: what lies between them and the page is not known yet.
 */
export function mergeMessages(
	known: readonly Message[],
	learnt: readonly Message[],
	floor: number
): readonly Message[] {
	const byId = new Map(known.map((message) => [message.id, message]));
	let changed = false;
	for (const message of learnt) {
		const before = byId.get(message.id);
		if (message.seq < floor || (before && before.revision >= message.revision)) continue;
		byId.set(message.id, message);
		changed = true;
	}
	return changed ? [...byId.values()].sort((a, b) => a.seq - b.seq) : known;
}
