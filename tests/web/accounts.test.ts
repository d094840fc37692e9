import { expect, test } from 'vitest';
import * as accounts from '#lib/server/accounts.ts';
import { createDatabase } from '#lib/server/database.ts';
import * as forms from '#lib/server/forms.ts';
import { jar, session, supabase } from './support.ts';

const filled = { email: ' Rosa@Example.com ', username: '@Rosa_L', full_name: '', password: 'quiet harbour at dawn' };

function form(fields: Record<string, string>): FormData {
	const data = new FormData();
	for (const [name, value] of Object.entries(fields)) data.set(name, value);
	return data;
}

const read = (fields: Record<string, string>) => forms.parse(accounts.Registration, forms.fieldsOf(form(fields)));
const draft = read(filled).draft!;
const free = { '/rpc/username_available': { body: true }, '/rpc/begin_mail': { body: 0 } };

test('R1.1 an account is asked for with address, username, password and optional full name', () => {
	expect(draft).toEqual({
		email: 'rosa@example.com',
		username: 'rosa_l',
		full_name: '',
		password: 'quiet harbour at dawn'
	});
	const { refused } = read({ email: 'rosa', username: 'R', full_name: 'Rosa', password: 'short' });
	expect(refused?.status).toBe(422);
	expect(Object.keys(refused?.data.errors ?? {}).sort()).toEqual(['email', 'password', 'username']);
});

test('what was typed comes back with a refusal, the password does not', () => {
	const { refused } = read({ ...filled, email: 'rosa' });
	expect(refused?.data.values).toEqual({ email: 'rosa', username: '@Rosa_L', full_name: '' });
});

test('a password counts in characters from below and in bytes from above', () => {
	const problem = (password: string) => read({ ...filled, password }).refused?.data.errors.password;
	expect(problem('123456789')).toContain('10 characters');
	expect(problem(' '.repeat(10))).toBeUndefined();
	expect(problem('a'.repeat(72))).toBeUndefined();
	expect(problem('a'.repeat(73))).toContain('72 bytes');
	expect(problem('湾'.repeat(25))).toContain('72 bytes');
});

test('R1.2 a registration hands username and name to Auth, which hashes the password and sends the mail', async () => {
	const asked = supabase({ ...free, '/signup': { body: session('new', 3600).user } });
	await accounts.register(createDatabase(jar(), false), draft);
	expect(asked.at(-1)?.body).toMatchObject({
		email: 'rosa@example.com',
		data: { username: 'rosa_l', full_name: null }
	});
});

test('an address that has an account is answered like a new one, whatever Auth says of it', async () => {
	for (const code of ['user_already_exists', 'email_exists', 'over_email_send_rate_limit']) {
		supabase({ ...free, '/signup': { status: 422, body: { code, message: code } } });
		await expect(accounts.register(createDatabase(jar(), false), draft)).resolves.toBeUndefined();
		supabase({ '/rpc/begin_mail': { body: 0 }, '/resend': { status: 429, body: { code, message: code } } });
		await expect(accounts.resendConfirmation(createDatabase(jar(), false), draft.email)).resolves.toBeUndefined();
	}
});

test('a username taken before or during the registration is refused as such', async () => {
	supabase({ '/rpc/username_available': { body: false } });
	await expect(accounts.register(createDatabase(jar(), false), draft)).rejects.toMatchObject({
		slug: 'username_taken'
	});
	let isFree = true;
	supabase({
		...free,
		'/rpc/username_available': () => ({ body: isFree }),
		'/signup': () => {
			isFree = false;
			return { status: 500, body: { code: 'unexpected_failure', message: 'Database error saving new user' } };
		}
	});
	await expect(accounts.register(createDatabase(jar(), false), draft)).rejects.toMatchObject({
		slug: 'username_taken'
	});
});

test('a spent link is told from a service out of reach', async () => {
	supabase({ '/verify': { status: 403, body: { code: 'otp_expired', message: 'expired' } } });
	expect(await accounts.confirm(createDatabase(jar(), false), 'spent')).toBe(false);
	supabase({});
	await expect(accounts.confirm(createDatabase(jar(), false), 'good')).rejects.toMatchObject({ slug: 'unavailable' });
	supabase({ '/verify': { body: session('confirmed', 3600) } });
	const cookies = jar();
	expect(await accounts.confirm(createDatabase(cookies, false), 'good')).toBe(true);
	expect([...cookies.contents.keys()]).toEqual(['session']);
});

test('R1.2 whoever asks for another letter too soon is told when, whatever Auth knows of the address', async () => {
	for (const ask of [accounts.resendConfirmation, accounts.sendRecovery]) {
		const asked = supabase({ '/rpc/begin_mail': { body: 41 } });
		await expect(ask(createDatabase(jar(), false), draft.email)).rejects.toMatchObject({
			slug: 'rate_limited',
			seconds: 41
		});
		expect(asked.map(({ path }) => path)).toEqual(['/rest/v1/rpc/begin_mail']);
	}
});

test('an answer about a letter takes as long for an address that nobody has', async () => {
	supabase({ '/rpc/begin_mail': { body: 0 }, '/recover': { body: {} } });
	const began = Date.now();
	await accounts.sendRecovery(createDatabase(jar(), false), 'nobody@example.com');
	expect(Date.now() - began).toBeGreaterThanOrEqual(990);
});

test('the address a mail went to is kept with its time, and a cookie somebody made up is none', () => {
	const cookies = jar();
	accounts.rememberAddress(cookies, 'rosa@example.com', false);
	expect(accounts.remembered(cookies)).toMatchObject({ email: 'rosa@example.com' });
	expect(accounts.remembered(cookies)!.seconds).toBeGreaterThan(50);
	expect(accounts.remembered(jar({ 'waiting-address': 'rosa%40example.com' }))).toBeUndefined();
	expect(accounts.remembered(jar())).toBeUndefined();
});
