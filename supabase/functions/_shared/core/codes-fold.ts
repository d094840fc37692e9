/** A text made comparable: one script of digits, plain letters, no invisible characters; each unit knows where it stood. */
export type Folded = {
	/** The text with its upper and lower case. */
	text: string;
	/** The same in lower case, unit for unit. */
	lower: string;
	/** The places in the original of its units and of its end, in UTF-16 units, or null where they are the same. */
	places: readonly number[] | null;
};

/** Where the digits 0 to 9 of a script begin (Unicode, general category Nd, without the mathematical ones). */
const zeros = [
	0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
	0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900,
	0xa9d0, 0xaa50, 0xabf0, 0xff10
];

/** Letters that Unicode does not decompose, or that one language writes in two ways. */
const alike: Readonly<Record<string, string>> = {
	ı: 'i',
	đ: 'd',
	Đ: 'D',
	ł: 'l',
	Ł: 'L',
	ø: 'o',
	Ø: 'O',
	ð: 'd',
	ħ: 'h',
	ς: 'σ',
	ی: 'ي',
	ى: 'ي',
	ک: 'ك',
	ہ: 'ه',
	ھ: 'ه',
	ۀ: 'ه',
	ە: 'ه',
	'־': '-',
	'，': '、',
	'。': '.',
	'．': '.'
};

/** Vowel points and accents that stand after their letter. */
const accent = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u06d6-\u06dc]/g;

/** Alphabets whose accents do not make another word of it; elsewhere what Unicode decomposes belongs to the letter. */
function isPlainable(code: number): boolean {
	return (
		code < 0x250 ||
		(code >= 0x370 && code < 0x530) ||
		(code >= 0x590 && code < 0x700) ||
		(code >= 0x1e00 && code < 0x2000)
	);
}

function isInvisible(code: number): boolean {
	return (
		code === 0xad ||
		code === 0x640 ||
		(code >= 0x200b && code <= 0x200f) ||
		(code >= 0x202a && code <= 0x202e) ||
		(code >= 0x2060 && code <= 0x2069) ||
		(code >= 0xfe00 && code <= 0xfe0f) ||
		code === 0x20e3 ||
		code === 0xfeff ||
		code === 13
	);
}

/** The units between U+2070 and U+FE00 that are not read as themselves. */
const special: Readonly<Record<number, true>> = Object.fromEntries(
	[
		0x2212,
		0x20e3,
		0x3000,
		0x3002,
		...zeros.flatMap((zero) => Array.from({ length: 10 }, (_, digit) => zero + digit))
	].map((code) => [code, true])
);

/** What a character is read as: nothing or one character. */
function plain(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	if (isInvisible(code)) return '';
	if (character in alike) return alike[character] ?? '';
	const zero = zeros.find((start) => code >= start && code < start + 10);
	if (zero !== undefined) return String.fromCharCode(48 + code - zero);
	if (code === 0xa0 || code === 0x3000 || code === 9 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f)
		return ' ';
	if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212 || code === 0xfe58) return '-';
	if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
	if ((code >= 0xff65 && code <= 0xff9f) || code > 0xffff) return [...character.normalize('NFKC')][0] ?? '';
	if (isPlainable(code)) return character.normalize('NFD').replace(accent, '').slice(0, 1);
	return character;
}

/** What a unit that is removed is read as. */
const removed = -1;

// What each unit is read as, worked out once: it is asked of every unit of every text. Halves of pairs stand for themselves.
const table = Int32Array.from({ length: 0x10000 }, (_, code) => {
	if (code > 0x2070 && code < 0xfe00 && !(code in special)) return code;
	const character = plain(String.fromCharCode(code));
	return character === '' ? removed : character.charCodeAt(0);
});

/** One text made comparable; time and memory grow with its length and nothing else. */
export function fold(original: string): Folded {
	let text = '';
	let done = 0;
	for (let index = 0; index < original.length; index++) {
		const code = original.charCodeAt(index);
		const unit = table[code] ?? removed;
		if (unit === removed || (code >= 0xd800 && code < 0xdc00)) return shifted(original);
		if (unit === code) continue;
		text += original.slice(done, index) + String.fromCharCode(unit);
		done = index + 1;
	}
	return folded(done === 0 ? original : text + original.slice(done), null);
}

/** A text some of whose units are removed or are halves of pairs, so that the places of others change. */
function shifted(original: string): Folded {
	const places: number[] = [];
	const units: number[] = [];
	for (let index = 0; index < original.length; index++) {
		const unit = table[original.charCodeAt(index)] ?? removed;
		const isPair = unit >= 0xd800 && unit < 0xdc00 && (original.codePointAt(index) ?? 0) > 0xffff;
		if (isPair) {
			const character = plain(String.fromCodePoint(original.codePointAt(index) ?? 0));
			// a character of two units that stays one keeps both: the lengths of text and places stay equal
			for (let half = 0; half < character.length; half++) {
				places.push(index);
				units.push(character.charCodeAt(half));
			}
			index++;
		} else if (unit !== removed) {
			places.push(index);
			units.push(unit);
		}
	}
	places.push(original.length);
	return folded(textOf(units), places);
}

function textOf(units: number[]): string {
	if (units.length <= 4096) return String.fromCharCode(...units);
	let text = '';
	for (let from = 0; from < units.length; from += 4096) text += String.fromCharCode(...units.slice(from, from + 4096));
	return text;
}

function folded(text: string, places: number[] | null): Folded {
	// toLowerCase of a whole text may change its length (İ); what it would change is folded before
	const lower = text.toLowerCase();
	if (lower.length !== text.length) return { text, lower: text, places };
	// a Σ that ends a word becomes another letter than one within
	return { text, lower: lower.includes('ς') ? lower.replaceAll('ς', 'σ') : lower, places };
}

/** The place in the original of a unit of a folded text, or of its end, in UTF-16 units. */
export function placeOf({ text, places }: Folded, index: number): number {
	return places ? (places[index] ?? places[text.length] ?? 0) : index;
}

/** The unit of a folded text that stood at a place of the original, or the first one after it. Logarithmic. */
export function unitAt({ text, places }: Folded, place: number): number {
	if (!places) return Math.min(place, text.length);
	let low = 0;
	let high = text.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((places[middle] ?? 0) < place) low = middle + 1;
		else high = middle;
	}
	return low;
}
