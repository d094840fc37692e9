import { setTimeout as pause } from 'node:timers/promises';
import type { AuthError } from '@supabase/supabase-js';
import type { Cookies } from '@sveltejs/kit';
import * as z from 'zod';
import { normalizeUsername, usernamePattern } from '#core/account.ts';
import { Failure, failures } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import * as mailRequests from './mail-requests.ts';
import * as passwords from './passwords.ts';
import * as people from './people.ts';
import { refusalOf } from './refusals.ts';

const email = z
	.string()
	.toLowerCase()
	.pipe(z.email('This does not look like an e-mail address, for example noor@tidewater.example.'));

export const Credentials = z.object({
	email,
	password: z.string().min(1, 'Type your password.')
});

export const Registration = z.object({
	email,
	username: z
		.string()
		.transform(normalizeUsername)
		.pipe(z.string().regex(usernamePattern, failures.username_invalid.says)),
	full_name: z
		.string()
		.max(100, 'Use at most 100 characters.')
		// Auth's database keeps no U+0000, and says nothing of it but that saving failed
		.refine((name) => !name.includes('\0'), 'One of its characters cannot be kept. Type it again.')
		.optional(),
	password: passwords.NewPassword
});
export type Registration = z.infer<typeof Registration>;

export const EmailAddress = z.object({ email });

/** Answers about letters take this long at least, in ms: an address nobody has is found out faster than one is written. */
const answerTakes = 1000;

/**
 * Makes an account and has its confirmation mail sent. An address that has an account already gets the same answer, so
 * nobody learns who is here. Throws `username_taken`, `password_weak`, `password_personal`, `rate_limited`, `unavailable`.
 */
export async function register(database: AppDatabase, draft: Registration): Promise<void> {
	await passwords.requireStrong(draft.password, draft);
	if (!(await people.usernameAvailable(database, draft.username))) throw new Failure('username_taken');
	const { email, password, username, full_name } = draft;
	// the next letter waits for this one; whether this one goes out is Auth's to say
	await mailRequests.wait(email, 'signup');
	const { error } = await database.auth.signUp({
		email,
		password,
		options: { data: { username, full_name: full_name || null } }
	});
	if (!error || isAnsweredAlike(error.code)) return;
	if (error.code === 'weak_password') throw refusalOf(error);
	// somebody else took the name between the question and the insert: Auth only says that saving failed
	if (!(await people.usernameAvailable(database, username))) throw new Failure('username_taken');
	throw refusalOf(error);
}

/**
 * Sends the confirmation mail again. The answer is the same, and as quick, whether the address waits for one, is confirmed
 * or unknown. Throws `rate_limited` (`Delayed` where our own count says so), `unavailable`.
 */
export async function resendConfirmation(database: AppDatabase, email: string): Promise<void> {
	await mailRequests.begin(email, 'signup');
	await evenly(() => database.auth.resend({ type: 'signup', email }));
}

/** Sends the mail that leads to a new password, to an address that has an account; like `resendConfirmation`. */
export async function sendRecovery(database: AppDatabase, email: string): Promise<void> {
	await mailRequests.begin(email, 'recovery');
	await evenly(() => database.auth.resetPasswordForEmail(email));
}

/** Mails whose link signs in: the one after signing up, and those that Auth sends when somebody asks it directly. */
export const signInLinks = ['signup', 'magiclink', 'invite'] as const;
export type SignInLink = (typeof signInLinks)[number];

/** Uses up the token of such a mail and signs its owner in. Answers false for a token that is spent, expired or was never one. */
export async function confirm(
	database: AppDatabase,
	token_hash: string,
	type: SignInLink = 'signup'
): Promise<boolean> {
	const { error } = await database.auth.verifyOtp({ token_hash, type });
	if (!error) return true;
	const refusal = refusalOf(error);
	if (refusal.slug === 'rate_limited' || refusal.slug === 'unavailable') throw refusal;
	return false;
}

/** Has Auth write a letter, if it has somebody to write to. */
async function evenly(ask: () => Promise<{ error: AuthError | null }>): Promise<void> {
	const began = Date.now();
	const { error } = await ask();
	await pause(began + answerTakes - Date.now());
	if (error && !isAnsweredAlike(error.code)) throw refusalOf(error);
}

/** Answers that would tell a known address from an unknown one: they exist only for addresses that Auth knows. */
function isAnsweredAlike(code: string | undefined): boolean {
	return ['user_already_exists', 'email_exists', 'over_email_send_rate_limit', 'user_not_found'].includes(code ?? '');
}

const waiting = { path: '/', httpOnly: true, sameSite: 'lax' } as const;
const Waiting = z.object({ email: z.string(), at: z.number() });

/** Keeps for an hour where a mail was sent and when, so that the next page can name it without it being in a link. */
export function rememberAddress(cookies: Cookies, email: string, secure: boolean): void {
	const kept = JSON.stringify({ email, at: Date.now() });
	cookies.set('waiting-address', encodeURIComponent(kept), { ...waiting, secure, maxAge: 60 * 60 });
}

/** That address, and in how many seconds the next mail can be asked for. */
export function remembered(cookies: Cookies): { email: string; seconds: number } | undefined {
	const kept = cookies.get('waiting-address');
	if (!kept) return undefined;
	try {
		const { email, at } = Waiting.parse(JSON.parse(decodeURIComponent(kept)));
		const passed = Math.floor((Date.now() - at) / 1000);
		return { email, seconds: Math.max(0, Math.min(mailRequests.mailPause, mailRequests.mailPause - passed)) };
	} catch {
		// a cookie somebody made up
		return undefined;
	}
}

export function forgetAddress(cookies: Cookies): void {
	cookies.delete('waiting-address', { ...waiting, secure: false });
}
