import { expect, test } from 'vitest';
import { dayIn, everyDay, healthOf, sumOf, type UsageDay } from '#core/number-usage.ts';

const day = (wish: Partial<UsageDay> = {}): UsageDay => ({
	day: '2026-11-23',
	received: 0,
	received_segments: 0,
	sent: 0,
	sent_segments: 0,
	delivered: 0,
	failed: 0,
	failures: {},
	opted_out: 0,
	micros: 0,
	last_received_at: null,
	...wish
});

test('R4.4 days are taken together: counts, failures by reason, the newest text, and money only where all of it may be seen', () => {
	const sum = sumOf([
		day({ sent: 2, failures: { '30003': 1 }, last_received_at: '2026-11-22T10:00:00Z', micros: 5 }),
		day({ sent: 3, failures: { '30003': 2, '30007': 1 }, last_received_at: '2026-11-21T10:00:00Z', micros: 6 })
	]);
	expect(sum).toMatchObject({
		sent: 5,
		failures: { '30003': 3, '30007': 1 },
		last_received_at: '2026-11-22T10:00:00Z',
		micros: 11
	});
	expect(sumOf([day({ micros: null }), day({ micros: 6 })]).micros).toBeNull();
});

test('R4.4 a trend has every day up to today, also over a month’s end and where nothing was', () => {
	const days = everyDay([day({ day: '2026-03-01', sent: 4 })], '2026-03-02', 4);
	expect(days.map(({ day, sent }) => `${day} ${sent}`)).toEqual([
		'2026-02-27 0',
		'2026-02-28 0',
		'2026-03-01 4',
		'2026-03-02 0'
	]);
	expect(dayIn(new Date('2026-11-23T02:00:00Z'), 'America/New_York')).toBe('2026-11-22');
});

test.each([
	['grace', {}, 'bad', 'Not renewed'],
	['active', {}, 'good', 'Ready. No texts'],
	['active', { sent: 100, delivered: 97, failed: 3 }, 'good', '97 of 100'],
	['active', { sent: 100, delivered: 80, failed: 20 }, 'watch', '20 of 100 texts did not arrive'],
	['active', { sent: 100, delivered: 60, failed: 40, failures: { '30007': 30 } }, 'bad', 'hold back 30%'],
	['active', { sent: 100, delivered: 99, failed: 1, opted_out: 4 }, 'watch', '4 for every 100'],
	['active', { sent: 3, delivered: 1, failed: 2 }, 'good', '1 of 3 texts'],
	['active', { sent: 3, delivered: 0, failed: 2 }, 'watch', 'All its 2 texts out failed']
] as const)('R4.4 health of a number that is %s with %o is %s', (status, wish, tone, says) => {
	const health = healthOf(status, day(wish));
	expect(health.tone).toBe(tone);
	expect(health.says).toContain(says);
});
