import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
	accessToken,
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	signIn,
	signOut,
	type Person
} from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { confirmUse, openApi, type Problem } from './api-door.ts';
import { inboundFields, makeHandset, openTwilio } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
const twilio = openTwilio(env);
afterAll(() => api.end());

type Verification = Record<string, unknown> & { id: string; status: string; code: string | null; revision: number };

let person: Person;
let stranger: Person;
let viewer: Person;
let organizationId: string;
let number: { id: string; e164: string };

beforeAll(async () => {
	[person, stranger, viewer] = await Promise.all([
		createPerson(sql, env),
		createPerson(sql, env),
		createPerson(sql, env)
	]);
	({ id: organizationId } = await createOrganization(sql, { owner: person }));
	await addMember(sql, organizationId, viewer, 'viewer');
	number = await createNumber(sql, env, { organizationId });
	await confirmUse(sql, organizationId);
});

const wish = (more: object = {}) => ({ organization_id: organizationId, service: 'Wardrobe', ...more });
const text = (body: string) => twilio.inbound(inboundFields(env, { from: makeHandset(), to: number.e164, body }));

test('R7.1 a code is asked for, arrives, is read and completed, all by API', async () => {
	const asked = await api.post<Verification>(
		'/verifications',
		person,
		wish({ number: number.e164, ttl_seconds: 120, note: 'nightly' })
	);
	expect(asked.status).toBe(201);
	expect(asked.body).toMatchObject({
		organization_id: organizationId,
		phone_number_id: number.id,
		service_id: null,
		service_name: 'Wardrobe',
		ttl_seconds: 120,
		note: 'nightly',
		status: 'waiting',
		code: null,
		requested_by: person.userId
	});
	const { id } = asked.body;
	await text('Your Wardrobe code is 402913.');
	const read = await api.get<Verification>(`/verifications/${id}`, person);
	expect(read.body).toMatchObject({ id, status: 'code_received', code: '402913' });
	expect(read.headers.get('etag')).toBe(`"${read.body.revision}"`);
	expect(read.headers.get('cache-control')).toBe('no-store');
	const unchanged = await api.get(`/verifications/${id}`, person, {
		headers: { 'if-none-match': `"${read.body.revision}"` }
	});
	expect([unchanged.status, unchanged.body]).toEqual([304, null]);
	const completed = await api.post<Verification>(`/verifications/${id}/complete`, person);
	expect(completed.body).toMatchObject({ status: 'completed', final_code: '402913' });
	expect((await api.post<Problem>(`/verifications/${id}/cancel`, person)).body).toMatchObject({
		status: 409,
		code: 'verification_over'
	});
});

const ask = async (more: object = {}) => (await api.post<Verification>('/verifications', person, wish(more))).body;
/** A refusal as it must be, and its slug. */
function refused(answer: { status: number; headers: Headers; body: Problem }) {
	expect(answer.headers.get('content-type')).toBe('application/problem+json');
	expect(answer.body).toMatchObject({ status: answer.status, request_id: answer.headers.get('x-request-id') });
	return [answer.status, answer.body.code];
}

test('R7.1 a service of the catalogue is found by its id or its name; any suitable number is taken', async () => {
	expect(await ask({ service: 'github' })).toMatchObject({ service_id: 'github', service_name: 'GitHub' });
	expect(await ask({ service: 'GITHUB', number: 'any' })).toMatchObject({
		service_id: 'github',
		phone_number_id: number.id
	});
	expect(await ask({ number: number.id, service: "Noor's Shop \\'" })).toMatchObject({
		service_id: null,
		service_name: "Noor's Shop \\'",
		phone_number_id: number.id
	});
});

test('R5.3 of two that wait for services of their own names, a text’s code is for the one it names', async () => {
	const [older, newer] = [await ask({ service: 'Moorland' }), await ask({ service: 'Brightside' })];
	await text('590113 is your Brightside code');
	expect((await api.get<Verification>(`/verifications/${newer.id}`, person)).body.code).toBe('590113');
	expect((await api.get<Verification>(`/verifications/${older.id}`, person)).body.status).toBe('waiting');
});

test('R7.1 the same key again is the same request; with another body it is refused', async () => {
	const init = { headers: { 'idempotency-key': randomUUID() } };
	const first = await api.post<Verification>('/verifications', person, wish({ note: 'one' }), init);
	const again = await api.post<Verification>('/verifications', person, wish({ note: 'one' }), init);
	expect([again.status, again.body.id]).toEqual([201, first.body.id]);
	const other = await api.post<Problem>('/verifications', person, wish({ note: 'two' }), init);
	expect(refused(other)).toEqual([422, 'request_key_reused']);
});

test('R7.1 pages of a list follow each other without gap or repetition', async () => {
	const { id: organization_id } = await createOrganization(sql, { owner: stranger });
	await createNumber(sql, null, { organizationId: organization_id });
	await confirmUse(sql, organization_id);
	const made: string[] = [];
	for (let i = 0; i < 5; i += 1) {
		made.unshift(
			(await api.post<Verification>('/verifications', stranger, { organization_id, service: 'Pages' })).body.id
		);
	}
	await api.post(`/verifications/${made[0]}/cancel`, stranger, { reason: 'no need' });
	const read: string[] = [];
	for (let cursor: string | null = ''; cursor !== null;) {
		const query = `organization_id=${organization_id}&limit=2${cursor && `&cursor=${cursor}`}`;
		const page: { data: Verification[]; next_cursor: string | null } = (
			await api.get<{ data: Verification[]; next_cursor: string | null }>(`/verifications?${query}`, stranger)
		).body;
		read.push(...page.data.map(({ id }) => id));
		cursor = page.next_cursor;
	}
	expect(read).toEqual(made);
	const cancelled = await api.get<{ data: Verification[] }>(
		`/verifications?organization_id=${organization_id}&status=cancelled`,
		stranger
	);
	expect(cancelled.body.data).toMatchObject([{ id: made[0], cancel_reason: 'no need' }]);
});

describe('who may not', () => {
	const forged = (change: (parts: string[]) => void) => {
		const parts = person.accessToken.split('.');
		change(parts);
		return { accessToken: parts.join('.') };
	};
	const claims = (more: object) =>
		Buffer.from(
			JSON.stringify({ sub: person.userId, session_id: person.sessionId, role: 'authenticated', ...more })
		).toString('base64url');

	test.each<[string, () => { accessToken: string } | null]>([
		['no token', () => null],
		['a token that is none', () => ({ accessToken: 'cum_live_nothing' })],
		['another signature', () => forged((parts) => (parts[2] = parts[2]!.split('').reverse().join('')))],
		['other claims under the signature', () => forged((parts) => (parts[1] = claims({ exp: 9_999_999_999 })))],
		[
			'no signature at all',
			() =>
				forged((parts) =>
					parts.splice(0, 3, Buffer.from('{"alg":"none"}').toString('base64url'), claims({ exp: 9e9 }), '')
				)
		],
		['an expired token', () => ({ accessToken: accessToken(env.SUPABASE_JWT_SECRET, person, -1) })],
		[
			'the role of a server',
			() => sign({ sub: person.userId, session_id: person.sessionId, role: 'service_role', exp: 9e9 })
		],
		['a token without a session', () => sign({ sub: person.userId, role: 'authenticated', exp: 9e9 })],
		['a token without an end', () => sign({ sub: person.userId, session_id: person.sessionId, role: 'authenticated' })]
	])('%s is refused in the same words', async (_, by) => {
		const { body, ...answer } = await api.get<Problem>('/verifications', by());
		expect(refused({ body, ...answer })).toEqual([401, 'unauthorized']);
		expect([body.title, answer.headers.get('www-authenticate')]).toEqual([
			'This needs a valid key or token.',
			'Bearer'
		]);
	});

	test('R1.7 a session that was ended opens nothing, however long its token lasts', async () => {
		const { id } = await ask();
		const other = { ...person, ...(await signIn(sql, env, person)) };
		expect((await api.get(`/verifications/${id}`, other)).status).toBe(200);
		await signOut(sql, other);
		for (const path of [`/verifications/${id}`, `/verifications?organization_id=${organizationId}`]) {
			expect(refused(await api.get<Problem>(path, other))).toEqual([401, 'session_ended']);
		}
		expect(refused(await api.post<Problem>('/verifications', other, wish()))).toEqual([401, 'session_ended']);
	});

	test('R7.1 another organization’s is not there, whatever is tried', async () => {
		const { id } = await ask();
		const tries = [
			api.get<Problem>(`/verifications/${id}`, stranger),
			api.get<Problem>(`/verifications/${id}?wait=5`, stranger),
			api.get<Problem>(`/verifications?organization_id=${organizationId}`, stranger),
			api.post<Problem>(`/verifications/${id}/cancel`, stranger),
			api.post<Problem>(`/verifications/${id}/complete`, stranger),
			api.post<Problem>('/verifications', stranger, wish()),
			api.get<Problem>(`/verifications/${randomUUID()}`, person),
			api.get<Problem>('/verifications/nothing', person),
			api.post<Problem>('/verifications', person, wish({ number: '+15005550006' }))
		];
		for (const answer of await Promise.all(tries)) expect(refused(answer)).toEqual([404, 'not_found']);
		// where the API has nothing, it has nothing for anybody
		expect(refused(await api.get<Problem>('/nothing', person))).toEqual([404, 'path_unknown']);
	});

	test('who only reads asks for nothing and ends nothing, and sees no code of others', async () => {
		const { id } = await ask({ service: 'Lantern' });
		expect(refused(await api.post<Problem>('/verifications', viewer, wish()))).toEqual([403, 'not_allowed']);
		expect(refused(await api.post<Problem>(`/verifications/${id}/cancel`, viewer))).toEqual([403, 'not_allowed']);
		await text('Your Lantern code is 118822.');
		await sql`update public.organizations set code_roles = '{owner}' where id = ${organizationId}`;
		const seen = await api.get<Verification>(`/verifications/${id}`, viewer);
		expect(seen.body).toMatchObject({ has_code: true, code: null });
	});
});

describe('what is not understood', () => {
	const fields = (body: Problem) => body.errors?.map(({ field }) => field);

	test('fields that are wrong, missing or not known are named; nothing is stored', async () => {
		const { status, headers, body } = await api.post<Problem>('/verifications', person, {
			organization_id: 'here',
			number: '0123',
			ttl_seconds: '600',
			servce: 'google'
		});
		expect(refused({ status, headers, body })).toEqual([400, 'malformed']);
		expect(fields(body)?.sort()).toEqual(['number', 'organization_id', 'servce', 'service', 'ttl_seconds']);
		for (const query of ['wait=61', 'wait=soon', 'wait=', 'revision=-1', 'verbose=1']) {
			const answer = await api.get<Problem>(`/verifications/${randomUUID()}?${query}`, person);
			expect(refused(answer), query).toEqual([400, 'malformed']);
			expect(fields(answer.body)).toEqual([query.split('=')[0]]);
		}
		expect(fields((await api.get<Problem>('/verifications?limit=101', person)).body)?.sort()).toEqual([
			'limit',
			'organization_id'
		]);
	});

	test('what is not JSON, too large, or a key of no sense is refused', async () => {
		const raw = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
			api.post<Problem>('/verifications', person, undefined, { body, headers });
		expect(refused(await raw('{"organization_id":'))).toEqual([400, 'malformed']);
		expect(refused(await raw('null'))).toEqual([400, 'malformed']);
		expect(refused(await raw('a=1', { 'content-type': 'application/x-www-form-urlencoded' }))).toEqual([
			415,
			'media_type_unsupported'
		]);
		expect(refused(await raw(JSON.stringify({ note: 'x'.repeat(70_000) })))).toEqual([413, 'body_too_large']);
		const key = { headers: { 'idempotency-key': 'x'.repeat(201) } };
		expect(refused(await api.post<Problem>('/verifications', person, wish(), key))).toEqual([400, 'malformed']);
	});

	test('what the rules refuse is refused in their words', async () => {
		expect(refused(await api.post<Problem>('/verifications', person, wish({ ttl_seconds: 59 })))).toEqual([
			422,
			'ttl_invalid'
		]);
		expect(refused(await api.post<Problem>('/verifications', person, wish({ service: ' ' })))).toEqual([
			422,
			'service_invalid'
		]);
		const { id } = await ask();
		expect(refused(await api.post<Problem>(`/verifications/${id}/complete`, person, {}))).toEqual([
			409,
			'code_missing'
		]);
	});

	test('R5.1 too many at once: when it is worth trying again is said, and suffices', async () => {
		const { id: organization_id } = await createOrganization(sql, { owner: person });
		await createNumber(sql, null, { organizationId: organization_id });
		await confirmUse(sql, organization_id);
		const one = () => api.post<Problem>('/verifications', person, { organization_id, service: 'Hurry' });
		for (let i = 0; i < 30; i += 1) expect((await one()).status).toBe(201);
		const answer = await one();
		expect(refused(answer)).toEqual([429, 'verifications_too_many']);
		const wait = Number(answer.headers.get('retry-after'));
		expect(wait).toBeGreaterThan(0);
		expect(wait).toBeLessThanOrEqual(60);
	});
});

test('neither a code nor a note nor a token is in what is logged', () => {
	const logged = JSON.stringify(api.lines);
	expect(logged).toContain('"status":201');
	for (const secret of ['402913', '118822', 'nightly', person.accessToken, number.e164])
		expect(logged).not.toContain(secret);
});

function sign(claims: object): { accessToken: string } {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
	return { accessToken: `${body}.${createHmac('sha256', env.SUPABASE_JWT_SECRET).update(body).digest('base64url')}` };
}
