import { displayPhone } from '#core/phone-display.ts';
import { lettersToDigits } from '#core/keypad.ts';
import type { Capability, NumberType } from '#core/number-catalogue.ts';

export const typeWords: Readonly<Record<NumberType, string>> = {
	local: 'Local',
	mobile: 'Mobile',
	toll_free: 'Toll-free'
};

export const capabilityWords: Readonly<Record<Capability, string>> = { sms: 'SMS', mms: 'MMS', voice: 'Voice' };

/** What having a capability means. */
export const abilityWords: Readonly<Record<Capability, string>> = {
	sms: 'Sends and receives texts',
	mms: 'Sends and receives pictures and files',
	voice: 'Can be called'
};

/** A country by its name: 'United States'; its letters where it has none. */
export function countryName(country: string): string {
	return new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(country) ?? country;
}

/** Where a number is: 'San Francisco' and 'CA', or what it is. */
export function placeOf(number: {
	locality: string | null;
	region: string | null;
	country: string;
	type: NumberType;
}): {
	place: string;
	within: string;
} {
	const country = countryName(number.country);
	if (number.locality) return { place: number.locality, within: number.region ?? country };
	return { place: typeWords[number.type], within: country };
}

/** A number in pieces, of which some are what was looked for. */
export type Piece = { text: string; found: boolean };

/**
 * The number as its country writes it, calling code apart, with the digits that a pattern asked for marked wherever
 * they first stand together. Nothing is marked where the pattern is none.
 */
export function piecesOf(e164: string, contains: string): { prefix: string; pieces: Piece[] } {
	const { prefix, rest } = displayPhone(e164);
	const run = lettersToDigits(contains.replace(/[^0-9A-Za-z]/g, ''));
	const digits = rest.replace(/\D/g, '');
	const at = run.length < 2 ? -1 : contains.trim().endsWith('$') ? digits.lastIndexOf(run) : digits.indexOf(run);
	if (at < 0) return { prefix, pieces: [{ text: rest, found: false }] };
	let seen = 0;
	const pieces: Piece[] = [];
	for (const sign of rest) {
		const isDigit = /\d/.test(sign);
		const found = isDigit ? seen >= at && seen < at + run.length : seen > at && seen < at + run.length;
		if (isDigit) seen += 1;
		const last = pieces.at(-1);
		if (last?.found === found) last.text += sign;
		else pieces.push({ text: sign, found });
	}
	return { prefix, pieces };
}
