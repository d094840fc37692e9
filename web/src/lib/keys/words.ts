/** A key as the pages know it. */
export type Key = {
	id: string;
	name: string;
	mode: 'live' | 'test';
	prefix: string;
	scopes: readonly string[];
	phone_number_ids: readonly string[] | null;
	allowed_from: readonly string[] | null;
	expires_at: string | null;
	replaces: string | null;
	created_at: string;
	rotated_at: string | null;
	revoked_at: string | null;
	last_used_at: string | null;
	last_used_address: string | null;
	last_used_endpoint: string | null;
	scope_uses: Readonly<Record<string, string>>;
};

/** What is refused, in words; reasons are the database's. */
export const refusalWords: Readonly<Record<string, string>> = {
	mistyped: 'Mistyped, its checksum does not fit',
	wrong_secret: 'Its secret is not this key’s',
	revoked: 'It is revoked',
	expired: 'It has expired',
	address: 'Not from where it may be used',
	suspended: 'The organization is suspended'
};

/** Whether a key opens nothing any more. */
export function isOver({ revoked_at, expires_at }: Key, now: string): boolean {
	return revoked_at !== null || (expires_at !== null && expires_at <= now);
}
