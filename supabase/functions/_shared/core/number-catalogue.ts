/** What numbers a carrier sells are, and what they can and cannot do, in words. */
import { lettersToDigits } from './keypad.ts';

export const numberTypes = ['local', 'mobile', 'toll_free'] as const;
export type NumberType = (typeof numberTypes)[number];

export const numberCapabilities = ['voice', 'sms', 'mms'] as const;
export type Capability = (typeof numberCapabilities)[number];

/** Whether somebody has to live or work somewhere to have a number: nowhere, anywhere, where the number is, or elsewhere. */
export const addressRequirements = ['none', 'any', 'local', 'foreign'] as const;
export type AddressRequirement = (typeof addressRequirements)[number];

/** A number that can be bought now. */
export type OfferedNumber = {
	/** E.164. */
	number: string;
	/** ISO 3166-1 alpha-2. */
	country: string;
	type: NumberType;
	locality: string | null;
	region: string | null;
	capabilities: readonly Capability[];
	addressRequirement: AddressRequirement;
};

/** What is asked of a number; what is null or empty does not matter. */
export type NumberSearch = {
	country: string;
	type: NumberType;
	/** Three digits; only where `hasAreaCodes`. */
	areaCode: string | null;
	/** As `parsePattern` gives it. */
	pattern: string | null;
	locality: string | null;
	region: string | null;
	capabilities: readonly Capability[];
};

/** What a number costs, in micros of `currency`. */
export type NumberPrices = {
	country: string;
	/** ISO 4127, upper case. */
	currency: string;
	/** A month of a number, by type. Setting one up costs nothing at any carrier we use. */
	monthly: Readonly<Partial<Record<NumberType, number>>>;
	/** A text that comes in, by the type of the number it comes to. */
	inbound: Readonly<Partial<Record<NumberType, number>>>;
	/** A segment that goes there, by network and by the type of the number it comes from. */
	outbound: readonly { network: string; mcc: string; mnc: string; type: NumberType; micros: number }[];
};

/** Countries of the North American plan that we sell numbers of: three digits say where a number is. */
export function hasAreaCodes(country: string): boolean {
	return country === 'US' || country === 'CA';
}

/** A pattern in its parts: digits that stand together, and what has to be around them. */
export type Pattern = { run: string; before: number; after: number; atStart: boolean; atEnd: boolean };

/**
 * A pattern as a person types it: digits and letters, `*` before or after them for one digit each, `%` for any, `+` in
 * front for the beginning of the number and `$` behind for its end. Spaces and punctuation of numbers do not matter.
 * The rules are the carrier's: https://www.twilio.com/docs/phone-numbers/api/availablephonenumberlocal-resource
 * Comes back as it is sent, in capitals, and in parts; or with a sentence that says what is amiss.
 */
export function parsePattern(raw: string): { pattern: string; parts: Pattern } | { says: string } {
	const pattern = raw.replace(/[\s().-]/g, '').toUpperCase();
	if (/[^0-9A-Z*%+$]/.test(pattern)) return { says: 'Use digits, letters from A to Z, and * for any digit.' };
	if (pattern.length > 16) return { says: 'A pattern has at most 16 characters.' };
	const match = /^(\+?)([*%]*)([0-9A-Z]*)([*%]*)(\$?)$/.exec(pattern);
	if (!match) return { says: 'Put * before or after what you look for, not in between: *PIZZA, 555*.' };
	const [, start = '', before = '', run = '', after = '', end = ''] = match;
	if (run.length < 2) return { says: 'Look for at least two digits or letters.' };
	const stars = (wild: string) => wild.replaceAll('%', '').length;
	return {
		pattern,
		parts: {
			run: lettersToDigits(run),
			before: stars(before),
			after: stars(after),
			atStart: start !== '' && !before.includes('%'),
			atEnd: end !== '' && !after.includes('%')
		}
	};
}

/** Whether a number, as its digits with the calling code, has what the pattern asks for. */
export function matchesPattern(digits: string, { run, before, after, atStart, atEnd }: Pattern): boolean {
	const last = digits.length - after - run.length;
	if (last < before) return false;
	if (atStart) return digits.startsWith(run, before) && (!atEnd || before === last);
	if (atEnd) return digits.startsWith(run, last);
	const found = digits.indexOf(run, before);
	return found >= 0 && found <= last;
}

/** What somebody should know before buying this number, in sentences; the weightiest first. */
export function limitsOf({
	country,
	type,
	capabilities
}: Pick<OfferedNumber, 'country' | 'type' | 'capabilities'>): string[] {
	if (!capabilities.includes('sms')) return ['Calls only: it neither sends nor receives texts.'];
	const isNorthAmerican = hasAreaCodes(country);
	const limits: (string | false)[] = [
		country === 'US' &&
			type === 'local' &&
			'Texting to the US needs A2P 10DLC registration. Until then its texts are not delivered there.',
		isNorthAmerican &&
			type === 'toll_free' &&
			'Texting to the US and Canada needs toll-free verification. Until then its texts are not delivered.',
		country === 'CA' && type === 'local' && 'Texting to the US needs A2P 10DLC registration.',
		!capabilities.includes('mms') && 'No MMS: files go as links, and files sent to it do not arrive.',
		capabilities.includes('mms') && isNorthAmerican && 'No MMS outside the US and Canada: files go there as links.',
		capabilities.includes('mms') && !isNorthAmerican && `MMS only within ${nameOf(country)}.`,
		type === 'toll_free'
			? 'It can be texted from its own country only. Short codes are not received.'
			: !isNorthAmerican && 'Short codes are not received: many one-time codes come from one.',
		!capabilities.includes('voice') && 'No calls.'
	];
	return limits.filter((limit) => limit !== false);
}

/** Where a number's texts go only once its owner is registered, in a few words; null where they go at once. */
export function registrationOf({
	country,
	type,
	capabilities
}: Pick<OfferedNumber, 'country' | 'type' | 'capabilities'>): string | null {
	if (!capabilities.includes('sms') || !hasAreaCodes(country)) return null;
	return type === 'toll_free' ? 'Texting needs toll-free verification' : 'Texting the US needs A2P registration';
}

/** What has to be handed in before the carrier gives a number away, in a sentence; null where nothing has to. */
export function needsOf(
	requirement: AddressRequirement,
	country: string,
	{ bundle = false }: { bundle?: boolean } = {}
): string | null {
	const where = nameOf(country);
	const addresses: Readonly<Record<AddressRequirement, string | null>> = {
		none: null,
		any: 'an address, in any country',
		local: `an address in ${where}`,
		foreign: `an address outside ${where}`
	};
	const needed = [addresses[requirement], bundle ? 'documents that the carrier approves' : null].filter(
		(need) => need !== null
	);
	return needed.length === 0 ? null : `This number needs ${needed.join(' and ')}.`;
}

/** A price as carriers write it, '0.0083', in micros, rounded up from half. Null where it is no price. */
export function microsOf(price: string): number | null {
	const match = /^(\d{1,9})(?:\.(\d{1,20}))?$/.exec(price.trim());
	if (!match) return null;
	const [, whole = '0', fraction = ''] = match;
	const micros = Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
	return (fraction[6] ?? '0') >= '5' ? micros + 1 : micros;
}

const withArticle = new Set(['AE', 'BS', 'CZ', 'DO', 'GB', 'NL', 'PH', 'US', 'VA']);

function nameOf(country: string): string {
	const name = new Intl.DisplayNames(['en'], { type: 'region' }).of(country) ?? country;
	return withArticle.has(country) ? `the ${name}` : name;
}
