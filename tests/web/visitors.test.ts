import { afterEach, expect, test, vi } from 'vitest';
import { speakFor, type Speaker } from '#lib/server/visitors.ts';

const publishableKey = 'sb_publishable_test';
const secretKey = 'sb_secret_test';

afterEach(() => vi.restoreAllMocks());

/** What Supabase is asked when a page asks `path` of it, as whoever `authorization` names. */
async function asked(path: string, authorization: string, given: Partial<Speaker> = {}) {
	const requests: Request[] = [];
	const send: typeof fetch = async (input, init) => {
		requests.push(new Request(input, init));
		return new Response();
	};
	const url = 'https://project.supabase.co';
	const ask = speakFor({ url, publishableKey, secretKey, address: () => '203.0.113.7', ...given }, send);
	const headers = { apikey: publishableKey, authorization: `Bearer ${authorization}` };
	await ask(`${given.url ?? url}${path}`, { method: 'POST', headers, body: '{}' });
	const [request] = requests;
	return Object.fromEntries(
		['apikey', 'authorization', 'sb-forwarded-for'].map((name) => [name, request!.headers.get(name)])
	);
}

const untouched = { apikey: publishableKey, authorization: 'Bearer token', 'sb-forwarded-for': null };

test('Auth is told whose sign-in it is, and who asks stays who it was', async () => {
	const spoken = { apikey: secretKey, 'sb-forwarded-for': '203.0.113.7' };
	expect(await asked('/auth/v1/token?grant_type=password', publishableKey)).toEqual({ ...spoken, authorization: null });
	expect(await asked('/auth/v1/user', 'token')).toEqual({ ...spoken, authorization: 'Bearer token' });
	const address = () => '2001:db8::7';
	expect(await asked('/auth/v1/otp', 'token', { address })).toMatchObject({ 'sb-forwarded-for': '2001:db8::7' });
});

test('the secret key goes to Auth alone', async () => {
	for (const path of [
		'/rest/v1/conversations',
		'/storage/v1/object/auth/v1/',
		'/auth/v10/',
		'.example.com/auth/v1/user'
	])
		expect(await asked(path, 'token')).toEqual(untouched);
});

test('without the key or an address nothing is added, and the log says when a proxy forgot to name one', async () => {
	const error = vi.spyOn(console, 'error').mockImplementation(() => {});
	expect(await asked('/auth/v1/user', 'token', { secretKey: undefined })).toEqual(untouched);
	expect(await asked('/auth/v1/user', 'token', { address: () => '' })).toEqual(untouched);
	expect(await asked('/auth/v1/user', 'token', { address: () => '203.0.113.7, 10.0.0.1' })).toEqual(untouched);
	expect(error).not.toHaveBeenCalled();
	const address = () => {
		throw new Error('Address header was specified but is absent');
	};
	expect(await asked('/auth/v1/user', 'token', { address })).toEqual(untouched);
	expect(error.mock.lastCall?.[0]).toContain('Address header was specified but is absent');
});
