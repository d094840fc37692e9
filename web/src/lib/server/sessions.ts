import type { Session } from '@supabase/supabase-js';
import type { Cookies } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import { currentSession } from './current-session.ts';
import { cookieName } from './database.ts';
import type { AppDatabase } from './database.ts';
import * as people from './people.ts';
import { refusalOf } from './refusals.ts';

/** An access token is renewed when it has less than this left, in seconds. */
const renewedBelow = 120;

/** The session's cookie, or the pieces it is cut into when it is long. */
const sessionCookie = new RegExp(`^${cookieName}(\\.\\d+)?$`);

/** Signs in with a password. Throws `credentials_invalid`, `email_unconfirmed`, `rate_limited`, `unavailable`. */
export async function begin(database: AppDatabase, credentials: { email: string; password: string }): Promise<void> {
	const { error } = await database.auth.signInWithPassword(credentials);
	if (error) throw refusalOf(error);
}

/** Ends this session, here and in the database; the person's other devices stay signed in. */
export async function end(database: AppDatabase, cookies: Cookies): Promise<void> {
	const { error } = await database.auth.signOut({ scope: 'local' });
	forget(cookies);
	// a session that is gone already is what was asked for
	if (error && refusalOf(error).slug !== 'session_ended') throw refusalOf(error);
}

/** Whether the browser brings a session along. It may have ended: only the database knows. */
export function isBrought(cookies: Cookies): boolean {
	return cookies.getAll().some(({ name }) => sessionCookie.test(name));
}

/** Takes the session's cookies away from the browser; also over http, where one marked secure would not be heard. */
export function forget(cookies: Cookies): void {
	for (const { name } of cookies.getAll())
		if (name.startsWith(cookieName)) cookies.delete(name, { path: '/', secure: false });
}

/**
 * A short-lived access token for the browser's socket, good for at least two minutes, and when it expires (seconds
 * since 1970). Throws `session_ended` also for a token that has not expired while its session has.
 */
export async function accessToken(database: AppDatabase): Promise<{ access_token: string; expires_at: number }> {
	await people.whoami(database);
	const session = await currentSession(database);
	if (secondsLeft(session) >= renewedBelow) return tokenOf(session);
	const { data, error } = await database.auth.refreshSession();
	if (error) throw refusalOf(error);
	if (!data.session) throw new Failure('session_ended');
	return tokenOf(data.session);
}

function secondsLeft({ expires_at: end = 0 }: Session): number {
	return end - Date.now() / 1000;
}

function tokenOf({ access_token, expires_at = 0 }: Session): { access_token: string; expires_at: number } {
	return { access_token, expires_at };
}
