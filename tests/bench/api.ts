import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { scopeNames } from '../../supabase/functions/_shared/core/key-scopes.ts';
import { createKey } from '../functions/api-keys.ts';
import { createNumber, createOrganization, createPerson } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';
import { serve } from './deno.ts';
import { alternate, median, quantile, timed, type Result } from './measure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const starts = 7;
const perRound = 300;
const atOnce = 16;
const inFlight = 50;
const texts = 500;

const functionOf = (env: Stack['env']) => ({
	like: 'api',
	path: '/api/v1/me',
	method: 'GET',
	network: true,
	env: {
		SUPABASE_URL: env.SUPABASE_URL,
		EDGE_DATABASE_URL: env.EDGE_DATABASE_URL,
		SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
		TOKEN_SIGNING_KEY: JSON.stringify({
			...{ kty: 'oct', alg: 'HS256' },
			k: Buffer.from(env.SUPABASE_JWT_SECRET).toString('base64url')
		})
	}
});

/** From nothing to the first answer of `functions/api`, in a Deno of its own; and how large it is in one file. */
export async function coldStart({ env }: Pick<Stack, 'env'>): Promise<Result[]> {
	const times: number[] = [];
	for (let at = 0; at < starts; at++) {
		const start = performance.now();
		const api = await serve({ ...functionOf(env), file: 'supabase/functions/api/index.ts', every: 5 });
		times.push(performance.now() - start);
		await api.stop();
	}
	const bytes = await bundled();
	return [
		{
			name: `functions/api from its start to its first answer, ${starts} times`,
			ratio: null,
			bar: 'p50 ≤ 400 ms',
			holds: median(times) <= 400,
			figures: { 'p50 ms': median(times), 'max ms': Math.max(...times) }
		},
		{
			name: 'functions/api in one file, minified',
			ratio: null,
			bar: '≤ 1.5 MB',
			holds: bytes <= 1_500_000,
			figures: { kB: bytes / 1000 }
		}
	];
}

async function bundled(): Promise<number> {
	const made = await build({
		root,
		configFile: false,
		logLevel: 'silent',
		ssr: { noExternal: true },
		build: { ssr: 'supabase/functions/api/index.ts', write: false, minify: true }
	});
	if (!('output' in made)) throw new Error('nothing was bundled');
	return made.output.reduce((sum, file) => sum + (file.type === 'chunk' ? Buffer.byteLength(file.code) : 0), 0);
}

/** A key asking who it is, against a bare handler with one `select 1`; and texts sent through the stack. */
export async function api({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Result[]> {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const number = await createNumber(sql, env, { organizationId });
	const { key } = await createKey(sql, organizationId, { scopes: scopeNames });
	// neither is what is measured
	await sql`select private.grant_limit(${organizationId}, 1000000, 'infinity', 'a test')`;
	const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
	const [floor, candidate] = await Promise.all([
		serve({ ...functionOf(env), file: 'tests/bench/api-floor.ts' }),
		serve({ ...functionOf(env), file: 'supabase/functions/api/index.ts' })
	]);
	try {
		const round = (url: string) => () => timed(() => crowd(perRound, atOnce, () => ask(url, { headers })));
		const { floor: bare, candidate: me } = await alternate(9, round(floor.url), round(candidate.url));
		const messages = `${env.SUPABASE_URL}/functions/v1/api/v1/messages`;
		const send = async () => {
			const body = JSON.stringify({
				...{ from: number.e164, to: `+1415555${String(1000 + Math.floor(Math.random() * 9000))}` },
				body: 'Your table is ready.'
			});
			return ask(messages, { method: 'POST', headers: { ...headers, 'idempotency-key': randomUUID() }, body });
		};
		await crowd(inFlight, inFlight, send);
		const took = await crowd(texts, inFlight, send);
		return [
			{
				name: 'GET /v1/me with a key, requests a second against a bare handler doing one select 1',
				ratio: bare / me,
				bar: '≥ 0.5',
				holds: bare / me >= 0.5,
				figures: { 'bare a second': (perRound * 1000) / bare, 'me a second': (perRound * 1000) / me }
			},
			{
				name: `POST /v1/messages through the stack, ${inFlight} in flight`,
				ratio: null,
				bar: 'p95 ≤ 60 ms',
				holds: quantile(took, 0.95) <= 60,
				figures: { 'p50 ms': quantile(took, 0.5), 'p95 ms': quantile(took, 0.95), 'max ms': Math.max(...took) }
			}
		];
	} finally {
		await Promise.all([floor.stop(), candidate.stop()]);
	}
}

/** So many calls, so many at once. Answers what each took, in ms. */
async function crowd(count: number, most: number, call: () => Promise<void>): Promise<number[]> {
	const took: number[] = [];
	let left = count;
	const one = async () => {
		while (left-- > 0) took.push(await timed(call));
	};
	await Promise.all(Array.from({ length: most }, one));
	return took;
}

async function ask(url: string, init: RequestInit): Promise<void> {
	const response = await fetch(url, init);
	const said = await response.text();
	if (!response.ok) throw new Error(`${url} answered ${response.status}: ${said}`);
}
