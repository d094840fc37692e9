import { afterEach, expect, test, vi } from 'vitest';
import * as sessions from '#lib/server/sessions.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import { cookieOf, jar, noor, supabase } from './support.ts';

afterEach(() => vi.restoreAllMocks());

const requestOf = (cookies: Record<string, string>) =>
	new Request('http://127.0.0.1/', {
		headers: {
			cookie: Object.entries(cookies)
				.map(([name, value]) => `${name}=${value}`)
				.join('; ')
		}
	});

test('R1.6 the session is found in a cookie that is cut into pieces, whatever their order', async () => {
	const asked = supabase({ '/rpc/session_state': { body: 'expired' } });
	const whole = cookieOf('own', 3600).session ?? '';
	const pieces = { 'session.1': whole.slice(200), 'session.0': whole.slice(0, 200), theme: 'dark' };
	const cookies = jar(pieces);
	expect(await sessions.leave(requestOf(pieces), cookies)).toBe('expired');
	expect(asked[0]?.body).toEqual({ session_id: noor.session.id });
	expect([...cookies.contents.keys()]).toEqual(['theme', 'expired']);
});

test.each([
	['made up', { session: 'base64-bm90aGluZw' }],
	['cut short', { session: (cookieOf('own', 3600).session ?? '').slice(0, 60) }]
])('R1.6 a session cookie that is %s is forgotten, and asks the database nothing', async (_, brought) => {
	const asked = supabase({});
	const cookies = jar(brought);
	expect(await sessions.leave(requestOf(brought), cookies)).toBe('ended');
	expect(asked).toEqual([]);
	expect([...cookies.contents]).toEqual([]);
});

test('R1.6 where nobody can say what ended a session, the page is left', async () => {
	vi.spyOn(console, 'error').mockImplementation(() => undefined);
	supabase({});
	const brought = cookieOf('own', 3600);
	expect(await sessions.leave(requestOf(brought), jar(brought))).toBe('ended');
});

test('R1.4 what a person should know of their account is told once, and a made-up cookie says nothing', () => {
	const cookies = jar();
	const previous = { at: '2026-11-20T08:00:00Z', address: '203.0.113.7', user_agent: null };
	signIns.tell(cookies, { previous, failed_since: 3 }, false);
	expect(signIns.told(cookies)).toEqual({ previous, failed_since: 3, name: 'Unknown device' });
	expect(signIns.told(cookies)).toBeUndefined();
	expect(signIns.told(jar({ 'last-sign-in': '{"previous":7' }))).toBeUndefined();
});

test('R6.4 a password check signs in as a visitor with no cookies, and ends that session at once', async () => {
	const asked = supabase({
		begin_sign_in: { body: { attempt_id: 'attempt', retry_after: 0 } },
		finish_confirmation: { body: true },
		'grant_type=password': {
			body: {
				access_token: 'throw-away',
				refresh_token: 'r',
				expires_in: 3600,
				expires_at: Math.floor(Date.now() / 1000) + 3600,
				token_type: 'bearer',
				user: { id: 'u' }
			}
		},
		'/logout': { status: 204, body: null }
	});
	const person = noor as Parameters<typeof signIns.confirm>[0];
	await signIns.confirm(person, 'slow tide, quick heron', { address: '203.0.113.7' });
	expect(asked.map(({ path }) => path.replace(/^.*\//, ''))).toEqual([
		'begin_sign_in',
		'token?grant_type=password',
		'logout?scope=local',
		'finish_confirmation'
	]);
	expect(asked[2]?.headers.get('authorization')).toBe('Bearer throw-away');
	expect(asked[3]?.body).toEqual({ attempt_id: 'attempt', session_id: noor.session.id });
});

test('R6.4 the password of another account proves nothing', async () => {
	const asked = supabase({
		begin_sign_in: { body: { attempt_id: 'attempt', retry_after: 0 } },
		finish_sign_in: { body: null },
		'grant_type=password': {
			body: {
				access_token: 't',
				refresh_token: 'r',
				expires_in: 3600,
				token_type: 'bearer',
				user: { id: 'somebody else' }
			}
		},
		'/logout': { status: 204, body: null }
	});
	const person = noor as Parameters<typeof signIns.confirm>[0];
	await expect(signIns.confirm(person, 'x', {})).rejects.toMatchObject({ slug: 'credentials_invalid' });
	expect(asked.some(({ path }) => path.includes('finish_confirmation'))).toBe(false);
});
