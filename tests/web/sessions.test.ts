import { expect, test } from 'vitest';
import { createDatabase } from '#lib/server/database.ts';
import * as people from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import { cookieOf, jar, noor, session, sessionIn, supabase } from './support.ts';

const refusal = (promise: Promise<unknown>) =>
	promise.then(
		() => 'nothing refused',
		(error) => error.slug ?? error
	);

const visitor = { address: '203.0.113.7', user_agent: 'Firefox' };
const attempt = (retry_after: number) => ({ attempt_id: 'attempt', retry_after });

test('R1.3 signing in leaves a session in cookies and nothing else', async () => {
	const known = {
		previous: { at: '2026-11-20T08:00:00Z', address: '203.0.113.7', user_agent: null },
		failed_since: 3
	};
	const asked = supabase({
		begin_sign_in: { body: attempt(0) },
		finish_sign_in: { body: known },
		'grant_type=password': { body: session('first', 3600) }
	});
	const cookies = jar();
	const credentials = { email: 'noor@tidewater.example', password: 'slow tide, quick heron' };
	expect(await sessions.begin(createDatabase(cookies, false), credentials, visitor)).toEqual({ user_id: 'u', known });
	expect(asked.map(({ body }) => body)).toEqual([
		{ email: credentials.email, ...visitor },
		expect.objectContaining(credentials),
		{ attempt_id: 'attempt', session_id: noor.session.id }
	]);
	expect(sessions.isBrought(cookies)).toBe(true);
	expect([...cookies.contents.keys()]).toEqual(['session']);
});

test('R1.4 a wrong password is refused as credentials_invalid', async () => {
	const asked = supabase({
		begin_sign_in: { body: attempt(0) },
		finish_sign_in: { body: null },
		'grant_type=password': { status: 400, body: { code: 'invalid_credentials', message: 'Invalid login credentials' } }
	});
	const began = performance.now();
	const database = createDatabase(jar(), false);
	const tried = sessions.begin(database, { email: 'a@b.example', password: 'x' }, visitor);
	expect(await refusal(tried)).toBe('credentials_invalid');
	// however soon Auth knew that there is no such account (timers may fire a millisecond early)
	expect(performance.now() - began).toBeGreaterThan(595);
	expect(asked.at(-1)?.body).toEqual({ attempt_id: 'attempt' });
});

test('R1.4 a try that comes too soon is told how many seconds to wait, and its password is not looked at', async () => {
	const asked = supabase({ begin_sign_in: { body: attempt(8) } });
	const tried = sessions.begin(createDatabase(jar(), false), { email: 'a@b.example', password: 'x' }, visitor);
	await expect(tried).rejects.toMatchObject({
		slug: 'rate_limited',
		seconds: 8,
		says: 'That was tried too often. Try again in 8 seconds.'
	});
	expect(asked).toHaveLength(1);
});

test('R1.4 counting tries that cannot be counted lets nobody in', async () => {
	const asked = supabase({ 'grant_type=password': { body: session('first', 3600) } });
	const tried = sessions.begin(createDatabase(jar(), false), { email: 'a@b.example', password: 'x' }, visitor);
	expect(await refusal(tried)).toBe('unavailable');
	expect(asked.some(({ path }) => path.includes('grant_type'))).toBe(false);
});

test('R1.5 who somebody is is asked of the database with their own token', async () => {
	const asked = supabase({
		'/rpc/me': { body: { ...noor, organization: { ...noor.organizations[0], capabilities: ['messages:read'] } } }
	});
	const me = await people.me(createDatabase(jar(cookieOf('own', 3600)), false), 'tidewater');
	expect(me.organization.slug).toBe('tidewater');
	expect(asked[0]?.headers.get('authorization')).toBe(`Bearer ${session('own', 3600).access_token}`);
	expect(asked[0]?.headers.get('content-profile')).toBe('api');
});

test('R1.6 without a session, with one the database has ended and with one Auth refuses to renew, the answer is session_ended', async () => {
	supabase({
		'/rpc/me': { status: 401, body: { code: 'PT401', message: 'session_ended', details: '', hint: null } },
		'grant_type=refresh_token': { status: 400, body: { code: 'refresh_token_not_found', message: 'gone' } }
	});
	for (const cookies of [{}, cookieOf('alive', 3600), cookieOf('over', -10)]) {
		expect(await refusal(people.whoami(createDatabase(jar(cookies), false)))).toBe('session_ended');
	}
});

test('a database out of reach does not sign anybody out', async () => {
	supabase({});
	const cookies = jar(cookieOf('alive', 3600));
	expect(await refusal(people.whoami(createDatabase(cookies, false)))).toBe('unavailable');
	expect(sessions.isBrought(cookies)).toBe(true);
});

test('R1.7 signing out ends this session only, and its cookies are gone', async () => {
	const asked = supabase({ '/logout': { status: 204, body: null } });
	const cookies = jar({ ...cookieOf('mine', 3600), 'session.1': 'rest', theme: 'dark' });
	await sessions.end(createDatabase(cookies, false), cookies);
	expect(asked.map(({ path }) => path)).toEqual(['/auth/v1/logout?scope=local']);
	expect([...cookies.contents]).toEqual([['theme', 'dark']]);
});

test('R1.7 signing out of a session that has ended elsewhere works as well', async () => {
	supabase({ '/logout': { status: 403, body: { code: 'session_not_found', message: 'gone' } } });
	const cookies = jar(cookieOf('mine', 3600));
	await sessions.end(createDatabase(cookies, false), cookies);
	expect(sessions.isBrought(cookies)).toBe(false);
});

test('the browser gets a token that is good for two minutes at least', async () => {
	const asked = supabase({ '/rpc/me': { body: noor }, 'grant_type=refresh_token': { body: session('renewed', 3600) } });
	const long = await sessions.accessToken(createDatabase(jar(cookieOf('long', 600)), false));
	expect(long.access_token).toMatch(/\.long$/);
	const cookies = jar(cookieOf('short', 110));
	const renewed = await sessions.accessToken(createDatabase(cookies, false));
	expect(renewed.access_token).toMatch(/\.renewed$/);
	expect(asked.filter(({ path }) => path.includes('refresh_token'))).toHaveLength(1);
	expect(sessionIn(cookies)).toContain('refresh-renewed');
});

test('R1.6 a token that has not expired is not handed out once its session has ended', async () => {
	supabase({ '/rpc/me': { status: 401, body: { code: 'PT401', message: 'session_ended', details: '', hint: null } } });
	expect(await refusal(sessions.accessToken(createDatabase(jar(cookieOf('long', 3600)), false)))).toBe('session_ended');
});

test('ten requests of one browser renew its session once', async () => {
	let given = 0;
	const asked = supabase({
		'/rpc/me': { body: noor },
		'grant_type=refresh_token': async () => {
			await new Promise((resolve) => setTimeout(resolve, 20));
			return given++ === 0
				? { body: session('once', 3600) }
				: { status: 400, body: { code: 'refresh_token_already_used', message: 'Already used' } };
		}
	});
	const jars = Array.from({ length: 10 }, () => jar(cookieOf('shared', -1)));
	await Promise.all(jars.map((cookies) => people.whoami(createDatabase(cookies, false))));
	// and one that was sent before the new cookie arrived
	await people.whoami(createDatabase(jar(cookieOf('shared', -1)), false));
	expect(asked.filter(({ path }) => path.includes('refresh_token'))).toHaveLength(1);
	for (const cookies of jars) expect(sessionIn(cookies)).toContain('refresh-once');
});
