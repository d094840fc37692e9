/** What happens when things die in the middle. These tests have a stack of their own, because they break it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { holderOf } from '../../stack/processes.ts';
import { createNumber, createPerson } from '../support/people.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { confirmUse } from './api-door.ts';
import {
	carriersTexts,
	eventually,
	inboundFields,
	makeHandset,
	orderFault,
	ring,
	sendText,
	takenFor
} from './doors.ts';
import { deliver, deliverStubbornly, inParallel, makeTexts, shuffle } from './storm.ts';

let stack: Stack;
let person: Awaited<ReturnType<typeof createPerson>>;
let number: { id: string; e164: string };

beforeAll(async () => {
	stack = await startStack({ app: false });
	person = await createPerson(stack.sql, stack.env);
	number = await createNumber(stack.sql, stack.env, { organizationId: person.organizationId });
}, 120_000);

afterAll(() => stack?.stop());
beforeEach(async () => {
	await fetch(`${stack.env.CARRIER_URL}/faults`, { method: 'DELETE' });
});

const send = (recipient: string, body: string) =>
	sendText(stack.env, person, { phone_number_id: number.id, recipient, body });
const fault = (order: Record<string, unknown>) => orderFault(stack.env, order);
const message = async (id: string) => (await stack.sql`select * from public.messages where id = ${id}`)[0]!;
const jobOf = async (id: string) =>
	(await stack.sql`select * from private.jobs where payload ->> 'message_id' = ${id}`)[0]!;
const taken = (handset: string) => takenFor(stack.env, handset);
const tried = (id: string) =>
	eventually(
		() => jobOf(id),
		(job) => job.last_error !== null || job.completed_at !== null
	);
const dispatched = (id: string) =>
	eventually(
		() => stack.sql`select dispatched_at from private.dispatches where message_id = ${id}`,
		(rows) => rows.length === 1
	);
const noReceipts = () => fault({ target: 'callbacks', kind: 'status', status: 400, count: 100 });
const longAgo = (id: string) =>
	stack.sql`update private.dispatches set dispatched_at = dispatched_at - interval '1 minute' where message_id = ${id}`;

/** Rings until the job of a text is done, one way or the other. */
async function finished(id: string) {
	return eventually(
		async () => {
			await ring(stack.env, stack.sql).catch(() => 0);
			return jobOf(id);
		},
		(job) => job.completed_at !== null || job.parked_at !== null
	);
}

test('a busy carrier (429) is asked again, and the text leaves once', async () => {
	await fault({ target: 'messages.create', kind: 'status', status: 429, code: 20429, count: 2 });
	const handset = makeHandset();
	const { id } = await send(handset, 'Checkout is at eleven.');
	expect((await tried(id)).last_error).toMatch(/429.*20429/);
	expect(await stack.sql`select dispatched_at from private.dispatches where message_id = ${id}`).toHaveLength(0);
	expect(await finished(id)).toMatchObject({ attempts: 3, parked_at: null });
	expect(await taken(handset)).toHaveLength(1);
});

test('an answer lost after the carrier took the text: it is looked up, not sent again', async () => {
	await noReceipts();
	await fault({ target: 'messages.create', kind: 'cut_after' });
	const handset = makeHandset();
	const { id } = await send(handset, 'The ferry leaves at 8:10.');
	expect((await tried(id)).last_error).toMatch(/no answer/);
	await finished(id);
	expect(await message(id)).toMatchObject({ carrier_message_id: expect.stringMatching(/^SM/) });
	expect(await taken(handset)).toHaveLength(1);
});

test('R3.4 R4.8 a text whose answer was lost and that failed meanwhile fails here with the carrier’s reason', async () => {
	await noReceipts();
	await fault({ target: 'messages.create', kind: 'cut_after' });
	await fault({ target: 'outcomes', kind: 'outcome', status: 'undelivered', code: 30003 });
	// nobody finds it before it has failed
	await fault({ target: 'messages.list', number: number.e164, kind: 'status', status: 503, count: 10_000 });
	const handset = makeHandset();
	const { id } = await send(handset, 'The boat is full.');
	await eventually(
		() => carriersTexts(stack.env, handset),
		([text]) => text?.status === 'undelivered'
	);
	await fetch(`${stack.env.CARRIER_URL}/faults`, { method: 'DELETE' });
	await noReceipts();
	await finished(id);
	expect(await message(id)).toMatchObject({ status: 'failed', error_code: '30003' });
});

test('the same text twice, both answers lost: each finds its own copy', async () => {
	await noReceipts();
	await fault({ target: 'messages.create', kind: 'cut_after', count: 2 });
	const handset = makeHandset();
	const ids = [(await send(handset, 'Yes')).id, (await send(handset, 'Yes')).id];
	for (const id of ids) await finished(id);
	const copies = await Promise.all(ids.map(async (id) => (await message(id)).carrier_message_id as string));
	expect(new Set(copies).size).toBe(2);
	expect(copies).not.toContain(null);
	expect(await taken(handset)).toHaveLength(2);
});

test('a 500 that took nothing: looked up, waited for, and only then sent again', async () => {
	await fault({ target: 'messages.create', kind: 'status', status: 500 });
	const handset = makeHandset();
	const { id } = await send(handset, 'Towels are in the wardrobe.');
	expect((await tried(id)).last_error).toMatch(/500/);
	await ring(stack.env, stack.sql);
	const waiting = await eventually(
		() => jobOf(id),
		(job) => /does not have the text yet/.test(job.last_error as string)
	);
	expect(waiting).toMatchObject({ attempts: 2, last_error: expect.stringMatching(/does not have the text yet/) });
	expect(await taken(handset)).toHaveLength(0);
	await longAgo(id);
	await finished(id);
	expect(await taken(handset)).toHaveLength(1);
});

test('while the carrier cannot even be asked, nothing is sent twice', async () => {
	await noReceipts();
	await fault({ target: 'messages.create', kind: 'cut_after' });
	// for as long as is looked below: the worker rings by itself as well
	await fault({ target: 'messages.list', number: number.e164, kind: 'status', status: 503, count: 10_000 });
	const handset = makeHandset();
	const { id } = await send(handset, 'Is the heating on?');
	await tried(id);
	const since = (await dispatched(id))[0]!.dispatched_at;
	await ring(stack.env, stack.sql);
	await eventually(
		() => jobOf(id),
		(job) => /503/.test(job.last_error as string)
	);
	// the search keeps beginning at the attempt whose outcome nobody knows, however often it fails
	expect((await dispatched(id))[0]!.dispatched_at).toEqual(since);
	await eventually(
		async () => {
			await ring(stack.env, stack.sql);
			return jobOf(id);
		},
		(job) => (job.attempts as number) >= 3
	);
	expect((await dispatched(id))[0]!.dispatched_at).toEqual(since);
	await fetch(`${stack.env.CARRIER_URL}/faults`, { method: 'DELETE' });
	await noReceipts();
	expect((await finished(id)).attempts).toBeGreaterThanOrEqual(3);
	expect(await taken(handset)).toHaveLength(1);
});

test('a text the carrier refuses for good fails with the carrier’s code, at once', async () => {
	await fault({ target: 'messages.create', kind: 'status', status: 400, code: 21614 });
	const { id } = await send(makeHandset(), 'Hello');
	expect(await finished(id)).toMatchObject({ attempts: 1, parked_at: null, last_error: null });
	expect(await message(id)).toMatchObject({ status: 'failed', error_code: '21614' });
});

test('a hopeless job is parked with its last error, and blocks nobody', async () => {
	await fault({ target: 'messages.create', kind: 'status', status: 401, code: 20003, count: 2 });
	const handset = makeHandset();
	const { id } = await send(handset, 'First');
	await stack.sql`update private.jobs set max_attempts = 2 where payload ->> 'message_id' = ${id}`;
	await tried(id);
	expect(await finished(id)).toMatchObject({
		parked_at: expect.any(Date),
		last_error: expect.stringMatching(/401.*20003/)
	});

	const next = await send(handset, 'Second');
	await finished(next.id);
	expect(await taken(handset)).toEqual(['Second']);

	const [broken] = await stack.sql`insert into private.jobs (kind) values ('send_message') returning id`;
	const parked = async () => (await stack.sql`select * from private.jobs where id = ${broken!.id as string}`)[0]!;
	expect(await eventually(parked, (job) => job.parked_at !== null)).toMatchObject({
		last_error: 'the job names no message'
	});
});

test(
	'a worker killed in the middle of a send: the text is taken up again and leaves once',
	{ timeout: 60_000 },
	async () => {
		await noReceipts();
		await fault({ target: 'messages.create', kind: 'hang', ms: 60_000 });
		const handset = makeHandset();
		const { id } = await send(handset, 'Your room is ready.');
		await eventually(
			() => taken(handset),
			(list) => list.length === 1
		);
		await dispatched(id);
		killWorker();
		// the lease outlives the worker; time would end it
		await eventually(
			() => ring(stack.env, stack.sql, { leased: true }).catch(() => 0),
			(status) => status === 202
		);
		await finished(id);
		expect(await message(id)).toMatchObject({ carrier_message_id: expect.stringMatching(/^SM/) });
		expect(await taken(handset)).toHaveLength(1);
	}
);

test(
	'R2.6 Postgres killed in the middle of a storm: nothing acknowledged is lost, nothing doubled',
	{ timeout: 120_000 },
	async () => {
		const texts = makeTexts(stack.env, number.e164, 400, 40);
		const told = shuffle(texts, 5);
		const acknowledged = new Set<string>();
		let killed = false;
		await inParallel(told, 50, async (fields) => {
			if (!killed && acknowledged.size > 100) {
				killed = true;
				await killPostgres();
			}
			if (await deliverStubbornly(stack.env, fields)) acknowledged.add(fields.MessageSid);
		});
		expect(killed).toBe(true);
		expect(acknowledged.size).toBe(400);
		const rows = await eventually(
			() =>
				stack.sql`
			select carrier_message_id from public.messages
			where phone_number_id = ${number.id} and carrier_message_id = any (${[...acknowledged]})`.catch(() => []),
			(list) => list.length > 0
		);
		expect(rows).toHaveLength(400);
	}
);

type Verification = { id: string; status: string; code: string | null; revision: number };

/** The developer API through the gateway, as a client calls it. */
async function api(path: string, json?: object): Promise<{ status: number; body: Verification }> {
	const response = await fetch(`${stack.env.SUPABASE_URL}/functions/v1/api/v1/verifications${path}`, {
		headers: { authorization: `Bearer ${person.accessToken}`, 'content-type': 'application/json' },
		...(json && { method: 'POST', body: JSON.stringify(json) })
	});
	return { status: response.status, body: (await response.json()) as Verification };
}

/** As a client does: asks again where there was no answer, or one of 5xx, until it is over or a code is there. */
async function waitFor(id: string): Promise<Verification> {
	const answer = await eventually(
		() => api(`/${id}?wait=20`).catch(() => null),
		(found) => found?.status === 200 && found.body.status !== 'waiting',
		60
	);
	return answer!.body;
}

/** A request for a code on a number of its own. */
async function asked() {
	const own = await createNumber(stack.sql, stack.env, { organizationId: person.organizationId });
	await confirmUse(stack.sql, person.organizationId);
	const wish = { organization_id: person.organizationId, service: 'Lighthouse', number: own.id };
	const { body } = await api('', wish);
	return { id: body.id, e164: own.e164 };
}
const rowsOf = (id: string) => stack.sql`
	select v.status, v.revision::int, v.code_count, v.ended_at - v.expires_at as late,
		(select count(*)::int from public.message_codes c where c.verification_id = v.id) as codes,
		(select count(*)::int from public.notifications n where n.verification_id = v.id) as told
	from public.verifications v where v.id = ${id}`;

test('R5.3 R2.1 one text delivered five times is one code and one change', async () => {
	const { id, e164 } = await asked();
	const waits = waitFor(id);
	const fields = inboundFields(stack.env, { from: makeHandset(), to: e164, body: 'Your Lighthouse code is 604418.' });
	const statuses = await Promise.all(Array.from({ length: 5 }, () => deliver(stack.env, fields)));
	expect(statuses).toEqual([200, 200, 200, 200, 200]);
	expect(await waits).toMatchObject({ status: 'code_received', code: '604418', revision: 2 });
	expect(await rowsOf(id)).toMatchObject([{ revision: 2, code_count: 1, codes: 1 }]);
});

test('R5.5 a worker killed when a verification expires: it does so once, and tells once, when the worker is back', async () => {
	const { id } = await asked();
	const waits = waitFor(id);
	await stack.sql`update private.jobs set run_at = now() + interval '300 ms'
		where kind = 'expire_verification' and payload ->> 'verification_id' = ${id}`;
	await stack.sql`update public.verifications set expires_at = now() + interval '300 ms' where id = ${id}`;
	killWorker();
	expect(await waits).toMatchObject({ status: 'expired' });
	// 1 as it was made, 2 by this test's change of its time
	const [row] = await rowsOf(id);
	expect(row).toMatchObject({ status: 'expired', revision: 3, told: 1 });
	console.info('expired late by', String(row!.late), 'with the worker killed just before');
});

test('R5.5 a timer rings the worker often enough that it is awake at the moment of every expiry', async () => {
	const { id } = await asked();
	const [job] = await stack.sql`
		update private.jobs j set run_at = now() + interval '34 seconds' from public.verifications v
		where v.id = ${id} and j.kind = 'expire_verification' and j.payload ->> 'verification_id' = v.id::text
			and j.run_at = v.expires_at
		returning j.id`;
	// it looks 35 seconds ahead and waits for what it sees: a ring within that time comes before every moment
	const [next] = await stack.sql`select service.next_job_in('{expire_verification}') as ms`;
	expect(job).toBeDefined();
	expect(next!.ms).toBeGreaterThan(20_000);
	const [timer] = await stack.sql`select schedule from cron.job where command = 'select private.ring_worker()'`;
	expect(Number(/^(\d+) seconds$/.exec(timer!.schedule as string)?.[1])).toBeLessThanOrEqual(15);
});

test('R5.3 Postgres killed while clients wait: they resume and are answered', { timeout: 90_000 }, async () => {
	const all = [await asked(), await asked(), await asked()];
	const waits = all.map(({ id }) => waitFor(id));
	await killPostgres();
	const texts = all.map(({ e164 }, at) =>
		inboundFields(stack.env, { from: makeHandset(), to: e164, body: `Your Lighthouse code is ${770_120 + at}.` })
	);
	expect(await Promise.all(texts.map((fields) => deliverStubbornly(stack.env, fields)))).toEqual([true, true, true]);
	expect((await Promise.all(waits)).map(({ code }) => code)).toEqual(['770120', '770121', '770122']);
});

async function killPostgres(): Promise<void> {
	const [row] = await stack.sql<{ data_directory: string }[]>`show data_directory`;
	const pid = Number(readFileSync(join(row!.data_directory, 'postmaster.pid'), 'utf8').split('\n')[0]);
	process.kill(pid, 'SIGKILL');
}

/** The worker function listens on the twelfth port after the base, the gateway on the first. */
function killWorker(): void {
	const holder = holderOf(Number(new URL(stack.env.SUPABASE_URL).port) + 11);
	const [, pid] = /\(pid (\d+)\)$/.exec(holder ?? '') ?? [];
	if (!pid) throw new Error('nobody serves the worker');
	process.kill(Number(pid), 'SIGKILL');
}
