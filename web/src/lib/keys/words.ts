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

const resources: Readonly<Record<string, string>> = {
	messages: 'Texts',
	conversations: 'Conversations',
	contacts: 'Contacts',
	opt_outs: 'Opt-outs',
	numbers: 'Numbers',
	number_orders: 'Buying numbers',
	verifications: 'Codes',
	usage: 'Usage',
	webhooks: 'Webhooks'
};

/** What scopes are about: "messages:read" is about texts. */
export function resourceOf(scope: string): string {
	const name = scope.slice(0, scope.indexOf(':'));
	return resources[name] ?? name;
}

/** Whether a key opens nothing any more. */
export function isOver({ revoked_at, expires_at }: Key, now: string): boolean {
	return revoked_at !== null || (expires_at !== null && expires_at <= now);
}
