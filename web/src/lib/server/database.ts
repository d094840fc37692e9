import { createServerClient } from '@supabase/ssr';
import type { Cookies } from '@sveltejs/kit';
import { SUPABASE_SECRET_KEY } from '$app/env/private';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import type { Database } from '../../../../supabase/functions/_shared/database.types.ts';
import { shareRefreshes } from './refreshes.ts';
import { tracedFetch } from './requests.ts';
import { speakFor } from './visitors.ts';

export type AppDatabase = ReturnType<typeof createDatabase>;

/** The session's cookie; it has pieces (`session.0` …) when it is long. */
export const cookieName = 'session';

/** A session ends 30 days after its sign-in at the latest, and its cookie with it; in seconds. */
const longest = 30 * 24 * 60 * 60;

/** One refresh per refresh token in this process, whoever asks for it. */
const sharedFetch = shareRefreshes(tracedFetch);

/**
 * Supabase as the person whose session cookies these are. Make one per request: it keeps that request's session.
 * The cookies are out of the browser's scripts' reach (httpOnly), so refresh tokens never get there.
 * @param address the visitor's, for Auth's limits
 */
export function createDatabase(cookies: Cookies, secure: boolean, address: () => string = () => '') {
	const url = PUBLIC_SUPABASE_URL;
	const publishableKey = PUBLIC_SUPABASE_PUBLISHABLE_KEY;
	return createServerClient<Database, 'api'>(url, publishableKey, {
		db: { schema: 'api' },
		global: { fetch: speakFor({ url, publishableKey, secretKey: SUPABASE_SECRET_KEY, address }, sharedFetch) },
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
