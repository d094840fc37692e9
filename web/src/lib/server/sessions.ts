import type { Cookies } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import * as people from './people.ts';
import { refusalOf } from './refusals.ts';

/** An access token is renewed when it has less than this left, in seconds. */
const renewedBelow = 120;

const sessionCookie = /^sb-.+-auth-token/;

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

/** Takes the session's cookies away from the browser. */
export function forget(cookies: Cookies): void {
	for (const { name } of cookies.getAll()) if (sessionCookie.test(name)) cookies.delete(name, { path: '/' });
}

/**
 * A short-lived access token for the browser's socket, good for at least two minutes, and when it expires (seconds
 * since 1970). Throws `session_ended` also for a token that has not expired while its session has.
 */
export async function accessToken(database: AppDatabase): Promise<{ access_token: string; expires_at: number }> {
	await people.whoami(database);
	let { data, error } = await database.auth.getSession();
	const left = (data.session?.expires_at ?? 0) - Date.now() / 1000;
	if (data.session && left < renewedBelow) ({ data, error } = await database.auth.refreshSession());
	if (error) throw refusalOf(error);
	if (!data.session?.expires_at) throw new Failure('session_ended');
	return { access_token: data.session.access_token, expires_at: data.session.expires_at };
}
