import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countSegments, isGsm7, makePlain } from '#core/segments.ts';

const gsm7 = 'GSM-7';
const ucs2 = 'UCS-2';

describe('a text is counted as carriers bill it', () => {
	test.each([
		['nothing', '', gsm7, 0],
		['160 letters', 'w'.repeat(160), gsm7, 1],
		['161 letters', 'w'.repeat(161), gsm7, 2],
		['306 letters', 'w'.repeat(306), gsm7, 2],
		['307 letters', 'w'.repeat(307), gsm7, 3],
		['70 CJK characters', '潮'.repeat(70), ucs2, 1],
		['71 CJK characters', '潮'.repeat(71), ucs2, 2],
		['134 CJK characters', '潮'.repeat(134), ucs2, 2],
		['135 CJK characters', '潮'.repeat(135), ucs2, 3],
		['a CRLF is two septets', `${'k'.repeat(80)}\r\n${'k'.repeat(79)}`, gsm7, 2],
		['a LF is one', `${'k'.repeat(80)}\n${'k'.repeat(79)}`, gsm7, 1],
		['a CRLF beyond two segments', `${'k'.repeat(200)}\r\n${'k'.repeat(105)}`, gsm7, 3],
		['70 precomposed accents', '\u00e9'.repeat(70), gsm7, 1],
		['70 combining accents', 'e\u0301'.repeat(70), ucs2, 3],
		['curly quotes', 'We’re at the gate', ucs2, 1],
		['80 extension characters alone', '|'.repeat(80), gsm7, 1],
		['153 escape pairs, 76 to a segment', '{'.repeat(153), gsm7, 3],
		['extension characters are one unit in UCS-2', `${'|'.repeat(69)}潮`, ucs2, 1],
		['35 emoji', '🐚'.repeat(35), ucs2, 1],
		['67 emoji, 33 to a segment', '🐚'.repeat(67), ucs2, 3],
		['a lone surrogate', '\ud83d', ucs2, 1]
	])('%s', (_what, text, encoding, segments) => {
		expect(countSegments(text)).toMatchObject({ encoding, segments });
	});

	test('it says how many units are used and how many fit', () => {
		expect(countSegments('€')).toMatchObject({ units: 2, capacity: 160 });
		expect(countSegments('w'.repeat(161))).toMatchObject({ units: 161, capacity: 306 });
		expect(countSegments('潮'.repeat(102))).toMatchObject({ units: 102, capacity: 134 });
	});

	test('it names the characters that force UCS-2, each once', () => {
		expect(countSegments('Yes, that’s ours — I’ll meet you 🐚').forcing).toEqual(['’', '—', '🐚']);
		expect(countSegments('Ça va, señor? ΔΦ {ok} 5€').forcing).toEqual([]);
		expect(countSegments('façade').forcing).toEqual(['ç']);
	});
});

test('a text can be made plain, and what has no plain form stays', () => {
	expect(makePlain('“Yes” – that’s ours…')).toBe('"Yes" - that\'s ours...');
	expect(makePlain('潮 🐚 é')).toBe('潮 🐚 é');
});

/** The definition, without any of the shortcuts: lay unbreakable pieces into segments one after the other. */
function countSlowly(text: string): number {
	const pieces = [...text].map((character) =>
		[...text].every(isGsm7) ? ('\f^{}\\[~]|€'.includes(character) ? 2 : 1) : character.length
	);
	const [alone, joined] = [...text].every(isGsm7) ? [160, 153] : [70, 67];
	const total = pieces.reduce((sum, piece) => sum + piece, 0);
	if (total <= alone) return total === 0 ? 0 : 1;
	const segments = [0];
	for (const piece of pieces) {
		if (segments.at(-1)! + piece > joined) segments.push(0);
		segments[segments.length - 1]! += piece;
	}
	return segments.length;
}

const anyText = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 400 }),
	fc.string({ unit: fc.constantFrom(...'aé€|{\r\n@Δ'), maxLength: 700 }),
	fc.string({ unit: fc.constantFrom(...'a|🐚潮’'), maxLength: 300 })
);

test('the count is the one of laying characters into segments one by one', () => {
	fc.assert(
		fc.property(anyText, (text) => {
			expect(countSegments(text).segments).toBe(countSlowly(text));
		})
	);
});

test('one more character never makes fewer segments in the same encoding', () => {
	fc.assert(
		fc.property(anyText, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), (text, more) => {
			const [before, after] = [countSegments(text), countSegments(text + more)];
			if (before.encoding === after.encoding) expect(after.segments).toBeGreaterThanOrEqual(before.segments);
			expect(after.units).toBeLessThanOrEqual(after.capacity);
		})
	);
});

test('GSM-7 is the alphabet of 3GPP TS 23.038: 127 characters and ten by escape', () => {
	const characters = Array.from({ length: 0xffff }, (_, code) => String.fromCharCode(code)).filter(isGsm7);
	expect(characters).toHaveLength(137);
});
