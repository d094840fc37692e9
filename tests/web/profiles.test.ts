import { expect, test } from 'vitest';
import { Registration } from '#lib/server/accounts.ts';
import { createDatabase } from '#lib/server/database.ts';
import * as forms from '#lib/server/forms.ts';
import { createLimit } from '#lib/server/limits.ts';
import * as profiles from '#lib/server/profiles.ts';
import { squareOf } from '#lib/profile/reencode.ts';
import { GET as usernameFree } from '../../web/src/routes/(visitor)/sign-up/username/+server.ts';
import { cookieOf, jar, supabase } from './support.ts';

const filled = { full_name: '', username: '@Noor_H', locale: 'en-GB', time_zone: 'berlin' };
const read = (fields: Record<string, string>) => forms.parse(profiles.Profile, fields);

test('R6.3 a profile is read as somebody types it', () => {
	expect(read(filled).draft).toEqual({
		full_name: '',
		username: 'noor_h',
		locale: 'en-GB',
		time_zone: 'Europe/Berlin'
	});
});

test('R6.3 each field says what is wrong with it, and everything typed comes back', () => {
	const typed = { full_name: 'n'.repeat(101), username: 'N', locale: 'xx', time_zone: 'Atlantis' };
	const { refused } = read(typed);
	expect(refused?.status).toBe(422);
	expect(Object.keys(refused?.data.errors ?? {}).sort()).toEqual(['full_name', 'locale', 'time_zone', 'username']);
	expect(refused?.data.values).toEqual(typed);
});

test('R1.1 a name with a character that no text can hold is refused beside its field', () => {
	const typed = { email: 'noor@tidewater.example', username: 'noor', password: 'slow tide, quick heron' };
	const { refused } = forms.parse(Registration, { ...typed, full_name: 'Noor\0Haddad' });
	expect(refused?.data.errors).toEqual({ full_name: 'One of its characters cannot be kept. Type it again.' });
	expect(forms.parse(Registration, { ...typed, full_name: 'Noor 🌊 Haddad' }).refused).toBeUndefined();
});

test('R6.3 what SQL refuses has a field to stand beside', async () => {
	supabase({
		'/rpc/update_profile': {
			status: 409,
			body: { code: 'PT409', message: 'username_taken', details: '', hint: null }
		}
	});
	const database = createDatabase(jar(cookieOf('own', 3600)), false);
	await expect(profiles.update(database, read(filled).draft!)).rejects.toMatchObject({ slug: 'username_taken' });
	expect(profiles.fieldOf.username_taken).toBe('username');
});

test('R6.2 the square in the middle of a picture, drawn no larger than it is', () => {
	expect(squareOf(4000, 3000)).toEqual({ x: 500, y: 0, from: 3000, to: 512 });
	expect(squareOf(300, 401)).toEqual({ x: 0, y: 50, from: 300, to: 300 });
	expect(squareOf(1, 1)).toEqual({ x: 0, y: 0, from: 1, to: 1 });
});

test('R1.1 questions are counted for each address, and when they may be asked again is said', () => {
	let now = 0;
	const waitOf = createLimit(3, 60_000, () => now);
	expect([1, 2, 3].map(() => waitOf('a'))).toEqual([0, 0, 0]);
	now = 20_000;
	expect(waitOf('a')).toBe(40);
	expect(waitOf('b')).toBe(0);
	now = 60_000;
	expect(waitOf('a')).toBe(0);
});

test('counting a crowd forgets the oldest instead of growing for ever', () => {
	const waitOf = createLimit(1, 60_000, () => 0);
	expect([waitOf('first'), waitOf('first')]).toEqual([0, 60]);
	for (let one = 0; one < 10_000; one++) waitOf(String(one));
	expect(waitOf('first')).toBe(0);
});

test('R1.1 whoever goes through a list of usernames is told to wait, and others are not', async () => {
	supabase({ '/rpc/username_available': { body: true } });
	const ask = (address: string) =>
		usernameFree({
			url: new URL('http://x/sign-up/username?name=noor_h'),
			request: new Request('http://x'),
			getClientAddress: () => address,
			locals: { database: createDatabase(jar(), false) }
		} as unknown as Parameters<typeof usernameFree>[0]);
	for (let asked = 0; asked < 30; asked++) expect(await (await ask('192.0.2.1')).json()).toEqual({ free: true });
	const refused = await ask('192.0.2.1');
	expect(refused.status).toBe(429);
	expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
	expect((await ask('192.0.2.2')).status).toBe(200);
});
