import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { keyPrefix } from '#core/api-keys.ts';
import { as } from '../db/acting.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { openApi, type Problem } from './api-door.ts';
import { createKey, useUp } from './api-keys.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
afterAll(() => api.end());

type Limited = Problem & {
	detail?: string;
	'violated-policies': string[];
	plan: { code: string; name: string; requests_per_minute: number };
	plans_url: string;
	double_limits_url?: string;
};

test('R7.2 every answer to somebody says what is left, be it a refusal', async () => {
	const person = await createPerson(sql, env);
	const list = `/verifications?organization_id=${person.organizationId}`;
	const answers = [
		await api.get(list, person),
		await api.get(`${list}&limit=1000`, person),
		await api.get(`/verifications/${randomUUID()}`, person),
		await api.get('/nothing', person)
	];
	expect(answers.map(({ status }) => status)).toEqual([200, 400, 404, 404]);
	expect(answers[1]!.headers.get('ratelimit-policy')).toBe(
		'"burst";q=60;w=60, "daily";q=14400;w=86400, "organization-burst";q=120;w=60, "organization-daily";q=28800;w=86400'
	);
	for (const { headers } of answers) {
		expect(headers.get('ratelimit-policy')).toMatch(/^"burst";q=60;w=60, "daily";q=14400;w=86400/);
		expect(headers.get('ratelimit')).toMatch(/^"burst";r=5\d;t=\d+, "daily";r=1439\d;t=\d+/);
	}
});

test('R7.2 R7.7 too many are told which limit it was, how long to wait, and the plan that takes more', async () => {
	const person = await createPerson(sql, env);
	await api.get('/me', person);
	await useUp(sql, `user:${person.userId}`);
	const answer = await api.get<Limited>(`/verifications?organization_id=${person.organizationId}`, person);
	expect(answer.status).toBe(429);
	expect(answer.headers.get('content-type')).toBe('application/problem+json');
	const wait = answer.headers.get('retry-after');
	expect(Number(wait)).toBeGreaterThan(1);
	expect(Number(wait)).toBeLessThanOrEqual(31);
	expect(answer.headers.get('ratelimit')).toMatch(/^"burst";r=0;t=\d\d, /);
	expect(answer.body).toMatchObject({
		status: 429,
		code: 'rate_limited',
		type: `${env.APP_URL}/docs/errors/rate_limited`,
		detail: `This key or account makes at most 60 requests a minute. Nothing was done; come back in ${wait} seconds.`,
		request_id: answer.headers.get('x-request-id'),
		'violated-policies': ['burst'],
		plan: { code: 'starter', name: 'Starter', requests_per_minute: 300 },
		plans_url: `${env.APP_URL}/pricing`
	});
	expect(answer.body).not.toHaveProperty('double_limits_url');
});

test('R7.7 too many of an organization that may double its limits are told where, and its webhooks that they were', async () => {
	const owner = await createPerson(sql, env);
	const { id: organizationId, slug } = await createOrganization(sql, { owner });
	await sql`select private.verify_organization(${organizationId}, 'a test')`;
	await sql`
		insert into public.webhook_endpoints (organization_id, url, event_types)
		values (${organizationId}, 'https://example.com/hook', '{limit.reached}')`;
	const key = await createKey(sql, organizationId, { scopes: ['usage:read'] });
	await api.get('/me', key);
	await useUp(sql, keyPrefix(key.key)!);
	const { status, body } = await api.get<Limited>('/me', key);
	expect([status, body.double_limits_url]).toEqual([429, `${env.APP_URL}/${slug}/settings/api-keys`]);
	await as(owner, (tx) => tx`select api.double_limits(${organizationId})`);
	expect((await api.get<Limited>('/me', key)).body).not.toHaveProperty('double_limits_url');
	const told = await eventually(
		() => sql`select facts from private.webhook_events where organization_id = ${organizationId}`,
		(found) => found.length > 0
	);
	expect(told).toMatchObject([{ facts: { limit: 'burst' } }]);
});

test('R7.7 whoever names an organization that is not theirs learns nothing of it when they ask too often', async () => {
	const stranger = await createPerson(sql, env);
	const { organizationId } = await createPerson(sql, env);
	await sql`select private.verify_organization(${organizationId}, 'a test')`;
	await api.get('/me', stranger);
	await useUp(sql, `user:${stranger.userId}`);
	const { status, body } = await api.get<Limited>(`/verifications?organization_id=${organizationId}`, stranger);
	expect(status).toBe(429);
	expect(body).not.toHaveProperty('double_limits_url');
});

test('R7.2 what costs more is counted as more', async () => {
	const person = await createPerson(sql, env);
	const { headers } = await api.get(
		`/verifications/export?organization_id=${person.organizationId}&format=json`,
		person
	);
	expect(headers.get('ratelimit')).toMatch(/^"burst";r=4\d;/);
});

test('who brings no valid token uses nobody’s up', async () => {
	const { status, headers } = await api.get('/verifications', null);
	expect([status, headers.get('ratelimit')]).toEqual([401, null]);
});
