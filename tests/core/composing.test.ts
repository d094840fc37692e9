import { describe, expect, test } from 'vitest';
import { fillTemplate, placeholdersOf, priceFor } from '#core/composing.ts';
import { momentIn, wallClock, zoneOf } from '#core/contact-zones.ts';
import { findTimeZone } from '#core/time-zones.ts';

describe('R2.1 templates', () => {
	test('what is known fills itself, what is not stays and is named', () => {
		const filled = fillTemplate('Hi {{contact.name}}, {{ Flat }} is yours from {{date}}. {{my.name}}', {
			'contact.name': 'Elena',
			'my.name': null,
			date: '23 November'
		});
		expect(filled).toBe('Hi Elena, {{ Flat }} is yours from 23 November. {{my.name}}');
		expect(placeholdersOf(`${filled} {{Flat}}`)).toEqual(['Flat', 'my.name']);
		expect(placeholdersOf('{single} {{}} a {{{b}}}')).toEqual(['b']);
	});
});

test('the longest prefix gives the price', () => {
	const prices = [
		{ prefix: '+', kind: 'sms', direction: 'outbound', micros: 150_000 },
		{ prefix: '+44', kind: 'sms', direction: 'outbound', micros: 52_400 },
		{ prefix: '+44', kind: 'sms', direction: 'inbound', micros: 1 },
		{ prefix: '+447', kind: 'mms', direction: 'outbound', micros: 2 }
	] as const;
	expect([priceFor(prices, '+447700900461', 'sms'), priceFor(prices, '+6799991234', 'sms')]).toEqual([52_400, 150_000]);
	expect(priceFor([], '+447700900461', 'sms')).toBeNull();
});

describe('R2.1 a contact’s clock', () => {
	test.each([
		['+14155550142', 'America/Los_Angeles'],
		['+12125550142', 'America/New_York'],
		['+16045550142', 'America/Vancouver'],
		['+36205550178', 'Europe/Budapest'],
		['+77015550178', 'Asia/Almaty'],
		['+79165550178', 'Europe/Moscow'],
		['+9995550178', null]
	])('%s is in %s', (number, zone) => expect(zoneOf(number)).toBe(zone));

	test('a time there is a moment, also where clocks change', () => {
		const at = (zone: string, local: string) => new Date(momentIn(zone, local)!).toISOString();
		expect(at('Europe/Budapest', '2026-11-24T10:00')).toBe('2026-11-24T09:00:00.000Z');
		expect(at('Asia/Kolkata', '2026-11-24T10:00')).toBe('2026-11-24T04:30:00.000Z');
		// 02:30 does not exist on 29 March 2026 in Berlin, and is there twice on 25 October
		expect(at('Europe/Berlin', '2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z');
		expect(at('Europe/Berlin', '2026-10-25T02:30')).toBe('2026-10-25T00:30:00.000Z');
		expect(momentIn('Europe/Berlin', 'tomorrow')).toBeNull();
		expect(wallClock(Date.parse('2026-11-24T09:00:00Z'), 'Europe/Budapest')).toBe('2026-11-24T10:00');
	});

	test('every zone is one that pages and database know', () => {
		for (let code = 200; code < 1000; code++) {
			const zone = zoneOf(`+1${String(code)}5550142`);
			if (zone) expect(findTimeZone(zone), zone).not.toBeNull();
		}
		for (let code = 20; code < 1000; code++) {
			const zone = zoneOf(`+${String(code)}000000`);
			if (zone) expect(findTimeZone(zone), zone).not.toBeNull();
		}
	});
});
