import { isAuthApiError } from '@supabase/supabase-js';
import type { AuthError, Session } from '@supabase/supabase-js';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** How long a page waits for Auth to renew a session, in ms. The client itself would try for half a minute. */
const patience = 8_000;

/**
 * The session that the request's cookies hold, renewed where its access token ran out. It says nothing about rights:
 * only the database does. Throws `session_ended` where there is none, `unavailable` where it could not be renewed.
 */
export async function currentSession(database: AppDatabase): Promise<Session> {
	let timer: NodeJS.Timeout | undefined;
	const tooLong = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Failure('unavailable')), patience);
	});
	try {
		const { data, error } = await Promise.race([database.auth.getSession(), tooLong]);
		if (error) throw isRejected(error) ? new Failure('session_ended', undefined, { cause: error }) : refusalOf(error);
		if (!data.session) throw new Failure('session_ended');
		return data.session;
	} finally {
		clearTimeout(timer);
	}
}

/** Whether Auth itself said no to the refresh token, for whatever reason: the client has dropped the session then. */
function isRejected(error: AuthError): boolean {
	return isAuthApiError(error) && error.status < 500 && error.status !== 429;
}
