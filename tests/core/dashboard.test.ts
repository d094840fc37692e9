import { expect, test } from 'vitest';
import { changeOf, filled, forecastOf, percentOf, spanOf, spentOf, waited } from '#core/dashboard.ts';
import { limitEnds, limitGiven, limitWords } from '#core/limits.ts';

const line = (reason: string, amount_micros: number) => ({ reason, transfers: 1, amount_micros });
const november = { since: '2026-11-01T00:00:00Z', until: '2026-12-01T00:00:00Z' };

test('R6.1 an address says how many days are looked back on, and nothing else does', () => {
	const of = (days: string) => spanOf(new URLSearchParams({ days }));
	expect([of('1'), of('7'), of('90'), of('8'), of(''), spanOf(new URLSearchParams())]).toEqual([1, 7, 90, 30, 30, 30]);
});

test('R6.1 days that are not told of are there with nothing, in their order, over the end of a month', () => {
	const known = [{ day: '2026-10-31', sent: 3 }];
	expect(filled(known, '2026-11-01', 3, { sent: 0 })).toEqual([
		{ day: '2026-10-30', sent: 0 },
		{ day: '2026-10-31', sent: 3 },
		{ day: '2026-11-01', sent: 0 }
	]);
});

test('R6.1 a share of nothing and a change from nothing are none', () => {
	expect([percentOf(0, 0), percentOf(2, 3), changeOf(5, 0), changeOf(11, 10), changeOf(0, 4)]).toEqual([
		null,
		66.7,
		null,
		10,
		-100
	]);
});

test('R6.1 what came in is no cost, and what was given back is none any more', () => {
	expect(
		spentOf([line('top_up', 9_000_000), line('text', -500), line('text_refund', 200), line('number', -1_000)])
	).toBe(1_300);
	expect(spentOf([])).toBe(0);
});

test('R6.1 a forecast goes on with texts as until now, and pays each number once', () => {
	const now = Date.parse('2026-11-11T00:00:00Z');
	const lines = [line('text', -1_000_000), line('number_renewal', -1_150_000), line('top_up', 50_000_000)];
	expect(forecastOf({ ...november, lines, renewals_micros: 1_600_000 }, now)).toBe(3_000_000 + 1_150_000 + 1_600_000);
	// over, it is what it was
	const end = Date.parse(november.until);
	expect(forecastOf({ ...november, lines, renewals_micros: 0 }, end)).toBe(spentOf(lines));
	// and the first minutes of a month say nothing wild
	expect(
		forecastOf({ ...november, lines: [line('text', -1_000)], renewals_micros: 0 }, Date.parse(november.since))
	).toBe(31_000);
});

test('R6.1 who waits is told how long, as exactly as matters', () => {
	expect([59_000, 4 * 60_000, 192 * 60_000, 72 * 3_600_000].map(waited)).toEqual([
		'0 min',
		'4 min',
		'3 h 12 min',
		'3 days'
	]);
});

test('R6.6 what happens at the end of a limit is said in plain words, as the organization chose', () => {
	expect(limitWords({ limit_name: 'segments', used: 8012, most: 10_000 })).toBe(
		'8,012 of 10,000 of this month’s included segments are used'
	);
	expect(limitEnds({ limit_name: 'segments', stops: false })).toContain('paid from the wallet');
	expect(limitEnds({ limit_name: 'segments', stops: true })).toContain('nothing is sent');
	expect(limitEnds({ limit_name: 'members' })).toContain('Nobody is removed');
});

test('R6.7 a limit of one’s own is told with its end and with what the plan says', () => {
	const told = (most: number, given_until: string | null) =>
		limitGiven({ name: 'members', most, usual: 1000, given_until }, (at) => at.slice(0, 10));
	expect(told(1000, null)).toBe('');
	expect(told(2500, '2026-12-03T23:59:59Z')).toBe('Raised to 2,500 until 2026-12-03, instead of 1,000.');
	expect(told(10, '2026-12-03T23:59:59Z')).toBe('Lowered to 10 until 2026-12-03, instead of 1,000.');
});
