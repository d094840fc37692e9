/** What hosted Auth does around its letters and lite does not: stack/auth/mailbox.ts. */
import { describe, expect, test } from 'vitest';
import { createPerson, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { letterTo, linkIn, newcomer, password, visitor } from './newcomer.ts';

const { env, sql } = stack;
const tokenOf = async (email: string) => linkIn(await letterTo(env, email)).searchParams.get('token_hash')!;
const addressOf = async (userId: string) => (await sql`select email from auth.users where id = ${userId}`)[0]!.email;

/** Somebody signed in who has asked for another address, and what the two letters carry. */
async function moving() {
	const person = await createPerson(sql, env);
	const to = newcomer().email;
	const client = visitor(env);
	await client.auth.signInWithPassword({ email: person.email, password: testPassword });
	const { error } = await client.auth.updateUser({ email: to });
	expect(error).toBeNull();
	return { person, to, client, current: await tokenOf(person.email), next: await tokenOf(to) };
}
const verify = (token_hash: string) => visitor(env).auth.verifyOtp({ token_hash, type: 'email_change' });

describe('a change of address', () => {
	test.each([['the old mailbox first', 0] as const, ['the new mailbox first', 1] as const])(
		'needs both mailboxes, %s',
		async (_, order) => {
			const { person, to, current, next } = await moving();
			const [first, last] = order === 0 ? [current, next] : [next, current];
			const one = await verify(first);
			expect([one.error, one.data.session]).toEqual([null, null]);
			expect(await addressOf(person.userId)).toBe(person.email);
			// the same link once more does not count for the other
			expect((await verify(first)).error?.code).toBe('otp_expired');
			expect(await addressOf(person.userId)).toBe(person.email);
			const both = await verify(last);
			expect(both.error).toBeNull();
			expect(both.data.session?.user.email).toBe(to);
			expect(await addressOf(person.userId)).toBe(to);
			expect((await verify(last)).error).not.toBeNull();
		}
	);

	test('that is asked for again begins anew, a minute later', async () => {
		const { person, client, current } = await moving();
		await verify(current);
		const other = newcomer().email;
		expect((await client.auth.updateUser({ email: other })).error?.code).toBe('over_email_send_rate_limit');
		await sql`update auth.users set email_change_sent_at = now() - interval '61 seconds' where id = ${person.userId}`;
		expect((await client.auth.updateUser({ email: other })).error).toBeNull();
		expect((await verify(await tokenOf(other))).error).toBeNull();
		expect(await addressOf(person.userId)).toBe(person.email);
	});

	test('is over after an hour', async () => {
		const { person, current, next } = await moving();
		await sql`update auth.users set email_change_sent_at = now() - interval '61 minutes' where id = ${person.userId}`;
		for (const token of [current, next]) expect((await verify(token)).error).not.toBeNull();
		expect(await addressOf(person.userId)).toBe(person.email);
	});
});

describe('R1.2 a letter', () => {
	test('that confirms is sent again after a minute; the earlier link opens nothing then', async () => {
		const person = newcomer();
		const { auth } = visitor(env);
		const options = { data: { username: person.username } };
		expect((await auth.signUp({ email: person.email, password, options })).error).toBeNull();
		const first = await tokenOf(person.email);
		const early = await auth.resend({ type: 'signup', email: person.email });
		expect(early.error).toMatchObject({ status: 429, code: 'over_email_send_rate_limit' });
		expect(early.error?.message).toMatch(/after \d+ seconds/);
		await sql`update auth.users set confirmation_sent_at = now() - interval '61 seconds' where email = ${person.email}`;
		expect((await auth.resend({ type: 'signup', email: person.email })).error).toBeNull();
		await expect.poll(() => tokenOf(person.email)).not.toBe(first);
		expect((await auth.verifyOtp({ token_hash: first, type: 'signup' })).error?.code).toBe('otp_expired');
		const token_hash = await tokenOf(person.email);
		expect((await auth.verifyOtp({ token_hash, type: 'signup' })).error).toBeNull();
	});

	test('for a forgotten password goes out once a minute', async () => {
		const { email, userId } = await createPerson(sql, env);
		const { auth } = visitor(env);
		expect((await auth.resetPasswordForEmail(email)).error).toBeNull();
		expect((await auth.resetPasswordForEmail(email)).error?.code).toBe('over_email_send_rate_limit');
		expect((await auth.resetPasswordForEmail(newcomer().email)).error).toBeNull();
		await sql`update auth.users set recovery_sent_at = now() - interval '61 seconds' where id = ${userId}`;
		expect((await auth.resetPasswordForEmail(email)).error).toBeNull();
	});
});
