import { beforeAll, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createPerson, inventNumber, type Person } from '../support/people.ts';
import { as, edge, inventSid, receive } from './acting.ts';

const { env, sql } = stack;
let owner: Person;
let number: { id: string; e164: string };

beforeAll(async () => {
	owner = await createPerson(sql, env);
	number = await createNumber(sql, null, { organizationId: owner.organizationId });
});

/** What was sent on a topic, oldest first. */
const hints = (topic: string) =>
	sql`select event, payload, private from realtime.messages where topic = ${topic} order by (payload ->> 'revision')::int`;

test('a text hints at itself on its conversation and its number, once each, without its words', async () => {
	const { message_id, conversation_id } = await receive(number.e164, { from: inventNumber(), body: 'a secret' });
	expect(await hints(`conversation:${conversation_id}`)).toEqual([
		{ event: 'message', private: true, payload: { id: message_id, conversation_id, seq: 1, revision: 1 } }
	]);
	const list = await hints(`number:${number.id}`);
	expect(list.filter((hint) => hint.payload.id === conversation_id)).toEqual([
		{ event: 'conversation', private: true, payload: { id: conversation_id, revision: 1 } }
	]);
});

test('a receipt hints once, at the new revision; one that changes nothing is silent', async () => {
	const sid = inventSid();
	const [message] = await sql`
		insert into public.messages (conversation_id, direction, status, body, carrier, carrier_message_id)
		values (private.open_conversation(${owner.organizationId}, ${number.id}, ${inventNumber()}), 'outbound', 'sent', 'Hello', 'twilio', ${sid})
		returning id, conversation_id`;
	for (const status of ['delivered', 'sent']) {
		await edge`select service.record_receipt('twilio', ${sid}, null, ${status}, ${status}, null, ${edge.json({})})`;
	}
	const sent = await hints(`conversation:${message!.conversation_id}`);
	expect(sent.map((hint) => [hint.payload.id, hint.payload.revision])).toEqual([
		[message!.id, 1],
		[message!.id, 2]
	]);
});

test('what somebody has read is told to their own devices only', async () => {
	const { conversation_id } = await receive(number.e164, { from: inventNumber() });
	for (const seq of [1, 1]) await as(owner, (tx) => tx`select api.mark_read(${conversation_id}, ${seq})`);
	expect((await hints(`user:${owner.userId}`)).filter((hint) => hint.payload.id === conversation_id)).toEqual([
		{ event: 'read', private: true, payload: { id: conversation_id } }
	]);
});
