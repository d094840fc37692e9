import type { Chance } from './chance.ts';

/** Ranges that no subscriber has: North America's exchange 555, and what regulators keep for fiction elsewhere. */
const ranges: readonly { prefix: string; digits: number }[] = [
	{ prefix: '+447700900', digits: 3 },
	{ prefix: '+4917139200', digits: 2 },
	{ prefix: '+3363998', digits: 4 },
	{ prefix: '+4670174060', digits: 1 }
];

/** The chance that numbers come from, apart from all other: it depends on which of ours are `taken` in the database. */
export type Dial = { chance: Chance; taken: Set<string> };

/** A North American number that nobody in `taken` has yet; it is added there. */
export function freshNumber(chance: Chance, taken: Set<string>): string {
	for (;;) {
		const area = `${chance.between(2, 9)}${chance.between(0, 8)}${chance.between(0, 9)}`;
		const number = `+1${area}555${String(chance.between(0, 9999)).padStart(4, '0')}`;
		if (taken.has(number)) continue;
		taken.add(number);
		return number;
	}
}

/** A contact's number: now and then from abroad, while a range still has one. */
export function contactNumber(chance: Chance, taken: Set<string>): string {
	const range = chance.happens(0.3) ? ranges[chance.between(0, ranges.length - 1)] : undefined;
	if (range === undefined) return freshNumber(chance, taken);
	const number = range.prefix + String(chance.between(0, 10 ** range.digits - 1)).padStart(range.digits, '0');
	if (taken.has(number)) return freshNumber(chance, taken);
	taken.add(number);
	return number;
}
