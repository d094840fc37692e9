import { beforeAll, describe, expect, test } from 'vitest';
import { createNumber, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { inboundFields, makeHandset, makeSid, openTwilio } from './doors.ts';

const { env, sql } = stack;
const twilio = openTwilio(env);

let number: { id: string; e164: string };
let organizationId: string;

beforeAll(async () => {
	const person = await createPerson(sql, env);
	organizationId = person.organizationId;
	number = await createNumber(sql, env, { organizationId });
});

const text = (body: string, from = makeHandset(), sid = makeSid()) =>
	inboundFields(env, { from, to: number.e164, body, sid });
const stored = (sid: string) => sql`select * from public.messages where carrier_message_id = ${sid}`;
const event = async (key: string) => (await sql`select * from private.provider_events where event_key = ${key}`)[0];
const optOuts = (handset: string) =>
	sql`select source from public.opt_outs where phone_number_id = ${number.id} and contact_number = ${handset}`;

test('R4.8 a text on an owned number becomes a message in the conversation of its two numbers', async () => {
	const handset = makeHandset();
	const first = text('Is the flat free from 4 to 7 December?', handset);
	const second = text('And may we bring the dog?', handset);
	expect((await twilio.inbound(first)).status).toBe(200);
	expect((await twilio.inbound(second)).status).toBe(200);

	const messages = await sql`
		select m.seq, m.body, m.direction, m.status, m.segments, c.organization_id, k.phone_number
		from public.messages m
		join public.conversations c on c.id = m.conversation_id
		join public.contacts k on k.id = c.contact_id
		where m.carrier_message_id in (${first.MessageSid}, ${second.MessageSid}) order by m.seq`;
	const common = {
		direction: 'inbound',
		status: 'received',
		segments: 1,
		organization_id: organizationId,
		phone_number: handset
	};
	expect(messages).toEqual([
		{ ...common, seq: '1', body: 'Is the flat free from 4 to 7 December?' },
		{ ...common, seq: '2', body: 'And may we bring the dog?' }
	]);
});

test('R2.1 the same text told three times, also at once, is stored once', async () => {
	const fields = text('We are at the gate now.');
	const answers = await Promise.all([1, 2, 3].map(() => twilio.inbound(fields)));
	expect((await twilio.inbound(fields)).status).toBe(200);
	expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
	expect(await stored(fields.MessageSid)).toHaveLength(1);
});

test('R4.8 a text whose code the carrier struck out keeps the carrier’s reason; a fallback’s reason is not the text’s', async () => {
	const redacted = { ...text('Your code is ******.'), ErrorCode: '30038' };
	const late = { ...text('Nothing is wrong with this one.'), ErrorCode: '11200', ErrorUrl: env.TWILIO_INBOUND_URL };
	for (const fields of [redacted, late]) expect((await twilio.inbound(fields)).status).toBe(200);
	expect(await stored(redacted.MessageSid)).toMatchObject([{ status: 'received', error_code: '30038' }]);
	expect(await stored(late.MessageSid)).toMatchObject([{ status: 'received', error_code: null }]);
});

test('what the documentation does not name is kept, not refused', async () => {
	const fields = { ...text('Hello'), RcsCapability: 'true', Ünïcode: '漢字', 'Body[]': 'x' };
	expect((await twilio.inbound(fields)).status).toBe(200);
	const kept = await event(`message:${fields.MessageSid}`);
	expect(kept).toMatchObject({ outcome: 'stored', payload: { RcsCapability: 'true', Ünïcode: '漢字', 'Body[]': 'x' } });
});

test.each([
	['quotes and backslashes', `it's \\ "so" $1 -- ; drop table public.messages; /* \\' */`],
	['emoji and right-to-left', '🐚 שלום مرحبا 👩‍👩‍👧'],
	['lines', 'one\r\ntwo\n\tthree'],
	['nothing, as with a picture alone', '']
])('a body with %s arrives as it was written', async (_what, body) => {
	const fields = text(body);
	expect((await twilio.inbound(fields)).status).toBe(200);
	expect(await stored(fields.MessageSid)).toMatchObject([{ body }]);
});

test('a character that no database stores does not make the carrier come again for ever', async () => {
	const fields = text('before\0after');
	expect((await twilio.inbound(fields)).status).toBe(200);
	expect(await stored(fields.MessageSid)).toMatchObject([{ body: 'before\uFFFDafter' }]);
});

describe('a text that is not for us is recorded and thanked for, and tells nothing', () => {
	test('an unknown number', async () => {
		const fields = { ...text('Hello'), To: makeHandset() };
		const response = await twilio.inbound(fields);
		expect([response.status, await response.text()]).toEqual([200, '<Response/>']);
		expect(await stored(fields.MessageSid)).toHaveLength(0);
		expect(await event(`message:${fields.MessageSid}`)).toMatchObject({ outcome: 'unknown_number' });
	});

	test('a foreign account', async () => {
		const fields = { ...text('Hello'), AccountSid: `AC${'0'.repeat(32)}` };
		const response = await twilio.inbound(fields);
		expect([response.status, await response.text()]).toEqual([200, '<Response/>']);
		expect(await stored(fields.MessageSid)).toHaveLength(0);
		expect(await event(`foreign:message:${fields.MessageSid}`)).toMatchObject({ outcome: 'foreign_account' });
	});

	test('a sender of another channel', async () => {
		const fields = { ...text('Hello'), From: 'whatsapp:+14155550142' };
		expect((await twilio.inbound(fields)).status).toBe(200);
		expect(await stored(fields.MessageSid)).toHaveLength(0);
		expect(await event(`message:${fields.MessageSid}`)).toMatchObject({ outcome: 'unsupported_sender' });
	});
});

test.each(['72404', 'Bookable', '+447700900461'])('R4.8 a text from %s finds its conversation', async (from) => {
	const fields = text('Your table is booked.', from);
	expect((await twilio.inbound(fields)).status).toBe(200);
	expect(await stored(fields.MessageSid)).toHaveLength(1);
});

describe('opt-out keywords', () => {
	test.each(['stop', ' Stop. ', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'])(
		'%j opts out, START opts in again',
		async (keyword) => {
			const handset = makeHandset();
			await twilio.inbound(text(keyword, handset));
			expect(await optOuts(handset)).toEqual([{ source: 'keyword' }]);
			await twilio.inbound(text('START', handset));
			expect(await optOuts(handset)).toEqual([]);
		}
	);

	test.each(['please STOP this bill', 'stop 12345', 'HELP'])('%j does not', async (body) => {
		const handset = makeHandset();
		await twilio.inbound(text(body, handset));
		expect(await optOuts(handset)).toEqual([]);
	});

	test('what the carrier took for a keyword counts, in whatever language', async () => {
		const handset = makeHandset();
		await twilio.inbound({ ...text('Arrêt', handset), OptOutType: 'STOP' });
		expect(await optOuts(handset)).toEqual([{ source: 'keyword' }]);
		await twilio.inbound({ ...text('Oui', handset), OptOutType: 'START' });
		expect(await optOuts(handset)).toEqual([]);
	});
});
