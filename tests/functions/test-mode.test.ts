import type { TransactionSql } from 'postgres';
import { expect, test } from 'vitest';
import { scopeNames } from '#core/key-scopes.ts';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from '../db/acting.ts';
import { carriersTexts, eventually } from './doors.ts';

const { env, sql } = stack;
const refusal = (slug: string) => expect.objectContaining({ message: slug });

/** Runs statements as a key, the way the door does. */
async function by<T>(keyId: string, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	return (await edge.begin(async (tx) => {
		const claims = JSON.stringify({ role: 'api_key', key_id: keyId, address: '203.0.113.7' });
		await tx`select set_config('role', 'api_key', true), set_config('request.jwt.claims', ${claims}, true)`;
		return work(tx);
	})) as T;
}

async function scene() {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const desk = await createNumber(sql, null, { organizationId });
	await sql`select private.record_password_entered(${owner.sessionId})`;
	await sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${organizationId}`;
	const make = (mode: 'live' | 'test') =>
		as(owner, async (tx) => {
			const [row] = await tx<{ id: string }[]>`
				select api.create_api_key(${organizationId}, ${mode}, ${mode}, ${crypto.randomUUID().slice(0, 8)}, ${'ab'.repeat(32)},
					${scopeNames}) as id`;
			return row!.id;
		});
	return { owner, organizationId, desk, test: await make('test'), live: await make('live') };
}

const numbersOf = (key: string) =>
	by(key, (tx) => tx<{ id: string; e164: string }[]>`select id, e164 from api.phone_numbers`);

const send = (key: string, from: string, to: string) =>
	by(key, async (tx) => {
		const [row] = await tx<{ message: { id: string } }[]>`
			select api.send_message('A test', ${crypto.randomUUID()}, null, ${from}, ${to}) as message`;
		return row!.message.id;
	});

test('R7.3 a test key texts test numbers, whose digits say what comes of it: nothing is sent, charged, counted or told', async () => {
	const { owner, organizationId, desk, test: key, live } = await scene();
	const [number] = await numbersOf(key);
	expect(number?.e164).toMatch(/^\+1555\d{7}$/);
	expect((await numbersOf(live)).map(({ id }) => id)).toEqual([desk.id]);
	await expect(send(key, number!.id, inventNumber())).rejects.toEqual(refusal('recipient_not_test'));
	await expect(send(live, desk.id, '+15550000001')).rejects.toEqual(refusal('phone_number_invalid'));
	await expect(send(live, number!.id, '+15550000001')).rejects.toEqual(refusal('not_found'));
	await expect(send(key, desk.id, '+15550000001')).rejects.toEqual(refusal('not_found'));

	const recipients = ['+15550000001', '+15550000003', '+15550000012', '+15551121211', '+15551230003'];
	for (const recipient of recipients) await send(key, number!.id, recipient);
	type Row = { their_number: string; direction: string; status: string; error_code: string | null };
	const told = () =>
		as(owner, async (tx) => {
			const [row] = await tx<{ tests: Row[] }[]>`select api.list_tests(${organizationId}) as tests`;
			return row!.tests
				.filter(({ direction }) => direction === 'outbound')
				.map(({ their_number, status, error_code }) => [their_number, status, error_code].join(' ').trim());
		});
	const ends = [
		'+15550000001 delivered',
		'+15550000003 sent',
		'+15550000012 delivered',
		'+15551121211 failed 21211',
		'+15551230003 failed 30003'
	];
	const outcomes = await eventually(told, (list) => ends.every((end) => list.includes(end)));
	expect(outcomes).toEqual(expect.arrayContaining(ends));
	await eventually(
		() => by(key, (tx) => tx`select contact_number from api.opt_outs`),
		(rows) => rows.length === 1
	);

	const [first] = await sql<{ id: string }[]>`
		select id from public.messages where organization_id = ${organizationId} order by id limit 1`;
	const older = await as(owner, (tx) => tx`select api.list_tests(${organizationId}, ${first!.id}) as tests`);
	expect(older).toEqual([{ tests: [] }]);

	for (const recipient of recipients) expect(await carriersTexts(env, recipient)).toEqual([]);
	const [counted] = await sql`
		select (select count(*) from public.text_charges where organization_id = ${organizationId})::integer as charges,
			(select count(*) from private.received_texts where organization_id = ${organizationId})::integer as received,
			(select count(*) from public.notifications where organization_id = ${organizationId})::integer as told,
			private.room_taken(${organizationId}, 'numbers')::integer as numbers`;
	expect(counted).toEqual({ charges: 0, received: 0, told: 0, numbers: 1 });
	const seen = (tx: TransactionSql) => tx`
		select (select count(*) from api.messages)::integer as messages, (select count(*) from api.conversations)::integer as
			conversations, (select count(*) from api.contacts)::integer as contacts`;
	expect(await as(owner, seen)).toEqual([{ messages: 0, conversations: 0, contacts: 0 }]);
	expect(await by(live, seen)).toEqual([{ messages: 0, conversations: 0, contacts: 0 }]);
	expect((await by(key, seen))[0]?.contacts).toBe(recipients.length);
});

test('R7.6 a test key asks for a code and gets one, and keeps off contacts of real people', async () => {
	const { organizationId, test: key, live } = await scene();
	const create = (e164: string) => (tx: TransactionSql) =>
		tx`select api.create_contact(${organizationId}, ${e164}, 'Somebody')`;
	await expect(by(key, create(inventNumber()))).rejects.toEqual(refusal('recipient_not_test'));
	await expect(by(live, create('+15550000044'))).rejects.toEqual(refusal('phone_number_invalid'));
	const real = inventNumber();
	await by(live, create(real));
	await by(key, create('+15550000044'));
	expect(await by(key, (tx) => tx`select phone_number from api.contacts`)).toEqual([{ phone_number: '+15550000044' }]);
	expect(await by(live, (tx) => tx`select phone_number from api.contacts`)).toEqual([{ phone_number: real }]);

	const ask = (service: string) =>
		by(key, async (tx) => {
			const [row] = await tx<{ asked: { id: string } }[]>`
				select api.request_verification(${organizationId}, ${crypto.randomUUID()}, null, ${service}) as asked`;
			return row!.asked.id;
		});
	const asked = await ask('Harbour Bank');
	const code = () =>
		by(
			key,
			(tx) =>
				tx<{ code: string | null; status: string }[]>`select code, status from api.verifications where id = ${asked}`
		);
	const [row] = await eventually(code, ([one]) => one?.code !== null);
	expect(row).toMatchObject({ code: expect.stringMatching(/^\d{6}$/), status: 'code_received' });
	expect(await by(live, (tx) => tx`select id from api.verifications`)).toEqual([]);
	// the same number texts for all services: one after another is told from it all the same
	const struck = await ask('filtered');
	const statuses = () =>
		by(key, (tx) => tx<{ status: string }[]>`select status from api.verifications where id = ${struck}`);
	expect(await eventually(statuses, ([one]) => one?.status !== 'waiting')).toEqual([{ status: 'filtered' }]);

	// thirty a minute: tests count among themselves
	await sql`
		insert into public.verifications (organization_id, phone_number_id, service_name, api_key_id, ttl_seconds, idempotency_key,
			expires_at, status, ended_at)
		select v.organization_id, v.phone_number_id, 'Harbour Bank', ${key}, 60, 'filled ' || n, now(), 'expired', now()
		from public.verifications v, generate_series(1, 30) n
		where v.id = ${asked}`;
	await expect(ask('Harbour Bank')).rejects.toEqual(refusal('verifications_too_many'));
	const [free] = await sql`select private.next_verification_at(${organizationId}) as at`;
	expect(free!.at).toBeNull();
});
