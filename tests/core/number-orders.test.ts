import { expect, test } from 'vitest';
import { firstRenewalDay, isOver, orderStatuses } from '#core/number-orders.ts';

test('R4.2 a number renews a calendar month later by the organization’s calendar, on the last day where there is no such day', () => {
	const on = (at: string, zone = 'UTC') => firstRenewalDay(new Date(at), zone);
	expect(on('2026-11-23T10:44:00Z')).toBe('2026-12-23');
	expect(on('2027-01-31T12:00:00Z')).toBe('2027-02-28');
	expect(on('2028-01-30T12:00:00Z')).toBe('2028-02-29');
	expect(on('2026-12-31T12:00:00Z')).toBe('2027-01-31');
	// late in the evening there, the next day here
	expect(on('2026-11-23T03:00:00Z', 'America/Los_Angeles')).toBe('2026-12-22');
	expect(on('2026-11-30T22:00:00Z', 'Asia/Tokyo')).toBe('2027-01-01');
});

test('an order that is active or released is over', () => {
	expect(orderStatuses.filter(isOver)).toEqual(['active', 'released']);
});
