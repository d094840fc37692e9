import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures } from '#core/failures.ts';
import { createRequestLog, type Ended } from '../../supabase/functions/_shared/http/request-log.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from '../db/acting.ts';
import { createKey } from './api-keys.ts';
import { openApi } from './api-door.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
afterAll(() => api.end());

let owner: Person;
let organizationId: string;
let key: Awaited<ReturnType<typeof createKey>>;

beforeAll(async () => {
	owner = await createPerson(sql, env);
	({ id: organizationId } = await createOrganization(sql, { owner }));
	key = await createKey(sql, organizationId, { scopes: ['numbers:read'] });
});

type Row = {
	endpoint: string;
	status: number;
	code: string | null;
	micros: number;
	key_id: string | null;
};

const rows = () => sql<(Row & { id: string; user_id: string | null; address: string | null })[]>`
	select * from private.requests where organization_id = ${organizationId} order by id`;

test('R7.4 each request of a key or person is in the log by the id of its answer: what, whence, how it ended and how long it took', async () => {
	const from = { headers: { 'x-forwarded-for': '203.0.113.9' } };
	const answers = [
		await api.get('/me', key, from),
		await api.get('/verifications', key, from),
		await api.get(`/verifications/${randomUUID()}`, owner, from),
		await api.get(`/verifications?organization_id=${organizationId}`, owner, from),
		await api.get('/nowhere', key, from)
	];
	const logged = await eventually(rows, (found) => found.length >= 4);
	const told = (row: Row) => [row.endpoint, row.status, row.code, row.key_id];
	expect(logged.map(told)).toEqual([
		['GET /v1/me', 200, null, key.id],
		['GET /v1/verifications', 403, 'scope_missing', key.id],
		['GET /v1/verifications', 200, null, null],
		['GET (unknown)', 404, 'path_unknown', key.id]
	]);
	expect(answers[4]!.body).toMatchObject({ code: 'path_unknown', title: failures.path_unknown.says });
	expect(logged.map(({ id }) => id)).toEqual(
		[answers[0]!, answers[1]!, answers[3]!, answers[4]!].map(({ headers }) => headers.get('x-request-id'))
	);
	for (const { address, micros } of logged) {
		expect(address).toBe('203.0.113.9');
		expect(micros).toBeGreaterThan(0);
	}
	// one that names no organization is nobody's but the person's
	const [alone] = await sql`
		select organization_id, user_id from private.requests where id = ${answers[2]!.headers.get('x-request-id')}`;
	expect(alone).toEqual({ organization_id: null, user_id: owner.userId });
});

test('R7.4 each request is counted for the endpoint that the reference names it by, also where an id could stand in its place', async () => {
	const { body: document } = await api.get<{ paths: Record<string, object> }>('/openapi.json', null);
	const asked = Object.keys(document.paths).filter((path) => 'get' in document.paths[path]!);
	const looking = await createKey(sql, organizationId, { scopes: ['webhooks:read'] });
	const wanted = new Map<string, string>();
	for (const path of asked) {
		const { headers } = await api.get(path.replace('/v1', '').replaceAll(/\{\w+\}/g, randomUUID()), looking);
		wanted.set(headers.get('x-request-id')!, `GET ${path}`);
	}
	const counted = await eventually(
		() => sql<{ id: string; endpoint: string }[]>`
			select id, endpoint from private.requests where key_id = ${looking.id}`,
		(found) => found.length >= asked.length
	);
	expect(asked).toContain('/v1/numbers/available');
	expect(new Map(counted.map(({ id, endpoint }) => [id, endpoint]))).toEqual(wanted);
});

test('R7.4 a request that made something says what it cost: all of them together are the statement’s line of texts, and usage counts them', async () => {
	const { id } = await createOrganization(sql, { owner, plan: null });
	const number = await createNumber(sql, env, { organizationId: id });
	await sql`
		select private.transfer(${id}, array[row('payments', -20000000), row('wallet', 20000000)]::private.ledger_leg[],
			'top_up', ${randomUUID()})`;
	// what the plan includes is used up
	await sql`insert into public.segment_allowances (organization_id, month, used) values (${id}, private.month_of(${id}), 100000)`;
	const by = await createKey(sql, id, { scopes: ['messages:write', 'usage:read'] });
	const send = (body: string, more: object = {}) =>
		api.post<{ id: string }>('/messages', by, { from: number.id, to: inventNumber(), body, ...more });
	const sent = [await send('One'), await send('Two segments. '.repeat(20)), await send('')];
	const later = await send('Later', { send_at: new Date(Date.now() + 3_600_000).toISOString() });
	expect([...sent, later].map(({ status }) => status)).toEqual([201, 201, 422, 202]);
	await sql`update public.scheduled_messages set send_at = now() where id = ${later.body.id}`;
	await sql`select service.send_scheduled(${later.body.id})`;

	type Line = { made_kind: string | null; made_id: string | null; cost_micros: string | null; status: number };
	type Told = { lines: { reason: string; amount_micros: number }[] };
	const read = async () => {
		const log = await as(owner, (tx) => tx<Line[]>`select * from api.request_log(${id}) order by id`);
		const [row] = await as(owner, (tx) => tx<{ told: Told }[]>`select api.statement(${id}) as told`);
		const texts = row!.told.lines.filter(({ reason }) => reason.startsWith('text'));
		return {
			log,
			costs: log.map(({ cost_micros }) => Number(cost_micros ?? 0)).filter((micros) => micros > 0),
			paid: texts.reduce((sum, { amount_micros }) => sum - amount_micros, 0)
		};
	};
	const sumOf = (costs: number[]) => costs.reduce((sum, micros) => sum + micros, 0);
	// what is held stands in the statement before it is known as a cost, and the carrier may count otherwise
	const { log, costs, paid } = await eventually(
		read,
		(found) => found.log.length === 4 && found.costs.length === 3 && sumOf(found.costs) === found.paid,
		30
	);
	const together = sumOf(costs);
	expect([costs.length, paid]).toEqual([3, together]);
	expect(log.map(({ made_kind, made_id }) => [made_kind, made_id])).toEqual([
		['message', sent[0]!.body.id],
		['message', sent[1]!.body.id],
		[null, null],
		['scheduled_message', later.body.id]
	]);

	const [month] = await sql<{ day: string }[]>`select private.month_of(${id})::text as day`;
	const until = new Date(Date.parse(month!.day) + 45 * 86_400_000).toISOString().slice(0, 10);
	type Usage = {
		money: { reason: string; amount_micros: number }[];
		requests: { api_key_id: string; requests: number; refused: number }[];
	};
	const used = await api.get<Usage>(`/usage?since=${month!.day}&until=${until}`, by);
	expect(used.body.requests).toMatchObject([{ api_key_id: by.id, requests: 4, refused: 1 }]);
	expect(used.body.money.filter(({ reason }) => reason === 'text')).toMatchObject([{ amount_micros: -together }]);
});

test('R7.5 who brings no key and no valid token is written down without what they brought', async () => {
	const from = { headers: { 'x-forwarded-for': '2001:db8::77' } };
	const secret = `not-a-token-${randomUUID()}`;
	expect((await api.get('/me', null, from)).status).toBe(401);
	expect((await api.get('/me', { accessToken: secret }, from)).status).toBe(401);
	const failed = await sql`
		select reason, endpoint, prefix from private.unknown_key_refusals where address = '2001:db8::77' order by id`;
	expect(failed).toEqual([
		{ reason: 'missing', endpoint: 'GET /v1/me', prefix: null },
		{ reason: 'token_invalid', endpoint: 'GET /v1/me', prefix: null }
	]);
});

const one = (): Ended => ({
	...{ id: randomUUID(), started_at: new Date().toISOString(), key_id: null, user_id: null, organization_id: null },
	...{ endpoint: 'GET /v1/me', address: null, units: 1, status: 200, micros: 1, code: null },
	...{ made_kind: null, made_id: null, limit: null }
});

test('what the database does not take is kept and told again, in batches', async () => {
	const closed: number[] = [];
	let away = true;
	const requestLog = createRequestLog({
		async close(requests) {
			if (away) throw new Error('away');
			closed.push(requests.length);
		},
		log() {},
		pause: 5
	});
	for (let i = 0; i < 450; i++) requestLog.add(one());
	await new Promise((done) => setTimeout(done, 20));
	expect(closed).toEqual([]);
	away = false;
	await eventually(
		() => Promise.resolve(closed.reduce((sum, count) => sum + count, 0)),
		(sum) => sum === 450
	);
	expect(Math.max(...closed)).toBe(200);
	requestLog.add(one());
	await requestLog.end();
	expect(closed.at(-1)).toBe(1);
});
