import { deserialize } from '$app/forms';
import type { Conversation } from '#core/conversations.ts';

/** Something that is done with conversations. */
export type Deed =
	| { verb: 'archive' | 'restore' | 'unread' | 'delete'; ids: readonly string[] }
	| { verb: 'assign'; ids: readonly string[]; assigneeId: string | null }
	| { verb: 'snooze'; ids: readonly string[]; until: string | null }
	| { verb: 'label'; ids: readonly string[]; add: readonly string[]; remove: readonly string[] };

/** How a deed ended: done, or what to tell, and whether the session has to be looked after first. */
export type Answer = { done: true } | { done: false; says: string; slug: string | null };

const noConnection = 'There is no connection. Nothing was changed.';

/** Carries a deed out by the form action of the inbox, as its forms do without this script. */
export async function carryOut(fetch: typeof globalThis.fetch, inbox: string, deed: Deed): Promise<Answer> {
	const fields = new URLSearchParams(deed.ids.map((id) => ['ids', id]));
	if (deed.verb === 'assign') fields.set('assignee_id', deed.assigneeId ?? '');
	if (deed.verb === 'snooze') fields.set('until', deed.until ?? '');
	if (deed.verb === 'label') {
		for (const id of deed.add) fields.append('add', id);
		for (const id of deed.remove) fields.append('remove', id);
	}
	return post(fetch, `${inbox}?/${deed.verb}`, fields);
}

/** Makes a label. */
export async function makeLabel(fetch: typeof globalThis.fetch, inbox: string, name: string): Promise<Answer> {
	return post(fetch, `${inbox}?/new-label`, new URLSearchParams({ name }));
}

/** Has the person told of every text of a conversation, or no more. */
export async function follow(
	fetch: typeof globalThis.fetch,
	inbox: string,
	id: string,
	follows: boolean
): Promise<Answer> {
	return post(fetch, `${inbox}?/follow`, new URLSearchParams({ ids: id, follows: String(follows) }));
}

async function post(fetch: typeof globalThis.fetch, url: string, body: URLSearchParams): Promise<Answer> {
	try {
		const response = await fetch(url, {
			method: 'POST',
			headers: { accept: 'application/json', 'x-sveltekit-action': 'true' },
			body,
			signal: AbortSignal.timeout(20_000)
		});
		const answer = deserialize(await response.text());
		if (answer.type === 'success') return { done: true };
		if (answer.type === 'redirect') return { done: false, says: 'Sign in again to go on.', slug: 'session_ended' };
		if (answer.type === 'error') return { done: false, says: answer.error.message, slug: null };
		const { says, slug } = (answer.data ?? {}) as { says?: string; slug?: string };
		return { done: false, says: says ?? noConnection, slug: slug ?? null };
	} catch {
		// no network, a timeout, or an answer that is none of ours (a proxy's page)
		return { done: false, says: noConnection, slug: null };
	}
}

/** What a deed changes in a row, for showing it at once; `null` where only the database can say. */
export function changeOf(deed: Deed): Partial<Conversation> | null {
	if (deed.verb === 'archive') return { archived_at: new Date().toISOString(), snoozed_until: null };
	if (deed.verb === 'restore') return { archived_at: null };
	if (deed.verb === 'assign') return { assignee_id: deed.assigneeId };
	if (deed.verb === 'snooze') return { snoozed_until: deed.until };
	return null;
}

/** What takes a deed back, by the rows as they were before it; nothing where nothing can. */
export function undoOf(deed: Deed, before: readonly Conversation[]): Deed[] {
	if (deed.verb === 'archive') {
		const ids = before.filter(({ archived_at }) => archived_at === null).map(({ id }) => id);
		return ids.length > 0 ? [{ verb: 'restore', ids }] : [];
	}
	if (deed.verb === 'restore') {
		const ids = before.filter(({ archived_at }) => archived_at !== null).map(({ id }) => id);
		return ids.length > 0 ? [{ verb: 'archive', ids }] : [];
	}
	if (deed.verb === 'assign') {
		return before.map(({ id, assignee_id }) => ({ verb: 'assign', ids: [id], assigneeId: assignee_id }));
	}
	if (deed.verb === 'snooze') {
		return before.map(({ id, snoozed_until }) => ({ verb: 'snooze', ids: [id], until: snoozed_until }));
	}
	if (deed.verb === 'label') {
		return before.map(({ id, label_ids }) => ({
			verb: 'label',
			ids: [id],
			add: deed.remove.filter((label) => label_ids.includes(label)),
			remove: deed.add.filter((label) => !label_ids.includes(label))
		}));
	}
	return [];
}
