import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopeNames } from '#core/key-scopes.ts';
import { createNumber, createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { createKey, revokeKey } from './api-keys.ts';
import { confirmUse, openApi, type Problem } from './api-door.ts';

const { env, sql } = stack;
const api = openApi(env);
afterAll(() => api.end());

type Verification = { id: string; api_key_id: string | null; requested_by: string | null };
type Key = Awaited<ReturnType<typeof createKey>>;

let organizationId: string;
let elsewhere: string;
let all: Key;

beforeAll(async () => {
	const owner = await createPerson(sql, env);
	({ id: organizationId } = await createOrganization(sql, { owner }));
	({ id: elsewhere } = await createOrganization(sql, { owner }));
	await createNumber(sql, null, { organizationId });
	await confirmUse(sql, organizationId);
	all = await createKey(sql, organizationId, { scopes: scopeNames });
});

describe('R6.7 a key at the door', () => {
	test('is told what it is, asks for its organization without naming it, and is counted by itself', async () => {
		const me = await api.get<Record<string, unknown>>('/me', all);
		expect(me).toMatchObject({
			status: 200,
			body: { kind: 'key', id: all.id, mode: 'live', prefix: all.key.slice(0, 17), scopes: scopeNames }
		});
		expect(me.headers.get('ratelimit')).toMatch(/^"burst";r=\d*9;t=\d+, "daily";r=\d*9;t=\d+, "organization-burst"/);
		const made = await api.post<Verification>('/verifications', all, { service: 'Wardrobe' });
		expect(made).toMatchObject({ status: 201, body: { api_key_id: all.id, requested_by: null } });
		const read = await api.get<Verification>(`/verifications/${made.body.id}?wait=0`, all);
		expect(read).toMatchObject({ status: 200, body: { id: made.body.id } });
		const listed = await api.get<{ data: Verification[] }>('/verifications', all);
		expect(listed.body.data.map(({ id }) => id)).toContain(made.body.id);
		expect((await api.get(`/verifications?organization_id=${elsewhere}`, all)).status).toBe(404);
		expect((await api.get('/verifications', await createPerson(sql, env))).status).toBe(400);
		const [used] = await sql`select last_used_endpoint from public.api_keys where id = ${all.id}`;
		expect(used).toEqual({ last_used_endpoint: 'GET /v1/me' });
	});

	test('without its scope is told so; another’s things are not found', async () => {
		const reader = await createKey(sql, organizationId, { scopes: ['contacts:read'] });
		const foreign = await createKey(sql, elsewhere, { scopes: scopeNames });
		const made = await api.post<Verification>('/verifications', all, { service: 'Wardrobe' });
		const refused = async (by: Key, path: string, json?: object) => {
			const { status, body } = json ? await api.post<Problem>(path, by, json) : await api.get<Problem>(path, by);
			return [status, body.code];
		};
		expect(await refused(reader, `/verifications/${made.body.id}`)).toEqual([403, 'scope_missing']);
		expect(await refused(reader, '/verifications', { service: 'Wardrobe' })).toEqual([403, 'scope_missing']);
		expect(await refused(foreign, `/verifications/${made.body.id}`)).toEqual([404, 'not_found']);
		expect(await refused(foreign, `/verifications/${made.body.id}/cancel`, {})).toEqual([404, 'not_found']);
		expect(await refused(foreign, '/verifications', { organization_id: organizationId, service: 'x' })).toEqual([
			...[404, 'not_found']
		]);
	});

	test('is refused in the same words, be it mistyped, unknown, revoked, expired or used from elsewhere', async () => {
		const [revoked, expired, bound] = await Promise.all([
			createKey(sql, organizationId, { scopes: ['contacts:read'] }),
			createKey(sql, organizationId, { scopes: ['contacts:read'] }),
			createKey(sql, organizationId, { scopes: ['contacts:read'], from: ['203.0.113.0/24'] })
		]);
		expect((await api.get('/me', revoked)).status).toBe(200);
		await revokeKey(sql, revoked.id);
		await sql`update public.api_keys set expires_at = now() where id = ${expired.id}`;
		const unknown = await createKey(sql, organizationId, { scopes: ['contacts:read'] });
		await sql`delete from public.api_keys where id = ${unknown.id}`;
		const mistyped = { accessToken: `${all.key.slice(0, -1)}${all.key.endsWith('x') ? 'y' : 'x'}` };
		const at = (address: string) => ({ headers: { 'cf-connecting-ip': address } });
		expect((await api.get('/me', bound, at('203.0.113.9'))).status).toBe(200);
		expect((await api.get('/me', bound, at('::ffff:203.0.113.9'))).status).toBe(200);

		const answers = await Promise.all([
			...[revoked, expired, unknown, mistyped, { accessToken: 'cum_live_x' }].map((by) => api.get<Problem>('/me', by)),
			api.get<Problem>('/me', bound, at('198.51.100.1'))
		]);
		for (const { status, headers, body } of answers) {
			expect({ ...body, request_id: '' }).toEqual({ ...answers[0]!.body, request_id: '' });
			expect([status, body.code, headers.get('www-authenticate')]).toEqual([401, 'unauthorized', 'Bearer']);
		}
		expect(JSON.stringify(api.lines)).not.toContain(all.key.slice(18));
	});
});

describe('R7.1 a write with an Idempotency-Key', () => {
	const named = (key: string) => ({ headers: { 'idempotency-key': key } });

	test('happens once and is answered the same; with another body, or by somebody else, it is another', async () => {
		const key = randomUUID();
		const wish = { service: 'Wardrobe', note: 'once' };
		const first = await api.post<Verification>('/verifications', all, wish, named(key));
		const again = await api.post<Verification>('/verifications', all, wish, named(key));
		expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
		expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
		expect(again.body).toEqual(first.body);
		expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
		// answers hold codes and secrets: nobody who reads the table reads them
		const [kept] = await sql`select answer::text as answer from private.idempotent_requests where key = ${key}`;
		expect(kept!.answer).not.toContain(first.body.id);
		const other = await api.post<Problem>('/verifications', all, { ...wish, note: 'twice' }, named(key));
		expect([other.status, other.body.code]).toEqual([422, 'request_key_reused']);
		const path = await api.post<Problem>(`/verifications/${first.body.id}/cancel`, all, {}, named(key));
		expect(path.body.code).toBe('request_key_reused');
	});

	test('at the same time is done once, and the others are told to come back', async () => {
		const key = randomUUID();
		const answers = await Promise.all(
			Array.from({ length: 6 }, () => api.post<Problem>('/verifications', all, { service: 'Rush' }, named(key)))
		);
		const [done, running] = [201, 409].map((wanted) => answers.filter(({ status }) => status === wanted));
		expect(done!.length + running!.length).toBe(6);
		expect(done!.length).toBeGreaterThan(0);
		expect(running!.every(({ body }) => body.code === 'request_running')).toBe(true);
		const [{ made }] = await sql<[{ made: number }]>`
			select count(*)::integer as made from public.verifications
			where organization_id = ${organizationId} and service_name = 'Rush'`;
		expect(made).toBe(1);
	});

	test('that was refused leaves its key free', async () => {
		const key = randomUUID();
		const refused = await api.post('/verifications', all, { service: 'Wardrobe', ttl_seconds: 1 }, named(key));
		const mended = await api.post('/verifications', all, { service: 'Wardrobe', ttl_seconds: 60 }, named(key));
		expect([refused.status, mended.status]).toEqual([422, 201]);
	});

	test('is forgotten after a day, and taken over from a function that was killed', async () => {
		const step = async (key: string, print: string, at: string) => {
			const [row] = await sql<[{ outcome: string }]>`
				select service.begin_request('key:x', ${key}, ${print.repeat(64)}, ${at}) ->> 'outcome' as outcome`;
			return row.outcome;
		};
		const key = randomUUID();
		expect(await step(key, 'a', '2026-11-01T00:00:00Z')).toBe('begun');
		expect(await step(key, 'a', '2026-11-01T00:02:00Z')).toBe('running');
		expect(await step(key, 'b', '2026-11-01T00:03:00Z')).toBe('reused');
		expect(await step(key, 'a', '2026-11-01T00:03:00Z')).toBe('begun');
		await sql`select service.keep_answer('key:x', ${key}, '{"status": 200}')`;
		expect(await step(key, 'a', '2026-11-01T12:00:00Z')).toBe('kept');
		expect(await step(key, 'b', '2026-11-02T00:03:00Z')).toBe('begun');
		await sql`delete from private.idempotent_requests where subject = 'key:x'`;
	});
});
