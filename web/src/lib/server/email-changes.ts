import * as z from 'zod';
import type { Slug } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import * as mailRequests from './mail-requests.ts';
import { throwaway } from './passwords.ts';
import { refusalOf } from './refusals.ts';
import { logFailure } from './requests.ts';
import { requireAwake } from './service.ts';
import type { Visitor } from './sign-ins.ts';

const EmailChange = z.object({
	new_email: z.string(),
	/** ISO 8601 */
	expires_at: z.string(),
	/** Whether the letter to the address one has, and the one to the new address, was answered. */
	current_confirmed: z.boolean(),
	new_confirmed: z.boolean()
});

/** A change of address that waits for its letters. */
export type EmailChange = z.infer<typeof EmailChange>;

/** Refusals of `begin` that belong beside the field. */
export const fieldOf: Partial<Record<Slug, 'email'>> = { email_taken: 'email', email_invalid: 'email' };

/** The change that a person has begun, null where there is none. Throws `session_ended`, `unavailable`. */
export async function current(database: AppDatabase): Promise<EmailChange | null> {
	const { data, error } = await database.rpc('my_email_change');
	if (error) throw refusalOf(error);
	return EmailChange.nullable().parse(data);
}

/**
 * Has Auth write to both mailboxes; the address changes when both have answered. Throws `fresh_session_required`,
 * `email_taken`, `rate_limited` (`Delayed` where our own count says so), `unavailable`.
 */
export async function begin(database: AppDatabase, email: string): Promise<void> {
	const { error: stale } = await database.rpc('confirm_fresh_session');
	if (stale) throw refusalOf(stale);
	await mailRequests.begin(email, 'email_change');
	const { error } = await database.auth.updateUser({ email });
	if (error) throw refusalOf(error);
}

/** Calls it off: its letters open nothing any more. */
export async function cancel(database: AppDatabase): Promise<void> {
	const { error } = await database.rpc('cancel_email_change');
	if (error) throw refusalOf(error);
}

/**
 * Takes the answer of one of the two mailboxes: `half` when the other one has still to answer, `done` when both have, null
 * for a link that is spent or too old. Signs nobody in: whoever answers a letter may sit at another device.
 * Throws `rate_limited`, `unavailable`.
 */
export async function confirm(token_hash: string, visitor: Visitor): Promise<'half' | 'done' | null> {
	await requireAwake();
	const { auth } = throwaway(visitor);
	const { data, error } = await auth.verifyOtp({ token_hash, type: 'email_change' });
	if (error) {
		const refusal = refusalOf(error);
		if (refusal.slug === 'rate_limited' || refusal.slug === 'unavailable') throw refusal;
		return null;
	}
	if (!data.session) return 'half';
	const { error: stays } = await auth.signOut({ scope: 'local' });
	// nobody holds its tokens, and it ends after 7 idle days
	if (stays) logFailure('session_not_ended', refusalOf(stays));
	return 'done';
}
