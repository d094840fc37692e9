import { describe, expect, test } from 'vitest';
import { isPersonal } from '#core/account.ts';
import { judgePassword } from '#core/password-strength.ts';
import { inWords } from '#lib/account/password-words.ts';
import * as passwords from '#lib/server/passwords.ts';
import { initials } from '#lib/ui/initials.ts';

const noor = ['noor_haddad', 'noor.h@tidewater.example', 'Noor Haddad', 'CumApp'];
const said = (password: string, about: readonly string[] = noor) => inWords(judgePassword(password, about));

describe('R6.4 a new password', () => {
	test.each([
		'password1234',
		'1234567890',
		'qwertyuiop',
		'iloveyou1234',
		'aaaaaaaaaaaa',
		'abcdefghijklmnop',
		' '.repeat(12)
	])('that many others have is refused: %s', async (password) => {
		expect(said(password)).toBe('Easy to guess');
		await expect(passwords.requireStrong(password, {})).rejects.toMatchObject({ slug: 'password_weak' });
	});

	test.each([
		['the username', 'Noor_Haddad on a boat'],
		['the address', 'noor.h@tidewater.example'],
		['what stands before its @', 'three owls and noor.h'],
		['a part of the name', 'slow tide, quick hàddad'],
		['the name written together', 'harbour noorhaddad dawn'],
		['the name of the app', 'my cumapp has four boats']
	])('that holds %s is refused', async (_, password) => {
		expect(said(password)).toMatch(/^Easy to guess: leave out/);
		const owner = { username: 'noor_haddad', email: 'noor.h@tidewater.example', full_name: 'Noor Haddad' };
		await expect(passwords.requireStrong(password, owner)).rejects.toMatchObject({ slug: 'password_personal' });
	});

	test('needs no composition: words with spaces are good, whoever chooses them', async () => {
		for (const password of ['quiet harbour at dawn', 'four small boats at noon', '湾岸の夜明けは静かだ'])
			await expect(passwords.requireStrong(password, { username: 'rosa_l', full_name: null })).resolves.toBeUndefined();
		expect(said('slow tide, quick heron')).toBe('Strong');
	});

	test('is told apart by length before anything else', () => {
		expect(said('tide')).toBe('Too short');
		expect(said('湾'.repeat(25))).toMatch(/^Too long: only 72 bytes/);
		expect(said('a'.repeat(73))).toMatch(/^Too long/);
	});

	test('of signs that stand for letters does not keep a server busy', () => {
		const began = performance.now();
		for (const evil of ['4@8({[<369&#!1/|0$5+7%2'.repeat(4), 'p4$$w0rd'.repeat(9), '@4'.repeat(36)])
			judgePassword(evil.slice(0, 72), noor);
		expect(performance.now() - began).toBeLessThan(3000);
	});
});

test('a short name occurs by chance, the host of an address belongs to many', () => {
	expect(isPersonal('let me sleep well', ['Lee'])).toBe(false);
	expect(isPersonal('example of a tidewater', ['rosa@tidewater.example'])).toBe(false);
	expect(isPersonal('anything', [''])).toBe(false);
});

test.each([
	['Noor Haddad', 'NH'],
	['noor_haddad', 'NH'],
	['Elena Maria Kovács', 'EK'],
	['Stayfare', 'S'],
	['+1 415', '4'],
	['', ''],
	['Åsa Öberg', 'ÅÖ']
])('%s is drawn as %s', (name, letters) => {
	expect(initials(name)).toBe(letters);
});
