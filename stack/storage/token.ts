import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidToken } from './refusals.ts';

/** What a signed link carries: the object it opens and until when, in seconds since 1970. */
export type LinkClaims = { url: string; iat: number; exp: number; owner?: string; upsert?: boolean };

/** Signs links with a key of their own: a link's token is never an access token, nor the other way round. */
export function linkSigner(jwtSecret: string, now = () => Date.now() / 1000) {
	const key = createHmac('sha256', jwtSecret).update('storage links').digest();
	const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const signatureOf = (text: string) => createHmac('sha256', key).update(text).digest();
	return {
		/** @param lifetime in seconds */
		sign(
			claims: Pick<LinkClaims, 'url' | 'owner' | 'upsert'> & { use: 'download' | 'upload' },
			lifetime: number
		): string {
			const iat = Math.floor(now());
			const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, iat, exp: iat + lifetime })}`;
			return `${text}.${signatureOf(text).toString('base64url')}`;
		},
		/** @throws StorageRefusal InvalidJWT for one that is malformed, changed, expired or meant for the other use */
		verify(token: string, use: 'download' | 'upload'): LinkClaims {
			const [header = '', payload = '', given = '', ...more] = token.split('.');
			const expected = signatureOf(`${header}.${payload}`);
			const signature = Buffer.from(given, 'base64url');
			if (more.length > 0 || signature.length !== expected.length || !timingSafeEqual(signature, expected))
				throw invalidToken('signature verification failed');
			// it is ours: nobody else could have signed it
			const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as LinkClaims & { use: string };
			if (claims.use !== use) throw invalidToken('signature verification failed');
			if (claims.exp <= now()) throw invalidToken('"exp" claim timestamp check failed');
			return claims;
		}
	};
}

export type LinkSigner = ReturnType<typeof linkSigner>;
