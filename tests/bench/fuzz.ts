import { fuzz as ask } from '../functions/api-fuzzing.ts';
import type { Stack } from '../support/stack.ts';
import type { Result } from './measure.ts';

/** `FUZZ_REQUESTS` and `FUZZ_SEED` say others. */
const requests = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
const atOnce = 8;
const longestMilliseconds = 90_000;

/** Requests made up from the API's document, asked of the function through the gateway as anybody does. */
export async function fuzz({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Result> {
	const start = performance.now();
	const { found, statuses, asked, undone } = await ask({
		...{ env, sql, requests, seed, atOnce },
		async ask(method, path, key, body) {
			const isFile = body instanceof Uint8Array;
			const response = await fetch(`${env.SUPABASE_URL}/functions/v1/api/v1${path}`, {
				method,
				headers: {
					...(key && { authorization: `Bearer ${key.accessToken}` }),
					...(body !== undefined && { 'content-type': isFile ? 'image/png' : 'application/json' })
				},
				...(body !== undefined && { body: isFile ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
				signal: AbortSignal.timeout(longestMilliseconds)
			});
			const text = await response.text();
			const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
			return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text || null };
		}
	});
	for (const wrong of found.slice(0, 20)) console.log(wrong);
	for (const [operation, codes] of Object.entries(undone)) console.log(`${operation} was refused each time: ${codes}`);
	return {
		name: `${requests} requests made up from the API's document, seed ${seed}`,
		ratio: null,
		bar: 'no error of ours, no answer that the document does not know, nothing of others',
		holds: found.length === 0 && requests >= 20_000,
		figures: {
			...{ wrong: found.length, operations: asked, 'of them done': asked - Object.keys(undone).length },
			...Object.fromEntries(Object.entries(statuses).map(([status, count]) => [`answers ${status}`, count])),
			'a second': (requests * 1000) / (performance.now() - start)
		}
	};
}
