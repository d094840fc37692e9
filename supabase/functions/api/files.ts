import type { Context } from 'hono';
import { Failure } from '../_shared/core/failures.ts';
import type { Api } from './app.ts';
import type { CallersToken } from './callers-token.ts';

type Parts = {
	/** The project's own address. */
	supabaseUrl: string;
	/** What its gateway asks for beside a token. */
	publishableKey: string;
	tokenOf: CallersToken;
	fetch: typeof fetch;
};

export type Files = ReturnType<typeof createFiles>;

/** In ms, for all bytes of a file. */
const patience = 60_000;

/** Storage as whoever asks may use it: what they may put there and have, the policies of the bucket say. */
export function createFiles({ supabaseUrl, publishableKey, tokenOf, fetch }: Parts) {
	async function ask(c: Context<Api>, path: string, init: RequestInit): Promise<Response> {
		const headers = new Headers(init.headers);
		headers.set('apikey', publishableKey);
		headers.set('authorization', `Bearer ${await tokenOf(c)}`);
		const signal = AbortSignal.any([c.req.raw.signal, AbortSignal.timeout(patience)]);
		try {
			return await fetch(`${supabaseUrl}/storage/v1/object/${path}`, { ...init, headers, signal, redirect: 'manual' });
		} catch (cause) {
			throw new Failure('unavailable', undefined, { cause });
		}
	}

	return {
		/** Puts a file where `begin_attachment` said. Refuses with `unavailable`. */
		async put(c: Context<Api>, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
			// what it is, its bytes say: the worker names it
			const headers = { 'content-type': 'application/octet-stream' };
			const answer = await ask(c, `attachments/${path}`, { method: 'POST', headers, body: bytes });
			if (!answer.ok) {
				throw new Failure('unavailable', undefined, {
					cause: `Storage answered ${answer.status}: ${await answer.text()}`
				});
			}
			await answer.body?.cancel();
		},

		/**
		 * A file's bytes, or that they are still those of `etag` (304). Refuses with `not_found` where Storage has none for whoever
		 * asks, and with `unavailable`.
		 */
		async open(c: Context<Api>, path: string, etag: string | undefined): Promise<Response> {
			const answer = await ask(c, `authenticated/attachments/${path}`, {
				...(etag !== undefined && { headers: { 'if-none-match': etag } })
			});
			if (answer.ok || answer.status === 304) return answer;
			await answer.body?.cancel();
			throw new Failure(answer.status >= 500 ? 'unavailable' : 'not_found');
		}
	};
}
