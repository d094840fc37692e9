import { expect, test } from 'vitest';
import { passwordStrength, strengths } from '#lib/account/password.ts';
import { initials } from '#lib/ui/initials.ts';

const named = (password: string, names?: string[]) => strengths[passwordStrength(password, names)];

test('the meter follows length and variety, not symbols', () => {
	expect(named('tide')).toBe('Too short');
	expect(named('aaaaaaaaaaaa')).toBe('Weak');
	expect(named('1234567890')).toBe('Weak');
	expect(named('abcdefghijklmnop')).toBe('Weak');
	expect(named('slow tide, quick heron')).toBe('Strong');
});

test("the owner's own names add nothing", () => {
	expect(passwordStrength('noor_haddad_9', ['noor_haddad'])).toBeLessThan(passwordStrength('owls_harbour_9'));
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
