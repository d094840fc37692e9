import { createHash } from 'node:crypto';
import { keyPrefix, parseKey, type KeyMode } from '../core/api-keys.ts';
import type { KeyScope } from '../core/key-scopes.ts';

/** Who asks, by a key that was let in. `address` is where from, which the database looks at once more. */
export type KeyCaller = Readonly<{
	role: 'api_key';
	key_id: string;
	address: string | null;
	organization_id: string;
	mode: KeyMode;
	scopes: readonly KeyScope[];
	request_id?: string;
}>;

/** What was brought, as far as it may be told; `hash` is the SHA-256 of the whole in hexadecimal, null for a mistyped one. */
export type BroughtKey = { prefix: string | null; hash: string | null };

/** Whether a bearer token is meant to be a key. */
export function isKey(token: string): boolean {
	return token.startsWith('cum_');
}

/** What the database recognises a key by. One that was mistyped is no key, and its secret is compared with none. */
export function broughtKey(token: string): BroughtKey {
	return { prefix: keyPrefix(token), hash: parseKey(token) && createHash('sha256').update(token).digest('hex') };
}
