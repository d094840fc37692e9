import { describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { letterTo, lettersTo, linkIn, newcomer, password, visitor, welcome } from './newcomer.ts';

const { env, sql } = stack;
const signUp = (person: ReturnType<typeof newcomer>, secret = password) =>
	visitor(env).auth.signUp({
		email: person.email,
		password: secret,
		options: { data: { username: person.username, full_name: person.fullName } }
	});

describe('signing up', () => {
	test('R1.2 makes an account with a hashed password and sends one letter with a link to the app', async () => {
		const person = newcomer();
		const { data, error } = await signUp(person);
		expect(error).toBeNull();
		expect(data.session).toBeNull();

		const link = linkIn(await letterTo(env, person.email));
		expect(link.origin).toBe(env.APP_URL);
		expect(link.pathname).toBe('/verify');
		expect(link.searchParams.get('type')).toBe('signup');
		expect(link.searchParams.get('token_hash')).toMatch(/^[0-9a-f]{32,}$/);

		const [user] = await sql`select * from auth.users where email = ${person.email}`;
		expect(user!.encrypted_password).toMatch(/^\$2[aby]\$/);
		expect(user!.email_confirmed_at).toBeNull();
		expect(await lettersTo(env, person.email)).toHaveLength(1);
	});

	test('R1.1 keeps what the form said: metadata arrives as an object, not as text', async () => {
		const { username, fullName, client } = await welcome(env);
		const { data, error } = await client.rpc('me');
		expect(error).toBeNull();
		expect(data).toMatchObject({ username, full_name: fullName });
	});

	test('R1.4 does not let anyone in before the address is confirmed', async () => {
		const person = newcomer();
		await signUp(person);
		const { error } = await visitor(env).auth.signInWithPassword({ email: person.email, password });
		expect(error?.code).toBe('email_not_confirmed');
	});

	test('refuses a password of nine characters, as config.toml says', async () => {
		const person = newcomer();
		const { error } = await signUp(person, 'ninechars');
		expect(error?.code).toBe('weak_password');
		expect(await sql`select from auth.users where email = ${person.email}`).toHaveLength(0);
	});

	test('leaves no half-made user and sends no letter when the database refuses the username', async () => {
		const first = newcomer();
		await signUp(first);
		const second = { ...newcomer(), username: first.username };
		const { data, error } = await signUp(second);
		expect(error).not.toBeNull();
		expect(data.user).toBeNull();
		expect(await sql`select from auth.users where email = ${second.email}`).toHaveLength(0);
		expect(await sql`select from auth.identities where email = ${second.email}`).toHaveLength(0);
		expect(await lettersTo(env, second.email)).toHaveLength(0);
		// and the address is free for another try
		expect((await signUp({ ...second, username: newcomer().username })).error).toBeNull();
	});

	test('a link works once', async () => {
		const person = newcomer();
		await signUp(person);
		const token_hash = linkIn(await letterTo(env, person.email)).searchParams.get('token_hash')!;
		expect((await visitor(env).auth.verifyOtp({ token_hash, type: 'signup' })).error).toBeNull();
		expect((await visitor(env).auth.verifyOtp({ token_hash, type: 'signup' })).error?.code).toBe('otp_expired');
	});
});

describe('signing in', () => {
	test('R1.3 answers with a token whose claims are those the policies read', async () => {
		const { email } = await welcome(env);
		const { data, error } = await visitor(env).auth.signInWithPassword({ email, password });
		expect(error).toBeNull();
		const claims = JSON.parse(Buffer.from(data.session!.access_token.split('.')[1]!, 'base64url').toString());
		expect(claims).toMatchObject({ sub: data.user!.id, role: 'authenticated', aud: 'authenticated', email });
		expect(claims.session_id).toMatch(/^[0-9a-f-]{36}$/);
		expect(claims.exp - claims.iat).toBe(3600);
	});

	test('R1.4 says the same to a wrong password and to an unknown address', async () => {
		const { email } = await welcome(env);
		const wrong = await visitor(env).auth.signInWithPassword({ email, password: 'not the password' });
		const unknown = await visitor(env).auth.signInWithPassword({ email: newcomer().email, password });
		expect(wrong.error?.code).toBe('invalid_credentials');
		expect(unknown.error?.message).toBe(wrong.error?.message);
	});

	test('R1.6 a refresh token gives the session a new one and keeps it alive', async () => {
		const { session, client } = await welcome(env);
		const { data, error } = await client.auth.refreshSession({ refresh_token: session.refresh_token });
		expect(error).toBeNull();
		expect(data.session!.refresh_token).not.toBe(session.refresh_token);
		expect((await client.rpc('me')).error).toBeNull();
	});
});

describe('signing out', () => {
	test('R1.7 ends what the token opened at once, although it has not expired', async () => {
		const { client, session } = await welcome(env);
		const withToken = async (path: string, init: RequestInit = {}) => {
			const headers = {
				apikey: env.SUPABASE_PUBLISHABLE_KEY,
				authorization: `Bearer ${session.access_token}`,
				'content-type': 'application/json',
				'accept-profile': 'api',
				'content-profile': 'api'
			};
			const response = await fetch(env.SUPABASE_URL + path, { ...init, headers });
			return { status: response.status, body: (await response.json()) as unknown };
		};
		const organizations = () => withToken('/rest/v1/organizations');
		expect((await organizations()).body).toHaveLength(1);

		expect((await client.auth.signOut({ scope: 'local' })).error).toBeNull();

		expect(await organizations()).toEqual({ status: 200, body: [] });
		const me = await withToken('/rest/v1/rpc/me', { method: 'POST', body: '{}' });
		expect(me).toMatchObject({ status: 401, body: { code: 'PT401', message: 'session_ended' } });
		expect((await withToken('/auth/v1/user')).status).toBe(403);
	});

	test('R1.7 everywhere ends every session, here leaves the others', async () => {
		const person = await welcome(env);
		const other = visitor(env);
		await other.auth.signInWithPassword({ email: person.email, password });
		await person.client.auth.signOut({ scope: 'local' });
		expect((await other.rpc('me')).error).toBeNull();
		await other.auth.signOut({ scope: 'global' });
		const rows =
			await sql`select from auth.sessions s join auth.users u on u.id = s.user_id where email = ${person.email}`;
		expect(rows).toHaveLength(0);
	});
});
