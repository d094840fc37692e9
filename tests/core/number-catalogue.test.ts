import fc from 'fast-check';
import { lettersToDigits } from '../../supabase/functions/_shared/core/keypad.ts';
import { describe, expect, test } from 'vitest';
import {
	limitsOf,
	matchesPattern,
	microsOf,
	needsOf,
	parsePattern,
	registrationOf,
	type Capability,
	type NumberType,
	type Pattern
} from '#core/number-catalogue.ts';

function partsOf(raw: string): Pattern {
	const parsed = parsePattern(raw);
	if (!('parts' in parsed)) throw new Error(parsed.says);
	return parsed.parts;
}

describe('R4.1 a pattern is read as people type it', () => {
	test.each([
		['*PIZZA', '14155574992', true],
		['PIZZA', '14155574992', true],
		['*pizza', '74992', false],
		['555*', '14155550142', true],
		['0142*', '14155550142', false],
		['*0142', '14155550142', true],
		['510555****', '15105551234', true],
		['51055512****', '15105551234', false],
		['+1415', '14155550142', true],
		['+415', '14155550142', false],
		['+*415', '14155550142', true],
		['+%555', '14155550142', true],
		['0142$', '14155550142', true],
		['014$', '14155550142', false],
		['014%$', '14155550142', true],
		['014*$', '14155550142', true],
		['+14155550142$', '14155550142', true],
		['(415) 555-01', '14155550142', true]
	])('%s in %s: %s', (raw, digits, expected) => {
		expect(matchesPattern(digits, partsOf(raw))).toBe(expected);
	});

	test.each([
		['', 'Look for at least two digits or letters.'],
		['*7*', 'Look for at least two digits or letters.'],
		['4*5', 'Put * before or after what you look for, not in between: *PIZZA, 555*.'],
		['1'.repeat(17), 'A pattern has at most 16 characters.'],
		['Bäcker', 'Use digits, letters from A to Z, and * for any digit.'],
		['5;drop', 'Use digits, letters from A to Z, and * for any digit.']
	])('%j is refused in words', (raw, says) => {
		expect(parsePattern(raw)).toEqual({ says });
	});

	test('what is sent to the carrier is what was typed, in capitals and without spaces', () => {
		expect(parsePattern('* pizza')).toMatchObject({ pattern: '*PIZZA' });
	});

	test('letters are where they are on the keys of a phone', () => {
		expect(lettersToDigits('abcdefghijklmnopqrstuvwxyz')).toBe('22233344455566677778889999');
		expect(lettersToDigits('1-800-FLOWERS')).toBe('1-800-3569377');
	});

	test('a part of a number is found in it, with one star for each digit before it', () => {
		const number = fc.stringMatching(/^[1-9][0-9]{10}$/);
		fc.assert(
			fc.property(number, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 2, max: 7 }), (digits, from, length) => {
				const run = digits.slice(from, from + length);
				fc.pre(run.length >= 2);
				expect(matchesPattern(digits, partsOf(run))).toBe(true);
				expect(matchesPattern(digits, partsOf(`+${'*'.repeat(from)}${run}`))).toBe(true);
				expect(matchesPattern(digits, partsOf(`${'*'.repeat(from)}${run}`))).toBe(true);
				expect(matchesPattern(digits, partsOf(`${run}${digits[0] === '9' ? '0' : '9'}${run}`.slice(0, 16)))).toBe(
					digits.includes(`${run}${digits[0] === '9' ? '0' : '9'}${run}`.slice(0, 16))
				);
			})
		);
	});
});

describe('R4.2 the limits of a number are said in words', () => {
	test.each([
		[
			{ country: 'US', type: 'local', capabilities: ['voice', 'sms', 'mms'] },
			[/A2P 10DLC registration/, /No MMS outside the US and Canada/]
		],
		[
			{ country: 'US', type: 'toll_free', capabilities: ['voice', 'sms'] },
			[/toll-free verification/, /No MMS: /, /own country only/]
		],
		[
			{ country: 'GB', type: 'mobile', capabilities: ['sms'] },
			[/No MMS: /, /Short codes are not received/, /No calls/]
		],
		[
			{ country: 'AU', type: 'mobile', capabilities: ['voice', 'sms', 'mms'] },
			[/MMS only within Australia/, /Short codes/]
		],
		[{ country: 'DE', type: 'local', capabilities: ['voice'] }, [/^Calls only/]]
	] as const)('%j', (number, limits) => {
		const said = limitsOf(number);
		expect(said).toHaveLength(limits.length);
		for (const [at, limit] of limits.entries()) expect(said[at]).toMatch(limit);
	});

	test('what has to be handed in is one sentence, or none', () => {
		expect(needsOf('none', 'US')).toBeNull();
		expect(needsOf('any', 'GB')).toBe('This number needs an address, in any country.');
		expect(needsOf('local', 'NL')).toBe('This number needs an address in the Netherlands.');
		expect(needsOf('foreign', 'BR', { bundle: true })).toBe(
			'This number needs an address outside Brazil and documents that the carrier approves.'
		);
	});
});

describe('prices become micros exactly', () => {
	test.each([
		['1.15', 1_150_000],
		['0.0083', 8_300],
		['15', 15_000_000],
		['0.0000005', 1],
		['0.0000004', 0],
		['0.99999999', 1_000_000],
		['-1', null],
		['1,15', null],
		['', null]
	])('%j: %s', (price, micros) => {
		expect(microsOf(price)).toBe(micros);
	});
});

test('R4.1 a registration that texts have to wait for is named in the list', () => {
	const of = (country: string, type: NumberType, capabilities: Capability[] = ['sms']) =>
		registrationOf({ country, type, capabilities });
	expect(of('US', 'local')).toBe('Texting the US needs A2P registration');
	expect(of('CA', 'toll_free')).toBe('Texting needs toll-free verification');
	expect([of('SE', 'mobile'), of('US', 'local', ['voice'])]).toEqual([null, null]);
});
