import { Failure } from '../_shared/core/failures.ts';
import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import type { KnownKey } from '../_shared/database-limits.ts';
import { literal } from '../_shared/database-literal.ts';
import type { KeyCaller } from '../_shared/http/key.ts';
import type { Person } from '../_shared/http/token.ts';

/** Who asks: a person by an access token, or an organization's key. Its claims are what the database goes by. */
export type Caller = Person | (KeyCaller & Readonly<{ key: KnownKey }>);

/** By whom an answer is remembered: `key:<id>` or `user:<id>`. */
export function subjectOf(caller: Caller): string {
	return caller.role === 'api_key' ? `key:${caller.key_id}` : `user:${caller.sub}`;
}

/**
 * The organization that a request is about: a key's own, whether it is named or not; a person names theirs, or has been
 * refused before. Refuses with `not_found` where a key names another's.
 */
export function organizationOf(caller: Caller, named: string | undefined): string {
	const own = caller.role === 'api_key' ? caller.organization_id : named;
	if (own === undefined || (named !== undefined && named !== own)) throw new Failure('not_found');
	return own;
}

/**
 * Empty data never stands for "no": raises `session_ended`, `suspended` or, of a key, `unauthorized` where that is why there
 * is none.
 */
export async function requireAlive(database: CallerDatabase, claims: Claims): Promise<void> {
	await database.rows(claims, `select from api.${claims.role === 'api_key' ? 'my_key' : 'me'}()`);
}

/** The same, and `not_found` where the organization is not theirs: asked where a list of its things came out empty. */
export async function requireOrganization(database: CallerDatabase, claims: Claims, id: string): Promise<void> {
	await requireAlive(database, claims);
	// a key names its own, or was refused
	if (claims.role === 'api_key') return;
	const known = await database.rows(claims, `select from api.organizations o where o.id = ${literal(id)}`);
	if (known.length === 0) throw new Failure('not_found');
}
