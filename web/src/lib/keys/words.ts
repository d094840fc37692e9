import { dayAt } from '#core/days.ts';

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

const day = 86_400_000;

/** After so many days without a request, a key or a scope is pointed out. */
const unusedDays = 30;

/** Whether a key opens nothing any more. */
export function isOver({ revoked_at, expires_at }: Key, now: string): boolean {
	return revoked_at !== null || (expires_at !== null && expires_at <= now);
}

/** Whether nobody has used a key for so long that it is worth asking what it is for. */
export function isUnused({ last_used_at, created_at }: Key, now: string): boolean {
	return Date.parse(now) - Date.parse(last_used_at ?? created_at) > unusedDays * day;
}

/** Scopes that a key in use has not needed for so long that they could be taken away. */
export function unusedScopes(key: Key, now: string): string[] {
	// of a key that nobody watched yet nothing is known
	if (key.last_used_at === null || isUnused(key, now) || Object.keys(key.scope_uses).length === 0) return [];
	const since = new Date(Date.parse(now) - unusedDays * day).toISOString();
	if (key.created_at > since) return [];
	return key.scopes.filter((scope) => !key.scope_uses[scope] || Date.parse(key.scope_uses[scope]) < Date.parse(since));
}

/** A moment, short: "09:14" today, "22 November 09:14" this year, with the year before that. */
export function shortly(at: string, now: string, timeZone: string): string {
	const moment = new Date(at);
	const time = { hour: '2-digit', minute: '2-digit' } as const;
	const same = dayAt(moment.getTime(), timeZone) === dayAt(Date.parse(now), timeZone);
	const date = {
		day: 'numeric',
		month: 'short',
		year: at.slice(0, 4) === now.slice(0, 4) ? undefined : 'numeric'
	} as const;
	const said = new Intl.DateTimeFormat('en-GB', { ...time, ...(!same && date), timeZone }).format(moment);
	return same ? `Today ${said}` : said.replace(',', '');
}

/** The last day on which a key is good: "1 March 2027", with the hour where it does not end with the day. */
export function endOf(expires: string, timeZone: string): string {
	const moment = Date.parse(expires);
	const last = new Date(moment - 1);
	const said = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone });
	if (dayAt(moment, timeZone) !== dayAt(moment - 1, timeZone)) return said.format(last);
	const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
	return `${said.format(moment)} at ${time.format(moment)}`;
}
