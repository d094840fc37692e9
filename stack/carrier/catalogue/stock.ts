/**
 * The numbers in stock, computed and not kept: the n-th number of a kind is always the same, and whether a number is one of
 * them is known without a list.
 */
import { chanceOf } from '../scenarios.ts';
import type { Capability, NumberType } from '#core/number-catalogue.ts';
import { countries } from './countries.ts';
import type { Area, Country, Kind } from './kinds.ts';

export type Offered = {
	/** Its place in its kind: what a page goes on from. */
	index: number;
	number: string;
	locality: string | null;
	region: string | null;
	country: Country;
	type: NumberType;
	kind: Kind;
	capabilities: readonly Capability[];
};

/** A shuffle of the numbers an area could have: place × step + offset, in the ring of so many. */
type Shuffle = { step: number; back: number; offset: number; space: number; digits: number };

const seed = 'catalogue';
const shuffles = new Map<Area, Shuffle>();

function shuffleOf(country: Country, kind: Kind, area: Area): Shuffle {
	const known = shuffles.get(area);
	if (known) return known;
	const [prefix] = area;
	const key = `${country.code}${prefix}`;
	const head = kind.heads[0]?.length ?? 0;
	const digits = kind.length - prefix.length - head;
	const space = 10 ** digits * kind.heads.length;
	// prime to ten, and so to every ring here
	const step = Math.floor(chanceOf(seed, key, 'step') * (space / 10)) * 10 + 7;
	const offset = Math.floor(chanceOf(seed, key, 'offset') * space);
	const shuffle = { step, back: inverse(step, space), offset, space, digits };
	shuffles.set(area, shuffle);
	return shuffle;
}

/** x with step × x = 1 in the ring (extended Euclid). */
function inverse(step: number, space: number): number {
	let [a, b, x, y] = [step, space, 1, 0];
	while (b !== 0) {
		const quotient = Math.floor(a / b);
		[a, b] = [b, a - quotient * b];
		[x, y] = [y, x - quotient * y];
	}
	return ((x % space) + space) % space;
}

function times(a: number, b: number, space: number): number {
	return Number((BigInt(a) * BigInt(b)) % BigInt(space));
}

export function sizeOf(kind: Kind): number {
	return kind.areas.length * kind.stock;
}

/** Those that were asked for: a rare pattern goes through all of a kind, and making them is most of its time. */
const made = new Map<Kind, string[]>();

/** The digits of the n-th number of a kind, calling code first. Areas take turns. */
export function digitsAt(country: Country, kind: Kind, index: number): string {
	let known = made.get(kind);
	if (!known) made.set(kind, (known = []));
	return (known[index] ??= makeDigits(country, kind, index));
}

function makeDigits(country: Country, kind: Kind, index: number): string {
	const area = kind.areas[index % kind.areas.length] as Area;
	const { step, offset, space, digits } = shuffleOf(country, kind, area);
	const place = Math.floor(index / kind.areas.length);
	// below 2 ** 53: a place is below 10⁴, a step below 10⁸
	const value = (place * step + offset) % space;
	const low = 10 ** digits;
	return `${country.code}${area[0]}${kind.heads[Math.floor(value / low)]}${String(value % low).padStart(digits, '0')}`;
}

/** The n-th number of a kind. Now and then one can do less than its kind. */
export function offeredAt(country: Country, type: NumberType, kind: Kind, index: number): Offered {
	const [, locality, region] = kind.areas[index % kind.areas.length] as Area;
	const place = Math.floor(index / kind.areas.length);
	const lacks = (capability: Capability) =>
		(capability === 'mms' && place % 9 === 4) || (capability === 'voice' && place % 23 === 11);
	const few = kind.capabilities.length > 1;
	return {
		index,
		number: `+${digitsAt(country, kind, index)}`,
		locality,
		region,
		country,
		type,
		kind,
		capabilities: few ? kind.capabilities.filter((each) => !lacks(each)) : kind.capabilities
	};
}

/** Whether a number is of the catalogue, and then what it is; `null` for one the carrier could have but has not in stock. */
export function findOffered(number: string): Offered | null | undefined {
	for (const country of countries) {
		if (!number.startsWith(`+${country.code}`)) continue;
		const national = number.slice(1 + country.code.length);
		for (const [type, kind] of Object.entries(country.kinds) as [NumberType, Kind][]) {
			if (national.length !== kind.length) continue;
			const at = kind.areas.findIndex(([prefix]) => national.startsWith(prefix));
			const area = kind.areas[at];
			if (!area) continue;
			const { back, offset, space, digits } = shuffleOf(country, kind, area);
			const head = kind.heads.indexOf(national.slice(area[0].length, kind.length - digits));
			if (head < 0) continue;
			const value = head * 10 ** digits + Number(national.slice(-digits));
			const place = times((value - offset + space) % space, back, space);
			return place < kind.stock ? offeredAt(country, type, kind, place * kind.areas.length + at) : null;
		}
	}
	return undefined;
}
