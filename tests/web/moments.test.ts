import { expect, test } from 'vitest';
import { clock, dayName, dayOf, exact, isZone, short } from '#lib/conversations/moments.ts';

const now = Date.parse('2026-11-23T09:41:07Z');
const berlin = 'Europe/Berlin';

test('times are written in the reader’s zone', () => {
	expect(clock(now, berlin)).toBe('10:41');
	expect(clock(now, 'America/Los_Angeles')).toBe('01:41');
	expect(exact(now, berlin)).toBe('Monday 23 November 2026, 10:41:07');
});

test('midnight is 00, not 24', () => {
	expect(clock('2026-11-22T23:00:30Z', berlin)).toBe('00:00');
});

test('days have names', () => {
	expect(dayName(now, now, berlin)).toBe('Today, Monday 23 November');
	expect(dayName('2026-11-22T09:00:00Z', now, berlin)).toBe('Yesterday, Sunday 22 November');
	expect(dayName('2026-11-20T09:00:00Z', now, berlin)).toBe('Friday 20 November');
	expect(dayName('2025-12-30T09:00:00Z', now, berlin)).toBe('Tuesday 30 December 2025');
	expect(dayOf('2025-12-30T09:00:00Z', now, berlin)).toBe('30 December 2025');
});

test('in a list a time is as short as it can be and still clear', () => {
	expect(short('2026-11-23T08:00:00Z', now, berlin)).toBe('09:00');
	expect(short('2026-11-22T08:00:00Z', now, berlin)).toBe('Sun');
	expect(short('2026-11-16T08:00:00Z', now, berlin)).toBe('16 Nov');
	expect(short('2025-12-30T08:00:00Z', now, berlin)).toBe('30 Dec 2025');
});

test('only zones that exist are zones', () => {
	expect([berlin, 'UTC', 'Nowhere/Land', '', '<script>'].map(isZone)).toEqual([true, true, false, false, false]);
});
