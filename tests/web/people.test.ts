import { expect, test } from 'vitest';
import { inZone, type Person } from '#lib/server/people.ts';

const told = (chosen: string, browsers: string | undefined) =>
	inZone({ time_zone: chosen } as Person, browsers).time_zone;

test('times are told in the zone somebody chose, else in their browser’s, else in UTC', () => {
	expect(told('Asia/Tokyo', 'Europe/Berlin')).toBe('Asia/Tokyo');
	expect(told('UTC', 'Europe/Berlin')).toBe('Europe/Berlin');
	expect(told('UTC', undefined)).toBe('UTC');
	// a cookie holds whatever somebody wrote into it
	expect(['Nowhere/Land', '"><script>', '', 'x'.repeat(5000)].map((zone) => told('UTC', zone))).toEqual(
		Array.from({ length: 4 }, () => 'UTC')
	);
});
