import { createHash, randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';
import { makeKey, type KeyMode } from '#core/api-keys.ts';
import type { KeyScope } from '#core/key-scopes.ts';

type Wish = { scopes: readonly KeyScope[]; mode?: KeyMode; numbers?: string[]; from?: string[] };

/** A key of an organization as it stands in the database, and as its owner was shown it: usable as a `Bearer`. */
export async function createKey(sql: Sql, organizationId: string, { scopes, mode = 'live', numbers, from }: Wish) {
	const { key, id: publicId } = makeKey(mode, randomBytes);
	const [row] = await sql<{ id: string }[]>`
		with made as (
			insert into public.api_keys (organization_id, name, mode, public_id, scopes, phone_number_ids, allowed_from)
			values (${organizationId}, 'Booking sync', ${mode}, ${publicId}, ${sql.array([...scopes])},
				${numbers ?? null}::uuid[], ${from ?? null}::cidr[])
			returning id)
		insert into private.api_key_secrets (key_id, hash)
		select m.id, ${createHash('sha256').update(key).digest()} from made m
		returning key_id as id`;
	return { id: row!.id, key, accessToken: key, organizationId };
}

export const revokeKey = (sql: Sql, id: string) => sql`update public.api_keys set revoked_at = now() where id = ${id}`;

/** All that a caller may do a minute is used up, as of half a minute from now, so that none comes back meanwhile; it has asked before. */
export const useUp = (sql: Sql, subject: string) => sql`
	update private.rate_limits
	set burst_full_at = (extract(epoch from clock_timestamp() + interval '30 seconds') * 1e6)::bigint + burst_size
	where subject = ${subject}`;
