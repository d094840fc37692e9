/** What the carrier told us in vain is found again. A stack of its own: the carrier's worst hours are everybody's here. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import { createApp } from '../../supabase/functions/worker/app.ts';
import { createNumber, createPerson } from '../support/people.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { collect, eventually, makeHandset, orderFault, sendText, textsOf, type Lines } from './doors.ts';

let stack: Stack;
let person: Awaited<ReturnType<typeof createPerson>>;
let number: { id: string; e164: string };

beforeAll(async () => {
	stack = await startStack();
	person = await createPerson(stack.sql, stack.env);
	number = await createNumber(stack.sql, stack.env, { organizationId: person.organizationId });
}, 120_000);

afterAll(() => stack?.stop());
beforeEach(async () => {
	await fetch(`${stack.env.CARRIER_URL}/faults`, { method: 'DELETE' });
});

const fault = (order: Record<string, unknown>) => orderFault(stack.env, order);
const deaf = () => fault({ target: 'inbound', kind: 'lose', count: 1000 });
const bodies = (handset: string) =>
	stack.sql<{ body: string; seq: string }[]>`
		select m.body, m.seq from public.messages m
		join public.conversations c on c.id = m.conversation_id join public.contacts t on t.id = c.contact_id
		where t.phone_number = ${handset} and m.direction = 'inbound' order by m.seq`;

/** A handset texts the number. */
async function text(handset: string, body: string): Promise<string> {
	const response = await fetch(`${stack.env.CARRIER_URL}/handsets/${encodeURIComponent(handset)}/texts`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ to: number.e164, body })
	});
	return ((await response.json()) as { sid: string }).sid;
}

/** Orders a reconciliation, as every minute does, and waits until it is through. */
async function reconciled(payload: Record<string, number> = {}, sql = stack.sql) {
	const order = { status_after_seconds: 0, ...payload };
	const [job] = await sql<{ id: string }[]>`
		insert into private.jobs (kind, queue_key, payload, max_attempts)
		values ('reconcile', 'reconcile', ${sql.json(order)}, 1000000) returning id`;
	const look = async () => (await sql`select * from private.jobs where id = ${job!.id}`)[0]!;
	return eventually(look, (row) => row.completed_at !== null);
}

test('texts whose webhooks were lost for ever are stored, once, in their order', async () => {
	await deaf();
	const handset = makeHandset();
	const said = ['Is it open?', 'The gate, I mean.', 'Hello?'];
	const sids: string[] = [];
	for (const body of said) sids.push(await text(handset, body));
	await eventually(
		() => textsOf(stack.env, handset),
		(texts) => texts.every(({ status }) => status === 'failed')
	);
	expect(await bodies(handset)).toHaveLength(0);

	expect((await reconciled()).completed_at).not.toBeNull();
	await reconciled();
	expect((await bodies(handset)).map((row) => row.body)).toEqual(said);
	const events = await stack.sql`
		select outcome from private.provider_events where event_key = any (${sids.map((sid) => `message:${sid}`)})`;
	expect(events.map((event) => event.outcome)).toEqual(['stored', 'stored', 'stored']);
});

test('a list of many pages is read to its end, page by page, and remembered between', async () => {
	await deaf();
	const handset = makeHandset();
	for (let at = 0; at < 210; at += 1) await text(handset, `Text ${at}`);
	const job = await reconciled();
	// several pages, and yet nothing that would count as a failure
	expect(job).toMatchObject({ attempts: 1, last_error: null });
	expect(await bodies(handset)).toHaveLength(210);
	const [place] = await stack.sql`select page, now() - inbound_until < interval '1 minute' as is_recent
		from private.reconciliations where carrier = 'twilio'`;
	expect(place).toEqual({ page: null, is_recent: true });
});

test('statuses whose receipts were lost for ever become the carrier’s, the error’s code with them', async () => {
	await fault({ target: 'callbacks', kind: 'lose', count: 1000 });
	const handsets = [makeHandset(), makeHandset()];
	await fetch(`${stack.env.CARRIER_URL}/handsets/${encodeURIComponent(handsets[1]!)}/outcome`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ status: 'undelivered', code: 30007 })
	});
	const ids: string[] = [];
	for (const recipient of handsets) {
		const args = { phone_number_id: number.id, recipient, body: 'Your room is ready.' };
		ids.push((await sendText(stack.env, person, args)).id);
	}
	const look = () => stack.sql`select status, error_code from public.messages where id = any (${ids}) order by seq, id`;
	await eventually(look, (rows) => rows.every(({ status }) => status === 'sending'));
	const settled = await eventually(
		async () => {
			await reconciled();
			return look();
		},
		(rows) => rows.every(({ status }) => status !== 'sending' && status !== 'sent')
	);
	expect(settled).toEqual([
		{ status: 'delivered', error_code: null },
		{ status: 'failed', error_code: '30007' }
	]);
});

test('a late STOP counts; one that a START has overruled does not', async () => {
	await deaf();
	const [silent, back] = [makeHandset(), makeHandset()];
	await text(silent, 'STOP');
	await text(back, 'STOP');
	await text(back, 'START');
	await reconciled();
	const optedOut = await stack.sql`select contact_number from public.opt_outs where phone_number_id = ${number.id}`;
	expect(optedOut.map((row) => row.contact_number)).toEqual([silent]);
});

test('R4.8 a text found late keeps what the carrier says it did to it', async () => {
	await deaf();
	const scenario = (method: string, body?: string) =>
		fetch(`${stack.env.CARRIER_URL}/scenarios`, { method, headers: { 'content-type': 'application/json' }, body });
	await scenario('POST', '{"name": "redacted-codes"}');
	const handset = makeHandset();
	const sids = [await text(handset, 'Your code is 481920.'), await text(handset, 'Did you get it?')];
	await scenario('DELETE');
	await reconciled();
	const rows = await stack.sql`
		select body, error_code from public.messages where carrier_message_id = any (${sids}) order by seq`;
	expect(rows).toEqual([
		{ body: 'Your code is ******.', error_code: '30038' },
		{ body: 'Did you get it?', error_code: null }
	]);
});

test('a carrier that is away is asked again, and nothing is forgotten meanwhile', async () => {
	await deaf();
	await fault({ target: 'messages.list', kind: 'status', status: 503 });
	const handset = makeHandset();
	await text(handset, 'Anybody there?');
	const [job] = await stack.sql<{ id: string }[]>`
		insert into private.jobs (kind, queue_key, max_attempts) values ('reconcile', 'reconcile', 1000000) returning id`;
	const look = async () => (await stack.sql`select * from private.jobs where id = ${job!.id}`)[0]!;
	expect(await eventually(look, (row) => row.last_error !== null)).toMatchObject({
		completed_at: null,
		last_error: expect.stringMatching(/503/)
	});
	await stack.sql`update private.jobs set run_at = now() where id = ${job!.id}`;
	await fetch(stack.env.WORKER_URL, {
		method: 'POST',
		headers: { authorization: `Bearer ${stack.env.WORKER_SECRET}` }
	});
	await eventually(look, (row) => row.completed_at !== null);
	expect((await bodies(handset)).map((row) => row.body)).toEqual(['Anybody there?']);
});

test('every minute there is one such job, and never two', async () => {
	const [schedule] = await stack.sql`select schedule, command from cron.job where jobname = 'reconcile'`;
	expect(schedule).toEqual({ schedule: '* * * * *', command: 'select private.schedule_reconciliation()' });
	const unfinished = await stack.sql.begin(async (tx) => {
		await tx`select private.schedule_reconciliation(), private.schedule_reconciliation()`;
		return tx`select count(*)::int as jobs from private.jobs
			where kind = 'reconcile' and completed_at is null and parked_at is null`;
	});
	expect(unfinished).toEqual([{ jobs: 1 }]);
});

test('a page that is not of the carrier’s list is not asked for, and one it forgot starts the walk again', async () => {
	const lines: Lines = [];
	const asked: string[] = [];
	const database = createDatabase(stack.env.EDGE_DATABASE_URL);
	const listening: typeof fetch = (input, init) => {
		if (String(input).includes('Messages.json?')) asked.push(String(input));
		return fetch(input, init);
	};
	const app = createApp({ env: stack.env, database, log: collect(lines), fetch: listening });
	const headers = { authorization: `Bearer ${stack.env.WORKER_SECRET}` };
	const list = `/2010-04-01/Accounts/${stack.env.TWILIO_ACCOUNT_SID}/Messages.json`;
	for (const page of ['@elsewhere.example/', `${list}?PageToken=PASM${'0'.repeat(32)}&Page=1`]) {
		await stack.sql`update private.reconciliations set page = ${page} where carrier = 'twilio'`;
		// not rung: only this worker may take it
		const [job] = await stack.sql.begin(async (tx) => {
			await tx`alter table private.jobs disable trigger on_new_jobs`;
			const rows = await tx<{ id: string }[]>`
				insert into private.jobs (kind, queue_key, max_attempts) values ('reconcile', 'reconcile', 1000000) returning id`;
			await tx`alter table private.jobs enable trigger on_new_jobs`;
			return rows;
		});
		await app.request('/worker', { method: 'POST', headers });
		const look = async () => (await stack.sql`select * from private.jobs where id = ${job!.id}`)[0]!;
		expect((await eventually(look, (row) => row.completed_at !== null)).completed_at).not.toBeNull();
	}
	expect(asked.every((url) => url.startsWith(`${stack.env.CARRIER_URL}${list}?`))).toBe(true);
	expect(await stack.sql`select page from private.reconciliations where carrier = 'twilio'`).toEqual([{ page: null }]);
	await database.end();
});
