import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export type Seal = {
	/** The text as only `open` reads it, in base64. */
	seal: (text: string) => string;
	/** @throws Error where it was sealed by another secret, or changed since. */
	open: (sealed: string) => string;
};

const [ivBytes, tagBytes] = [12, 16];

/** Seals texts that the database keeps but has no business reading: AES-256-GCM under a key made of a secret and a purpose. */
export function createSeal(secret: string, purpose: string): Seal {
	const key = createHash('sha256').update(`${purpose}\n${secret}`).digest();
	return {
		seal(text) {
			const iv = randomBytes(ivBytes);
			const cipher = createCipheriv('aes-256-gcm', key, iv);
			return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
		},
		open(sealed) {
			const bytes = Buffer.from(sealed, 'base64');
			const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes));
			decipher.setAuthTag(bytes.subarray(-tagBytes));
			return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]).toString('utf8');
		}
	};
}
