import { expect, test } from 'vitest';
import fc from 'fast-check';
import { gridOf, labelledColumns, stacked, toneOf } from '../../web/src/lib/ui/chart.ts';

test('an axis has round figures, four lines above zero at most, and reaches over every value', () => {
	expect(gridOf([])).toEqual([0, 1]);
	expect(gridOf([0, null])).toEqual([0, 1]);
	expect(gridOf([3])).toEqual([0, 1, 2, 3]);
	expect(gridOf([378, 12])).toEqual([0, 100, 200, 300, 400]);
	expect(gridOf([0.3, 0.72])).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
	expect(gridOf([7])).toEqual([0, 2, 4, 6, 8]);
	fc.assert(
		fc.property(
			fc.array(fc.oneof(fc.nat(), fc.double({ min: 1e-6, max: 1e12, noNaN: true })), { minLength: 1 }),
			(values) => {
				const grid = gridOf(values);
				expect(grid.length).toBeGreaterThan(1);
				expect(grid.length).toBeLessThanOrEqual(5);
				expect(grid.at(-1)).toBeGreaterThanOrEqual(Math.max(...values) * (1 - 1e-9));
				if (values.every(Number.isInteger)) expect(grid.every(Number.isInteger)).toBe(true);
			}
		)
	);
});

test('bars stand upon each other, and nothing to say takes no room', () => {
	const parts = stacked(
		[
			{ name: 'Out', values: [2, null, 1] },
			{ name: 'In', values: [3, 4, 0] }
		],
		3
	);
	expect(parts).toEqual([
		{ from: [0, 0, 0], to: [2, 0, 1] },
		{ from: [2, 0, 1], to: [5, 4, 1] }
	]);
});

test('labels are counted from the latest column, which always has one', () => {
	expect(labelledColumns(30, 6)).toEqual([4, 9, 14, 19, 24, 29]);
	expect(labelledColumns(3, 10)).toEqual([0, 1, 2]);
	expect(labelledColumns(2, 0.4)).toEqual([1]);
	expect(labelledColumns(0, 5)).toEqual([]);
});

test('a series without a tone has that of its place', () => {
	expect(toneOf({ name: 'In', values: [] }, 1)).toBe('second');
	expect(toneOf({ name: 'Errors', values: [], tone: 'danger' }, 0)).toBe('danger');
});
