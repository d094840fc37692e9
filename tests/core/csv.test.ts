import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeCell } from '#core/csv.ts';

const beginnings = ['=', '+', '-', '@', '\t', '\r'];
const e164 = fc
	.tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{6,14}$/))
	.map(([first, rest]) => `+${first}${rest}`);

test('a cell that a spreadsheet could take for a formula becomes a text', () => {
	fc.assert(
		fc.property(fc.constantFrom(...beginnings), fc.string({ unit: 'binary' }), (first, rest) => {
			fc.pre(!/^\+\d+$/.test(first + rest));
			expect(safeCell(first + rest)).toBe(`'${first}${rest}`);
		})
	);
});

test('no cell begins like a formula, except for a number in E.164', () => {
	fc.assert(
		fc.property(fc.oneof(fc.string({ unit: 'binary' }), e164, fc.stringMatching(/^[=+\-@\t\r'].{0,20}$/)), (text) => {
			const cell = safeCell(text);
			expect(beginnings.includes(cell.charAt(0)) ? cell : '+14155550142').toMatch(/^\+[1-9]\d{6,14}$/);
		})
	);
});

test('everything else stays as it is, and nothing is ever lost', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), (text) => {
			expect(safeCell(text).endsWith(text)).toBe(true);
			if (!beginnings.includes(text.charAt(0))) expect(safeCell(text)).toBe(text);
		})
	);
});

test('a strict number in E.164 is left alone; what only looks like one is not', () => {
	fc.assert(
		fc.property(e164, (number) => {
			expect(safeCell(number)).toBe(number);
		})
	);
	for (const text of [
		'+14155550142-1',
		'+1 415 555 0142',
		'+04155550142',
		'+141555',
		'+1415555014212345',
		'+14155550142\n',
		'+1415555\u0660142',
		'+1+cmd'
	]) {
		expect(safeCell(text)).toBe(`'${text}`);
	}
});
