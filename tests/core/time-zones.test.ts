import { expect, test } from 'vitest';
import { isLocale, locales, namedLocales } from '#core/locales.ts';
import { findTimeZone, timeZones } from '#core/time-zones.ts';

test('R6.3 a time zone is found by its name however it is written, by its city, and by older names', () => {
	for (const name of timeZones) expect(findTimeZone(name)).toBe(name);
	expect(findTimeZone(' europe/LISBON ')).toBe('Europe/Lisbon');
	expect(findTimeZone('buenos aires')).toBe(timeZones.find((name) => name.endsWith('/Buenos_Aires')));
	expect(findTimeZone('Asia/Kolkata')).toBeTruthy();
	expect(findTimeZone('Asia/Calcutta')).toBeTruthy();
	expect(findTimeZone('utc')).toBe('UTC');
});

test('R6.3 what is none is not taken for one', () => {
	for (const typed of [
		'',
		' ',
		'Atlantis',
		'+03:00',
		'GMT+3',
		'Europe/',
		'Europe/Atlantis',
		"Europe/Berlin'; --",
		'5'
	]) {
		expect(findTimeZone(typed), typed).toBeNull();
	}
});

test('R6.3 a few dozen locales, each known to Intl and named in its own language', () => {
	expect(locales.length).toBeGreaterThan(36);
	expect(new Set(locales).size).toBe(locales.length);
	expect(Intl.DateTimeFormat.supportedLocalesOf([...locales])).toEqual([...locales]);
	const names = namedLocales();
	expect(names).toHaveLength(locales.length);
	expect(names.find(({ tag }) => tag === 'de')?.name).toBe('Deutsch');
	expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
	expect([isLocale('de'), isLocale('DE'), isLocale('xx')]).toEqual([true, false, false]);
});
