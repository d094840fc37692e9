import type { Message } from '#core/conversations.ts';
import { failures, isSlug, type Slug } from '#core/failures.ts';
import { deserialize } from '$app/forms';
import type { Pending } from './entries.ts';

/**
 * How an attempt to send ended. `unreachable`: nobody knows whether it arrived; the same key may be sent again.
 * `ended`: the session is over; `expired` where the password is enough to go on.
 * `troubled`: there was an answer, and it was that the server is in trouble.
 */
export type Outcome =
	| { kind: 'accepted'; message: Message }
	| { kind: 'refused'; slug: Slug; says: string; answers: Message[] }
	| { kind: 'unreachable'; troubled?: boolean }
	| { kind: 'ended'; expired: boolean };

export type Send = (text: Pending) => Promise<Outcome>;

type Post = { url: string; fields: Record<string, string> };

/** Hands texts to the form action of their conversation's page, as the form itself does without this script. */
export function sendTo(fetch: typeof globalThis.fetch, pageOf: (conversationId: string) => string): Send {
	return async (text) => {
		const answer = await post(fetch, {
			url: `${pageOf(text.conversationId)}?/send`,
			fields: { body: text.body, idempotency_key: text.key, seen_seq: String(text.seenSeq) }
		});
		if (!answer) return { kind: 'unreachable' };
		if (answer.type === 'error' && answer.error.status >= 500) return { kind: 'unreachable', troubled: true };
		if (answer.type === 'redirect') return { kind: 'ended', expired: answer.location.startsWith('/sign-in?expired') };
		if (answer.type === 'success') return { kind: 'accepted', message: answer.data?.message as Message };
		if (answer.type === 'error') {
			const slug = answer.error.status === 404 ? 'not_found' : answer.error.status === 403 ? 'not_allowed' : 'internal';
			return { kind: 'refused', slug, says: answer.error.message, answers: [] };
		}
		const { slug, says, answers } = (answer.data ?? {}) as { slug?: string; says?: string; answers?: Message[] };
		if (slug === 'unavailable' || slug === 'rate_limited') return { kind: 'unreachable' };
		const known = slug && isSlug(slug) ? slug : 'internal';
		return { kind: 'refused', slug: known, says: says ?? failures[known].says, answers: answers ?? [] };
	};
}

/** Tells the server how far a conversation was read. Losing one is harmless: the next one says more. */
export async function postRead(fetch: typeof globalThis.fetch, page: string, seq: number): Promise<boolean> {
	const answer = await post(fetch, { url: `${page}?/read`, fields: { seq: String(seq) } });
	return answer?.type === 'success';
}

async function post(fetch: typeof globalThis.fetch, { url, fields }: Post) {
	try {
		const response = await fetch(url, {
			method: 'POST',
			headers: { accept: 'application/json', 'x-sveltekit-action': 'true' },
			body: new URLSearchParams(fields),
			signal: AbortSignal.timeout(20_000)
		});
		return deserialize(await response.text());
	} catch {
		// no network, a timeout, or an answer that is none of ours (a proxy's page)
		return null;
	}
}
