import type { Context } from 'hono';
import { Failure } from '../_shared/core/failures.ts';
import { mintKeyToken } from '../_shared/http/key-token.ts';
import type { Api } from './app.ts';

/** By what the project's own services know whoever asks. */
export type CallersToken = (c: Context<Api>) => Promise<string>;

/**
 * A person's token goes along as it is; for a key one of a minute is minted that names it. `signingKey`: TOKEN_SIGNING_KEY, a
 * JWK that the project trusts.
 */
export function callersToken(signingKey: string | undefined, now: () => Date): CallersToken {
	return async (c) => {
		const { caller } = c.var;
		if (caller.role !== 'api_key') return (c.req.header('authorization') ?? '').replace(/^Bearer /i, '');
		if (!signingKey) throw new Failure('internal', undefined, { cause: 'TOKEN_SIGNING_KEY is not set' });
		return mintKeyToken(signingKey, { keyId: caller.key_id, address: caller.address }, now());
	};
}
