import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayPhone } from '#core/phone-display.ts';
import { Phone, parsePhone } from '#core/phone.ts';

describe('a number is read as people write it', () => {
	test.each([
		['+1 415 555 0142', undefined, '+14155550142', 'US'],
		['(415) 555-0142', 'US', '+14155550142', 'US'],
		['+36 (20) 555-0178', undefined, '+36205550178', 'HU'],
		['07700 900461', 'GB', '+447700900461', 'GB'],
		[' +44 7700 900461 ', 'US', '+447700900461', 'GB'],
		['06 20 555 0178', 'HU', '+36205550178', 'HU']
	] as const)('%s', (raw, country, phone, from) => {
		expect(parsePhone(raw, country)).toEqual({ phone, country: from });
	});

	test.each([
		['', undefined, 'Type a number, for example +1 415 555 0142.'],
		['(415) 555-014', 'US', 'This number is one digit short for the United States.'],
		['(415) 555-01422', 'US', 'This number is one digit too long for the United States.'],
		['+1 415 555', undefined, 'This number is four digits short for +1.'],
		['415 555 0142', undefined, 'Begin with the country code, for example +1 415 555 0142.'],
		['+1 415 555 0142 ext 3', undefined, 'A number with an extension cannot be texted.'],
		['the front desk', 'US', 'This does not look like a phone number.'],
		['+999 1234 5678', undefined, 'This does not look like a phone number.'],
		['call +1 415 555 0142', undefined, 'This does not look like a phone number.'],
		['1'.repeat(500), 'US', 'This is too long for a phone number.']
	] as const)('%j is refused in words', (raw, country, says) => {
		expect(parsePhone(raw, country)).toEqual({ says });
	});

	test('the door refuses with a slug', () => {
		expect(Phone.parse('+1 415 555 0142')).toBe('+14155550142');
		expect(Phone.safeParse('12').error?.issues[0]?.message).toBe('phone_number_invalid');
	});

	test('whatever is typed, the answer is E.164 or a sentence', () => {
		const typed = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.stringMatching(/^\+?[\d ().-]{1,24}$/));
		fc.assert(
			fc.property(typed, fc.constantFrom(undefined, 'US', 'HU', 'GB'), (raw, country) => {
				const parsed = parsePhone(raw, country);
				if ('says' in parsed) expect(parsed.says).toMatch(/\.$/);
				else expect(parsePhone(parsed.phone)).toEqual(parsed);
			})
		);
	});
});

describe('a number is shown with its calling code apart', () => {
	test.each([
		['+14155550142', '+1', '415 555 0142'],
		['+36205550178', '+36', '20 555 0178'],
		['+3615550178', '+36', '1 555 0178'],
		['+447700900461', '+44', '7700 900461'],
		['+442079460958', '+44', '20 7946 0958'],
		['+33612345678', '+33', '6 12 34 56 78'],
		['+85291234567', '+852', '9123 4567'],
		['+2348012345678', '+234', '801 234 5678'],
		['72404', '', '72404'],
		['Bookable', '', 'Bookable']
	])('%s', (number, prefix, rest) => {
		expect(displayPhone(number)).toEqual({ prefix, rest });
	});

	test('no digit is lost, added or left alone', () => {
		fc.assert(
			fc.property(fc.stringMatching(/^\+[1-9]\d{6,14}$/), (number) => {
				const { prefix, rest } = displayPhone(number);
				expect(`${prefix}${rest.replaceAll(' ', '')}`).toBe(number);
			})
		);
	});
});
