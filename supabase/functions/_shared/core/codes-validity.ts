import { bit } from './codes-lexicon.ts';
import type { Reading } from './codes-reading.ts';

const units = [
	[bit.second, 1],
	[bit.minute, 60],
	[bit.hour, 3600],
	[bit.day, 86_400]
] as const;

/**
 * How many seconds a code is said to be valid, or null. A stretch of time in a sentence about validity counts before any
 * other; moments ("until 14:35") need a clock and are not read.
 */
export function statedValidity(reading: Reading): number | null {
	const { lower } = reading.folded;
	let other: number | null = null;
	let valid: Set<number> | null = null;
	for (let index = 0; index < lower.length; index++) {
		if (!isDigit(lower.charCodeAt(index))) continue;
		const from = index;
		while (isDigit(lower.charCodeAt(index))) index++;
		if (index - from > 3 || (from > 0 && '.,:/-'.includes(lower.charAt(from - 1)))) continue;
		const at = unitAfter(lower, index);
		const senses = at < 0 ? 0 : sensesAt(reading, at);
		const unit = senses === 0 ? undefined : units.find(([sense]) => senses & sense);
		const seconds = unit ? Number(lower.slice(from, index)) * unit[1] : 0;
		if (seconds <= 0 || seconds > 7 * 86_400) continue;
		valid ??= new Set(reading.marks.filter((one) => one.senses & bit.valid).map((one) => reading.sentence(one.from)));
		if (valid.has(reading.sentence(from))) return seconds;
		other ??= seconds;
	}
	return other;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isJoint = (code: number): boolean => code === 32 || code === 45;

/** Where the unit of a number begins that ends at a place: after one or two blanks or dashes, or at once; or -1. */
function unitAfter(lower: string, end: number): number {
	if (isJoint(lower.charCodeAt(end))) return isJoint(lower.charCodeAt(end + 1)) ? end + 2 : end + 1;
	return /^\p{L}/u.test(lower.slice(end, end + 2)) ? end : -1;
}

function sensesAt(reading: Reading, at: number): number {
	const mark = reading.marks[reading.markFrom(at)];
	return mark?.from === at ? mark.senses : glued(reading.folded.lower, at);
}

/** Units too short to be words of the lexicon: 10m, 2h. */
function glued(lower: string, at: number): number {
	const letter = lower.charAt(at);
	const unit = letter === 's' ? bit.second : letter === 'm' ? bit.minute : letter === 'h' ? bit.hour : 0;
	const sense = letter === 'd' ? bit.day : unit;
	return sense !== 0 && !/\p{L}/u.test(lower.charAt(at + 1)) ? sense : 0;
}
