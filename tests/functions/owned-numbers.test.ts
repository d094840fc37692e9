/** What time asks of numbers that are owned, by the worker's own handlers: the real database, and a carrier of these tests. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { twilio } from '../../supabase/functions/_shared/carriers/twilio.ts';
import { createDatabase, type Database, type Job } from '../../supabase/functions/_shared/database.ts';
import { releaseNumber } from '../../supabase/functions/worker/release-number.ts';
import { renewNumbers } from '../../supabase/functions/worker/renew-numbers.ts';
import { account, startCarrier } from '../support/carrier.ts';
import { createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { booksOf } from './buying.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;
const database = createDatabase(env.EDGE_DATABASE_URL);
const carrier = await startCarrier();
const market = twilio({ ...account, baseUrl: carrier.url, fetch });
afterAll(() => Promise.all([carrier[Symbol.asyncDispose](), database.end()]));

const month = 1_150_000;
const makeJob = (kind: string, payload: Job['payload'] = {}): Job => ({
	...{ id: randomUUID(), lease: randomUUID(), attempts: 1, request_id: null },
	...{ kind, payload }
});

async function pay(organizationId: string, micros: number): Promise<void> {
	await sql`select private.transfer(${organizationId},
		array[row('adjustments', ${-micros}), row('wallet', ${micros})]::private.ledger_leg[], 'adjustment', ${randomUUID()})`;
}

async function organize(micros: number): Promise<string> {
	const { id } = await createOrganization(sql, { owner: await createPerson(sql, env), plan: null });
	if (micros > 0) await pay(id, micros);
	return id;
}

async function add(organizationId: string, e164: string, sid: string, daysAgo: number): Promise<string> {
	const [added] = await sql<{ id: string }[]>`
		select private.add_number(${organizationId}, ${e164}, 'US', 'local', '["sms"]', 'Desk', ${sid}, ${month},
			now() - make_interval(days => ${daysAgo})) as id`;
	return added!.id;
}

/** A number at the carrier, bought so many days ago by an organization with so much in its wallet. */
async function owned({ micros = 0, daysAgo = 0 } = {}) {
	const organizationId = await organize(micros);
	const e164 = inventNumber();
	const { sid } = await carrier.client.incomingPhoneNumbers.create({ phoneNumber: e164 });
	return { id: await add(organizationId, e164, sid, daysAgo), organizationId, e164, sid };
}

const read = async ({ id }: { id: string }) => (await sql`select * from public.phone_numbers where id = ${id}`)[0]!;
const eventsOf = async ({ id }: { id: string }) =>
	(await sql`select kind from public.number_events where phone_number_id = ${id} order by id`).map(
		({ kind }) => kind as string
	);
const isAtCarrier = async ({ e164 }: { e164: string }) =>
	(await carrier.client.incomingPhoneNumbers.list({ phoneNumber: e164 })).length > 0;

test('R4.5 the worker renews what is due once, however many workers there are, and freezes what nobody pays for', async () => {
	const rich = await owned({ micros: 3 * month, daysAgo: 40 });
	const poor = await owned({ daysAgo: 40 });
	const early = await owned({ micros: 3 * month, daysAgo: 5 });
	// the stack's own worker may be one more
	await Promise.all([1, 2, 3].map(() => renewNumbers(makeJob('renew_numbers'), { database })));
	expect(await eventsOf(rich)).toEqual(['bought', 'renewed']);
	expect((await read(rich)).renews_at.getTime()).toBeGreaterThan(Date.now());
	expect(await booksOf(sql, rich.organizationId)).toMatchObject({ free: 2 * month, owned: 1 });
	expect(await eventsOf(poor)).toEqual(['bought', 'grace']);
	expect(await eventsOf(early)).toEqual(['bought']);
	expect(await isAtCarrier(poor)).toBe(true);
});

test('R4.5 money that comes in grace wakes the stack’s own worker, which pays the month that was missed', async () => {
	const one = await owned({ daysAgo: 40 });
	await renewNumbers(makeJob('renew_numbers'), { database });
	const { renews_at: missed } = await read(one);
	await pay(one.organizationId, 2 * month);
	await sql`select private.wallet_grew(${one.organizationId})`;
	const renewed = await eventually(
		() => read(one),
		({ status }) => status === 'active',
		30
	);
	expect(renewed.status).toBe('active');
	expect(renewed.renews_at.getTime()).toBeGreaterThan(missed.getTime());
	expect(await booksOf(sql, one.organizationId)).toMatchObject({ free: month });
});

test('R4.5 the worker goes on until nothing is due, past one that fails, and says what failed', async () => {
	const answers = [
		{ advanced: 100, failed: 'one: broken' },
		{ advanced: 7, failed: null },
		{ advanced: 0, failed: 'two: broken' }
	];
	const asked: unknown[] = [];
	const told: string[] = [];
	const stub = {
		renewNumbers: (...args: unknown[]) => Promise.resolve(answers[asked.push(args) - 1]),
		completeJob: () => Promise.resolve(told.push('completed') > 0)
	} as unknown as Database;
	expect(await renewNumbers(makeJob('renew_numbers', { organization_id: 'o' }), { database: stub })).toEqual({
		outcome: 'renewed',
		error: 'one: broken; two: broken'
	});
	expect(asked).toEqual(answers.map(() => [100, 'o']));
	expect(told).toEqual(['completed']);
});

/** Its month ends, for which it was cancelled. The stack's own worker never sees the job: it knows another carrier. */
async function end({ id }: { id: string }): Promise<void> {
	await sql.begin(async (tx) => {
		await tx`update public.phone_numbers set ends_at = renews_at where id = ${id}`;
		await tx`select private.advance_number(n.id, n.renews_at) from public.phone_numbers n where n.id = ${id}`;
		const jobs = await tx`
			delete from private.jobs where kind = 'release_number' and payload ->> 'phone_number_id' = ${id} returning id`;
		expect(jobs).toHaveLength(1);
	});
}

/** One attempt at giving it back: how it ended, what became of the job, and whether we know that the carrier has it. */
async function attempt(number: { id: string }) {
	let job = 'left';
	const become = (what: string) => {
		job = what;
		return Promise.resolve(true);
	};
	const watched: Database = {
		...database,
		completeJob: () => become('completed'),
		failJob: (_job, _error, seconds) => become(`again in ${seconds} s`)
	};
	const { outcome } = await releaseNumber(makeJob('release_number', { phone_number_id: number.id }), {
		...{ database: watched, market }
	});
	return { outcome, job, known: (await read(number)).carrier_released_at !== null };
}

test('R4.6 a number whose month is over goes back to the carrier, once', async () => {
	const one = await owned();
	// nobody gave it up
	expect(await attempt(one)).toEqual({ outcome: 'nothing', job: 'completed', known: false });
	await end(one);
	expect(await isAtCarrier(one)).toBe(true);
	expect(await attempt(one)).toEqual({ outcome: 'released', job: 'completed', known: true });
	expect(await isAtCarrier(one)).toBe(false);
	expect(await attempt(one)).toEqual({ outcome: 'nothing', job: 'completed', known: true });
});

test('R4.6 a carrier that refuses or whose answer is lost is asked again, and one that has the number already is believed', async () => {
	const [one, other] = [await owned(), await owned()];
	await Promise.all([one, other].map(end));
	const again = { outcome: 'retry', job: 'again in 300 s', known: false };
	const fault = (kind: object) => carrier.json('POST', '/faults', { target: 'numbers.remove', ...kind });
	await fault({ kind: 'status', status: 503 });
	expect(await attempt(one)).toEqual(again);
	expect(await isAtCarrier(one)).toBe(true);
	await fault({ kind: 'cut_after' });
	expect(await attempt(one)).toEqual(again);
	expect(await isAtCarrier(one)).toBe(false);
	expect(await attempt(one)).toEqual({ outcome: 'gone', job: 'completed', known: true });

	await carrier.client.incomingPhoneNumbers(other.sid).remove();
	expect(await attempt(other)).toEqual({ outcome: 'gone', job: 'completed', known: true });
});

test('R4.8 a number that somebody has bought since is not taken from them', async () => {
	const former = await owned();
	await end(former);
	const present = await organize(0);
	await add(present, former.e164, former.sid, 0);
	expect(await attempt(former)).toEqual({ outcome: 'nothing', job: 'completed', known: false });
	expect(await isAtCarrier(former)).toBe(true);
});
