import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import type { Stack } from '../support/stack.ts';
import { createNumber, createPerson, type Person } from '../support/people.ts';
import { quantile, type Result } from './measure.ts';

const people = 20;
const each = 25;
/** Between two codes, in ms. */
const every = 10;

type Waiting = { person: Person; id: string };

/**
 * 500 clients of 20 people wait by API, each for a code of its own, all on the stack's one process of `functions/api` and
 * through the gateway. From a commit until its client has the code in hand, against a bare client that listens; then all of
 * them by a single commit.
 */
export async function wait({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Result> {
	const all = await arrange({ env, sql });
	const heard = new Map<string, number>();
	const listener = postgres(env.DATABASE_URL, { max: 1, onnotice() {} });
	await listener.listen('verifications', (payload) =>
		heard.set((JSON.parse(payload) as { id: string }).id, performance.now())
	);
	const answered = new Map<string, number>();
	const connect = async (query: string) => {
		const clients = all.map(async ({ person, id }) => {
			const response = await fetch(`${env.SUPABASE_URL}/functions/v1/api/v1/verifications/${id}?wait=60&${query}`, {
				headers: { authorization: `Bearer ${person.accessToken}` }
			});
			const { code } = (await response.json()) as { code: string | null };
			if (code === null) throw new Error(`a client was answered ${response.status} without a code`);
			answered.set(id, performance.now());
		});
		// until all of them are in and have been read for
		await pause(3000);
		return clients;
	};

	const clients = await connect('');
	const committed = new Map<string, number>();
	const listening = await listeners(sql);
	for (const { id } of shuffled(all)) {
		await sql`update public.verifications set status = 'code_received', code = '123456' where id = ${id}`;
		committed.set(id, performance.now());
		await pause(every);
	}
	await Promise.all(clients);
	const since = (times: Map<string, number>) =>
		all.map(({ id }) => Math.max(0, (times.get(id) ?? Number.NaN) - (committed.get(id) ?? Number.NaN)));
	const [candidate, floor] = [since(answered), since(heard)];

	const again = await connect('revision=2');
	await sql`update public.verifications set code = '654321' where id = any (${all.map(({ id }) => id)})`;
	const at = performance.now();
	await Promise.all(again);
	const together = all.map(({ id }) => Math.max(0, (answered.get(id) ?? Number.NaN) - at));
	await listener.end();

	const p95 = quantile(candidate, 0.95);
	return {
		name: `${all.length} clients waiting by API on one process: from the commit to the answer, a code every ${every} ms`,
		ratio: null,
		bar: 'p95 ≤ 100 ms',
		holds: p95 <= 100,
		figures: {
			'p50 ms': quantile(candidate, 0.5),
			'p95 ms': p95,
			'max ms': Math.max(...candidate),
			'bare listener p95 ms': quantile(floor, 0.95),
			'all by one commit: p50 ms': quantile(together, 0.5),
			'p95 ms ': quantile(together, 0.95),
			'connections that listen': listening
		}
	};
}

/** People with a number each and requests that wait, made at once: the verbs would refuse so many. */
async function arrange({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Waiting[]> {
	const all: Waiting[] = [];
	for (let n = 0; n < people; n += 1) {
		const person = await createPerson(sql, env);
		const { id: number } = await createNumber(sql, null, { organizationId: person.organizationId });
		const rows = await sql<{ id: string }[]>`
			insert into public.verifications (organization_id, phone_number_id, service_name, requested_by, ttl_seconds,
				idempotency_key, expires_at)
			select ${person.organizationId}, ${number}, 'Bench', ${person.userId}, 3600, gen_random_uuid(), now() + interval '1 hour'
			from generate_series(1, ${each}) returning id`;
		all.push(...rows.map(({ id }) => ({ person, id })));
	}
	return all;
}

/** How many connections listen for those who wait. */
async function listeners(sql: Stack['sql']): Promise<number> {
	const [row] = await sql<{ count: number }[]>`
		select count(*)::int as count from pg_stat_activity where application_name = 'listener'`;
	return row?.count ?? 0;
}

function shuffled<Thing>(things: readonly Thing[]): Thing[] {
	return things
		.map((thing) => ({ thing, place: Math.random() }))
		.sort((a, b) => a.place - b.place)
		.map(({ thing }) => thing);
}
