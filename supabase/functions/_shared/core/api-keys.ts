/**
 * API keys: `cum_live_` or `cum_test_`, an id of 8 characters by which a key is known, `_`, a secret of 32 characters and a
 * checksum of 6, all base62. The id may be shown and logged; the secret is shown once.
 */

export type KeyMode = 'live' | 'test';
export type ApiKey = { mode: KeyMode; id: string; secret: string };

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 8;
const secretLength = 32;
const checksumLength = 6;

/** What a key looks like, for secret scanners: the checksum is not looked at. */
export const keyPattern = /^cum_(live|test)_([0-9A-Za-z]{8})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

/** The longest multiple of 62 within a byte: what lies above would make some characters likelier than others. */
const fair = 248;

/** Characters of equal likelihood, of as many bytes as `random` has to give for them. */
function characters(length: number, random: (bytes: number) => Uint8Array): string {
	let drawn = '';
	while (drawn.length < length) {
		for (const byte of random(length - drawn.length)) if (byte < fair) drawn += alphabet[byte % 62] ?? '';
	}
	return drawn;
}

/** CRC-32 as zip and PNG know it (reflected, polynomial 0xEDB88320), of ASCII text; 0 to 2³² − 1. */
export function crc32(text: string): number {
	let remainder = 0xffffffff;
	for (let place = 0; place < text.length; place++) {
		remainder ^= text.charCodeAt(place);
		for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
	}
	return (remainder ^ 0xffffffff) >>> 0;
}

/** The checksum of all that stands before it, in base62, led by zeros. */
function checksum(before: string): string {
	let rest = crc32(before);
	let written = '';
	for (let place = 0; place < checksumLength; place++) {
		written = (alphabet[rest % 62] ?? '') + written;
		rest = Math.floor(rest / 62);
	}
	return written;
}

/** A new key as its owner sees it, once. `random` gives so many random bytes. */
export function makeKey(
	mode: KeyMode,
	random: (bytes: number) => Uint8Array,
	randomOfId: typeof random = random
): ApiKey & { key: string } {
	const id = characters(idLength, randomOfId);
	const secret = characters(secretLength, random);
	const before = `cum_${mode}_${id}_${secret}`;
	return { mode, id, secret, key: before + checksum(before) };
}

/** Reads a key; null for what is none, was mistyped or cut short: no look-up is needed to refuse it. */
export function parseKey(text: string): ApiKey | null {
	const [, mode, id, secret, check] = keyPattern.exec(text) ?? [];
	if (!mode || !id || !secret || check !== checksum(text.slice(0, -checksumLength))) return null;
	return { mode: mode === 'live' ? 'live' : 'test', id, secret };
}

/** What may be shown and logged of a key, or of what was sent in its place: its beginning up to the id, or null. */
export function keyPrefix(text: string): string | null {
	return /^cum_(?:live|test)_[0-9A-Za-z]{8}(?=_)/.exec(text)?.[0] ?? null;
}
