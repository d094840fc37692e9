import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** `name:key,name:key`, each key 32 bytes in base64url; the first seals, all open. */
export type Keys = string;

/** 160 bits, as RFC 4226 §4 advises for HMAC-SHA-1. */
const secretBytes = 20;

/**
 * What a link offers an authenticator app, hexadecimal. It follows from the link's token and the key, so that it is nowhere
 * before it is used.
 */
export function offeredSecret(keys: Keys, token: string): string {
	const { key } = first(keys);
	return createHmac('sha256', key).update(`totp ${token}`).digest().subarray(0, secretBytes).toString('hex');
}

/**
 * A secret as the database keeps it, `name.nonce.words.tag`: AES-256-GCM under the first key. It opens for this operator
 * alone: put under another one it is nothing.
 * @param secret hexadecimal
 */
export function seal(keys: Keys, operatorId: string, secret: string): string {
	const { name, key } = first(keys);
	const nonce = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(operatorId));
	const words = Buffer.concat([cipher.update(secret, 'hex'), cipher.final()]);
	return [name, ...[nonce, words, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
}

/** The secret again, hexadecimal, and whether it should be sealed anew, by the key that counts now. Throws where no key fits. */
export function open(keys: Keys, operatorId: string, sealed: string): { secret: string; isStale: boolean } {
	const [name, ...parts] = sealed.split('.');
	const [nonce, words, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
	const all = parse(keys);
	const known = all.find((one) => one.name === name);
	if (!known || !nonce || !words || tag?.length !== 16) throw new Error(`OPERATORS_KEYS has no key ${name ?? ''}`);
	const decipher = createDecipheriv('aes-256-gcm', known.key, nonce).setAAD(Buffer.from(operatorId)).setAuthTag(tag);
	const secret = Buffer.concat([decipher.update(words), decipher.final()]).toString('hex');
	return { secret, isStale: known !== all[0] };
}

function parse(keys: Keys) {
	return keys.split(',').map((one) => {
		const [name = '', key = ''] = one.split(':');
		return { name, key: Buffer.from(key, 'base64url') };
	});
}

function first(keys: Keys) {
	const [key] = parse(keys);
	if (key?.key.length !== 32) throw new Error('OPERATORS_KEYS is not set');
	return key;
}
