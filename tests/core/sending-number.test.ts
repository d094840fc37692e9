import { expect, test } from 'vitest';
import type { NumberStatus } from '#core/number-usage.ts';
import { bestNumber, canText, defaultNumber, type SendingNumber } from '#core/sending-number.ts';

const number = (id: string, e164: string, country_code: string, wish: Partial<SendingNumber> = {}) => ({
	...{ id, e164, country_code, status: 'active' as NumberStatus, capabilities: ['voice', 'sms'] as readonly string[] },
	...wish
});
const us = number('us', '+14155550142', 'US');
const ca = number('ca', '+16042345678', 'CA');
const de = number('de', '+493012345678', 'DE');
const gb = number('gb', '+442079460123', 'GB');

test.each([
	['+442079460999', 'gb', 'country'],
	['+493099887766', 'de', 'country'],
	// one calling code, two countries
	['+16042345999', 'ca', 'country'],
	['+12125550100', 'us', 'country'],
	// Jamaica
	['+18762345678', 'us', 'calling_code'],
	// Jersey, beside the United Kingdom
	['+447797712345', 'gb', 'calling_code'],
	['+33612345678', 'de', 'oldest']
])('R4.7 %s is texted first from %s, by %s', (recipient, id, match) => {
	expect(bestNumber([de, us, ca, gb], recipient)).toEqual({ id, match });
});

test('R4.7 of several that fit alike the oldest is taken', () => {
	expect(bestNumber([de, number('first', '+12125550111', 'US'), us], '+14155550173')).toMatchObject({ id: 'first' });
	expect(bestNumber([gb, de], '+14155550173')).toEqual({ id: 'gb', match: 'oldest' });
});

test('R4.7 a number that is frozen, given back or for calls only is never chosen, not even as a default', () => {
	for (const status of ['grace', 'quarantined', 'released'] as const) {
		const frozen = { ...us, status };
		expect(canText(frozen)).toBe(false);
		expect(bestNumber([frozen, de], '+14155550173')).toEqual({ id: 'de', match: 'oldest' });
		expect(bestNumber([frozen], '+14155550173')).toBeNull();
		expect(defaultNumber([{ ...frozen, is_default: true }])).toBeUndefined();
	}
	expect(bestNumber([{ ...us, capabilities: ['voice'] }, ca], '+14155550173')).toEqual({
		id: 'ca',
		match: 'calling_code'
	});
	expect(bestNumber([], '+14155550173')).toBeNull();
});

test('R4.7 the default is the one that was chosen, or none', () => {
	const mine = [us, de].map((each) => ({ ...each, is_default: each === de }));
	expect(defaultNumber(mine)?.id).toBe('de');
	expect(defaultNumber(mine.map((each) => ({ ...each, is_default: false })))).toBeUndefined();
});
