import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainCodes, findCodes, ruleFor } from '#core/codes.ts';

/** Words that say nothing about codes, of several scripts. */
const noise = fc
	.array(
		fc.constantFrom('harbour', 'meadow', 'Lamp', 'très', 'Straße', 'ветер', '森林', 'बादल', '🦊', 'plum,', 'och'),
		{
			maxLength: 12
		}
	)
	.map((words) => words.join(' '));
const digits = (least: number, most: number) =>
	fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
const code = digits(4, 8).filter((one) => !/^(?:19|20)\d\d/.test(one));

test('a code planted in noise is found', () => {
	fc.assert(
		fc.property(noise, code, noise, (before, planted, after) => {
			const text = `${before}. Your verification code is ${planted}. ${after}`;
			const [found] = findCodes(text);
			expect(found?.code).toBe(planted);
			expect(text.slice(found!.from, found!.to)).toBe(planted);
		})
	);
});

test('numbers without evidence are no codes', () => {
	fc.assert(
		fc.property(noise, digits(1, 12), noise, (before, number, after) => {
			expect(findCodes(`${before} ${number} ${after}`)).toEqual([]);
		})
	);
});

test('any text at all is read, within itself, the same each time, and findCodes agrees with explainCodes', () => {
	const anything = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 200 }),
		fc.string({ unit: fc.constantFrom(...'code: 12-4.,/@#GAx*￥１２٣验证码 รหัส\n'), maxLength: 120 })
	);
	fc.assert(
		fc.property(anything, (text) => {
			const found = findCodes(text);
			expect(findCodes(text)).toEqual(found);
			const { accepted, rejected } = explainCodes(text);
			expect(accepted).toEqual(found);
			for (const { from, to, score } of found) {
				expect(from >= 0 && from < to && to <= text.length).toBe(true);
				expect(score).toBeGreaterThanOrEqual(0.5);
			}
			for (const { score } of rejected) expect(Number.isFinite(score)).toBe(true);
		}),
		{ numRuns: 300 }
	);
});

test('the order in which texts are read does not matter', () => {
	fc.assert(
		fc.property(fc.array(code, { minLength: 2, maxLength: 6 }), (codes) => {
			const texts = codes.map((one, index) => (index % 2 ? `${one} is your code` : `Ваш код: ${one}`));
			const forward = texts.map((text) => findCodes(text));
			const backward = texts.toReversed().map((text) => findCodes(text));
			expect(backward.toReversed()).toEqual(forward);
		})
	);
});

const hostile = [
	...['1', '1 ', '12-', 'code 1 ', 'code 123456 ', 'code a.', 'code @', 'code [A ', '验证码1', 'verification :'],
	...['code for Aa ', 'code a1b2 ', 'code:1.1,1/1:', 'รหัส1', 'code http://a ', 'code 1234 min ', 'code A-1-', 'code１']
];

const rules = Array.from({ length: 400 }, (_, at) =>
	ruleFor(`door ${at % 7} of ${'x'.repeat(at % 20)} 12 ab`, { from: 5, to: 6 }, 'code')
);

test.each([
	...hostile.map((piece) => [piece, 'no', {}] as const),
	...['1 ', 'code 123456 ', 'code a1b2 '].map((piece) => [piece, '400', { rules }] as const)
])('eight times as much of “%s” takes about eight times as long, with %s rules', (piece, _, context) => {
	const least = (length: number): number => {
		const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
		const times = Array.from({ length: 15 }, () => {
			const start = performance.now();
			for (let turn = 0; turn < 3; turn++) findCodes(text, context);
			return performance.now() - start;
		});
		return Math.min(...times);
	};
	least(1600);
	// quadratic work would take 64 times as long, cubic 512; the sum below keeps the clock's grain out of it
	expect(least(1600) / (least(200) + 0.02)).toBeLessThan(30);
});
