import { beforeAll, describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import {
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	signIn,
	signOut,
	type Person
} from '../support/people.ts';
import { as, receive, send } from './acting.ts';

const { env, sql } = stack;
let noor: Person, maya: Person, viewer: Person, ungranted: Person;
let organization: { id: string };
let number: { id: string; e164: string };

beforeAll(async () => {
	[noor, maya, viewer, ungranted] = [
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env)
	];
	organization = await createOrganization(sql, {
		owner: noor,
		members: [
			{ person: maya, role: 'member' },
			{ person: viewer, role: 'viewer' },
			{ person: ungranted, role: 'member' }
		]
	});
	number = await createNumber(sql, env, {
		organizationId: organization.id,
		grants: [{ userId: maya.userId }, { role: 'viewer' }]
	});
});

/** Somebody new who has just written to the number. */
async function guest() {
	const from = inventNumber();
	const { conversation_id } = await receive(number.e164, { from });
	return { from, conversation_id: conversation_id! };
}

describe('sending', () => {
	test('R2.1 R2.2 R4.7 a first text makes contact, conversation, message and job at once, from the number asked for', async () => {
		const recipient = inventNumber();
		const message = await send(maya, { phone_number_id: number.id, recipient, body: 'The flat is ready.' });
		expect(message).toMatchObject({
			phone_number_id: number.id,
			organization_id: organization.id,
			status: 'queued',
			direction: 'outbound',
			seq: 1,
			author_id: maya.userId,
			body: 'The flat is ready.'
		});
		const jobs = await sql`select kind, queue_key from private.jobs where payload ->> 'message_id' = ${message.id}`;
		expect(jobs).toEqual([{ kind: 'send_message', queue_key: message.conversation_id }]);
		const [row] = await as(noor, (tx) => tx`select * from api.conversations where id = ${message.conversation_id}`);
		expect(row).toMatchObject({ contact_number: recipient, last_message_body: 'The flat is ready.', unread_count: 0 });
	});

	test.each([
		['a viewer', () => viewer, 'PT403', 'not_allowed'],
		["a member without the number's grant", () => ungranted, 'PT404', 'not_found'],
		["somebody else's member", () => createPerson(sql, env), 'PT404', 'not_found']
	])('%s may not', async (_, who, code, message) => {
		const { conversation_id } = await guest();
		await expect(send(await who(), { conversation_id })).rejects.toMatchObject({ code, message });
	});

	test('R1.6 R1.7 a signed-out session may not, though its token is still good', async () => {
		const { conversation_id } = await guest();
		const session = { ...maya, ...(await signIn(sql, env, maya)) };
		await signOut(sql, session);
		await expect(send(session, { conversation_id })).rejects.toMatchObject({ code: 'PT401', message: 'session_ended' });
	});

	test.each([
		['nothing', { body: ' \n\t ' }, 'PT422', 'message_empty'],
		['null', { body: null }, 'PT422', 'message_empty'],
		['1,601 characters', { body: 'x'.repeat(1601) }, 'PT422', 'message_too_long'],
		['no key', { idempotency_key: '' }, 'PT400', 'malformed'],
		['a number too short', { recipient: '+1415' }, 'PT422', 'recipient_invalid'],
		['a name', { recipient: 'Stayfare' }, 'PT422', 'recipient_invalid'],
		['nobody', { recipient: undefined }, 'PT422', 'recipient_invalid']
	])('%s is refused before anything is stored', async (_, part, code, message) => {
		const draft = { phone_number_id: number.id, recipient: inventNumber(), ...part };
		await expect(send(maya, draft)).rejects.toMatchObject({ code, message });
		const [contact] =
			await sql`select from public.contacts where phone_number = ${draft.recipient ?? ''} and organization_id = ${organization.id}`;
		expect(contact).toBeUndefined();
	});

	test('1,600 characters are one text', async () => {
		const draft = { phone_number_id: number.id, recipient: inventNumber(), body: 'x'.repeat(1600) };
		expect((await send(maya, draft)).status).toBe('queued');
	});

	test('a number does not text itself, and a service that signs with a name cannot be answered', async () => {
		const refusal = { code: 'PT422', message: 'recipient_invalid' };
		await expect(send(maya, { phone_number_id: number.id, recipient: number.e164 })).rejects.toMatchObject(refusal);
		const { conversation_id } = await receive(number.e164, { from: 'Stayfare' });
		await expect(send(maya, { conversation_id: conversation_id! })).rejects.toMatchObject(refusal);
	});

	test('a released number and a team conversation have nobody to text', async () => {
		const refusal = { code: 'PT404', message: 'not_found' };
		const gone = await createNumber(sql, null, { organizationId: organization.id });
		await sql`update public.phone_numbers set status = 'released', released_at = now() where id = ${gone.id}`;
		await expect(send(noor, { phone_number_id: gone.id, recipient: inventNumber() })).rejects.toMatchObject(refusal);
		const [team] =
			await sql`insert into public.conversations (organization_id) values (${organization.id}) returning id`;
		await sql`insert into public.conversation_participants (conversation_id, organization_id, user_id)
			values (${team!.id}, ${organization.id}, ${noor.userId})`;
		await expect(send(noor, { conversation_id: team!.id })).rejects.toMatchObject(refusal);
	});

	test('somebody who opted out is not texted until they start again', async () => {
		const { from, conversation_id } = await guest();
		await receive(number.e164, { from, body: 'STOP', keyword: 'stop' });
		await expect(send(maya, { conversation_id })).rejects.toMatchObject({ code: 'PT409', message: 'opted_out' });
		await receive(number.e164, { from, body: 'START', keyword: 'start' });
		expect((await send(maya, { conversation_id })).status).toBe('queued');
	});
});

describe('the same request twice', () => {
	test('answers with the same text, and there is one', async () => {
		const draft = { ...(await guest()), idempotency_key: crypto.randomUUID() };
		const { conversation_id, idempotency_key } = draft;
		const first = await send(maya, { conversation_id, idempotency_key });
		const second = await send(maya, { conversation_id, idempotency_key, seen_seq: 0 });
		expect(second.id).toBe(first.id);
		expect(await sql`select from private.jobs where payload ->> 'message_id' = ${first.id}`).toHaveLength(1);
	});

	test('eight at the same moment, to somebody new: one text, no error', async () => {
		const draft = { phone_number_id: number.id, recipient: inventNumber(), idempotency_key: crypto.randomUUID() };
		const answers = await Promise.all(Array.from({ length: 8 }, () => send(maya, draft)));
		expect(new Set(answers.map((message) => message.id)).size).toBe(1);
		const rows = await sql`select seq from public.messages where conversation_id = ${answers[0]!.conversation_id}`;
		expect(rows).toEqual([{ seq: '1' }]);
	});

	test('a key names one text: another body or conversation is refused, also at the same moment', async () => {
		const [here, there] = [await guest(), await guest()];
		const idempotency_key = crypto.randomUUID();
		const refusal = { code: 'PT422', message: 'idempotency_key_reused' };
		const race = await Promise.allSettled([
			send(maya, { conversation_id: here.conversation_id, idempotency_key }),
			send(maya, { conversation_id: there.conversation_id, idempotency_key })
		]);
		expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
		expect(race.find((answer) => answer.status === 'rejected')!.reason).toMatchObject(refusal);
		await expect(
			send(maya, { conversation_id: here.conversation_id, idempotency_key, body: 'Other words' })
		).rejects.toMatchObject(refusal);
	});
});

describe('the collision guard', () => {
	test("stops an answer whose author had not seen a colleague's", async () => {
		const { conversation_id } = await guest();
		await send(maya, { conversation_id, seen_seq: 1 });
		await expect(send(noor, { conversation_id, seen_seq: 1 })).rejects.toMatchObject({
			code: 'PT409',
			message: 'collision'
		});
		expect((await send(noor, { conversation_id, seen_seq: 2 })).seq).toBe(3);
	});

	test("does not mind the author's own answers, or texts from outside", async () => {
		const { from, conversation_id } = await guest();
		await send(maya, { conversation_id, seen_seq: 1 });
		await receive(number.e164, { from });
		expect((await send(maya, { conversation_id, seen_seq: 1, body: 'And one more thing' })).seq).toBe(4);
	});

	test('R3.4 sends what one person pressed Send for on two devices once', async () => {
		const { conversation_id } = await guest();
		const first = await send(maya, { conversation_id, seen_seq: 1, body: 'Under the mat' });
		const twice = send(maya, { conversation_id, seen_seq: 1, body: 'Under the mat' });
		await expect(twice).rejects.toMatchObject({ code: 'PT409', message: 'sent_twice' });
		// who has seen it means it, and what did not arrive may be said once more
		const meant = await send(maya, { conversation_id, seen_seq: first.seq, body: 'Under the mat' });
		await sql`update public.messages set status = 'failed' where id in ${sql([first.id, meant.id])}`;
		expect((await send(maya, { conversation_id, seen_seq: 1, body: 'Under the mat' })).seq).toBe(4);
	});

	test('lets one of two colleagues through who answer at the same moment', async () => {
		const { conversation_id } = await guest();
		const race = await Promise.allSettled([noor, maya].map((who) => send(who, { conversation_id, seen_seq: 1 })));
		expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	});
});

test('places and revisions have no gaps and no doubles, however many write at once', async () => {
	const { from, conversation_id } = await guest();
	await Promise.all(
		Array.from({ length: 12 }, (_, i) =>
			i % 2 ? send(maya, { conversation_id, body: `Answer ${i}` }) : receive(number.e164, { from, body: `Text ${i}` })
		)
	);
	const rows = await sql`select seq::int from public.messages where conversation_id = ${conversation_id} order by seq`;
	expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
	const [late] = await sql`select from public.messages a join public.messages b using (conversation_id)
		where conversation_id = ${conversation_id} and (a.revision = b.revision and a.id <> b.id or a.seq < b.seq and a.created_at > b.created_at)`;
	expect(late).toBeUndefined();
});
