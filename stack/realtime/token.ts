import { createHmac, timingSafeEqual } from 'node:crypto';

/** What an access token says. `exp` is in seconds since 1970. */
export type Claims = { role: string; exp: number; session_id?: string; [claim: string]: unknown };

/** A verified token: the claims, and the same as the text that the policies will see. */
export type Token = { raw: string; claims: Claims; json: string };

/** Why something was refused: hosted Realtime's code, and the sentence it sends beside it. */
export class Refusal extends Error {
	code: string;

	constructor(code: string, sentence: string) {
		super(sentence);
		this.code = code;
	}

	/** As a join is refused by hosted Realtime. */
	get reason() {
		return `${this.code}: ${this.message}`;
	}
}

const realtimeRoles = ['anon', 'authenticated', 'service_role'];
/** Whom the Data API and Storage become: those, and what a migration granted to `authenticator`. */
export const restRoles = [...realtimeRoles, 'api_key'];

/**
 * Verifies an HS256 JWT, for somebody in one of these roles.
 * @param now seconds since 1970
 * @throws Refusal in hosted Realtime's words: malformed, wrongly signed, without `role` and `exp`, expired
 */
export function verifyToken(raw: string, secret: string, now: number, roles = realtimeRoles): Token {
	const parts = raw.split('.');
	const header = decode(parts[0]);
	const claims = decode(parts[1]);
	if (parts.length !== 3 || !header || !claims)
		throw new Refusal('MalformedJWT', 'The token provided is not a valid JWT');
	const expected = createHmac('sha256', secret).update(`${parts[0]}.${parts[1]}`).digest();
	const given = Buffer.from(parts[2] ?? '', 'base64url');
	if (header.alg !== 'HS256' || given.length !== expected.length || !timingSafeEqual(given, expected))
		throw new Refusal('JwtSignatureError', 'Failed to validate JWT signature');
	const { role, exp } = claims;
	if (typeof role !== 'string' || !Number.isInteger(exp))
		throw new Refusal('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT');
	const token = { raw, claims: claims as Claims, json: JSON.stringify(claims) };
	const expired = expiry(token, now);
	if (expired) throw expired;
	if (!roles.includes(role)) throw new Refusal('Unauthorized', `The role ${role} may not be used here`);
	return token;
}

/** The refusal of a token whose time is over at `now` (seconds since 1970), else null. */
export function expiry({ claims }: Token, now: number): Refusal | null {
	if (claims.exp > now) return null;
	return new Refusal('InvalidJWTToken', `Token has expired ${Math.floor(now - claims.exp)} seconds ago`);
}

/**
 * A token for one request of whoever brings an API key alone, as hosted's gateway mints them.
 * @param now seconds since 1970
 */
export function tokenForKey(role: 'anon' | 'service_role', secret: string, now: number): string {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ role, exp: Math.floor(now) + 60 })}`;
	return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** Whoever brings the publishable key alone: hosted's gateway exchanges it for a token of the role `anon`. */
export const anonymous: Token = {
	raw: '',
	claims: { role: 'anon', exp: Number.POSITIVE_INFINITY },
	json: '{"role":"anon"}'
};

function decode(part: string | undefined): Record<string, unknown> | null {
	try {
		const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
		return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
	} catch {
		// not JSON: the caller says so in hosted's words
		return null;
	}
}
