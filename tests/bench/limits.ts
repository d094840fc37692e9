import { createHash, randomUUID } from 'node:crypto';
import { connect } from '../../supabase/functions/_shared/database-connection.ts';
import { createLimits } from '../../supabase/functions/_shared/database-limits.ts';
import { keyPrefix } from '../../supabase/functions/_shared/core/api-keys.ts';
import { createKey } from '../functions/api-keys.ts';
import { startDatabase } from './bare-database.ts';
import { alternate, median, timed, type Result } from './measure.ts';

const requests = 500;
const crowd = 8;

/**
 * A request of a key as functions ask for it (the key is checked, the request counted for it and its organization, and the log
 * opened, all in one statement) against an upsert into an unlogged table of counters over the same connection, and against a bare
 * round trip.
 */
export async function limits(): Promise<Result[]> {
	const { env, sql, stop } = await startDatabase();
	const bare = connect(env.EDGE_DATABASE_URL, { connections: crowd });
	const limiter = createLimits(env.EDGE_DATABASE_URL, { connections: crowd });
	try {
		await sql`create schema bench`;
		await sql`create unlogged table bench.counters (subject text primary key, count bigint not null) with (fillfactor = 50)`;
		await sql`grant usage on schema bench to edge`;
		await sql`grant select, insert, update on bench.counters to edge`;
		await sql`update public.plans set api_requests_per_minute = 1000000`;
		const [organization] = await sql<{ id: string }[]>`
			insert into public.organizations (slug, name) values ('bench', 'Bench') returning id`;
		const { key } = await createKey(sql, organization?.id ?? '', { scopes: ['messages:read', 'messages:write'] });
		const who = { prefix: keyPrefix(key), hash: createHash('sha256').update(key).digest('hex') };
		const upsert = () =>
			bare.rows(
				`insert into bench.counters values ('${who.prefix}', 1) on conflict (subject) do update set count = counters.count + 1 returning count`
			);
		const take = async () => {
			const asked = { who, cost: 1, id: randomUUID(), endpoint: 'GET /v1/me', address: '203.0.113.7' };
			const admission = await limiter.admit(asked);
			if (!('standing' in admission) || !admission.standing.admitted) throw new Error('the key is not let in');
		};
		const many = (deed: () => Promise<unknown>, at: number) => async () => {
			const one = async () => {
				for (let i = 0; i < requests / at; i++) await deed();
			};
			return timed(() => Promise.all(Array.from({ length: at }, one)));
		};
		const alone = await alternate(9, many(upsert, 1), many(take, 1));
		const together = await alternate(9, many(upsert, crowd), many(take, crowd));
		const each = (deed: () => Promise<unknown>) => async () => {
			const times: number[] = [];
			for (let i = 0; i < requests; i++) times.push(await timed(deed));
			return median(times);
		};
		const trip = await alternate(
			9,
			each(() => bare.rows('select 1')),
			each(take)
		);
		return [
			rate('one after another', alone),
			rate(`${crowd} at once with one key`, together),
			{
				name: 'key check, limit and log, p50 against the round trip of a bare select 1',
				ratio: trip.candidate / trip.floor,
				bar: '≤ 2',
				holds: trip.candidate <= 2 * trip.floor,
				figures: { 'select 1': trip.floor, admitted: trip.candidate }
			}
		];
	} finally {
		await Promise.all([bare.end(), limiter.end()]);
		await stop();
	}
}

function rate(who: string, { floor, candidate }: { floor: number; candidate: number }): Result {
	return {
		name: `requests let in, rate against a bare upsert, ${who}`,
		ratio: floor / candidate,
		bar: '≥ 0.7',
		holds: floor / candidate >= 0.7,
		figures: { 'upserts a second': requests / (floor / 1000), 'let in a second': requests / (candidate / 1000) }
	};
}
