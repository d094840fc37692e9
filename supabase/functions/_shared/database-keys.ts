import type { KeyScope } from './core/key-scopes.ts';
import type { Ask } from './database-ask.ts';

/** What is remembered of keys that were let in. */
export function keyVerbs(ask: Ask) {
	return {
		/** A key needed these of its scopes; what it does not have is left out. */
		noteKeyScopes: (key_id: string, scopes: readonly KeyScope[]) => ask<null>('note_key_scopes', { key_id, scopes })
	};
}
