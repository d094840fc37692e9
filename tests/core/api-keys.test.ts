import { randomBytes } from 'node:crypto';
import { crc32 as zlibs } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32, keyPattern, keyPrefix, makeKey, parseKey } from '#core/api-keys.ts';

describe('R6.7 an API key', () => {
	test.each(['live', 'test'] as const)('of %s is read back as it was made, and looks as the pattern says', (mode) => {
		const { key, ...made } = makeKey(mode, randomBytes);
		expect(key).toMatch(keyPattern);
		expect(parseKey(key)).toEqual(made);
		expect(keyPrefix(key)).toBe(`cum_${mode}_${made.id}`);
		expect(key).not.toContain('undefined');
	});

	test('has at least 24 random characters, each as likely as the others', () => {
		const seen = new Map<string, number>();
		for (let made = 0; made < 4_000; made++) {
			const { secret } = makeKey('live', randomBytes);
			expect(secret.length).toBeGreaterThanOrEqual(24);
			for (const one of secret) seen.set(one, (seen.get(one) ?? 0) + 1);
		}
		expect(seen.size).toBe(62);
		const mean = (4_000 * 32) / 62;
		// seven standard deviations: a byte taken modulo 62 would put some characters 25 % above the rest
		for (const count of seen.values()) expect(Math.abs(count - mean)).toBeLessThan(7 * Math.sqrt(mean));
	});

	test('with one character changed, two swapped, or some missing is refused without a look-up', () => {
		const { key } = makeKey('live', randomBytes);
		const place = fc.integer({ min: 0, max: key.length - 1 });
		fc.assert(
			fc.property(place, fc.constantFrom(...'0aZ9_- kMé'), (at, other) => {
				const changed = key.slice(0, at) + other + key.slice(at + 1);
				expect(parseKey(changed)).toEqual(changed === key ? parseKey(key) : null);
			})
		);
		fc.assert(
			fc.property(fc.integer({ min: 0, max: key.length - 2 }), (at) => {
				const swapped = key.slice(0, at) + key.charAt(at + 1) + key.charAt(at) + key.slice(at + 2);
				expect(parseKey(swapped)).toEqual(swapped === key ? parseKey(key) : null);
			})
		);
		fc.assert(fc.property(place, (length) => parseKey(key.slice(0, length)) === null));
		for (const around of [` ${key}`, `${key}\n`, `${key}0`, `Bearer ${key}`]) expect(parseKey(around)).toBeNull();
	});

	test('whatever else is sent is no key, and what may be logged of it never holds a secret', () => {
		fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => parseKey(text) === null));
		expect(keyPrefix(`cum_live_Ab3dEf9h_${'s'.repeat(40)}`)).toBe('cum_live_Ab3dEf9h');
		expect(keyPrefix('sk_live_51H8fakefakefake')).toBeNull();
		expect(keyPrefix('cum_live_shortsecretwithoutanid')).toBeNull();
	});
});

test('the checksum is CRC-32 as everybody knows it', () => {
	expect(crc32('123456789')).toBe(0xcbf43926);
	fc.assert(fc.property(fc.stringMatching(/^[ -~]{0,80}$/), (text) => crc32(text) === zlibs(text)));
});

test('R6.7 the same source of an id draws the same id, also where it has to draw again', () => {
	const source = () => {
		let drawn = 0;
		return (bytes: number) => new Uint8Array(bytes).fill(drawn++ === 0 ? 255 : 7);
	};
	const chance = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
	const [one, two] = [makeKey('live', chance, source()), makeKey('live', chance, source())];
	expect(one.id).toBe(two.id);
	expect(one.secret).not.toBe(two.secret);
});
