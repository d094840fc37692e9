import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDoorDatabase } from '../../supabase/functions/_shared/database-door.ts';
import type { ClosedRequest } from '../../supabase/functions/_shared/database-requests.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { createKey } from '../functions/api-keys.ts';
import { as } from './acting.ts';
import { asKey, take } from './admitting.ts';

const { sql, env } = stack;

async function scene() {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner, plan: null });
	const { key, id: keyId } = await createKey(sql, organizationId, { scopes: ['messages:read'] });
	return { owner, organizationId, key, keyId };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** A request that is told of, as it ended. */
function ended({ organizationId, keyId }: Scene, more: Partial<ClosedRequest> = {}): ClosedRequest {
	return {
		...{
			id: requestId(),
			started_at: new Date().toISOString(),
			key_id: keyId,
			user_id: null,
			organization_id: organizationId
		},
		...{ endpoint: 'GET /v1/messages', address: '203.0.113.7', units: 1, status: 200, micros: 12_000, code: null },
		...{ made_kind: null, made_id: null, limit: null },
		...more
	};
}

/** Ids are in the order of time. */
function requestId(): string {
	const time = Date.now().toString(16).padStart(12, '0');
	return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

async function close(...requests: [ClosedRequest, ...ClosedRequest[]]): Promise<number> {
	const database = createDoorDatabase(env.EDGE_DATABASE_URL, { connections: 1 });
	try {
		return await database.closeRequests(requests);
	} finally {
		await database.end();
	}
}

const sums = ({ organizationId }: Scene) => sql`
	select span, status::integer, code, sum(requests)::integer as requests, sum(units)::integer as units
	from private.request_sums where organization_id = ${organizationId} and requests <> 0
	group by 1, 2, 3 order by 1, 2, 3`;

test('R7.4 a request counts once, however often its end is told', async () => {
	const here = await scene();
	const refused = ended(here, { endpoint: 'POST /v1/messages', units: 3, status: 422, code: 'balance_too_low' });
	const all = [ended(here), refused] as const;
	expect(await close(...all)).toBe(2);
	expect(await close(...all)).toBe(0);
	expect(await sums(here)).toEqual(
		['day', 'hour', 'minute'].flatMap((span) => [
			{ span, status: 200, code: '', requests: 1, units: 1 },
			{ span, status: 422, code: 'balance_too_low', requests: 1, units: 3 }
		])
	);
});

test('R7.4 a request is written down by what lets it in; one whose function was killed is given up and stays in the log; if its end is told after all, that counts', async () => {
	const here = await scene();
	const [lost, quick, late] = [0, 6, 6].map((minutes) => ({ id: requestId(), minutes }));
	for (const { id, minutes } of [lost!, quick!, late!]) {
		await take({ ...asKey(here.key), id });
		await sql`
			update private.opened_requests set started_at = started_at - make_interval(mins => ${minutes}) where id = ${id}`;
	}
	// a key that is not let in has made no request
	await expect(take({ ...asKey(here.key), secret: Buffer.alloc(32), id: late!.id })).rejects.toThrow('not let in');
	expect(await close(ended(here, { id: quick!.id }))).toBe(1);
	const rows = () => sql<{ id: string; status: number; key_id: string; endpoint: string }[]>`
		select id, status, key_id, endpoint from private.requests where organization_id = ${here.organizationId} order by id`;
	await sql`select private.give_up_requests()`;
	const given = { id: late!.id, status: 0, key_id: here.keyId, endpoint: 'GET /v1/me' };
	expect((await rows()).filter(({ id }) => id !== quick!.id)).toEqual([given]);
	const counted = async () => (await sums(here)).map(({ span, status, requests }) => [span, status, requests]);
	expect((await counted()).slice(0, 2)).toEqual([
		['day', 0, 1],
		['day', 200, 1]
	]);
	expect(await close(ended(here, { id: late!.id, endpoint: 'GET /v1/me' }))).toBe(1);
	expect((await counted()).filter(([, status]) => status === 0)).toEqual([]);
	expect((await counted())[0]).toEqual(['day', 200, 2]);
	const waiting = await sql`select id from private.opened_requests where id in ${sql([lost!.id, quick!.id, late!.id])}`;
	expect(waiting).toEqual([{ id: lost!.id }]);
});

test('R7.2 the first that comes too soon is told to webhooks, once an hour for each limit', async () => {
	const here = await scene();
	await sql`
		insert into public.webhook_endpoints (organization_id, url, event_types)
		values (${here.organizationId}, 'https://example.com/hook', '{limit.reached}')`;
	const refused = (name: string, most: number) =>
		ended(here, { status: 429, code: 'rate_limited', limit: { name, most } });
	await close(refused('burst', 60), refused('burst', 60), refused('daily', 14_400));
	await close(refused('burst', 60), ended(here));
	const told = await sql`
		select facts from private.webhook_events where organization_id = ${here.organizationId} order by facts ->> 'limit'`;
	expect(told).toMatchObject([{ facts: { limit: 'burst', most: 60 } }, { facts: { limit: 'daily', most: 14_400 } }]);
});

type Figures = {
	requests: number;
	refused: number;
	limited: number;
	failed: number;
	p50: number;
	p95: number;
	p99: number;
};
type Analytics = {
	all: Figures;
	times: (Figures & { at: string })[];
	callers: (Figures & { id: string })[];
	endpoints: (Figures & { endpoint: string })[];
	costs: { reason: string; transfers: number; amount_micros: number }[];
};

const analytics = ({ owner, organizationId }: Scene, period: string) =>
	as(owner, async (tx) => {
		const [row] = await tx<{ told: Analytics }[]>`select api.request_analytics(${organizationId}, ${period}) as told`;
		return row!.told;
	});

test('R7.4 the page is told how many there were, how quick and how refused: by time, caller and endpoint, alike at every span', async () => {
	const here = await scene();
	const statuses = (i: number) => (i === 0 ? 500 : i === 1 ? 429 : i < 5 ? 422 : 200);
	const endpointOf = (i: number) => (i < 30 ? 'GET /v1/messages' : 'POST /v1/messages');
	const [first, ...others] = Array.from({ length: 40 }, (_, i) =>
		ended(here, { endpoint: endpointOf(i), status: statuses(i), micros: (i + 1) * 1000 })
	);
	expect(await close(first!, ...others)).toBe(40);
	for (const period of ['hour', 'day', 'week', 'month']) {
		const { all, times, callers, endpoints } = await analytics(here, period);
		expect(all).toMatchObject({ requests: 40, refused: 3, limited: 1, failed: 1 });
		// within the width of a bucket
		for (const [p, ms] of [
			['p50', 20],
			['p95', 38],
			['p99', 40]
		] as const) {
			expect(Math.abs(all[p] / (ms * 1000) - 1)).toBeLessThan(0.06);
		}
		expect(times.reduce((sum, { requests }) => sum + requests, 0)).toBe(40);
		expect(callers.map(({ id, requests }) => [id, requests])).toEqual([[here.keyId, 40]]);
		expect(endpoints.map(({ endpoint, requests }) => [endpoint, requests])).toEqual([
			['GET /v1/messages', 30],
			['POST /v1/messages', 10]
		]);
	}
});

test('R7.4 what the requests’ time cost is the statement, line by line', async () => {
	const here = await scene();
	const move = (micros: number, reason: string) => sql`
		select private.transfer(${here.organizationId}, array[row('payments', ${-micros}), row('wallet', ${micros})]::private.ledger_leg[],
			${reason}, ${randomUUID()})`;
	await move(20_000_000, 'top_up');
	for (let i = 0; i < 5; i++) await move(-8_300, 'text');
	await move(8_300, 'text_refund');
	const [row] = await as(
		here.owner,
		(tx) => tx<{ statement: { lines: unknown[] } }[]>`select api.statement(${here.organizationId}) as statement`
	);
	const { lines } = row!.statement;
	expect(lines).toHaveLength(3);
	for (const period of ['hour', 'day', 'week', 'month']) expect((await analytics(here, period)).costs).toEqual(lines);
});

test('the log is kept as long as the plan says, and the minutes of the sums for two days', async () => {
	const here = await scene();
	const old = (days: number) => sql`
		insert into private.requests (id, organization_id, key_id, endpoint, started_at, status)
		select private.first_id_at(t), ${here.organizationId}, ${here.keyId}, 'GET /v1/messages', t, 200
		from (select clock_timestamp() - make_interval(days => ${days})) d (t)`;
	await old(8);
	await old(6);
	await sql`
		select private.sum_requests(array(select r from private.requests r where r.organization_id = ${here.organizationId}))`;
	// its minute of the hour
	await sql`
		select private.prune_requests(date_trunc('hour', now())
			+ make_interval(mins => abs(hashtext(${here.organizationId}::text)) % 60))`;
	const left = await sql`select started_at from private.requests where organization_id = ${here.organizationId}`;
	expect(left).toHaveLength(1);
	expect((await sums(here)).map(({ span, requests }) => [span, requests])).toEqual([
		['day', 2],
		['hour', 2]
	]);
});
