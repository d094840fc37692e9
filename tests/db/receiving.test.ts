import { beforeAll, describe, expect, test } from 'vitest';
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

const texts = (conversation: string) =>
	sql`select body, seq::int from public.messages where conversation_id = ${conversation} order by seq`;

describe('a text from outside', () => {
	test('R4.8 R2.3 on an owned number becomes an unread conversation of its organization', async () => {
		const from = inventNumber();
		const answer = await receive(number.e164, { from, body: 'Is the loft free?' });
		expect(answer.outcome).toBe('stored');
		const [row] = await as(owner, (tx) => tx`select * from api.conversations where id = ${answer.conversation_id}`);
		expect(row).toMatchObject({
			phone_number_id: number.id,
			contact_number: from,
			last_message_body: 'Is the loft free?',
			last_message_direction: 'inbound',
			unread_count: 1,
			opted_out: false
		});
	});

	test('for a number nobody owns is kept as an event, and nothing else', async () => {
		const sid = inventSid();
		const answer = await receive(inventNumber(), { from: inventNumber(), sid });
		expect(answer).toEqual({ outcome: 'unknown_number', message_id: null, conversation_id: null });
		expect(await sql`select outcome from private.provider_events where event_key = ${`message:${sid}`}`).toEqual([
			{ outcome: 'unknown_number' }
		]);
	});

	test('may be signed with a short code or a name', async () => {
		for (const from of ['72975', 'Stay Fare']) {
			expect((await receive(number.e164, { from, body: '604218 is your code' })).outcome).toBe('stored');
		}
	});

	test('brings an archived conversation back', async () => {
		const from = inventNumber();
		const { conversation_id } = await receive(number.e164, { from });
		await sql`update public.conversations set archived_at = now() where id = ${conversation_id}`;
		await receive(number.e164, { from });
		expect(await sql`select archived_at from public.conversations where id = ${conversation_id}`).toEqual([
			{ archived_at: null }
		]);
	});
});

describe('told more than once', () => {
	test('three times at the same moment, and once later: one text', async () => {
		const [from, sid] = [inventNumber(), inventSid()];
		const answers = await Promise.all([1, 2, 3].map(() => receive(number.e164, { from, sid })));
		answers.push(await receive(number.e164, { from, sid }));
		expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'stored']);
		expect(new Set(answers.map(({ message_id }) => message_id)).size).toBe(1);
		expect(await texts(answers[0]!.conversation_id!)).toHaveLength(1);
	});

	test('two first texts of somebody new at the same moment: one conversation, both texts', async () => {
		for (let round = 0; round < 5; round++) {
			const from = inventNumber();
			const answers = await Promise.all(['one', 'two'].map((body) => receive(number.e164, { from, body })));
			expect(answers.map(({ outcome }) => outcome)).toEqual(['stored', 'stored']);
			expect(answers[0]!.conversation_id).toBe(answers[1]!.conversation_id);
			expect((await texts(answers[0]!.conversation_id!)).map((row) => row.seq)).toEqual([1, 2]);
		}
	});

	test('the same event from another provider is another event', async () => {
		const record = (provider: string, key: string) =>
			edge<
				{ kept: boolean }[]
			>`select service.record_event(${provider}, ${key}, 'test', 'ignored', ${edge.json({})}) as kept`;
		const key = inventSid();
		expect([
			...(await record('twilio', key)),
			...(await record('twilio', key)),
			...(await record('other', key))
		]).toEqual([{ kept: true }, { kept: false }, { kept: true }]);
	});
});

describe('keywords', () => {
	test('STOP silences the number for this person only, START ends it, both are texts as well', async () => {
		const from = inventNumber();
		// answers of ours stand between them
		const optedOut = async () => {
			const [row] = await as(
				owner,
				(tx) => tx`select opted_out, last_seq::int from api.conversations where contact_number = ${from}`
			);
			return row;
		};
		await receive(number.e164, { from, body: 'STOP', keyword: 'stop' });
		await receive(number.e164, { from, body: 'stop', keyword: 'stop' });
		expect(await optedOut()).toEqual({ opted_out: true, last_seq: 3 });
		const other = await createNumber(sql, null, { organizationId: owner.organizationId });
		expect(await sql`select from public.opt_outs where phone_number_id = ${other.id}`).toHaveLength(0);
		await receive(number.e164, { from, body: 'HELP', keyword: 'help' });
		await receive(number.e164, { from, body: 'START', keyword: 'start' });
		expect(await optedOut()).toEqual({ opted_out: false, last_seq: 6 });
	});
});
