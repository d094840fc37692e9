import postgres from 'postgres';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createPerson, inventNumber } from '../support/people.ts';
import { edge, inventSid } from './acting.ts';

const { env, sql } = stack;

type Job = { id: string; kind: string; payload: { n: number }; attempts: number; lease: string };

/** Jobs of a kind that no worker knows. */
async function jobs(queues: (string | null)[], columns: Record<string, number> = {}): Promise<string> {
	const kind = `test_${crypto.randomUUID()}`;
	for (const [n, queue_key] of queues.entries()) {
		await sql`insert into private.jobs ${sql({ kind, queue_key, payload: sql.json({ n }) as never, ...columns })}`;
	}
	return kind;
}

const claim = (kind: string, batch = 10, seconds = 30) =>
	edge<Job[]>`select * from service.claim_jobs(array[${kind}], ${batch}, ${seconds})`;
const complete = async ({ id, lease }: Job) =>
	(await edge<{ done: boolean }[]>`select service.complete_job(${id}, ${lease}) as done`)[0]!.done;
const fail = async ({ id, lease }: Job, seconds: number | null) =>
	(
		await edge<
			{ done: boolean }[]
		>`select service.fail_job(${id}, ${lease}, 'the carrier was busy', ${seconds}) as done`
	)[0]!.done;

const goOn = async ({ id, lease }: Job) =>
	(await edge<{ done: boolean }[]>`select service.continue_job(${id}, ${lease}) as done`)[0]!.done;

describe('jobs', () => {
	test('are out once, and only the oldest of a queue', async () => {
		const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
		const kind = await jobs([a, a, b, null, null]);
		const first = await claim(kind);
		expect(first.map((job) => job.payload.n).sort()).toEqual([0, 2, 3, 4]);
		expect(first.every((job) => job.attempts === 1)).toBe(true);
		expect(await claim(kind)).toHaveLength(0);
		expect(await complete(first.find((job) => job.payload.n === 0)!)).toBe(true);
		expect((await claim(kind)).map((job) => job.payload.n)).toEqual([1]);
	});

	test('two workers at once never hold the same one', async () => {
		const kind = await jobs(Array.from({ length: 24 }, () => null));
		const claims = await Promise.all(Array.from({ length: 6 }, () => claim(kind, 5)));
		const ids = claims.flat().map((job) => job.id);
		expect(new Set(ids).size).toBe(ids.length);
		expect(ids).toHaveLength(24);
	});

	test("come back when a lease runs out, and the late worker's word no longer counts", async () => {
		const kind = await jobs([null]);
		const [late] = await claim(kind, 1, 1);
		await pause(1100);
		const [next] = await claim(kind);
		expect(next).toMatchObject({ id: late!.id, attempts: 2 });
		expect(await complete(late!)).toBe(false);
		expect(await fail(late!, 1)).toBe(false);
		expect(await complete(next!)).toBe(true);
	});

	test('that failed wait for their time and hold their queue', async () => {
		const queue = crypto.randomUUID();
		const kind = await jobs([queue, queue]);
		const [job] = await claim(kind);
		expect(await fail(job!, 1)).toBe(true);
		expect(await claim(kind)).toHaveLength(0);
		await pause(1100);
		expect((await claim(kind)).map(({ payload, attempts }) => [payload.n, attempts])).toEqual([[0, 2]]);
	});

	test('that are hopeless are parked with their last error, and their queue goes on', async () => {
		const queue = crypto.randomUUID();
		const kind = await jobs([queue, queue]);
		const [job] = await claim(kind);
		await fail(job!, null);
		const [parked] = await sql`select parked_at, last_error from private.jobs where id = ${job!.id}`;
		expect(parked).toEqual({ parked_at: expect.any(Date), last_error: 'the carrier was busy' });
		expect((await claim(kind)).map(({ payload }) => payload.n)).toEqual([1]);
	});

	test('are parked after their last attempt, whether it failed or its worker died', async () => {
		const failing = await jobs([null], { max_attempts: 1 });
		await fail((await claim(failing))[0]!, 0);
		const dying = await jobs([null], { max_attempts: 1 });
		await claim(dying, 1, 1);
		await pause(1100);
		expect([...(await claim(failing)), ...(await claim(dying))]).toEqual([]);
		expect(
			await sql`select from private.jobs where kind in (${failing}, ${dying}) and parked_at is not null`
		).toHaveLength(2);
		const [{ depth }] = (await edge`select service.queue_depth() as depth`) as unknown as [
			{ depth: { parked: number } }
		];
		expect(depth.parked).toBeGreaterThanOrEqual(2);
	});

	test('that get on come again at once, however long they are, and begin their attempts anew', async () => {
		const kind = await jobs([crypto.randomUUID()], { max_attempts: 2 });
		for (let page = 0; page < 5; page++) {
			const [job] = await claim(kind);
			expect(job).toMatchObject({ attempts: 1 });
			expect(await goOn(job!)).toBe(true);
			expect(await goOn(job!)).toBe(false);
		}
		await fail((await claim(kind))[0]!, 0);
		const [second] = await claim(kind);
		expect(second).toMatchObject({ attempts: 2 });
		await goOn(second!);
		expect(await sql`select attempts, last_error from private.jobs where kind = ${kind}`).toEqual([
			{ attempts: 0, last_error: null }
		]);
	});

	test('that were done a week ago are forgotten, a batch at a time, and no others', async () => {
		const kind = `test_${crypto.randomUUID()}`;
		const add = (made: string, done: string | null, parked: string | null = null) => sql`
			insert into private.jobs (id, kind, completed_at, parked_at, payload)
			values (private.first_id_at(now() - ${made}::interval + random() * interval '1 minute'), ${kind},
				now() - ${done}::interval, now() - ${parked}::interval, ${sql.json({ made, done, parked })})`;
		for (let n = 0; n < 3; n++) await add('20 days', '19 days');
		await add('20 days', '6 days');
		await add('20 days', null);
		await add('20 days', null, '19 days');
		await add('6 days', '6 days');
		const forgotten = () => sql`select private.forget_done_jobs(now(), 2)`;
		const left = async () =>
			(await sql`select payload ->> 'done' as done from private.jobs where kind = ${kind}`).map(({ done }) => done);
		await forgotten();
		expect((await left()).length).toBeGreaterThanOrEqual(4);
		await expect.poll(async () => (await forgotten(), left())).toHaveLength(4);
		expect((await left()).sort()).toEqual(['6 days', '6 days', null, null]);
	});

	test('ring the doorbell when their transaction commits, and not before', async () => {
		const listener = postgres(env.DATABASE_URL, { max: 1 });
		const rung: string[] = [];
		await listener.listen('net_http_post', (message) => {
			const { id, url } = JSON.parse(message) as { id: number; url: string };
			if (url === env.WORKER_URL) rung.push(String(id));
		});
		try {
			const bell = await sql.begin(async (tx) => {
				await tx`insert into private.jobs (kind) select 'test_bell' from generate_series(1, 3)`;
				const [row] = await tx<{ id: string }[]>`select currval('net.http_request_id') as id`;
				await pause(150);
				expect(rung).not.toContain(row!.id);
				return row!.id;
			});
			await expect.poll(() => rung, { timeout: 2000, interval: 5 }).toContain(bell);
		} finally {
			await listener.end({ timeout: 1 });
		}
	});
});

describe('dispatching', () => {
	async function queued(status = 'queued') {
		const { organizationId } = await createPerson(sql, env);
		const number = await createNumber(sql, null, { organizationId });
		const recipient = inventNumber();
		const [message] = await sql<{ id: string }[]>`
			insert into public.messages (conversation_id, direction, status, body, carrier)
			values (private.open_conversation(${organizationId}, ${number.id}, ${recipient}), 'outbound', ${status}, 'Hello', 'twilio')
			returning id`;
		const [job] = await claim(await jobs([null]));
		return { message: message!.id, job: job!, number, recipient, organizationId };
	}
	const begin = async ({ message, job }: { message: string; job: Job }) => {
		const [row] = await edge`select service.begin_dispatch(${message}, ${job.id}, ${job.lease}) as answer`;
		return row!.answer as { dispatched_at: string | null } | null;
	};
	const status = async (id: string) => (await sql`select status, error_code from public.messages where id = ${id}`)[0];

	test('R4.7 hands out the text once with number and recipient; a second attempt is told to look first', async () => {
		const text = await queued();
		expect(await begin(text)).toMatchObject({
			from_number: text.number.e164,
			to_number: text.recipient,
			body: 'Hello',
			dispatched_at: null
		});
		expect(await status(text.message)).toMatchObject({ status: 'sending' });
		expect((await begin(text))!.dispatched_at).toEqual(expect.any(String));
		await edge`select service.clear_dispatch(${text.message})`;
		expect((await begin(text))!.dispatched_at).toBeNull();
	});

	test('is refused without the lease, and for what the carrier has already', async () => {
		const text = await queued();
		expect(await begin({ ...text, job: { ...text.job, lease: crypto.randomUUID() } })).toBeNull();
		await edge`select service.record_dispatched(${text.message}, ${inventSid()}, 'sent', null, 1)`;
		expect(await begin(text)).toBeNull();
	});

	test('is refused for somebody who opted out meanwhile, and the text says why', async () => {
		const text = await queued();
		await sql`insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
			values (${text.organizationId}, ${text.number.id}, ${text.recipient}, 'keyword')`;
		expect(await begin(text)).toBeNull();
		expect(await status(text.message)).toEqual({ status: 'failed', error_code: '21610' });
	});

	test("21610 from the carrier is an opt-out we did not know; the carrier's ids can be asked for", async () => {
		const text = await queued();
		await edge`select service.record_send_failure(${text.message}, '21610')`;
		expect(
			await sql`select contact_number, source from public.opt_outs where phone_number_id = ${text.number.id}`
		).toEqual([{ contact_number: text.recipient, source: 'carrier' }]);
		const [sent, sid] = [await queued(), inventSid()];
		await edge`select service.record_dispatched(${sent.message}, ${sid}, 'sending', null, 1)`;
		const [row] = await edge`select service.known_carrier_message_ids('twilio', ${[sid, inventSid()]}) as ids`;
		expect(row!.ids).toEqual([sid]);
	});
});
