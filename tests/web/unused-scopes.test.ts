import { expect, test } from 'vitest';
import { unusedScopes } from '../../web/src/lib/keys/unused.ts';
import type { Key } from '../../web/src/lib/keys/words.ts';

const now = '2026-11-23T12:00:00.000Z';
const daysAgo = (days: number) => new Date(Date.parse(now) - days * 86_400_000).toISOString();
const key = (more: Partial<Key>): Key => ({
	...{ id: '', name: 'Booking sync', mode: 'live', prefix: '', phone_number_ids: null, allowed_from: null },
	...{ expires_at: null, replaces: null, rotated_at: null, revoked_at: null },
	...{ last_used_at: daysAgo(0), last_used_address: null, last_used_endpoint: null },
	...{ scopes: ['messages:read', 'messages:write', 'contacts:read'], created_at: daysAgo(60) },
	scope_uses: { 'messages:read': daysAgo(1), 'messages:write': daysAgo(40) },
	...more
});

test('R6.7 scopes are pointed out that a key in use has not needed for 30 days, and none before it is known', () => {
	expect(unusedScopes(key({}), now)).toEqual(['messages:write', 'contacts:read']);
	expect(unusedScopes(key({ created_at: daysAgo(20) }), now)).toEqual([]);
	expect(unusedScopes(key({ scope_uses: {} }), now)).toEqual([]);
	expect(unusedScopes(key({ last_used_at: null }), now)).toEqual([]);
	expect(unusedScopes(key({ last_used_at: daysAgo(31) }), now)).toEqual([]);
});
