import type { Cookies } from '@sveltejs/kit';
import * as z from 'zod';
import { normalizeUsername, passwordProblem, usernamePattern } from '#core/account.ts';
import { Failure, failures } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';
import * as people from './people.ts';

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
	full_name: z.string().max(100, 'Use at most 100 characters.').optional(),
	password: z
		.string()
		.refine((typed) => passwordProblem(typed) !== 'too_short', 'Use 10 characters at least. Any will do, also spaces.')
		.refine((typed) => passwordProblem(typed) !== 'too_long', 'Use a shorter one: only 72 bytes of a password count.')
});
export type Registration = z.infer<typeof Registration>;

export const EmailAddress = z.object({ email });

/**
 * Makes an account and has its confirmation mail sent. An address that has an account already gets the same answer, so
 * nobody learns who is here. Throws `username_taken`, `password_weak`, `rate_limited`, `unavailable`.
 */
export async function register(database: AppDatabase, draft: Registration): Promise<void> {
	if (!(await people.usernameAvailable(database, draft.username))) throw new Failure('username_taken');
	const { email, password, username, full_name } = draft;
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

/** Sends the confirmation mail again. The answer is the same whether the address waits for one, is confirmed or unknown. */
export async function resendConfirmation(database: AppDatabase, email: string): Promise<void> {
	const { error } = await database.auth.resend({ type: 'signup', email });
	if (error && !isAnsweredAlike(error.code)) throw refusalOf(error);
}

/** Uses up the token of a confirmation mail and signs its owner in. Answers false for a token that is spent, expired or was never one. */
export async function confirm(database: AppDatabase, tokenHash: string): Promise<boolean> {
	const { error } = await database.auth.verifyOtp({ token_hash: tokenHash, type: 'signup' });
	if (!error) return true;
	const refusal = refusalOf(error);
	if (refusal.slug === 'rate_limited' || refusal.slug === 'unavailable') throw refusal;
	return false;
}

/** Answers that would tell a known address from an unknown one: they exist only for addresses that Auth knows. */
function isAnsweredAlike(code: string | undefined): boolean {
	return ['user_already_exists', 'email_exists', 'over_email_send_rate_limit', 'user_not_found'].includes(code ?? '');
}

const waiting = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

/** Keeps the address a mail was sent to for an hour, so that the next page can name it without it being in a link. */
export function rememberAddress(cookies: Cookies, email: string, secure: boolean): void {
	cookies.set('waiting-address', encodeURIComponent(email), { ...waiting, secure, maxAge: 60 * 60 });
}

export function rememberedAddress(cookies: Cookies): string | undefined {
	const kept = cookies.get('waiting-address');
	return kept && decodeURIComponent(kept);
}

export function forgetAddress(cookies: Cookies): void {
	cookies.delete('waiting-address', { ...waiting, secure: false });
}
