import type { Key } from './words.ts';

const day = 86_400_000;

/** After so many days without a request, a key or a scope is pointed out. */
const unusedDays = 30;

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
