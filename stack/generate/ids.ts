import { randomFillSync } from 'node:crypto';

// real chance, not the seed's: a second run on the same database must not meet the ids of the first
const pool = Buffer.alloc(1 << 16);
let used = pool.length;

/** Hexadecimal digits, two for each byte. */
export function randomHex(bytes: number): string {
	if (used + bytes > pool.length) {
		randomFillSync(pool);
		used = 0;
	}
	used += bytes;
	return pool.toString('hex', used - bytes, used);
}

/** A UUIDv7 (RFC 9562 §5.7) of that moment, given in Unix milliseconds. */
export function idAt(moment: number): string {
	const time = Math.floor(moment).toString(16).padStart(12, '0');
	const chance = randomHex(10);
	const variant = '89ab'.charAt(parseInt(chance.charAt(3), 16) & 3);
	return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(0, 3)}-${variant}${chance.slice(4, 7)}-${chance.slice(7, 19)}`;
}
