import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findKeyword } from '#core/opt-out.ts';

test.each([
	'stop',
	' Stop. ',
	'STOPALL',
	'Unsubscribe',
	'CANCEL',
	'end',
	'QUIT!',
	'Revoke',
	'OPTOUT',
	'"stop"',
	'stop\n'
])('%j stops texts', (text) => expect(findKeyword(text)).toBe('stop'));

test.each(['START', 'unstop', ' Yes '])('%j starts them again', (text) => expect(findKeyword(text)).toBe('start'));

test.each(['HELP', 'info?'])('%j asks for help', (text) => expect(findKeyword(text)).toBe('help'));

test.each([
	'please STOP this bill',
	'stop 12345',
	'OPT OUT',
	'stop please',
	'stopp',
	'yes, at nine',
	'constructor',
	'',
	'...',
	' '.repeat(100_000)
])('%j is a text like any other', (text) => expect(findKeyword(text)).toBeNull());

test('only the whole text counts', () => {
	fc.assert(
		fc.property(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom('stop', 'start', 'help'), (word, keyword) => {
			expect(findKeyword(`${word} ${keyword}`)).toBeNull();
			expect(findKeyword(`${keyword} ${word}`)).toBeNull();
		})
	);
});
