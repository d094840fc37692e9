import { createServerClient } from '@supabase/ssr';
import type { Cookies } from '@sveltejs/kit';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import type { Database } from '../../../../supabase/functions/_shared/database.types.ts';
import { shareRefreshes } from './refreshes.ts';

export type AppDatabase = ReturnType<typeof createDatabase>;

/** The session's cookie; it has pieces (`session.0` …) when it is long. */
export const cookieName = 'session';

/** A session ends 30 days after its sign-in at the latest, and its cookie with it; in seconds. */
const longest = 30 * 24 * 60 * 60;

/** One refresh per refresh token in this process, whoever asks for it. */
const sharedFetch = shareRefreshes((input, init) => fetch(input, init));

/**
 * Supabase as the person whose session cookies these are. Make one per request: it keeps that request's session.
 * The cookies are out of the browser's scripts' reach (httpOnly), so refresh tokens never get there.
 */
export function createDatabase(cookies: Cookies, secure: boolean) {
	return createServerClient<Database, 'api'>(PUBLIC_SUPABASE_URL, PUBLIC_SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' },
		global: { fetch: sharedFetch },
		cookieOptions: { name: cookieName, path: '/', httpOnly: true, sameSite: 'lax', secure },
		cookies: {
			getAll: () => cookies.getAll(),
			// the cache headers it also hands over are what hooks.server.ts sends with every page anyway
			setAll: (written) => {
				for (const { name, value, options } of written) {
					cookies.set(name, value, { ...options, path: '/', maxAge: Math.min(options.maxAge ?? longest, longest) });
				}
			}
		}
	});
}
