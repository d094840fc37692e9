import { decode, verify } from 'hono/jwt';
import { z } from 'zod';
import { Failure } from '../core/failures.ts';

/** A person's access token as Auth signs it; the database asks for no more of it. */
const PersonClaims = z.object({
	sub: z.guid(),
	session_id: z.guid(),
	role: z.literal('authenticated'),
	// whoever has none would have access for ever
	exp: z.number()
});

/** Who asks, by a token that was verified. */
export type Person = Readonly<
	Pick<z.output<typeof PersonClaims>, 'sub' | 'session_id' | 'role'> & { request_id?: string }
>;

const algorithms = ['HS256', 'ES256', 'RS256', 'EdDSA'] as const;
const Header = z.object({ alg: z.enum(algorithms), kid: z.string().optional() });

type Key = JsonWebKey & { kid?: string };
const KeySet = z.object({ keys: z.array(z.looseObject({ kid: z.string().optional() })) });

type Parts = {
	/** TOKEN_SIGNING_KEY: a JWK. */
	signingKey: string | undefined;
	/** Where Auth tells its public keys. */
	keysUrl: string;
	fetch: typeof fetch;
	now: () => Date;
};

/** How long Auth's keys are taken for current, and how soon an unknown one may be asked for again, in ms. */
const keysLast = 600_000;
const keysRest = 10_000;

/**
 * A function that verifies access tokens: by the project's own signing key, and by those that Auth tells of. It refuses
 * with `unauthorized`, in the same words whatever is wrong, or with `unavailable` where Auth's keys cannot be asked for.
 */
export function createVerifier({ signingKey, keysUrl, fetch, now }: Parts): (token: string) => Promise<Person> {
	const own = signingKey ? (JSON.parse(signingKey) as Key) : null;
	let told: { keys: readonly Key[]; at: number } = { keys: [], at: -Infinity };
	let asking: Promise<void> | null = null;

	async function ask(): Promise<void> {
		const response = await fetch(keysUrl, { signal: AbortSignal.timeout(3000) });
		if (!response.ok) throw new Error(`Auth's keys: ${response.status}`);
		told = { keys: KeySet.parse(await response.json()).keys as Key[], at: now().getTime() };
	}

	async function toldKey(kid: string): Promise<Key | undefined> {
		const age = now().getTime() - told.at;
		const known = told.keys.find((key) => key.kid === kid);
		if (known ? age < keysLast : age < keysRest) return known;
		try {
			await (asking ??= ask().finally(() => (asking = null)));
		} catch (error) {
			if (known) return known;
			throw new Failure('unavailable', undefined, { cause: error });
		}
		return told.keys.find((key) => key.kid === kid);
	}

	async function keyFor(algorithm: (typeof algorithms)[number], kid: string | undefined): Promise<Key | undefined> {
		// a secret is never taken from anywhere else
		if (algorithm === 'HS256') return own?.kty === 'oct' ? own : undefined;
		if (kid === undefined) return undefined;
		if (own && own.kty !== 'oct' && own.kid === kid) return publicPart(own);
		const key = await toldKey(kid);
		return key?.kty === 'oct' ? undefined : key;
	}

	return async (token) => {
		try {
			const { alg, kid } = Header.parse(decode(token).header);
			const key = await keyFor(alg, kid);
			if (!key) throw new Failure('unauthorized');
			// `iat` is left out: two machines' clocks may differ by a second
			const payload = await verify(token, key, { alg, iat: false });
			const { sub, session_id, role } = PersonClaims.parse(payload);
			return { sub, session_id, role };
		} catch (error) {
			if (error instanceof Failure) throw error;
			throw new Failure('unauthorized', undefined, { cause: error });
		}
	};
}

function publicPart({ kty, crv, x, y, n, e, alg, kid }: Key): Key {
	const parts = { kty, crv, x, y, n, e, alg, kid };
	return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}
