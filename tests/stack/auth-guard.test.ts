/** What hosted Auth enforces and lite does not: stack/auth. */
import { randomBytes } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { describe, expect, test } from 'vitest';
import { speakFor } from '#lib/server/visitors.ts';
import { readConfig } from '../../stack/config.ts';
import { guardAuth } from '../../stack/auth/guard.ts';
import type { People } from '../../stack/auth/people.ts';
import { neighbours, rateLimits } from '../../stack/auth/rates.ts';
import { createPerson, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { lettersTo, letterTo, linkIn, newcomer, visitor, welcome } from './newcomer.ts';

const { env, sql } = stack;
const fresh = 'two lighthouses, one keeper';

/** Somebody with an account, signed in by their password as often as asked. */
async function signedIn(times = 1) {
	const person = await createPerson(sql, env);
	const clients = await Promise.all(
		Array.from({ length: times }, async () => {
			const client = visitor(env);
			const { error } = await client.auth.signInWithPassword({ email: person.email, password: testPassword });
			if (error) throw error;
			return client;
		})
	);
	return { person, clients: clients as [ReturnType<typeof visitor>, ...ReturnType<typeof visitor>[]] };
}

describe('a new password', () => {
	test('needs the current one', async () => {
		const { person, clients } = await signedIn();
		const { auth } = clients[0];
		const without = await auth.updateUser({ password: fresh });
		expect(without.error).toMatchObject({ status: 400, code: 'current_password_required' });
		const wrong = await auth.updateUser({ password: fresh, current_password: 'not the password' });
		expect(wrong.error).toMatchObject({ status: 400, code: 'current_password_invalid' });
		const signIn = (password: string) => visitor(env).auth.signInWithPassword({ email: person.email, password });
		expect((await signIn(testPassword)).error).toBeNull();
		expect((await auth.updateUser({ password: fresh, current_password: testPassword })).error).toBeNull();
		expect((await signIn(fresh)).error).toBeNull();
		expect((await signIn(testPassword)).error?.code).toBe('invalid_credentials');
	});

	test('ends every other session at once, keeps this one, and says so in a letter', async () => {
		const { person, clients } = await signedIn(2);
		const [here, there] = clients as [ReturnType<typeof visitor>, ReturnType<typeof visitor>];
		expect((await here.auth.updateUser({ password: fresh, current_password: testPassword })).error).toBeNull();
		expect((await here.rpc('me')).error).toBeNull();
		expect((await here.auth.refreshSession()).error).toBeNull();
		expect((await there.rpc('me')).error?.message).toBe('session_ended');
		expect((await there.auth.refreshSession()).error).not.toBeNull();
		const letter = await letterTo(env, person.email);
		expect(letter.subject).toBe('Your password was changed');
		expect(letter.html).toContain(person.email);
		expect(letter.html).not.toContain('{{');
	});

	test('that is refused ends nothing', async () => {
		const { clients } = await signedIn(2);
		const { error } = await clients[0].auth.updateUser({ password: 'short', current_password: testPassword });
		expect(error?.code).toBe('weak_password');
		expect((await clients[1]!.rpc('me')).error).toBeNull();
	});

	test('is set without the old one by whoever came through a letter', async () => {
		const { person } = await signedIn();
		const client = visitor(env);
		expect((await client.auth.resetPasswordForEmail(person.email)).error).toBeNull();
		const link = linkIn(await letterTo(env, person.email));
		expect(link.origin + link.pathname).toBe(`${env.APP_URL}/verify`);
		expect(link.searchParams.get('type')).toBe('recovery');
		const token_hash = link.searchParams.get('token_hash')!;
		expect((await client.auth.verifyOtp({ token_hash, type: 'recovery' })).error).toBeNull();
		expect((await client.auth.updateUser({ password: fresh })).error).toBeNull();
	});
});

describe('somebody who is banned', () => {
	test('is refused at the door and at the next refresh, and comes back when it is over', async () => {
		const { person, clients } = await signedIn();
		const ban = (until: string) => sql`
			update auth.users set banned_until = now() + ${until}::interval where id = ${person.userId}`;
		await ban('1 hour');
		const signIn = () => visitor(env).auth.signInWithPassword({ email: person.email, password: testPassword });
		expect((await signIn()).error).toMatchObject({ status: 400, code: 'user_banned' });
		expect((await clients[0].auth.refreshSession()).error).toMatchObject({ status: 400, code: 'user_banned' });
		await ban('-1 second');
		expect((await signIn()).error).toBeNull();
	});

	test('does not come in by a letter either', async () => {
		const { person } = await signedIn();
		await visitor(env).auth.resetPasswordForEmail(person.email);
		const token_hash = linkIn(await letterTo(env, person.email)).searchParams.get('token_hash')!;
		await sql`update auth.users set banned_until = 'infinity' where id = ${person.userId}`;
		const { error } = await visitor(env).auth.verifyOtp({ token_hash, type: 'recovery' });
		expect(error).toMatchObject({ status: 403, code: 'user_banned' });
	});
});

describe('letters', () => {
	test('each one that Auth sends is ours and leads to the app', async () => {
		const person = await welcome(env, newcomer());
		const client = visitor(env);
		await client.auth.signInWithPassword({ email: person.email, password: 'grey gulls over the pier' });
		const before = (await lettersTo(env, person.email)).length;
		expect((await client.auth.signInWithOtp({ email: person.email })).error).toBeNull();
		expect((await client.auth.updateUser({ email: newcomer().email })).error).toBeNull();
		while ((await lettersTo(env, person.email)).length < before + 2) await new Promise((done) => setTimeout(done, 20));
		const letters = (await lettersTo(env, person.email)).slice(before);
		expect(letters.map(({ subject }) => subject).sort()).toEqual(['Confirm your new e-mail address', 'Sign in']);
		for (const letter of letters) {
			expect(letter.html).not.toContain('{{');
			expect(linkIn(letter).origin).toBe(env.APP_URL);
		}
	});
});

describe('limits', () => {
	/** The app's own server, asking for a visitor of an address. */
	const from = (address: string) => {
		const { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: publishableKey, SUPABASE_SECRET_KEY: secretKey } = env;
		return createClient(url, publishableKey, {
			auth: { persistSession: false, autoRefreshToken: false },
			global: { fetch: speakFor({ url, publishableKey, secretKey, address: () => address }, fetch) }
		}).auth;
	};

	test('thirty sign-ins in five minutes from one address, then 429; another address is not touched', async () => {
		const address = `2001:db8::${randomBytes(2).toString('hex')}`;
		const nobody = { email: newcomer().email, password: 'wrong password' };
		const tried = await Promise.all(Array.from({ length: 31 }, () => from(address).signInWithPassword(nobody)));
		const codes = tried.map(({ error }) => error?.code);
		expect(codes.filter((code) => code === 'over_request_rate_limit')).toHaveLength(1);
		expect(codes.filter((code) => code === 'invalid_credentials')).toHaveLength(30);
		expect((await from(address.replace('::', ':1:1::')).signInWithPassword(nobody)).error?.code).toBe(
			'invalid_credentials'
		);
	});

	test('an address is believed from the secret key alone', async () => {
		const headers = { apikey: env.SUPABASE_PUBLISHABLE_KEY, 'sb-forwarded-for': '203.0.113.9' };
		const ask = () =>
			fetch(`${env.SUPABASE_URL}/auth/v1/verify?type=signup&token_hash=none`, { headers, redirect: 'manual' });
		const statuses = await Promise.all(Array.from({ length: 35 }, async () => (await ask()).status));
		expect(statuses).not.toContain(429);
	});

	test('fill again evenly, and are as config.toml says', () => {
		let now = 0;
		const limits = rateLimits(
			{ get: (_, key, otherwise) => (key === 'token_refresh' ? (2 as never) : otherwise) },
			() => now
		);
		const take = (times: number) =>
			Array.from({ length: times }, () => limits.take('token_refresh', '203.0.113.1')).filter(Boolean).length;
		expect(take(40)).toBe(30);
		now = 149_000;
		expect(take(1)).toBe(0);
		now = 151_000;
		expect(take(2)).toBe(1);
	});

	test('letters are counted all in all, and a request for one more is refused', async () => {
		const limits = rateLimits(readConfig(), () => 0);
		const people = {
			isBannedByEmail: () => Promise.resolve(false),
			letters: () => Promise.resolve(null)
		} as unknown as People;
		const ask = guardAuth({
			app: { fetch: () => Promise.resolve(Response.json({})) },
			people,
			limits,
			config: readConfig(),
			jwtSecret: '',
			notify: () => Promise.resolve()
		});
		const recover = () =>
			ask(
				new Request('http://auth/auth/v1/recover', { method: 'POST', body: '{"email":"a@b.example"}' }),
				'203.0.113.1'
			);
		expect((await recover()).status).toBe(200);
		for (let sent = 0; sent < 100 * neighbours; sent++) limits.take('email_sent');
		const refused = await recover();
		expect([refused.status, ((await refused.json()) as { error_code: string }).error_code]).toEqual([
			429,
			'over_email_send_rate_limit'
		]);
	});
});
