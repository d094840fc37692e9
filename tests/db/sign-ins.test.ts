import { randomBytes, randomInt } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createPerson, signIn, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from './acting.ts';

const { env, sql } = stack;

type Begun = { attempt_id: string; retry_after: number };
type Known = { previous: { at: string; address: string; user_agent: string } | null; failed_since: number };

/** An address that no other test asks from, written as Postgres writes it: no leading zeros. */
const someAddress = () => `2001:db8:${group()}:${group()}::${group()}`;
const group = () => randomInt(0x1000, 0x10000).toString(16);
const somebody = () => `${randomBytes(8).toString('hex')}@people.example`;

async function begin(email: string, address: string | null): Promise<Begun> {
	const [row] = await edge<
		{ answer: Begun }[]
	>`select service.begin_sign_in(${email}, ${address}, 'Firefox') as answer`;
	return row!.answer;
}

async function finish({ attempt_id }: Begun, session: string | null = null): Promise<Known | null> {
	const [row] = await edge<
		{ answer: Known | null }[]
	>`select service.finish_sign_in(${attempt_id}, ${session}) as answer`;
	return row!.answer;
}

const signedIn = async (person: Person, address: string) =>
	finish(await begin(person.email, address), person.sessionId);

/** So many failures as if they had just happened, whatever the delays. */
const failures = (email: string, address: string | null, times: number) => sql`
	insert into private.sign_in_attempts (account, address, outcome)
	select private.account_key(${email}), ${address}::inet, 'failed' from generate_series(1, ${times})`;

describe('delays', () => {
	test('R1.4 grow from the fifth failure on: 1, 2, 4 seconds and so on, and never beyond five minutes', async () => {
		const rows = await sql<{ seconds: number }[]>`
			select private.growing_delay(n, 5, 300) as seconds from generate_series(0, 16) n order by n`;
		expect(rows.map(({ seconds }) => seconds)).toEqual([
			0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300
		]);
		const email = somebody();
		const address = someAddress();
		for (let n = 0; n < 5; n++) {
			const begun = await begin(email, address);
			expect(begun.retry_after).toBe(0);
			await finish(begun);
		}
		await failures(email, address, 6);
		const { retry_after } = await begin(email, address);
		expect(retry_after).toBeGreaterThan(32);
		expect(retry_after).toBeLessThanOrEqual(64);
		await failures(email, address, 2000);
		expect((await begin(email, address)).retry_after).toBeLessThanOrEqual(300);
	});

	test('R1.4 a try that came too soon is a row of its own and makes the wait no longer', async () => {
		const email = somebody();
		const address = someAddress();
		await failures(email, address, 9);
		const waits: number[] = [];
		for (let n = 0; n < 8; n++) waits.push((await begin(email, address)).retry_after);
		expect(Math.max(...waits)).toBeLessThanOrEqual(16);
		expect(Math.min(...waits)).toBeGreaterThan(0);
		const rows = await sql`
			select outcome, count(*)::int from private.sign_in_attempts
			where account = private.account_key(${email}) group by outcome order by outcome`;
		expect(rows).toEqual([
			{ outcome: 'delayed', count: 8 },
			{ outcome: 'failed', count: 9 }
		]);
	});

	test('R1.4 nobody can lock a person out: from an address they came in by before, nothing others do makes them wait', async () => {
		const person = await createPerson(sql, env);
		const home = someAddress();
		await signedIn(person, home);
		for (let n = 0; n < 60; n++) await failures(person.email, someAddress(), 5);
		expect((await begin(person.email, home)).retry_after).toBe(0);
		const elsewhere = await begin(person.email, someAddress());
		expect(elsewhere.retry_after).toBeGreaterThan(0);
		expect(elsewhere.retry_after).toBeLessThanOrEqual(60);
	});

	test('R1.4 one address cannot try everybody in turn, unless it is the one of all who have none', async () => {
		const address = someAddress();
		for (let n = 0; n < 40; n++) await failures(somebody(), address, 1);
		expect((await begin(somebody(), address)).retry_after).toBeGreaterThan(0);
		expect((await begin(somebody(), someAddress())).retry_after).toBe(0);
		for (let n = 0; n < 40; n++) await failures(somebody(), '127.0.0.9', 1);
		expect((await begin(somebody(), '127.0.0.9')).retry_after).toBe(0);
	});

	test('R1.4 are the same for an address that nobody has', async () => {
		const person = await createPerson(sql, env);
		const waits: number[] = [];
		for (const email of [person.email, somebody()]) {
			const address = someAddress();
			await failures(email, address, 14);
			waits.push((await begin(email, address)).retry_after);
		}
		for (const wait of waits) expect(Math.abs(wait - 300)).toBeLessThan(20);
	});

	test('R1.4 end with the right password, and with an hour', async () => {
		const person = await createPerson(sql, env);
		const address = someAddress();
		await failures(person.email, address, 9);
		await sql`
			update private.sign_in_attempts set created_at = created_at - interval '20 seconds'
			where account = private.account_key(${person.email})`;
		await signedIn(person, address);
		expect((await begin(person.email, address)).retry_after).toBe(0);
		const email = somebody();
		await failures(email, address, 20);
		await sql`
			update private.sign_in_attempts set created_at = created_at - interval '61 minutes'
			where account = private.account_key(${email})`;
		expect((await begin(email, address)).retry_after).toBe(0);
	});

	test('R1.4 hold for tries at the same moment: of forty, five have their password looked at', async () => {
		const email = somebody();
		const address = someAddress();
		const begun = await Promise.all(Array.from({ length: 40 }, () => begin(email, address)));
		expect(begun.filter(({ retry_after }) => retry_after === 0)).toHaveLength(5);
	});
});

describe('what is kept', () => {
	test('a thousand failures in a row are a thousand rows, without an address anybody typed', async () => {
		const email = somebody();
		for (let n = 0; n < 1000; n += 50) {
			const begun = await Promise.all(Array.from({ length: 50 }, () => begin(email.toUpperCase(), someAddress())));
			await Promise.all(begun.map((one) => finish(one)));
		}
		const rows = await sql<{ row: string }[]>`
			select to_jsonb(a)::text as row from private.sign_in_attempts a where account = private.account_key(${email})`;
		expect(rows).toHaveLength(1000);
		expect(rows.filter(({ row }) => row.toLowerCase().includes(email))).toEqual([]);
	});

	test('what is half a year old goes, a little with each try', async () => {
		const email = somebody();
		await failures(email, null, 3);
		// ids are in the order of time: the oldest there are
		await sql`
			update private.sign_in_attempts a
			set created_at = now() - interval '181 days', id = ('00000000-0000-7000-8000-' || right(a.id::text, 12))::uuid
			where account = private.account_key(${email})`;
		await begin(somebody(), someAddress());
		const rows = await sql`select from private.sign_in_attempts where account = private.account_key(${email})`;
		expect(rows).toHaveLength(0);
	});
});

describe('whoever comes in', () => {
	let person: Person;
	const address = someAddress();
	beforeEach(async () => {
		person = await createPerson(sql, env);
	});

	test('R1.3 R1.4 learns when they came last, from where, and how often it failed since', async () => {
		expect(await signedIn(person, address)).toEqual({ previous: null, failed_since: 0 });
		for (let n = 0; n < 3; n++) await finish(await begin(person.email, someAddress()));
		const again = { ...person, ...(await signIn(sql, env, person)) };
		const { previous, failed_since } = (await signedIn(again, address))!;
		expect(previous).toMatchObject({ address, user_agent: 'Firefox' });
		expect(failed_since).toBe(3);
		const tries = await as(again, (tx) => tx`select outcome, host(address::inet) as address from api.my_sign_ins()`);
		expect(tries.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed', 'failed', 'failed', 'succeeded']);
		expect(await as(await createPerson(sql, env), (tx) => tx`select from api.my_sign_ins()`)).toHaveLength(0);
	});

	test('R1.7 sees each device with where it came from first and last, and which one is this', async () => {
		await signedIn(person, address);
		const moved = someAddress();
		await edge`select service.describe_session(${person.sessionId}, ${moved}, 'Firefox on a train')`;
		await edge`select service.describe_session(${person.sessionId}, null, null)`;
		const other = { ...person, ...(await signIn(sql, env, person)) };
		const sessions = await as(
			person,
			(tx) => tx`select id, is_current, user_agent, address, last_address from api.my_sessions()`
		);
		expect(sessions).toEqual([
			{ id: person.sessionId, is_current: true, user_agent: 'Firefox on a train', address, last_address: moved },
			{ id: other.sessionId, is_current: false, user_agent: null, address: null, last_address: null }
		]);
	});

	test('R1.7 ends one of their own devices, or all others; never somebody else’s', async () => {
		const [second, third] = [await signIn(sql, env, person), await signIn(sql, env, person)];
		const stranger = await createPerson(sql, env);
		await as(stranger, (tx) => tx`select api.end_session(${second.sessionId})`);
		const left = () => sql`select id from auth.sessions where user_id = ${person.userId} order by created_at, id`;
		expect(await left()).toHaveLength(3);
		await as(person, (tx) => tx`select api.end_session(${second.sessionId})`);
		expect(await left()).toHaveLength(2);
		const [row] = await as(person, (tx) => tx`select api.end_other_sessions() as ended`);
		expect(row?.ended).toBe(1);
		expect((await left()).map(({ id }) => id)).toEqual([person.sessionId]);
		await expect(as({ ...person, ...third }, (tx) => tx`select api.end_other_sessions()`)).rejects.toMatchObject({
			message: 'session_ended'
		});
	});

	test('R6.4 may do what is sensitive for fifteen minutes, in this session alone', async () => {
		const fresh = (caller: Person) =>
			as(caller, (tx) => tx`select (api.me() #>> '{session,fresh_until}')::timestamptz > now() as fresh`);
		const other = { ...person, ...(await signIn(sql, env, person)) };
		const begun = await begin(person.email, address);
		const confirm = (id: string) =>
			edge`select service.finish_confirmation(${id}, ${person.sessionId}) as confirmed`.then(([row]) => row?.confirmed);
		expect(await confirm(begun.attempt_id)).toBe(true);
		expect((await fresh(person))[0]?.fresh).toBe(true);
		expect((await fresh(other))[0]?.fresh).toBeNull();
		// a try is used once
		expect(await confirm(begun.attempt_id)).toBe(false);
		expect(await confirm((await begin(person.email, address)).attempt_id)).toBe(true);
		// and is no sign-in of its own
		expect(await as(person, (tx) => tx`select from api.my_sign_ins()`)).toHaveLength(0);

		const required = (caller: Person) =>
			sql.begin(async (tx) => {
				await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: caller.userId, session_id: caller.sessionId })}, true)`;
				return tx`select private.require_fresh_session() as id`;
			});
		expect((await required(person))[0]?.id).toBe(person.userId);
		const refused = { code: 'PT403', message: 'fresh_session_required' };
		await expect(required(other)).rejects.toMatchObject(refused);
		await sql`
			update private.session_details set password_entered_at = now() - interval '15 minutes 1 second'
			where session_id = ${person.sessionId}`;
		await expect(required(person)).rejects.toMatchObject(refused);
	});

	test('R1.6 is told apart by what ended their session: time, or somebody', async () => {
		const state = async (id: string) => (await edge`select service.session_state(${id}) as state`)[0]?.state;
		expect(await state(person.sessionId)).toBe('alive');
		await sql`update auth.sessions set not_after = now() where id = ${person.sessionId}`;
		expect(await state(person.sessionId)).toBe('expired');
		await sql`update auth.sessions set not_after = null, created_at = now() - interval '31 days' where id = ${person.sessionId}`;
		expect(await state(person.sessionId)).toBe('expired');
		await sql`delete from auth.sessions where id = ${person.sessionId}`;
		expect(await state(person.sessionId)).toBe('gone');
	});
});
