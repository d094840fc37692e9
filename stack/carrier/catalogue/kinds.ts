/** What a kind of number is, in one country. */
import type { Capability, NumberType } from '#core/number-catalogue.ts';

/** Where numbers that begin alike are: the digits after the calling code, and the place they belong to. */
export type Area = readonly [prefix: string, locality: string | null, region: string | null];

export type Kind = {
	areas: readonly Area[];
	/** Digits after the calling code. */
	length: number;
	/** What may come after an area's prefix: one or ten beginnings. */
	heads: readonly string[];
	/** How many numbers of each area are in stock, of those there could be. */
	stock: number;
	capabilities: readonly Capability[];
	/** https://www.twilio.com/docs/phone-numbers/api/availablephonenumberlocal-resource: address_requirements */
	address: 'none' | 'any' | 'local' | 'foreign';
	/** Whether an approved regulatory bundle has to go with it. */
	bundle: boolean;
	/** USD a month. */
	price: string;
	/** USD for a text that comes in. */
	inbound: string;
};

export type Country = {
	iso: string;
	name: string;
	code: string;
	/** USD for a text that goes there, by network. */
	outbound: readonly (readonly [network: string, mcc: string, mnc: string, price: string])[];
	kinds: Readonly<Partial<Record<NumberType, Kind>>>;
};

export const everything = ['voice', 'sms', 'mms'] as const;
const texts = ['voice', 'sms'] as const;
export const calls = ['voice'] as const;

// Beside 555, whose numbers are for fiction, tests and what else is made up here, and with every last digit, so that a
// word of five letters can be spelled. Somebody may have such a number: nothing ever leaves this process.
const exchanges = ['550', '551', '552', '553', '554', '565', '556', '557', '558', '559'] as const;

export function kind(areas: readonly Area[], length: number, more: Partial<Kind> & Pick<Kind, 'price'>): Kind {
	const usual = { heads: [''], stock: 2000, capabilities: texts, address: 'none', bundle: false, inbound: '0.0075' };
	return { ...(usual as Omit<Kind, 'areas' | 'length' | 'price'>), areas, length, ...more };
}

export const northAmerican = (areas: readonly Area[], price: string) =>
	kind(areas, 10, { heads: exchanges, stock: 20_000, capabilities: everything, price, inbound: '0.0083' });

export const tollFree: readonly Area[] = ['800', '833', '844', '855', '866', '877', '888'].map((code) => [
	code,
	null,
	null
]);
