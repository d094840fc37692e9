/** What the reference shows of `supabase-js`, run as it is written there. */
import { runInNewContext } from 'node:vm';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { openApi } from './api-door.ts';
import type { Scene, Wish } from './api-line.ts';
import { lines, order } from './api-lines.ts';
import { createScene } from './api-scene.ts';
import { openTwilio } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
afterAll(() => api.end());

type Sample = { label: string; source: string };
type Operation = { operationId: string; 'x-codeSamples': Sample[] };

const { body: document } = await api.get<{ paths: Record<string, Record<string, Operation>> }>('/openapi.json', null);
const samples = Object.entries(document.paths).flatMap(([path, item]) =>
	Object.values(item).flatMap(({ operationId, 'x-codeSamples': all }) =>
		all.filter(({ label }) => label === 'supabase-js').map(({ source }) => ({ path, operationId, source }))
	)
);
// last what lists that which the others make
const [lists, others] = [true, false].map((wanted) =>
	samples.filter(({ operationId }) => operationId.startsWith('list') === wanted)
) as [typeof samples, typeof samples];

let scene: Scene;
let organizationId: string;
let run: (source: string, variables: object) => Promise<unknown>;

beforeAll(async () => {
	scene = await createScene({ sql, env, api, twilio: openTwilio(env) });
	const client = createClient(`${env.SUPABASE_URL}/functions/v1/api`, scene.key.key, {
		auth: { persistSession: false, autoRefreshToken: false },
		db: { schema: 'api' }
	});
	// as the guide says
	const { data } = await client.rpc('my_key');
	organizationId = (data as { organization: { id: string } }).organization.id;
	run = (source, variables) =>
		runInNewContext(`(async () => { ${source}; return data; })()`, { api: client, ...variables }) as Promise<unknown>;
});

/** What a sample's names stand for, where the same is asked of the endpoint. */
function variablesOf({ path, query, json = {} }: Wish): object {
	const said = json as { ids?: string[]; phone_number_id?: string; contact_number?: string; code?: string };
	return {
		organizationId,
		id: path?.id ?? said.phone_number_id,
		otherId: said.ids?.[0],
		phoneNumberId: said.phone_number_id ?? scene.number.id,
		contactNumber: said.contact_number,
		code: said.code,
		e164: query?.e164
	};
}

const idsOf = (answer: unknown) => [answer].flat().map((row) => (row as { id?: string }).id);

describe('R7.1 the sample of supabase-js does what the endpoint does', () => {
	test('most endpoints have one', () => expect(samples.length).toBeGreaterThan(50));

	test.each([...others, ...lists])('$operationId', async ({ operationId, path, source }) => {
		// one of its own: another test buys what the table's line names
		const wish =
			operationId === 'getNumberOrder' ? { path: await order(scene, '*7794') } : await lines[operationId]!.good(scene);
		const variables = variablesOf(wish);
		if (!source.includes('.from(')) return void (await run(source, variables));
		const filled = path.replace('/v1', '').replace('{id}', wish.path?.id ?? '');
		// a number that was ordered may come in between
		await vi.waitFor(async () => {
			const read = idsOf(await run(source, variables));
			const { body } = await api.get<{ data?: object }>(filled, scene.key);
			expect(read).toEqual(idsOf(body.data ?? body));
			expect(read).not.toEqual([]);
		});
	});
});
