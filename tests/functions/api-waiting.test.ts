import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, signIn, signOut, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { until } from '../support/carrier.ts';
import { confirmUse, openApi, type Problem } from './api-door.ts';
import { inboundFields, makeHandset, openTwilio } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
const twilio = openTwilio(env);
afterAll(() => api.end());

type Verification = { id: string; status: string; code: string | null; revision: number };

let person: Person;
let organizationId: string;
let number: { id: string; e164: string };

beforeAll(async () => {
	person = await createPerson(sql, env);
	({ id: organizationId } = await createOrganization(sql, { owner: person }));
	number = await createNumber(sql, env, { organizationId });
	await confirmUse(sql, organizationId);
});

/** Each asks for a service of its own, so that no text could be for another one. */
let services = 0;
async function ask() {
	const service = `Harbour${String.fromCharCode(97 + services++)}`;
	const wish = { organization_id: organizationId, service };
	const { id, revision } = (await api.post<Verification>('/verifications', person, wish)).body;
	const text = (code: string) =>
		twilio.inbound(
			inboundFields(env, { from: makeHandset(), to: number.e164, body: `${code} is your ${service} code` })
		);
	return { id, revision, text };
}
const wait = (id: string, query = 'wait=30', init: RequestInit = {}, by: { accessToken: string } = person) =>
	api.get<Verification & Problem>(`/verifications/${id}?${query}`, by, init);
/** So many clients wait, and what they ask for has been read once. */
const waiting = (count: number) => until(() => api.waiting.size() === count);

test('R7.1 R5.3 who waits is answered when the code arrives, all of them, and again when another follows', async () => {
	const { id, text } = await ask();
	const early = [wait(id), wait(id), wait(id, 'wait=60&revision=1')];
	await waiting(3);
	await text('604417');
	for (const { status, body } of await Promise.all(early)) {
		expect([status, body]).toMatchObject([200, { status: 'code_received', code: '604417', revision: 2 }]);
	}
	// whoever comes later is answered at once
	expect((await wait(id)).body.revision).toBe(2);
	const resumed = wait(id, 'wait=30', { headers: { 'if-none-match': '"2"' } });
	await waiting(1);
	await text('771230');
	expect((await resumed).body).toMatchObject({ code: '771230', revision: 3 });
	expect(api.waiting.size()).toBe(0);
});

test.each<[string, (id: string, text: (code: string) => unknown) => unknown]>([
	[
		'completed',
		async (id, text) => {
			await text('330912');
			await api.post(`/verifications/${id}/complete`, person);
		}
	],
	['cancelled', (id) => api.post(`/verifications/${id}/cancel`, person)],
	[
		'expired',
		async (id) => {
			await sql`update public.verifications set expires_at = now() where id = ${id}`;
			await sql`select service.expire_verification(${id})`;
		}
	]
])('R5.5 R5.6 R5.8 who waits for the end hears that it is %s', async (status, end) => {
	const { id, text } = await ask();
	let seen = 1;
	const over = (async () => {
		for (;;) {
			const { body } = await wait(id, `wait=20&revision=${seen}`);
			seen = body.revision;
			if (!['waiting', 'code_received'].includes(body.status)) return body.status;
		}
	})();
	await waiting(1);
	await end(id, text);
	expect(await over).toBe(status);
	// there is no more to come: nobody is kept
	expect((await wait(id, `wait=60&revision=${seen}`)).body.status).toBe(status);
	expect((await wait(id, 'wait=60', { headers: { 'if-none-match': `"${seen}"` } })).status).toBe(304);
});

test('time over without news: the state as it is, or 304 for who named it', async () => {
	const { id, revision } = await ask();
	const [plain, named] = await Promise.all([
		wait(id, 'wait=1'),
		wait(id, 'wait=1', { headers: { 'if-none-match': `"${revision}"` } })
	]);
	expect([plain.status, plain.body.status]).toEqual([200, 'waiting']);
	expect([named.status, named.body]).toEqual([304, null]);
});

test('a client that goes away is waited for no longer', async () => {
	const { id } = await ask();
	const leaving = new AbortController();
	const left = wait(id, 'wait=60', { signal: leaving.signal }).catch(() => null);
	await waiting(1);
	leaving.abort();
	await left;
	await waiting(0);
});

test('R1.7 whose session ends while they wait learns that, and not the code', async () => {
	const { id, text } = await ask();
	const other = { ...person, ...(await signIn(sql, env, person)) };
	const waits = wait(id, 'wait=30', {}, other);
	await waiting(1);
	await signOut(sql, other);
	await text('902277');
	const { status, body } = await waits;
	expect([status, body.code]).toEqual([401, 'session_ended']);
});

test('what changes while nothing can be heard is read when it can be', async () => {
	const { id, text } = await ask();
	const waits = wait(id);
	await waiting(1);
	const cut = () => sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'`;
	await cut();
	await text('118830');
	await cut();
	expect((await waits).body).toMatchObject({ code: '118830' });
});

test('R7.1 500 clients on one process cost one listening connection and few others', async () => {
	const many = await Promise.all(Array.from({ length: 20 }, ask));
	const clients = many.flatMap(({ id }) => Array.from({ length: 25 }, () => wait(id)));
	await waiting(500);
	const [used] = await sql<{ edge: number; listening: number }[]>`
		select count(*) filter (where usename = 'edge')::int as edge,
			count(*) filter (where application_name = 'listener')::int as listening
		from pg_stat_activity`;
	// five of a pool each for this file's doors and those of the stack's functions
	expect(used).toMatchObject({ listening: 1 });
	expect(used!.edge).toBeLessThanOrEqual(31);
	await Promise.all(many.map(({ text }, at) => text(String(400_000 + at))));
	const answers = await Promise.all(clients);
	expect(answers.map(({ body }) => body.code)).toEqual(
		many.flatMap((_, at) => Array.from({ length: 25 }, () => String(400_000 + at)))
	);
});
