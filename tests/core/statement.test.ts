import { expect, test } from 'vitest';
import { countOf, monthBy, monthName, monthsBeside, reasonName, type Statement } from '#core/statement.ts';

test('months are counted over the end of a year', () => {
	expect([monthBy('2026-12', 1), monthBy('2026-01', -1), monthName('2027-01')]).toEqual([
		'2027-01',
		'2025-12',
		'January 2027'
	]);
});

test('a statement leads to the months that have one, and to no others', () => {
	const about = { this_month: '2026-11', first_month: '2026-09' } as Statement;
	expect(monthsBeside({ ...about, month: '2026-11' })).toEqual({ before: '2026-10', after: null });
	expect(monthsBeside({ ...about, month: '2026-09' })).toEqual({ before: null, after: '2026-10' });
});

test('a reason has words, also one that nobody wrote any for', () => {
	const line = (reason: string, transfers: number) => ({ reason, transfers, amount_micros: 1 });
	expect([reasonName('text'), countOf(line('text', 1204))]).toEqual(['Texts sent', '1,204 texts']);
	expect([reasonName('late_fee'), countOf(line('late_fee', 1))]).toEqual(['Late fee', '1 movement']);
});
