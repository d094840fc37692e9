import type { Session } from '@supabase/supabase-js';
import { parseCookieHeader } from '@supabase/ssr';
import type { Cookies } from '@sveltejs/kit';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { currentSession } from './current-session.ts';
import { cookieName } from './database.ts';
import { deviceName } from './devices.ts';
import type { AppDatabase } from './database.ts';
import * as people from './people.ts';
import { refusalOf } from './refusals.ts';
import { logFailure } from './requests.ts';
import { service } from './service.ts';
import * as signIns from './sign-ins.ts';
import type { Known, Visitor } from './sign-ins.ts';

/** An access token is renewed when it has less than this left, in seconds. */
const renewedBelow = 120;

/** The session's cookie, or the pieces it is cut into when it is long. */
const sessionCookie = new RegExp(`^${cookieName}(\\.\\d+)?$`);

/** Says, where the session's cookie is gone, that it was time that ended it. */
const expiredCookie = 'expired';
const expiredFor = 24 * 60 * 60;

/** How often it is written down from where a session is used, in ms. */
const describedEvery = 5 * 60_000;

/**
 * Signs in with a password; answers whose session it is, and what they should know of their account. Every try is counted.
 * Throws `credentials_invalid`, `email_unconfirmed`, `rate_limited` (`Delayed` where our own count says so), `unavailable`.
 */
export async function begin(
	database: AppDatabase,
	credentials: { email: string; password: string },
	visitor: Visitor
): Promise<{ user_id: string; known: Known | null }> {
	const attempt = await signIns.begin(credentials.email, visitor);
	const { data, error } = await database.auth.signInWithPassword(credentials);
	if (!error) return { user_id: data.user.id, known: await attempt.succeeded(idOf(data.session.access_token) ?? '') };
	const refusal = refusalOf(error);
	if (refusal.slug === 'credentials_invalid') await attempt.failed();
	throw refusal;
}

/**
 * Signs in somebody who has just chosen their password by a letter: what others tried in vain does not hold them up.
 * Throws `rate_limited` (Auth's own), `unavailable`.
 */
export async function beginAnew(
	database: AppDatabase,
	credentials: { email: string; password: string },
	visitor: Visitor
): Promise<void> {
	const attempt = await signIns.begin(credentials.email, visitor).catch((cause: unknown) => {
		if (cause instanceof signIns.Delayed) return null;
		throw cause;
	});
	const { data, error } = await database.auth.signInWithPassword(credentials);
	if (error) throw refusalOf(error);
	const session_id = idOf(data.session.access_token) ?? '';
	if (attempt) {
		await attempt.succeeded(session_id);
		return;
	}
	const noted = await Promise.all([
		service().rpc('describe_session', { session_id, ...visitor }),
		service().rpc('record_password_entered', { session_id })
	]);
	for (const { error: unnoted } of noted) if (unnoted) logFailure('session_not_described', refusalOf(unnoted));
}

/** Ends this session, here and in the database; with `global` everywhere else too. */
export async function end(database: AppDatabase, cookies: Cookies, scope: 'local' | 'global' = 'local'): Promise<void> {
	const { error } = await database.auth.signOut({ scope });
	forget(cookies);
	cookies.delete(expiredCookie, { path: '/', secure: false });
	// a session that is gone already is what was asked for
	if (error && refusalOf(error).slug !== 'session_ended') throw refusalOf(error);
}

/** Whether the browser brings a session along. It may have ended: only the database knows. */
export function isBrought(cookies: Cookies): boolean {
	return cookies.getAll().some(({ name }) => sessionCookie.test(name));
}

/**
 * What became of the session that a request came with and that is none any more: `expired` where only time ended it, so
 * that whoever sits there may go on with their password; `ended` where somebody did; `never` for a stranger. The browser
 * forgets it.
 */
export async function leave(request: Request, cookies: Cookies): Promise<'expired' | 'ended' | 'never'> {
	const brought = parseCookieHeader(request.headers.get('cookie') ?? '').filter(({ name }) => sessionCookie.test(name));
	forget(cookies);
	if (brought.length === 0) return cookies.get(expiredCookie) ? 'expired' : 'never';
	const id = idBrought(brought);
	if (!id || (await stateOf(id)) === 'gone') return 'ended';
	cookies.set(expiredCookie, '1', { path: '/', httpOnly: true, sameSite: 'lax', secure: false, maxAge: expiredFor });
	return 'expired';
}

/** A session is new: nothing has expired any more. */
export function arrive(cookies: Cookies): void {
	if (cookies.get(expiredCookie)) cookies.delete(expiredCookie, { path: '/', secure: false });
}

/**
 * Writes down from where and with what a session is used, unless somebody did just now. In the background: no page waits
 * for it, and none fails with it.
 */
export function describe({ session }: people.Person, visitor: Visitor): void {
	if (session.described_at && Date.now() - Date.parse(session.described_at) < describedEvery) return;
	void (async () => {
		const { error } = await service().rpc('describe_session', { session_id: session.id, ...visitor });
		if (error) throw refusalOf(error);
	})().catch((cause: unknown) => logFailure('session_use_not_noted', cause));
}

/** The session as the cookie's pieces hold it; nothing where they are no session of ours. */
function idBrought(pieces: { name: string; value?: string }[]): string | undefined {
	const place = ({ name }: { name: string }) => Number(name.split('.')[1] ?? 0);
	const whole = pieces.toSorted((a, b) => place(a) - place(b)).map(({ value }) => value ?? '');
	try {
		const kept = Buffer.from(whole.join('').replace(/^base64-/, ''), 'base64url').toString();
		return idOf(z.object({ access_token: z.string() }).parse(JSON.parse(kept)).access_token);
	} catch {
		// a cookie somebody made up
		return undefined;
	}
}

/** Whose word is not taken for anything but which session is meant: nobody has looked at the signature here. */
function idOf(token: string): string | undefined {
	const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
	return z.object({ session_id: z.uuid() }).safeParse(claims).data?.session_id;
}

async function stateOf(session_id: string): Promise<string> {
	const { data, error } = await service().rpc('session_state', { session_id });
	if (!error) return data;
	logFailure('session_end_unknown', refusalOf(error));
	return 'gone';
}

/** Takes the session's cookies away from the browser; also over http, where one marked secure would not be heard. */
export function forget(cookies: Cookies): void {
	for (const { name } of cookies.getAll())
		if (name.startsWith(cookieName)) cookies.delete(name, { path: '/', secure: false });
}

/** Which of one's devices to sign out, and what the page called it. */
export const Ending = z.object({ session: z.uuid(), name: z.string().max(200).default('The device') });

export type Device = {
	id: string;
	/** The one that asks. */
	here: boolean;
	name: string;
	address: string | null;
	/** ISO 8601 */
	signed_in_at: string;
	last_used_at: string;
};

/** Where a person is signed in, this device first, then the one that was used last. Throws `unavailable`. */
export async function list(database: AppDatabase): Promise<Device[]> {
	const { data, error } = await database.rpc('my_sessions');
	if (error) throw refusalOf(error);
	return data.map(({ id, is_current, user_agent, address, last_address, signed_in_at, last_used_at }) => ({
		id,
		here: is_current,
		name: deviceName(user_agent),
		address: last_address ?? address,
		signed_in_at,
		last_used_at
	}));
}

/** Signs one of a person's devices out, at once. Throws `session_ended`, `suspended`, `unavailable`. */
export async function endOne(database: AppDatabase, session_id: string): Promise<void> {
	const { error } = await database.rpc('end_session', { session_id });
	if (error) throw refusalOf(error);
}

/** Signs a person out everywhere but here; answers how many devices that were. Throws like `endOne`. */
export async function endOthers(database: AppDatabase): Promise<number> {
	const { data, error } = await database.rpc('end_other_sessions');
	if (error) throw refusalOf(error);
	return data;
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
