import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `authorization` header carries a secret as its bearer token, in time that does not depend on either.
 * An unset secret fits nothing.
 */
export function hasBearer(header: string | undefined, secret: string | undefined): boolean {
	const [, token] = /^Bearer (.+)$/i.exec(header ?? '') ?? [];
	if (!secret || !token) return false;
	return timingSafeEqual(digest(token), digest(secret));
}

// digests have one length, whatever is compared
function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
