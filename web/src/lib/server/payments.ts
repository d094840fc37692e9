import * as z from 'zod';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, isSlug } from '#core/failures.ts';
import { tracedFetch } from './requests.ts';

/** In ms: the payment provider may be asked several times for one click. */
const patience = 25_000;

const Problem = z.object({ code: z.string() }).catch({ code: '' });

/**
 * Asks the payment function in a person's name; its secrets stay there. Throws what it refuses with, and
 * `payments_unavailable` where it does not answer.
 */
export async function askPayments(accessToken: string, path: string, body: object): Promise<unknown> {
	let answer: Response;
	try {
		answer = await tracedFetch(`${PUBLIC_SUPABASE_URL}/functions/v1/stripe/v1/${path}`, {
			method: 'POST',
			headers: {
				apikey: PUBLIC_SUPABASE_PUBLISHABLE_KEY,
				authorization: `Bearer ${accessToken}`,
				'content-type': 'application/json'
			},
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(patience)
		});
	} catch (cause) {
		throw new Failure('payments_unavailable', undefined, { cause });
	}
	if (answer.ok) return answer.json();
	const { code } = Problem.parse(await answer.json().catch(() => null));
	throw new Failure(isSlug(code) && code !== 'internal' ? code : 'payments_unavailable');
}
