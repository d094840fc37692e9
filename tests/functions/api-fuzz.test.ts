import { afterAll, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { openApi } from './api-door.ts';
import { fuzz } from './api-fuzzing.ts';

const { env, sql } = stack;
const api = openApi(env);
afterAll(() => api.end());

/** `npm run bench -- fuzz` asks 20,000 times through the gateway; here are a few. `FUZZ_SEED` for the same once more. */
const requests = Number(process.env.FUZZ_REQUESTS ?? 60);
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
// the carrier's catalogue has tests of its own, and is slow
const without = ['searchNumbers', 'getNumberOffer', 'listNumbersNear', 'orderNumber'];

test(`R7.1 ${requests} requests made up from the document: no error of ours, no status that it does not know, nothing of others`, async () => {
	const { found } = await fuzz({
		...{ env, sql, requests, seed, without, atOnce: 4 },
		ask: (method, path, key, body) => api.ask(method, path, key, sentAs(body))
	});
	expect(found.slice(0, 10)).toEqual([]);
});

function sentAs(body: unknown): RequestInit & { json?: unknown } {
	if (body instanceof Uint8Array) {
		return { body: body as Uint8Array<ArrayBuffer>, headers: { 'content-type': 'image/png' } };
	}
	return body === undefined ? {} : { json: body };
}
