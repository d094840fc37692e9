import type { Message } from '#core/conversations.ts';
import { everyday } from '#core/everyday-failures.ts';
import type { Slug } from '#core/failures.ts';
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
			fields: {
				body: text.body,
				idempotency_key: text.key,
				seen_seq: String(text.seenSeq),
				...(text.attachmentIds?.length && { attachment_ids: text.attachmentIds.join(',') })
			}
		});
		if (!answer) return { kind: 'unreachable' };
		// 503: a part is being restarted, and back in a moment
		if (answer.type === 'error' && answer.error.status >= 500)
			return { kind: 'unreachable', troubled: answer.error.status !== 503 };
		if (answer.type === 'redirect') return { kind: 'ended', expired: answer.location.startsWith('/sign-in?expired') };
		if (answer.type === 'success') return { kind: 'accepted', message: answer.data?.message as Message };
		if (answer.type === 'error') {
			const { status, message } = answer.error;
			const slug = answer.error.slug ?? (status === 404 ? 'not_found' : status === 403 ? 'not_allowed' : 'internal');
			return { kind: 'refused', slug, says: message, answers: [] };
		}
		const {
			slug = 'internal',
			says = everyday.internal.says,
			answers = []
		} = (answer.data ?? {}) as { slug?: Slug; says?: string; answers?: Message[] };
		if (slug === 'unavailable' || slug === 'rate_limited') return { kind: 'unreachable' };
		return { kind: 'refused', slug, says, answers };
	};
}

/** Tells the server how far a conversation was read. Losing one is harmless: the next one says more. */
export async function postRead(fetch: typeof globalThis.fetch, page: string, seq: number): Promise<boolean> {
	const answer = await post(fetch, { url: `${page}?/read`, fields: { seq: String(seq) } });
	return answer?.type === 'success';
}

/** What a deed on a conversation's page answered, or the sentence it was refused with. */
export async function postDeed<Answer>(
	fetch: typeof globalThis.fetch,
	page: string,
	deed: 'unsend' | 'draft' | 'schedule' | 'cancelScheduled',
	fields: Record<string, string>
): Promise<{ answer: Answer; says?: undefined } | { says: string; answer?: undefined }> {
	const result = await post(fetch, { url: `${page}?/${deed}`, fields });
	if (result?.type === 'success') return { answer: result.data as Answer };
	const says = result?.type === 'failure' ? result.data?.says : undefined;
	return { says: typeof says === 'string' ? says : everyday.unavailable.says };
}

async function post(fetch: typeof globalThis.fetch, { url, fields }: Post) {
	try {
		const response = await fetch(url, {
			method: 'POST',
			headers: { accept: 'application/json', 'x-sveltekit-action': 'true' },
			body: new URLSearchParams(fields),
			signal: AbortSignal.timeout(20_000)
		});
		const answer = deserialize(await response.text()) as ReturnType<typeof deserialize> | App.Error;
		// who is refused before the action begins gets the bare error
		return 'type' in answer ? answer : { type: 'error' as const, error: { ...answer, status: response.status } };
	} catch {
		// no network, a timeout, or an answer that is none of ours (a proxy's page)
		return null;
	}
}
