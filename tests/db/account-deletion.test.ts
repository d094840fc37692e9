import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deletionDays } from '#core/account.ts';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	signIn,
	testPassword,
	type Person
} from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, receive, send } from './acting.ts';

const { env, sql } = stack;

/** Somebody who has just entered their password. */
async function freshPerson(): Promise<Person> {
	const person = await createPerson(sql, env);
	await sql`select private.record_password_entered(${person.sessionId})`;
	return person;
}
const request = (person: Person) =>
	as(person, async (tx) => (await tx<{ at: Date }[]>`select api.request_account_deletion() as at`)[0]!.at);
const cancel = (person: Person) => as(person, (tx) => tx`select api.cancel_account_deletion()`);
const obstacles = (person: Person) =>
	as(person, (tx) => tx`select slug, is_personal, others from api.my_sole_ownerships()`);
const profileOf = async ({ userId }: Person) => (await sql`select * from public.profiles where id = ${userId}`)[0]!;
const accountOf = async ({ userId }: Person) => (await sql`select * from auth.users where id = ${userId}`)[0]!;
const jobsOf = ({ userId }: Person) =>
	sql`select * from private.jobs where kind = 'delete_account' and payload ->> 'user_id' = ${userId} and completed_at is null`;

/** One step of the worker. */
async function step({ userId }: Person, batch = 20): Promise<string> {
	const [row] = await edge<{ outcome: string }[]>`select service.delete_account(${userId}, ${batch}) as outcome`;
	return row!.outcome;
}
/** Fifteen days pass; the worker of the stack is kept out of it. */
async function wait({ userId }: Person): Promise<void> {
	await sql`update public.profiles set deletion_requested_at = deletion_requested_at - interval '15 days' where id = ${userId}`;
}

describe('asking for the end of one’s account', () => {
	test('needs a fresh password', async () => {
		const person = await createPerson(sql, env);
		await expect(request(person)).rejects.toMatchObject({ code: 'PT403', message: 'fresh_session_required' });
		expect(await profileOf(person)).toMatchObject({ deletion_requested_at: null });
	});

	test('leaves fourteen days, says so in a letter, and changes nothing else', async () => {
		const person = await freshPerson();
		const at = await request(person);
		expect(Math.round((at.getTime() - Date.now()) / 86_400_000)).toBe(deletionDays);
		// again is the same request
		expect(await request(person)).toEqual(at);
		const jobs = await jobsOf(person);
		expect(jobs).toHaveLength(1);
		expect(jobs[0]!.run_at).toEqual(at);
		const letters = await sql`
			select payload -> 'details' ->> 'deletes_at' as at from private.jobs
			where kind = 'send_letter' and payload ->> 'user_id' = ${person.userId}
				and payload ->> 'template' = 'account_deletion_requested'`;
		expect(letters.map((letter) => new Date(letter.at as string))).toEqual([at]);
		const [me] = await as(person, (tx) => tx`select api.me() as me`);
		expect(me!.me).toMatchObject({ username: person.username });
		expect(me!.me.deletion_requested_at).not.toBeNull();
		// before its time, the worker finds nothing to do
		expect(await step(person)).toBe('nothing');
	});

	test('can be taken back at any time until then, without a password', async () => {
		const person = await freshPerson();
		await request(person);
		await sql`delete from private.session_details where user_id = ${person.userId}`;
		await cancel(person);
		await cancel(person);
		expect(await profileOf(person)).toMatchObject({ deletion_requested_at: null, anonymized_at: null });
		expect(await jobsOf(person)).toHaveLength(0);
		expect(await step(person)).toBe('nothing');
	});

	test('is refused to the last owner of an organization with other people, which it names', async () => {
		const [person, colleague] = [await freshPerson(), await createPerson(sql, env)];
		const team = await createOrganization(sql, { owner: person, members: [{ person: colleague, role: 'admin' }] });
		const alone = await createOrganization(sql, { owner: person });
		await addMember(sql, person.organizationId, colleague, 'viewer');
		expect(await obstacles(person)).toEqual(
			expect.arrayContaining([
				{ slug: team.slug, is_personal: false, others: '1' },
				{ slug: person.slug, is_personal: true, others: '1' }
			])
		);
		expect((await obstacles(person)).map(({ slug }) => slug)).not.toContain(alone.slug);
		await expect(request(person)).rejects.toMatchObject({ code: 'PT409', message: 'sole_owner' });
		await sql`update public.memberships set role = 'owner' where organization_id = ${team.id} and user_id = ${colleague.userId}`;
		await sql`delete from public.memberships where organization_id = ${person.organizationId} and user_id = ${colleague.userId}`;
		expect(await obstacles(person)).toEqual([]);
		await request(person);
	});
});

describe('the end of an account', () => {
	test('leaves nothing that says whose it was, and everything of the organization’s', async () => {
		const [person, colleague] = [await freshPerson(), await createPerson(sql, env)];
		const team = await createOrganization(sql, { owner: colleague, members: [{ person, role: 'member' }] });
		const number = await createNumber(sql, null, { organizationId: team.id });
		const { conversation_id } = await receive(number.e164, { from: inventNumber() });
		const message = await send(person, { conversation_id: conversation_id!, seen_seq: 1 });
		const elsewhere = await signIn(sql, env, person);
		await sql`
			insert into private.sign_in_attempts (account, address, outcome)
			values (private.account_key(${person.email}), '203.0.113.7', 'failed')`;
		await request(person);
		await wait(person);
		expect(await step(person)).toBe('deleted');
		expect(await step(person)).toBe('nothing');

		expect(await profileOf(person)).toMatchObject({
			username: expect.stringMatching(/^deleted_[0-9a-f]{8}$/),
			full_name: 'Deleted person',
			avatar_path: null,
			deletion_requested_at: null,
			anonymized_at: expect.any(Date)
		});
		const account = await accountOf(person);
		expect(account.email).toBe(`${person.userId}@deleted.invalid`);
		expect(JSON.stringify(account)).not.toContain(person.username);
		expect(account.encrypted_password).toMatch(/^\$2[aby]\$/);
		const [known] = await sql`
			select extensions.crypt(${testPassword}, encrypted_password) = encrypted_password as known
			from auth.users where id = ${person.userId}`;
		expect(known!.known).toBe(false);
		for (const left of [
			await sql`select from auth.identities where user_id = ${person.userId}`,
			await sql`select from auth.sessions where user_id = ${person.userId}`,
			await sql`select from public.memberships where user_id = ${person.userId}`,
			await sql`select from private.sign_in_attempts where account = private.account_key(${person.email})`
		])
			expect(left).toHaveLength(0);
		for (const session of [person, { ...person, ...elsewhere }])
			await expect(as(session, (tx) => tx`select api.me()`)).rejects.toMatchObject({ message: 'session_ended' });

		const [kept] = await as(colleague, (tx) => tx`select body, author_id from api.messages where id = ${message.id}`);
		expect(kept).toEqual({ body: message.body, author_id: person.userId });
		const [line] = await sql`
			select actor_kind, object_id, before, after from public.audit_log
			where organization_id = ${team.id} and verb = 'member.left'`;
		expect(line).toEqual({
			actor_kind: 'platform',
			object_id: person.userId,
			before: { role: 'member' },
			after: { account: 'deleted' }
		});
		// their address is free again, their name too
		await createPerson(sql, env, { email: person.email, username: person.username });
	});

	test('closes what nobody belongs to any more: kept, suspended, and a personal one without their name', async () => {
		const person = await freshPerson();
		const alone = await createOrganization(sql, { owner: person, name: 'Harbour Row' });
		await request(person);
		await wait(person);
		expect(await step(person)).toBe('deleted');
		const [personal] = await sql`select * from public.organizations where id = ${person.organizationId}`;
		expect(personal).toMatchObject({ name: 'Deleted account', suspended_at: expect.any(Date), logo_path: null });
		expect(personal!.slug).toMatch(/^deleted-[0-9a-f]{32}$/);
		const [team] = await sql`select name, suspended_at from public.organizations where id = ${alone.id}`;
		expect(team).toEqual({ name: 'Harbour Row', suspended_at: expect.any(Date) });
	});

	test('goes in small steps, and nobody comes back between them', async () => {
		const [person, colleague] = [await freshPerson(), await createPerson(sql, env)];
		for (let i = 0; i < 5; i++)
			await createOrganization(sql, { owner: colleague, members: [{ person, role: 'member' }] });
		await request(person);
		await wait(person);
		expect(await step(person, 2)).toBe('more');
		expect(await profileOf(person)).toMatchObject({ full_name: 'Deleted person', anonymized_at: expect.any(Date) });
		expect([await step(person, 2), await step(person, 2)]).toEqual(['more', 'deleted']);
		expect(await sql`select from public.memberships where user_id = ${person.userId}`).toHaveLength(0);
	});

	test('waits a day for whoever has become an only owner since', async () => {
		const [person, colleague] = [await freshPerson(), await createPerson(sql, env)];
		await request(person);
		const team = await createOrganization(sql, { owner: person, members: [{ person: colleague, role: 'admin' }] });
		await wait(person);
		expect(await step(person)).toBe('postponed');
		expect(await profileOf(person)).toMatchObject({ username: person.username, anonymized_at: null });
		expect((await accountOf(person)).email).toBe(person.email);
		const runs = (await jobsOf(person)).map(({ run_at }) => Math.round((run_at.getTime() - Date.now()) / 86_400_000));
		expect(runs.sort((a, b) => a - b)).toEqual([1, 14]);
		await sql`update public.memberships set role = 'owner' where organization_id = ${team.id} and user_id = ${colleague.userId}`;
		expect(await step(person)).toBe('deleted');
	});

	test('is done by the worker when the time has come', async () => {
		const person = await freshPerson();
		await request(person);
		await wait(person);
		await sql`
			update private.jobs set run_at = now() where kind = 'delete_account' and payload ->> 'user_id' = ${person.userId}`;
		await sql`select private.ring_worker()`;
		await expect
			.poll(async () => (await profileOf(person)).anonymized_at, { timeout: 25_000, interval: 200 })
			.not.toBeNull();
		await expect.poll(() => jobsOf(person), { timeout: 10_000 }).toHaveLength(0);
	});
});

describe('a change of address', () => {
	const begin = (person: Person, email: string) => sql`
		update auth.users set email_change = ${email}, email_change_token_new = ${randomUUID()},
			email_change_token_current = ${randomUUID()}, email_change_sent_at = now() where id = ${person.userId}`;
	const current = (person: Person) =>
		as(person, async (tx) => (await tx`select api.my_email_change() as change`)[0]!.change);

	test('says which mailbox has still to agree, and is over when it is called off', async () => {
		const person = await createPerson(sql, env);
		expect(await current(person)).toBeNull();
		await begin(person, 'rosa@new.example');
		const open = { new_email: 'rosa@new.example', current_confirmed: false, new_confirmed: false };
		expect(await current(person)).toMatchObject(open);
		await sql`update auth.users set email_change_confirm_status = 1, email_change_token_new = '' where id = ${person.userId}`;
		expect(await current(person)).toMatchObject({ ...open, new_confirmed: true });
		await as(person, (tx) => tx`select api.cancel_email_change()`);
		expect(await current(person)).toBeNull();
		expect(await accountOf(person)).toMatchObject({ email_change_token_current: '', email_change_confirm_status: 0 });
	});

	test('is refused, also at Auth itself, to a session that did not show its password lately', async () => {
		const person = await createPerson(sql, env);
		await sql`update auth.sessions set created_at = now() - interval '16 minutes' where id = ${person.sessionId}`;
		await expect(begin(person, 'rosa@new.example')).rejects.toMatchObject({ message: 'fresh_session_required' });
		await expect(as(person, (tx) => tx`select api.confirm_fresh_session()`)).rejects.toMatchObject({
			message: 'fresh_session_required'
		});
		await sql`select private.record_password_entered(${person.sessionId})`;
		await begin(person, 'rosa@new.example');
		await as(person, (tx) => tx`select api.confirm_fresh_session()`);
	});
});

describe('R1.2 letters that one asks for', () => {
	const ask = async (email: string, kind: string) =>
		(await edge<{ wait: number }[]>`select service.begin_mail(${email}, ${kind}) as wait`)[0]!.wait;

	test('go out once a minute for each address and kind, whether anybody has the address or not', async () => {
		const person = await createPerson(sql, env);
		for (const email of [person.email, `${randomUUID()}@nobody.example`]) {
			expect(await ask(email, 'recovery')).toBe(0);
			const wait = await ask(email.toUpperCase(), 'recovery');
			expect(wait).toBeGreaterThan(50);
			expect(wait).toBeLessThanOrEqual(62);
			expect(await ask(email, 'signup')).toBe(0);
			await sql`
				update private.mail_requests set asked_at = now() - interval '63 seconds' where account = private.account_key(${email})`;
			expect(await ask(email, 'recovery')).toBe(0);
		}
	});

	test('of many at once, one goes out', async () => {
		const email = `${randomUUID()}@nobody.example`;
		const waits = await Promise.all(Array.from({ length: 8 }, () => ask(email, 'signup')));
		expect(waits.filter((wait) => wait === 0)).toHaveLength(1);
	});
});

test('R1.2 passwords are stored as hashes', async () => {
	const rows = await sql`select encrypted_password from auth.users where encrypted_password <> ''`;
	expect(rows.length).toBeGreaterThan(0);
	for (const { encrypted_password } of rows) expect(encrypted_password).toMatch(/^\$2[aby]\$\d\d\$.{53}$/);
});
