import { beforeAll, describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createPerson, inventNumber } from '../support/people.ts';
import { edge, inventSid } from './acting.ts';

const { env, sql } = stack;
let number: { id: string; e164: string };
let organizationId: string;

beforeAll(async () => {
	({ organizationId } = await createPerson(sql, env));
	number = await createNumber(sql, null, { organizationId });
});

/** An outbound text that no job sends; without `sid`, the create call has not returned. */
async function outbound(sid: string | null = null, status = 'sending'): Promise<string> {
	const [row] = await sql<{ id: string }[]>`
		insert into public.messages (conversation_id, direction, status, body, carrier, carrier_message_id)
		values (private.open_conversation(${organizationId}, ${number.id}, ${inventNumber()}), 'outbound', ${status}, 'Hello', 'twilio', ${sid})
		returning id`;
	return row!.id;
}

async function receipt(
	sid: string,
	status: string | null,
	rest: { message?: string; word?: string; error?: string } = {}
) {
	const { message = null, word = status, error = null } = rest;
	const [row] = await edge<{ answer: { outcome: string } }[]>`
		select service.record_receipt('twilio', ${sid}, ${message}, ${status}, ${word}, ${error}, ${edge.json({ MessageSid: sid })}) as answer`;
	return row!.answer.outcome;
}

async function dispatched(message: string, sid: string, status = 'queued', error: string | null = null) {
	const [row] = await edge<{ answer: { outcome: string; status: string } }[]>`
		select service.record_dispatched(${message}, ${sid}, ${status}, ${error}, 2) as answer`;
	return row!.answer;
}

async function look(id: string) {
	const [row] = await sql`select * from public.messages where id = ${id}`;
	return row!;
}

describe('receipts', () => {
	test.each([
		[['sent', 'delivered'], ['applied', 'applied'], 'delivered'],
		[['delivered', 'sent'], ['applied', 'unchanged'], 'delivered'],
		[['failed', 'delivered'], ['applied', 'unchanged'], 'failed'],
		[['delivered', 'failed'], ['applied', 'unchanged'], 'delivered'],
		[['sent', 'sent', 'delivered', 'delivered'], ['applied', 'duplicate', 'applied', 'duplicate'], 'delivered'],
		[['sending', 'sent', 'queued'], ['unchanged', 'applied', 'unchanged'], 'sent']
	])('R3.4 %j are taken as %j and end as %s', async (statuses, outcomes, end) => {
		const sid = inventSid();
		const message = await outbound(sid);
		const answers = [];
		for (const status of statuses) answers.push(await receipt(sid, status));
		expect(answers).toEqual(outcomes);
		expect((await look(message)).status).toBe(end);
	});

	test("a failure keeps the carrier's code, each status its time, and each change takes a revision", async () => {
		const sid = inventSid();
		const message = await outbound(sid);
		await receipt(sid, 'sent');
		await receipt(sid, 'failed', { word: 'undelivered', error: '30003' });
		expect(await look(message)).toMatchObject({
			status: 'failed',
			error_code: '30003',
			revision: '3',
			sent_at: expect.any(Date),
			failed_at: expect.any(Date),
			delivered_at: null
		});
	});

	test('a status without a meaning for us is kept and changes nothing', async () => {
		const sid = inventSid();
		const message = await outbound(sid);
		expect(await receipt(sid, null, { word: 'partially_delivered' })).toBe('kept');
		expect(await look(message)).toMatchObject({ status: 'sending', revision: '1' });
	});

	test('the same one from five connections at once counts once', async () => {
		const sid = inventSid();
		await outbound(sid);
		const answers = await Promise.all(Array.from({ length: 5 }, () => receipt(sid, 'delivered')));
		expect(answers.sort()).toEqual(['applied', 'duplicate', 'duplicate', 'duplicate', 'duplicate']);
	});
});

describe('a receipt before the create call returned', () => {
	test("finds its message by our own id, and teaches it the carrier's", async () => {
		const sid = inventSid();
		const message = await outbound();
		expect(await receipt(sid, 'delivered', { message })).toBe('applied');
		expect(await look(message)).toMatchObject({ status: 'delivered', carrier_message_id: sid });
		expect(await dispatched(message, sid)).toEqual({ outcome: 'applied', status: 'delivered' });
		expect((await look(message)).segments).toBe(2);
	});

	test("without our id it is kept, and counts as soon as the carrier's id is known", async () => {
		const sid = inventSid();
		const message = await outbound();
		expect(await receipt(sid, 'sent')).toBe('unknown_message');
		expect(await receipt(sid, 'failed', { error: '30006' })).toBe('unknown_message');
		expect(await dispatched(message, sid)).toEqual({ outcome: 'applied', status: 'failed' });
		expect(await look(message)).toMatchObject({ status: 'failed', error_code: '30006' });
		expect(await receipt(sid, 'failed', { error: '30006' })).toBe('duplicate');
	});

	test('at the very moment the create call returns, it is not lost', async () => {
		for (let round = 0; round < 10; round++) {
			const sid = inventSid();
			const message = await outbound();
			await Promise.all([dispatched(message, sid), receipt(sid, 'delivered')]);
			expect((await look(message)).status).toBe('delivered');
		}
	});

	test('R3.4 R4.8 a text that is looked for and found as failed comes with the carrier’s reason', async () => {
		const message = await outbound();
		expect(await dispatched(message, inventSid(), 'failed', '30003')).toEqual({ outcome: 'applied', status: 'failed' });
		expect(await look(message)).toMatchObject({ status: 'failed', error_code: '30003' });
	});

	test('a failure without a reason takes the one that a receipt brings later, and keeps the first it has', async () => {
		const [sid, message] = [inventSid(), await outbound()];
		await dispatched(message, sid, 'failed');
		expect(await receipt(sid, 'failed', { word: 'undelivered', error: '30003' })).toBe('applied');
		expect(await receipt(sid, 'failed', { error: '30008' })).toBe('unchanged');
		expect(await look(message)).toMatchObject({ status: 'failed', error_code: '30003' });
	});

	test('does not attach to a message that has another id of the carrier', async () => {
		const message = await outbound(inventSid());
		expect(await receipt(inventSid(), 'failed', { message })).toBe('unknown_message');
		expect((await look(message)).status).toBe('sending');
	});
});

test("no statement moves a status backwards, not even the superuser's", async () => {
	const message = await outbound(inventSid(), 'delivered');
	await expect(sql`update public.messages set status = 'sent' where id = ${message}`).rejects.toMatchObject({
		code: '23514'
	});
});
