import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';

/** RFC 6238 as every authenticator app has it: SHA-1, six figures, 30 seconds. */
const period = 30;

/** How many codes to write down. */
const recoveryCodes = 10;
const signs = 'abcdefghjkmnpqrstuvwxyz23456789';

/**
 * The time step whose code this is; null for a wrong one. A code of the step before or after is right as well, for clocks
 * that differ. Whether it was used already, only the database knows.
 * @param secret hexadecimal
 * @param now in milliseconds
 */
export function stepOf(code: string, secret: string, now: number = Date.now()): number | null {
	const token = code.replace(/\s/g, '');
	if (!/^\d{6}$/.test(token)) return null;
	const delta = TOTP.validate({ token, secret: Secret.fromHex(secret), period, window: 1, timestamp: now });
	return delta === null ? null : Math.floor(now / 1000 / period) + delta;
}

/** The code of a moment, in milliseconds: for the command line and for tests. */
export function codeAt(secret: string, now: number = Date.now()): string {
	return TOTP.generate({ secret: Secret.fromHex(secret), period, timestamp: now });
}

/** What an authenticator app is given: to type, and to photograph (an image as a data address). */
export function offered(secret: string, issuer: string, label: string): { text: string; picture: string } {
	const totp = new TOTP({ issuer, label, secret: Secret.fromHex(secret), period });
	const svg = renderSVG(totp.toString(), { border: 2 });
	return {
		text: totp.secret.base32.replace(/(.{4})(?=.)/g, '$1 '),
		picture: `data:image/svg+xml,${encodeURIComponent(svg)}`
	};
}

/** Codes to write down, 49 bits of chance each: "abcde-fghjk". */
export function inventRecoveryCodes(): string[] {
	return Array.from({ length: recoveryCodes }, () => {
		const code = Array.from({ length: 10 }, inventSign).join('');
		return `${code.slice(0, 5)}-${code.slice(5)}`;
	});
}

/** A recovery code as it is hashed, however it was typed; null for what is none. */
export function recoveryCode(typed: string): string | null {
	const code = typed.toLowerCase().replace(/[^0-9a-z]/g, '');
	return code.length === 10 ? code : null;
}

function inventSign(): string {
	for (;;) {
		// what is left of 256 would make the first signs likelier
		const [byte = 255] = randomBytes(1);
		if (byte < 256 - (256 % signs.length)) return signs.charAt(byte % signs.length);
	}
}
