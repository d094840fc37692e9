import { everyday } from '#core/everyday-failures.ts';
import type { Told } from '#core/notes.ts';

/** How it ended. `unreachable`: nobody knows whether it arrived; the same key may be posted again. */
export type Noted<Answer = Told> =
	{ kind: 'done'; answer: Answer } | { kind: 'refused'; says: string } | { kind: 'unreachable' } | { kind: 'ended' };

/**
 * Posts to the notes of a conversation's page. This is all that a note is ever handed to, and its address is no form action
 * of the page: none of them is within reach from here.
 */
export async function postNote<Answer = Told>(
	page: string,
	method: 'POST' | 'PATCH' | 'DELETE',
	fields: Record<string, string>
): Promise<Noted<Answer>> {
	try {
		const response = await fetch(`${page}/notes`, {
			method,
			// the sign-in page is no answer
			redirect: 'manual',
			headers: { accept: 'application/json' },
			body: new URLSearchParams(fields),
			signal: AbortSignal.timeout(20_000)
		});
		if (response.type === 'opaqueredirect') return { kind: 'ended' };
		if (response.ok) return { kind: 'done', answer: (await response.json()) as Answer };
		if (response.status >= 500) return { kind: 'unreachable' };
		const { says = everyday.internal.says } = (await response.json()) as { says?: string };
		return { kind: 'refused', says };
	} catch {
		// no network, a timeout, or an answer that is none of ours (a proxy's page)
		return { kind: 'unreachable' };
	}
}
