import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);

/** 64 MiB and three passes: RFC 9106 §4, the second recommended option, with one lane. */
const costs = { memory: 65_536, passes: 3, parallelism: 1 };
const tagLength = 32;

/** Fits no password: what a name that nobody has is compared with, so that it takes as long. */
const nobodys = `$argon2id$v=19$m=${costs.memory},t=${costs.passes},p=${costs.parallelism}$${bare(Buffer.alloc(16))}$${bare(Buffer.alloc(tagLength))}`;

/** A password as it is kept: argon2id in the PHC form, with its costs. */
export async function hash(password: string): Promise<string> {
	const nonce = randomBytes(16);
	const tag = await derive('argon2id', { message: password.normalize('NFC'), nonce, tagLength, ...costs });
	return `$argon2id$v=19$m=${costs.memory},t=${costs.passes},p=${costs.parallelism}$${bare(nonce)}$${bare(tag)}`;
}

/** Whether this is the password behind a hash; false for nobody's, after the same work. */
export async function fits(password: string, kept: string | null): Promise<boolean> {
	const [, , , cost = '', salt = '', tag = ''] = (kept ?? nobodys).split('$');
	const read = (name: string) => Number(new RegExp(`(?:^|,)${name}=(\\d+)`).exec(cost)?.[1]);
	const expected = Buffer.from(tag, 'base64');
	const found = await derive('argon2id', {
		message: password.normalize('NFC'),
		nonce: Buffer.from(salt, 'base64'),
		memory: read('m'),
		passes: read('t'),
		parallelism: read('p'),
		tagLength: expected.length
	});
	return timingSafeEqual(found, expected) && kept !== null;
}

function bare(bytes: Buffer): string {
	return bytes.toString('base64').replace(/=+$/, '');
}
