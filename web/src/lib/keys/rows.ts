import { endOf, shortly } from './moments.ts';
import { isUnused, unusedScopes } from './unused.ts';
import { isOver, type Key } from './words.ts';

/** A key as tables show it, in words: the server says them, so that browsers need nothing to know when and why. */
export function rowOf(key: Key, now: string, timeZone: string) {
	const { id, name, mode, prefix, scopes, last_used_at: at, last_used_address: address } = key;
	return {
		...{ id, name, mode, prefix, scopes },
		over: isOver(key, now),
		note: noteOn(key, now, timeZone),
		lastUsed: at === null ? null : { at, says: shortly(at, now, timeZone), address: address ?? '' },
		ended: endedOf(key, now, timeZone)
	};
}
export type KeyRow = ReturnType<typeof rowOf>;

/** What somebody who runs this would like to know of a key; nothing of most. */
function noteOn(key: Key, now: string, timeZone: string): string | undefined {
	if (isOver(key, now)) return undefined;
	if (key.rotated_at && key.expires_at)
		return `Rotating: it goes on until ${endOf(key.expires_at, timeZone)} beside the key that replaces it.`;
	if (isUnused(key, now))
		return key.last_used_at
			? 'Not used for more than 30 days. If nothing needs it any more, revoke it.'
			: 'Never used since it was made more than 30 days ago. If nothing needs it, revoke it.';
	const idle = unusedScopes(key, now);
	if (idle.length === 0) return undefined;
	return `Not needed for 30 days: ${idle.join(', ')}. What a key cannot do, nobody can do with it.`;
}

function endedOf({ revoked_at, expires_at }: Key, now: string, timeZone: string): string {
	if (revoked_at) return `Revoked ${shortly(revoked_at, now, timeZone)}`;
	return expires_at ? endOf(expires_at, timeZone) : 'Never';
}
