import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import { createApp } from '../../supabase/functions/worker/app.ts';
import { createNumber, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { collect, eventually, makeHandset, percentile, sendText, textsOf, type Lines } from './doors.ts';

const { env, sql } = stack;

type Person = Awaited<ReturnType<typeof createPerson>>;
let person: Person;
let number: { id: string; e164: string };

beforeAll(async () => {
	person = await createPerson(sql, env);
	number = await createNumber(sql, env, { organizationId: person.organizationId });
});

const send = (recipient: string, body: string) =>
	sendText(env, person, { phone_number_id: number.id, recipient, body });
const message = async (id: string) => (await sql`select * from public.messages where id = ${id}`)[0]!;
const settled = (id: string) =>
	eventually(
		() => message(id),
		({ status }) => status === 'delivered' || status === 'failed'
	);
const received = async (handset: string) => (await textsOf(env, handset)).filter((text) => text.from === number.e164);

test('R4.7 a text goes out from the owned number, and its delivery is known', async () => {
	const handset = makeHandset();
	const { id } = await send(handset, 'The key box is by the blue door. Code 4821.');
	expect(await settled(id)).toMatchObject({
		status: 'delivered',
		segments: 1,
		carrier_message_id: expect.stringMatching(/^SM/)
	});
	expect(await received(handset)).toMatchObject([
		{ from: number.e164, body: 'The key box is by the blue door. Code 4821.' }
	]);
});

test('R3.4 the texts of one conversation leave in the order they were written', async () => {
	const handset = makeHandset();
	const bodies = Array.from({ length: 8 }, (_, at) => `Part ${at + 1}`);
	for (const body of bodies) await send(handset, body);
	const texts = await eventually(
		() => received(handset),
		(list) => list.length === bodies.length
	);
	expect(texts.map((text) => text.body)).toEqual(bodies);
});

test('R3.4 a text the carrier could not deliver fails with its code', async () => {
	const handset = makeHandset();
	await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(handset)}/outcome`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ status: 'undelivered', code: 30003 })
	});
	const { id } = await send(handset, 'Are you there?');
	expect(await settled(id)).toMatchObject({ status: 'failed', error_code: '30003', failed_at: expect.any(Date) });
});

test('an opt-out that the carrier knows and we do not is recorded', async () => {
	const handset = makeHandset();
	await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(handset)}/texts`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ to: number.e164, body: 'STOP' })
	});
	const ours = () => sql`
		select source from public.opt_outs where phone_number_id = ${number.id} and contact_number = ${handset}`;
	await eventually(ours, (rows) => rows.length === 1);
	await sql`delete from public.opt_outs where phone_number_id = ${number.id} and contact_number = ${handset}`;

	const { id } = await send(handset, 'One more thing');
	expect(await settled(id)).toMatchObject({ status: 'failed', error_code: '21610' });
	expect(await ours()).toMatchObject([{ source: 'carrier' }]);
	expect((await received(handset)).filter((text) => text.body === 'One more thing')).toEqual([]);
});

test('two workers at once send each text once', async () => {
	const lines: Lines = [];
	const database = createDatabase(env.EDGE_DATABASE_URL);
	const second = createApp({ env, database, log: collect(lines) });
	const headers = { authorization: `Bearer ${env.WORKER_SECRET}` };
	const handsets = Array.from({ length: 40 }, makeHandset);

	// the stack's own worker is woken by each of these as well
	await Promise.all(
		handsets.map(async (handset) => {
			await send(handset, 'Breakfast is from seven.');
			expect((await second.request('/worker', { method: 'POST', headers })).status).toBe(202);
		})
	);

	for (const handset of handsets) {
		expect(
			await eventually(
				() => received(handset),
				(list) => list.length > 0
			)
		).toHaveLength(1);
	}
	console.info(`the second worker sent ${lines.filter((line) => line.event === 'job').length} of ${handsets.length}`);
	await database.end();
});

test('a text leaves soon after it was written', async () => {
	const took: number[] = [];
	for (let round = 0; round < 15; round += 1) {
		const handset = makeHandset();
		const { id } = await send(handset, 'Soon');
		await settled(id);
		const [row] = await sql<{ ms: number }[]>`
			select extract(epoch from (j.completed_at - j.created_at)) * 1000 as ms from private.jobs j
			where j.payload ->> 'message_id' = ${id}`;
		took.push(Number(row!.ms));
	}
	expect(took.every((ms) => ms < 10_000)).toBe(true);
	console.info(`written → handed to the carrier: p50 ${percentile(took, 50)} ms, p95 ${percentile(took, 95)} ms`);
});

describe('the worker knows who rings', () => {
	test.each([
		['nobody', {}],
		['another secret', { authorization: 'Bearer wrong' }],
		['the secret’s beginning', { authorization: `Bearer ${env.WORKER_SECRET.slice(0, -1)}` }],
		['another scheme', { authorization: `Basic ${env.WORKER_SECRET}` }]
	])('%s is refused', async (_who, headers) => {
		const response = await fetch(env.WORKER_URL, { method: 'POST', headers });
		expect(response.status).toBe(401);
		expect(await response.json()).toMatchObject({ code: 'unauthorized' });
	});

	test('without a secret of its own, it refuses everybody', async () => {
		const database = createDatabase(env.EDGE_DATABASE_URL);
		const app = createApp({ env: { ...env, WORKER_SECRET: '' }, database, log: () => undefined });
		for (const authorization of ['Bearer ', 'Bearer undefined', `Bearer ${env.WORKER_SECRET}`]) {
			expect((await app.request('/worker', { method: 'POST', headers: { authorization } })).status).toBe(401);
		}
	});
});
