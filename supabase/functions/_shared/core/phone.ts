import { Metadata, parsePhoneNumberWithError, ParseError, type CountryCode, type PhoneNumber } from 'libphonenumber-js';
import { z } from 'zod';

/** A phone number in E.164: '+' and 7 to 15 digits. Only parsing makes one. */
export type Phone = string & z.core.$brand<'Phone'>;

/** A number as a person or a program may write it, with its country code; refused with `phone_number_invalid`. */
export const Phone = z.string().transform((raw, context): Phone => {
	const parsed = parsePhone(raw);
	if ('phone' in parsed) return parsed.phone;
	context.addIssue({ code: 'custom', message: 'phone_number_invalid' });
	return z.NEVER;
});

export type ParsedPhone = { phone: Phone; country: CountryCode | null } | { says: string };

const longestRaw = 64;
const e164 = /^\+[1-9]\d{6,14}$/;

/**
 * Reads a number as a person may type it. Without a leading '+', it is read as dialled in `country`.
 * Comes back in E.164 with its country (null for numbers of no country), or with a sentence that says what is amiss.
 * The length is checked, not the number plan: plans change faster than libraries, and the carrier knows better.
 */
export function parsePhone(raw: string, country?: CountryCode): ParsedPhone {
	const text = raw.trim();
	if (text === '') return { says: 'Type a number, for example +1 415 555 0142.' };
	if (text.length > longestRaw) return { says: 'This is too long for a phone number.' };
	try {
		const number = parsePhoneNumberWithError(text, { ...(country && { defaultCountry: country }), extract: false });
		if (number.ext) return { says: 'A number with an extension cannot be texted.' };
		if (!number.isPossible() || !e164.test(number.number)) return { says: saysLength(number) };
		return {
			phone: number.number as string as Phone,
			country: number.country ?? number.getPossibleCountries()[0] ?? null
		};
	} catch (error) {
		if (!(error instanceof ParseError)) throw error;
		if (error.message === 'INVALID_COUNTRY' && !text.startsWith('+')) {
			return { says: 'Begin with the country code, for example +1 415 555 0142.' };
		}
		return { says: 'This does not look like a phone number.' };
	}
}

/** What is wrong with the length of a number, as exactly as its numbering plan allows. */
function saysLength(number: PhoneNumber): string {
	const metadata = new Metadata();
	// it takes calling codes as well; its types leave them out
	metadata.selectNumberingPlan(number.country ?? (number.countryCallingCode as CountryCode));
	const lengths = metadata.numberingPlan?.possibleLengths() ?? [];
	const short = Math.min(...lengths) - number.nationalNumber.length;
	const long = number.nationalNumber.length - Math.max(...lengths);
	const where = number.country ? nameOf(number.country) : `+${number.countryCallingCode}`;
	if (short > 0) return `This number is ${digits(short)} short for ${where}.`;
	if (long > 0) return `This number is ${digits(long)} too long for ${where}.`;
	return `Numbers of this length do not exist in ${where}.`;
}

function digits(count: number): string {
	const word = ['', 'one', 'two', 'three', 'four', 'five'][count] ?? String(count);
	return `${word} ${count === 1 ? 'digit' : 'digits'}`;
}

const withArticle = new Set(['AE', 'BS', 'CD', 'CF', 'CG', 'DO', 'FK', 'GB', 'GM', 'KM', 'MV', 'NL', 'PH', 'US', 'VA']);

function nameOf(country: CountryCode): string {
	const name = new Intl.DisplayNames(['en'], { type: 'region' }).of(country) ?? country;
	return withArticle.has(country) ? `the ${name}` : name;
}
