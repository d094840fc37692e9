import { sign } from 'hono/jwt';

/** How long a token for a key is good, in seconds: the database looks at the key's row at every statement anyway. */
const lifetime = 60;

/**
 * A token by which the database knows a key: its claims name it and the address that it is used from, and it stands for no
 * person. `signingKey`: TOKEN_SIGNING_KEY, a JWK that the project's Data API trusts. The key was checked before.
 */
export function mintKeyToken(
	signingKey: string,
	{ keyId, address }: { keyId: string; address: string | null },
	now: Date
): Promise<string> {
	const key = JSON.parse(signingKey) as JsonWebKey & { kid?: string };
	const issued = Math.floor(now.getTime() / 1000);
	const claims = { role: 'api_key', aud: 'authenticated', key_id: keyId, address, iat: issued, exp: issued + lifetime };
	// an algorithm that the key does not name is that of the stack's secret
	return sign(claims, key, key.alg === undefined ? 'HS256' : (key.alg as 'HS256'));
}
