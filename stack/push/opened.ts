import { createDecipheriv, createECDH, createPublicKey, hkdfSync, verify } from 'node:crypto';

/** A browser's own keys. */
export type Keys = { privateKey: Buffer; publicKey: Buffer; auth: Buffer };

/** What an application server says of itself (RFC 8292). */
type Claims = { aud?: string; exp?: number; sub?: string };

/** Why the sender of a push is not who it should be; null: it is. `key`: base64url, as the subscription was made for. */
export function refusalOf(authorization: string, key: string, origin: string, now: Date): string | null {
	const { t = '', k = '' } = Object.fromEntries(
		[...authorization.matchAll(/\b([tk])=([A-Za-z0-9._-]+)/g)].map(([, name, value]) => [name, value])
	) as { t?: string; k?: string };
	if (!authorization.startsWith('vapid ') || k !== key) return 'the subscription was made for another key';
	const [head = '', body = '', signature = ''] = t.split('.');
	const point = Buffer.from(k, 'base64url');
	const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
	const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
	const signed = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
	if (!verify('sha256', Buffer.from(`${head}.${body}`), signed, Buffer.from(signature, 'base64url')))
		return 'the token is not signed with the key';
	const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
	const seconds = (claims.exp ?? 0) - now.getTime() / 1000;
	if (claims.aud !== origin) return 'the token is for another push service';
	if (seconds <= 0 || seconds > 86_400) return 'the token has expired, or lasts for more than a day';
	return /^(mailto:|https:)/.test(claims.sub ?? '') ? null : 'the token says nobody to write to';
}

/** Reads what only this browser can (RFC 8291, one record of RFC 8188). @throws Error: it is not for it */
export function opened(body: Buffer, { privateKey, publicKey, auth }: Keys): string {
	const salt = body.subarray(0, 16);
	const idLength = body.readUInt8(20);
	const sender = body.subarray(21, 21 + idLength);
	const sealed = body.subarray(21 + idLength);
	const ecdh = createECDH('prime256v1');
	ecdh.setPrivateKey(privateKey);
	const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, sender]);
	const secret = Buffer.from(hkdfSync('sha256', ecdh.computeSecret(sender), auth, info, 32));
	const derived = (name: string, length: number) =>
		Buffer.from(hkdfSync('sha256', secret, salt, `Content-Encoding: ${name}\0`, length));
	const decipher = createDecipheriv('aes-128-gcm', derived('aes128gcm', 16), derived('nonce', 12));
	decipher.setAuthTag(sealed.subarray(-16));
	const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
	// after the words come a two and nothing but zeros
	return plain.subarray(0, plain.lastIndexOf(2)).toString();
}
