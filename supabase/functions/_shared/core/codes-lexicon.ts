import { fold } from './codes-fold.ts';
import { words, type Sense } from './codes-words.ts';

/** Each sense is a bit, so that a word can have several. */
const senses: readonly Sense[] = [
	...([
		'otp',
		'code',
		'verify',
		'enter',
		'secret',
		'valid',
		'kind',
		'reference',
		'tail',
		'call',
		'money',
		'promo'
	] as const),
	...(['month', 'second', 'minute', 'hour', 'day', 'count', 'nothing'] as const),
	...(['proof', 'is', 'postal', 'booking', 'place', 'pay', 'entry', 'either'] as const)
];

export const bit = Object.fromEntries(senses.map((sense, index) => [sense, 1 << index])) as Readonly<
	Record<Sense, number>
>;

/** A word found in a folded text, with all it can mean. */
export type Mark = { from: number; to: number; senses: number };

const blank = 32;

/** Thai, Lao, Burmese, Khmer, kana, Han, Hangul: no blanks between words, or endings that join them. */
const isUnspaced = (code: number): boolean =>
	(code >= 0xe00 && code < 0xf00) ||
	(code >= 0x1000 && code < 0x10a0) ||
	(code >= 0x1100 && code < 0x1200) ||
	(code >= 0x1780 && code < 0x1800) ||
	(code >= 0x3040 && code < 0x3100) ||
	(code >= 0x3130 && code < 0xa000) ||
	(code >= 0xac00 && code < 0xd7b0);

const signs = [0xd7, 0xf7, 0x60c, 0x61b, 0x61f, 0x66a, 0x6d4, 0x964, 0x965, 0xe3f, 0x387, 0x37e, 0x589, 0x55d, 0x30fb];

// Which units are letters, worked out once: it is asked of every unit of every text.
const letters = Uint8Array.from({ length: 0x10000 }, (_, code) =>
	code < 128
		? Number((code >= 97 && code <= 122) || (code >= 65 && code <= 90))
		: Number(
				code >= 0xc0 &&
					!(code >= 0x2000 && code <= 0x2bff) &&
					!(code >= 0x3000 && code <= 0x3030) &&
					!(code >= 0xd800 && code <= 0xf8ff) &&
					!(code >= 0xfe10 && code <= 0xff64) &&
					!signs.includes(code)
			)
);

/** Whether a unit of a folded text is of a letter, or of a vowel sign that belongs to one. */
export const isLetter = (code: number): boolean => letters[code] === 1;

const asBlank = (code: number): number => (code === 45 || code === 10 || code === 95 ? blank : code);

// What joins letters to words: 1 a letter that stands alone, 2 of Latin, 3 of another script, 0 none.
const kinds = Uint8Array.from(letters, (letter, code) =>
	letter === 0 ? 0 : isUnspaced(code) ? 1 : code < 0x250 ? 2 : 3
);

/** Latin letters and those of other scripts do not make one word, even without a blank: an English OTP in a Thai text. */
function joins(before: number, after: number): boolean {
	const kind = kinds[before] ?? 0;
	if (kind < 2) return false;
	const next = kinds[after] ?? 0;
	return kind === 2 ? next === 2 : next === 3 || next === 1;
}

/**
 * The words as two trees of letters in one: where a word of a text begins, and within one. A step from a letter to the next is
 * looked up by both in one map; a first letter in a table, because most places of a text begin no word at all.
 */
const first = { starting: new Int32Array(0x10000), within: new Int32Array(0x10000) };
const steps = new Map<number, number>();
// What the words mean that end at a letter, with nothing after them or with any ending.
const whole: number[] = [0];
const open: number[] = [0];

for (const language of Object.values(words)) {
	for (const [sense, list] of Object.entries(language) as [Sense, string][]) {
		for (const entry of list.split(',')) plant(entry.trim(), bit[sense]);
	}
}

function plant(entry: string, sense: number): void {
	const word = fold(entry.replaceAll('~', '')).lower;
	const ends = isUnspaced(word.charCodeAt(word.length - 1)) || entry.endsWith('~') ? open : whole;
	const within = isUnspaced(word.charCodeAt(0)) || entry.startsWith('~');
	for (const table of within ? [first.starting, first.within] : [first.starting]) {
		let at = 0;
		for (let index = 0; index < word.length; index++) {
			const code = asBlank(word.charCodeAt(index));
			const next = (index === 0 ? table[code] : steps.get(at * 0x10000 + code)) || whole.length;
			if (next === whole.length) {
				whole.push(0);
				open.push(0);
				if (index === 0) table[code] = next;
				else steps.set(at * 0x10000 + code, next);
			}
			at = next;
		}
		ends[at] = (ends[at] ?? 0) | sense;
	}
}

// The steps again, in a table with open addressing, each key with its step behind it: asked some hundred times a text, it is
// several times as fast as a map.
const mask = (1 << Math.ceil(Math.log2(steps.size * 3))) - 1;
const slots = new Int32Array(2 * (mask + 1));
for (const [key, next] of steps) {
	let slot = slotOf(key);
	while (slots[2 * slot] !== 0) slot = (slot + 1) & mask;
	slots[2 * slot] = key;
	slots[2 * slot + 1] = next;
}
// What each letter means as the last of a word, and as the last before any ending.
const ends = new Int32Array(2 * whole.length);
for (let at = 0; at < whole.length; at++) {
	ends[2 * at] = whole[at] ?? 0;
	ends[2 * at + 1] = open[at] ?? 0;
}

function slotOf(key: number): number {
	return (Math.imul(key, 0x9e3779b1) >>> 8) & mask;
}

function step(at: number, code: number): number {
	const key = at * 0x10000 + code;
	for (let slot = slotOf(key); ; slot = (slot + 1) & mask) {
		const found = slots[2 * slot];
		if (found === key) return slots[2 * slot + 1] ?? 0;
		if (found === 0) return 0;
	}
}

/** The longest word that begins at a place, or null. Never looks further than the longest word of the lexicon. */
function longestAt(lower: string, from: number, table: Int32Array): Mark | null {
	let at = table[asBlank(lower.charCodeAt(from))] ?? 0;
	let to = 0;
	let senses = 0;
	for (let index = from + 1; at !== 0; index++) {
		const code = index < lower.length ? lower.charCodeAt(index) : 0;
		const alone = ends[2 * at] ?? 0;
		const means = (ends[2 * at + 1] ?? 0) | (alone !== 0 && !joins(lower.charCodeAt(index - 1), code) ? alone : 0);
		if (means !== 0) {
			to = index;
			senses = means;
		}
		at = code === 0 ? 0 : step(at, asBlank(code));
	}
	return to > 0 ? { from, to, senses } : null;
}

/** All words of the lexicon in a folded text, from left to right, none within another. Linear in the text. */
export function readWords(lower: string): Mark[] {
	const marks: Mark[] = [];
	let last: Mark | null = null;
	let before = 0;
	for (let index = 0; index < lower.length;) {
		const code = lower.charCodeAt(index);
		const mark = longestAt(lower, index, joins(before, code) ? first.within : first.starting);
		if (!mark) {
			before = code;
			index++;
			continue;
		}
		if (last) lengthen(last, lower, mark.from);
		if (!(mark.senses & bit.nothing)) marks.push(mark);
		last = mark;
		index = mark.to;
		before = lower.charCodeAt(index - 1);
	}
	if (last) lengthen(last, lower, lower.length);
	return marks;
}

/** An ending belongs to its word, unless another word begins in it. */
function lengthen(mark: Mark, lower: string, end: number): void {
	while (mark.to < end && joins(lower.charCodeAt(mark.to - 1), lower.charCodeAt(mark.to))) mark.to++;
}
