import { createClient } from '@supabase/supabase-js';
import type { Session } from '@supabase/supabase-js';
import * as z from 'zod';
import type { Cookies } from '@sveltejs/kit';
import { SUPABASE_SECRET_KEY } from '$app/env/private';
import { PUBLIC_APP_NAME, PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { passwordProblem } from '#core/account.ts';
import { Failure } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import type { Person } from './people.ts';
import { refusalOf } from './refusals.ts';
import { tracedFetch } from './requests.ts';
import { requireAwake } from './service.ts';
import * as sessions from './sessions.ts';
import * as signIns from './sign-ins.ts';
import type { Visitor } from './sign-ins.ts';
import { speakFor } from './visitors.ts';

/** A password as it is chosen: long enough, and no longer than what counts of it. Nothing is asked of its composition. */
export const NewPassword = z
	.string()
	.refine((typed) => passwordProblem(typed) !== 'too_short', 'Use 10 characters at least. Any will do, also spaces.')
	.refine((typed) => passwordProblem(typed) !== 'too_long', 'Use a shorter one: only 72 bytes of a password count.');

export const Change = z.object({
	current_password: z.string().min(1, 'Type the password you have now.'),
	password: NewPassword
});

export const Reset = z.object({ password: NewPassword });

/** Refusals of a form with `current_password` and `password` that belong beside a field. */
export const fieldOf: Partial<Record<Slug, 'current_password' | 'password'>> = {
	credentials_invalid: 'current_password',
	rate_limited: 'current_password',
	password_weak: 'password',
	password_personal: 'password',
	password_unchanged: 'password'
};

/** What somebody is called: the first that whoever guesses tries. */
export type Owner = { email?: string; username?: string; full_name?: string | null };

/**
 * Refuses a password that is easy to guess, `password_weak`, or that holds something of its owner, `password_personal`.
 * The word lists are read from disk with the first password, not with the server.
 */
export async function requireStrong(password: string, { email, username, full_name }: Owner): Promise<void> {
	const { judgePassword } = await import('#core/password-strength.ts');
	const about = [email, username, full_name, PUBLIC_APP_NAME].filter((one) => typeof one === 'string');
	const { problem } = judgePassword(password, about);
	if (problem) throw new Failure(problem === 'personal' ? 'password_personal' : 'password_weak');
}

/**
 * Gives a person another password, once they have typed the one they have: it is tried by a sign-in of its own and
 * counted. All their other sessions end, and Auth sends a notice. Throws the keys of `fieldOf`, `session_ended`,
 * `unavailable`.
 */
export async function change(
	database: AppDatabase,
	person: Person,
	draft: z.infer<typeof Change>,
	visitor: Visitor
): Promise<void> {
	const { current_password, password } = draft;
	await requireStrong(password, person);
	await requireAwake();
	await signIns.confirm(person, current_password, visitor);
	if (password === current_password) throw new Failure('password_unchanged');
	const { error } = await database.auth.updateUser({ password, current_password });
	if (error) throw refusalOf(error);
	// Auth does it as well; what the form promises does not hang on that
	await sessions.endOthers(database);
}

const recoveryCookie = 'recovery';
const kept = { path: '/reset-password', httpOnly: true, sameSite: 'lax' } as const;
const Kept = z.object({ access_token: z.string(), refresh_token: z.string() });

/** Whether a letter's token was taken already and only the password was not good enough. */
export function isRecovering(cookies: Cookies): boolean {
	return cookies.get(recoveryCookie) !== undefined;
}

/**
 * Sets the password of whoever got the letter, ends all their sessions and signs them in here. The token is used up with
 * the first password that could be one; until one is taken, ten minutes long, this browser may try others. Answers
 * `spent` for a link that was used or is too old, `saved` where only the signing in did not work. Throws `password_weak`, `password_personal`, `rate_limited`, `unavailable`.
 */
export async function reset(
	database: AppDatabase,
	cookies: Cookies,
	{ token, password, secure }: { token: string; password: string; secure: boolean },
	visitor: Visitor
): Promise<'spent' | 'saved' | 'signed_in'> {
	await requireStrong(password, {});
	await requireAwake();
	const { auth } = throwaway(visitor);
	const session = (await resume(auth, cookies)) ?? (token ? await open(auth, token) : null);
	if (!session) return 'spent';
	const { access_token, refresh_token, user } = session;
	cookies.set(recoveryCookie, JSON.stringify({ access_token, refresh_token }), { ...kept, secure, maxAge: 600 });

	const { username, full_name } = user.user_metadata as Owner;
	await requireStrong(password, { email: user.email, username, full_name });
	const { error } = await auth.updateUser({ password });
	// the one they had is the one they want
	if (error && error.code !== 'same_password') throw refusalOf(error);
	const { error: stays } = await auth.signOut({ scope: 'global' });
	if (stays) throw refusalOf(stays);
	cookies.delete(recoveryCookie, { ...kept, secure: false });
	try {
		await sessions.beginAnew(database, { email: user.email ?? '', password }, visitor);
		return 'signed_in';
	} catch (cause) {
		if (cause instanceof Failure) return 'saved';
		throw cause;
	}
}

type Auth = ReturnType<typeof throwaway>['auth'];

/** Takes a letter's token; null for one that is spent or too old. */
async function open(auth: Auth, token_hash: string): Promise<Session | null> {
	const { data, error } = await auth.verifyOtp({ token_hash, type: 'recovery' });
	if (!error) return data.session;
	const refusal = refusalOf(error);
	if (refusal.slug === 'rate_limited' || refusal.slug === 'unavailable') throw refusal;
	return null;
}

/** The session of a token that was taken a moment ago in this browser. */
async function resume(auth: Auth, cookies: Cookies): Promise<Session | null> {
	try {
		const { data } = await auth.setSession(Kept.parse(JSON.parse(cookies.get(recoveryCookie) ?? '')));
		return data.session;
	} catch {
		// none, or a cookie somebody made up
		return null;
	}
}

/** Auth without a browser behind it: what is opened here is ended here. */
export function throwaway({ address = '' }: Visitor) {
	const url = PUBLIC_SUPABASE_URL;
	const publishableKey = PUBLIC_SUPABASE_PUBLISHABLE_KEY;
	const speaker = { url, publishableKey, secretKey: SUPABASE_SECRET_KEY, address: () => address };
	return createClient(url, publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
		global: { fetch: speakFor(speaker, tracedFetch) }
	});
}
