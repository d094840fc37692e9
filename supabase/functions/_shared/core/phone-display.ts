/** A number in two parts, so that a page can set the calling code quietly. */
export type DisplayedPhone = { prefix: string; rest: string };

// ITU-T E.164: the calling codes of one and two digits. All others have three.
const shortCodes = new Set(
	(
		'1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 ' +
		'84 86 90 91 92 93 94 95 98'
	).split(' ')
);

// How countries write their numbers: by the first digits, the longest that fits; lengths of the groups.
const groupings: Readonly<Record<string, readonly number[]>> = {
	'1': [3, 3, 4],
	'7': [3, 3, 2, 2],
	'31': [1, 4, 4],
	'33': [1, 2, 2, 2, 2],
	'34': [3, 3, 3],
	'36': [2, 3, 4],
	'361': [1, 3, 4],
	'39': [3, 3, 4],
	'41': [2, 3, 2, 2],
	'44': [4, 6],
	'442': [2, 4, 4],
	'45': [2, 2, 2, 2],
	'46': [2, 3, 2, 2],
	'47': [3, 2, 3],
	'48': [3, 3, 3],
	'49': [3, 4, 4],
	'4930': [2, 5, 4],
	'4940': [2, 5, 4],
	'4989': [2, 5, 4],
	'52': [2, 4, 4],
	'55': [2, 5, 4],
	'61': [3, 3, 3],
	'612': [1, 4, 4],
	'613': [1, 4, 4],
	'617': [1, 4, 4],
	'618': [1, 4, 4],
	'81': [2, 4, 4],
	'86': [3, 4, 4],
	'91': [5, 5],
	'351': [3, 3, 3],
	'353': [2, 3, 4],
	'358': [2, 3, 4],
	'420': [3, 3, 3]
};

const e164 = /^\+[1-9]\d{6,14}$/;

/**
 * Splits an E.164 number into its calling code and the grouped rest: '+14155550142' → '+1' and '415 555 0142'.
 * Short codes and sender names come back whole, with an empty prefix. Digits are never dropped or added.
 */
export function displayPhone(number: string): DisplayedPhone {
	if (!e164.test(number)) return { prefix: '', rest: number };
	const digits = number.slice(1);
	const code = [1, 2].map((length) => digits.slice(0, length)).find((start) => shortCodes.has(start));
	const prefix = code ?? digits.slice(0, 3);
	const rest = digits.slice(prefix.length);
	return { prefix: `+${prefix}`, rest: group(rest, groupingOf(digits) ?? inThrees(rest.length)).join(' ') };
}

function groupingOf(digits: string): readonly number[] | undefined {
	for (let length = 4; length > 0; length -= 1) {
		const lengths = groupings[digits.slice(0, length)];
		if (lengths) return lengths;
	}
	return undefined;
}

/** Groups of three and four, the fours last: 7 → 3 4, 8 → 4 4, 10 → 3 3 4. */
function inThrees(length: number): number[] {
	const count = Math.max(1, Math.floor(length / 3));
	return Array.from({ length: count }, (_, at) => (at >= count - (length % 3) ? 4 : 3));
}

/** Cuts digits into groups; what the lengths do not foresee joins the last group, up to four, then stands for itself. */
function group(digits: string, lengths: readonly number[]): string[] {
	const groups: string[] = [];
	let at = 0;
	for (const length of lengths) {
		if (at >= digits.length) break;
		groups.push(digits.slice(at, at + length));
		at += length;
	}
	const over = digits.slice(at);
	const last = groups.at(-1) ?? '';
	if (over.length > 0 && last.length + over.length <= 4) groups[groups.length - 1] = last + over;
	else if (over.length > 0) groups.push(over);
	return groups;
}
