/* eslint-disable svelte/prefer-svelte-reactivity -- a changed map is another one */
type ByConversation = ReadonlyMap<string, readonly string[]>;

/**
 * What colleagues are doing in which conversation, for the list's rows: user ids by conversation. Whoever hears of it
 * says so here (typing by broadcast, drafts from the database); never about the person themselves.
 */
export class Chips {
	typing = $state.raw<ByConversation>(new Map());
	drafts = $state.raw<ByConversation>(new Map());

	setTyping(conversationId: string, userIds: readonly string[]): void {
		this.typing = changed(this.typing, conversationId, userIds);
	}

	setDrafts(conversationId: string, userIds: readonly string[]): void {
		this.drafts = changed(this.drafts, conversationId, userIds);
	}
}

function changed(known: ByConversation, conversationId: string, userIds: readonly string[]): ByConversation {
	const before = known.get(conversationId) ?? [];
	if (before.length === userIds.length && before.every((id, at) => id === userIds[at])) return known;
	const next = new Map(known);
	if (userIds.length > 0) next.set(conversationId, userIds);
	else next.delete(conversationId);
	return next;
}
