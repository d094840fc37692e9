import { beforeAll, describe, expect, test } from 'vitest';
import { createNumber, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { inboundFields, makeHandset, makeSid, openTwilio, receiptFields } from './doors.ts';

const { env, sql } = stack;
const twilio = openTwilio(env);

let number: { id: string; e164: string };

beforeAll(async () => {
	const person = await createPerson(sql, env);
	number = await createNumber(sql, env, { organizationId: person.organizationId });
});

/** A text of ours on its way, as the worker leaves it; without `sid`, the create call has not returned. */
async function onItsWay(sid: string | null): Promise<string> {
	const opening = inboundFields(env, { from: makeHandset(), to: number.e164, body: 'Hello' });
	await twilio.inbound(opening);
	const [row] = await sql<{ id: string }[]>`
		insert into public.messages (conversation_id, direction, status, body, carrier, carrier_message_id)
		select conversation_id, 'outbound', 'sending', 'Good evening', 'twilio', ${sid}
		from public.messages where carrier_message_id = ${opening.MessageSid} returning id`;
	return row!.id;
}

const message = async (id: string) => (await sql`select * from public.messages where id = ${id}`)[0];
const outcome = async (sid: string, status: string, code = '') =>
	(await sql`select outcome from private.provider_events where event_key = ${`receipt:${sid}:${status}:${code}`}`)[0]
		?.outcome;

async function tell(sid: string, ...statuses: string[]): Promise<void> {
	for (const status of statuses) {
		const [word = '', code] = status.split(' ');
		expect((await twilio.status(receiptFields(env, sid, word, code))).status).toBe(200);
	}
}

test('R3.4 receipts in their order move a text from sending to delivered', async () => {
	const sid = makeSid();
	const id = await onItsWay(sid);
	await tell(sid, 'queued', 'sending');
	expect(await message(id)).toMatchObject({ status: 'sending', sent_at: null });
	await tell(sid, 'sent');
	expect(await message(id)).toMatchObject({ status: 'sent', sent_at: expect.any(Date), delivered_at: null });
	await tell(sid, 'delivered');
	expect(await message(id)).toMatchObject({ status: 'delivered', delivered_at: expect.any(Date) });
});

describe('R3.4 receipts in any order end the same', () => {
	test.each([
		['delivered before sent stays delivered', ['delivered', 'sent', 'sending'], 'delivered', null],
		['failed then delivered, as with many segments, stays failed', ['failed 30008', 'delivered'], 'failed', '30008'],
		['undelivered keeps the carrier’s code', ['sent', 'undelivered 30003', 'undelivered 30003'], 'failed', '30003'],
		['read counts as delivered', ['sent', 'read'], 'delivered', null],
		['the same receipt many times', ['sent', 'sent', 'delivered', 'delivered'], 'delivered', null]
	] as const)('%s', async (_what, statuses, status, error_code) => {
		const sid = makeSid();
		const id = await onItsWay(sid);
		await tell(sid, ...statuses);
		expect(await message(id)).toMatchObject({ status, error_code });
	});

	test('at once from many connections', async () => {
		const sid = makeSid();
		const id = await onItsWay(sid);
		await Promise.all(
			['sent', 'delivered', 'sending', 'sent', 'delivered', 'queued'].map((status) => tell(sid, status))
		);
		expect(await message(id)).toMatchObject({ status: 'delivered' });
	});
});

test.each([
	['accepted', 'sending'],
	['scheduled', 'sending'],
	['queued', 'sending'],
	['sending', 'sending'],
	['sent', 'sent'],
	['partially_delivered', 'sent'],
	['delivered', 'delivered'],
	['read', 'delivered'],
	['undelivered', 'failed'],
	['failed', 'failed'],
	['canceled', 'failed'],
	['receiving', 'sending'],
	['received', 'sending']
])('the documented status %s leaves a text %s', async (word, status) => {
	const sid = makeSid();
	const id = await onItsWay(sid);
	await tell(sid, word);
	expect(await message(id)).toMatchObject({ status });
	expect(await outcome(sid, word)).toMatch(/^(applied|unchanged)$/);
});

test('a status nobody has heard of is kept and changes nothing', async () => {
	const sid = makeSid();
	const id = await onItsWay(sid);
	await tell(sid, 'teleported');
	expect(await message(id)).toMatchObject({ status: 'sending' });
	expect(await outcome(sid, 'teleported')).toBe('kept');
});

describe('a receipt that comes before the create call returned', () => {
	test('finds its text by our own id in the callback’s address', async () => {
		const sid = makeSid();
		const id = await onItsWay(null);
		expect((await twilio.status(receiptFields(env, sid, 'sent'), id)).status).toBe(200);
		expect(await message(id)).toMatchObject({ status: 'sent', carrier_message_id: sid });
	});

	test('is kept without that id, and applied when the create call returns', async () => {
		const sid = makeSid();
		const id = await onItsWay(null);
		await tell(sid, 'delivered');
		expect(await outcome(sid, 'delivered')).toBe('unknown_message');
		await twilio.database.recordDispatched({
			messageId: id,
			carrierMessageId: sid,
			status: 'sending',
			errorCode: null,
			segments: 1
		});
		expect(await message(id)).toMatchObject({ status: 'delivered', carrier_message_id: sid });
		expect(await outcome(sid, 'delivered')).toBe('applied');
	});

	test('an id in the address that is none is as good as no id', async () => {
		expect((await twilio.status(receiptFields(env, makeSid(), 'sent'), 'not%20an%20id')).status).toBe(200);
	});
});

test('a receipt for a text of a foreign account is kept and changes nothing', async () => {
	const sid = makeSid();
	const id = await onItsWay(sid);
	const fields = { ...receiptFields(env, sid, 'delivered'), AccountSid: `AC${'0'.repeat(32)}` };
	expect((await twilio.status(fields)).status).toBe(200);
	expect(await message(id)).toMatchObject({ status: 'sending' });
});

test('a receipt without a status, or for nothing, is malformed', async () => {
	const { MessageStatus: _1, SmsStatus: _2, ...statusless } = receiptFields(env, makeSid(), 'sent');
	expect((await twilio.status(statusless)).status).toBe(400);
	const { MessageSid: _3, SmsSid: _4, ...nameless } = receiptFields(env, makeSid(), 'sent');
	expect((await twilio.status(nameless)).status).toBe(400);
});
