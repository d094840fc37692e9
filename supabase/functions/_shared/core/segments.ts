// GSM 03.38 (3GPP TS 23.038 §6.2.1), without ESC, which only leads into the extension table.
const basic =
	'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
	'abcdefghijklmnopqrstuvwxyzäöñüà';
// 3GPP TS 23.038 §6.2.1.1: each costs ESC plus one septet.
const extension = '\f^{}\\[~]|€';

/** Septets per UTF-16 unit: 1, 2 or, where the unit is not in GSM-7, 0. All of GSM-7 lies below U+20AD. */
const septetsOf = new Uint8Array(0x20ad);
for (const character of basic) septetsOf[character.charCodeAt(0)] = 1;
for (const character of extension) septetsOf[character.charCodeAt(0)] = 2;

const limits = {
	'GSM-7': { alone: 160, joined: 153 },
	'UCS-2': { alone: 70, joined: 67 }
} as const;

/** What plain characters stand for the typographic ones that phones and word processors put in by themselves. */
const plainFor: Readonly<Record<string, string>> = {
	'‘': "'",
	'’': "'",
	'‚': ',',
	'‛': "'",
	'“': '"',
	'”': '"',
	'„': '"',
	'‟': '"',
	'′': "'",
	'″': '"',
	'«': '"',
	'»': '"',
	'‐': '-',
	'‑': '-',
	'‒': '-',
	'–': '-',
	'—': '-',
	'―': '-',
	'−': '-',
	'…': '...',
	'•': '-',
	'\u00a0': ' ',
	'\u2009': ' ',
	'\u200a': ' ',
	'\u202f': ' ',
	'\u200b': '',
	'\ufeff': '',
	'\t': ' ',
	'`': "'",
	'´': "'"
};

export type Encoding = keyof typeof limits;

export type Segments = {
	encoding: Encoding;
	/** How many SMS the text is sent, and billed, as; 0 for an empty text. */
	segments: number;
	/** Septets (GSM-7) or UTF-16 units (UCS-2) the text takes. */
	units: number;
	/** Units that fit in this many segments. */
	capacity: number;
	/** The characters that force UCS-2, each once, in order of appearance; empty for GSM-7. */
	forcing: readonly string[];
};

/** Whether a character (one code point) can be sent in GSM-7, in one septet or two. */
export function isGsm7(character: string): boolean {
	return character.length === 1 && (septetsOf[character.charCodeAt(0)] ?? 0) > 0;
}

/**
 * Counts a text's segments as carriers bill them: 160 septets alone or 153 joined (GSM-7), 70 UTF-16 units alone or
 * 67 joined (UCS-2). An escape pair or a surrogate pair is never split across two segments. Nothing is normalised:
 * CRLF costs two septets and a combining accent forces UCS-2, because the carrier sends what it gets.
 */
export function countSegments(text: string): Segments {
	const forcing = new Set<string>();
	for (const character of text) if (!isGsm7(character)) forcing.add(character);
	const encoding = forcing.size === 0 ? 'GSM-7' : 'UCS-2';
	const { alone, joined } = limits[encoding];

	let units = 0;
	let segments = 1;
	let used = 0;
	for (let at = 0; at < text.length;) {
		const pair = encoding === 'UCS-2' && isSurrogatePair(text, at);
		const cost = encoding === 'GSM-7' ? (septetsOf[text.charCodeAt(at)] ?? 0) : pair ? 2 : 1;
		if (used + cost > joined) {
			segments += 1;
			used = 0;
		}
		used += cost;
		units += cost;
		at += pair ? 2 : 1;
	}
	if (units <= alone) segments = units === 0 ? 0 : 1;
	return { encoding, segments, units, capacity: segments > 1 ? segments * joined : alone, forcing: [...forcing] };
}

/** The text with typographic quotes, dashes and spaces written plainly, so that they no longer force UCS-2. */
export function makePlain(text: string): string {
	let plain = '';
	for (const character of text) plain += isGsm7(character) ? character : (plainFor[character] ?? character);
	return plain;
}

function isSurrogatePair(text: string, at: number): boolean {
	return isBetween(text.charCodeAt(at), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at + 1), 0xdc00, 0xdfff);
}

function isBetween(unit: number, low: number, high: number): boolean {
	return unit >= low && unit <= high;
}
