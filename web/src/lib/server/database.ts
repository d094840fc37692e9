import { createServerClient } from '@supabase/ssr';
import type { Cookies } from '@sveltejs/kit';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { shareRefreshes } from './refreshes.ts';

export type AppDatabase = ReturnType<typeof createDatabase>;

/** One refresh per refresh token in this process, whoever asks for it. */
const sharedFetch = shareRefreshes(fetch);

/**
 * Supabase as the person whose session cookies these are. Make one per request: it keeps that request's session.
 * The cookies are out of the browser's scripts' reach (httpOnly), so refresh tokens never get there.
 */
export function createDatabase(cookies: Cookies, secure: boolean) {
	return createServerClient(PUBLIC_SUPABASE_URL, PUBLIC_SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' },
		global: { fetch: sharedFetch },
		cookieOptions: { path: '/', httpOnly: true, sameSite: 'lax', secure },
		cookies: {
			getAll: () => cookies.getAll(),
			// the cache headers it also hands over are what hooks.server.ts sends with every page anyway
			setAll: (written) => {
				for (const { name, value, options } of written) cookies.set(name, value, { ...options, path: '/' });
			}
		}
	});
}
