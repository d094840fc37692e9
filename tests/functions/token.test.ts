import { sign } from 'hono/jwt';
import { beforeAll, expect, test } from 'vitest';
import { createVerifier } from '../../supabase/functions/_shared/http/token.ts';

type Pair = { secret: JsonWebKey & { kid: string; alg: string }; open: JsonWebKey & { kid: string } };

const sub = '0190aaaa-0000-7000-8000-000000000001';
const session_id = '0190aaaa-0000-7000-8000-000000000002';
const claims = { sub, session_id, role: 'authenticated', exp: 4_000_000_000 };
const caller = { sub, session_id, role: 'authenticated' };
let [first, second]: Pair[] = [];

async function makePair(kid: string): Promise<Pair> {
	const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
	const [secret, open] = await Promise.all([
		crypto.subtle.exportKey('jwk', pair.privateKey),
		crypto.subtle.exportKey('jwk', pair.publicKey)
	]);
	return { secret: { ...secret, kid, alg: 'ES256' }, open: { ...open, kid } };
}
beforeAll(async () => {
	[first, second] = [await makePair('first'), await makePair('second')];
});

/** Auth, which tells these keys, and how often it was asked. */
function auth(keys: () => readonly unknown[] | null, signingKey?: object) {
	let asked = 0;
	let now = 0;
	const verify = createVerifier({
		signingKey: signingKey && JSON.stringify(signingKey),
		keysUrl: 'http://auth.example/keys',
		now: () => new Date(now),
		fetch: async () => {
			asked += 1;
			const told = keys();
			return told ? Response.json({ keys: told }) : new Response(null, { status: 500 });
		}
	});
	return { verify, asked: () => asked, pass: (ms: number) => (now += ms) };
}

test('a token that Auth signed is verified by the key it tells; the key is asked for once', async () => {
	const { verify, asked, pass } = auth(() => [first!.open]);
	const token = await sign(claims, first!.secret);
	expect(await Promise.all([verify(token), verify(token)])).toEqual([caller, caller]);
	pass(60_000);
	expect(await verify(token)).toEqual(caller);
	expect(asked()).toBe(1);
	pass(600_000);
	expect(await verify(token)).toEqual(caller);
	expect(asked()).toBe(2);
});

test('a key that is new is asked for, one that is nobody’s not again and again', async () => {
	const told = [first!.open];
	const { verify, asked, pass } = auth(() => told);
	const token = await sign(claims, second!.secret);
	for (let i = 0; i < 5; i += 1) await expect(verify(token)).rejects.toMatchObject({ slug: 'unauthorized' });
	expect(asked()).toBe(1);
	told.push(second!.open);
	pass(11_000);
	expect(await verify(token)).toEqual(caller);
});

test('the project’s own key needs no asking; Auth away is no verdict', async () => {
	const own = auth(() => null, first!.secret);
	expect(await own.verify(await sign(claims, first!.secret))).toEqual(caller);
	expect(own.asked()).toBe(0);
	await expect(own.verify(await sign(claims, second!.secret))).rejects.toMatchObject({ slug: 'unavailable' });
});

test('a key of another’s name, or a public key taken for a secret, opens nothing', async () => {
	const { verify } = auth(() => [first!.open, { kty: 'oct', kid: 'third', k: 'c2VjcmV0' }]);
	const impostor = await sign(claims, { ...second!.secret, kid: 'first' });
	const secret = { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', kid: 'third' };
	const byPublicKey = await sign(claims, JSON.stringify(first!.open), 'HS256');
	for (const token of [impostor, await sign(claims, secret), byPublicKey, 'a.b.c', '']) {
		await expect(verify(token), token).rejects.toMatchObject({ slug: 'unauthorized' });
	}
});
