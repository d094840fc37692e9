import { createClient } from '@supabase/supabase-js';
import type { SupabaseClient } from '@supabase/supabase-js';
import { SUPABASE_SECRET_KEY } from '$app/env/private';
import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import type { Database } from '../../../../supabase/functions/_shared/database.types.ts';
import { refusalOf } from './refusals.ts';
import { tracedFetch } from './requests.ts';

export type ServiceDatabase = SupabaseClient<Database, 'service'>;

/** How long a service verb may take, in ms. */
const patience = 8_000;

let made: ServiceDatabase | undefined;

/**
 * The service verbs, as this server itself: with the secret key, which nothing but this module and the address that
 * visitors.ts forwards may use. It knows no person and holds no state of one. Errors never name the key.
 */
export function service(): ServiceDatabase {
	made ??= createClient<Database, 'service'>(PUBLIC_SUPABASE_URL, SUPABASE_SECRET_KEY, {
		db: { schema: 'service' },
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
		global: {
			fetch: (input, init) => tracedFetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(patience) })
		}
	});
	return made;
}

/** Before what Auth and Storage would do for anybody: throws `maintenance` while the platform rests, `unavailable`. */
export async function requireAwake(): Promise<void> {
	const { error } = await service().rpc('require_awake');
	if (error) throw refusalOf(error);
}
