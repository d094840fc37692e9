import { isAuthApiError, isAuthError } from '@supabase/supabase-js';
import type { AuthError, PostgrestError } from '@supabase/supabase-js';
import { Failure, isSlug } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';
import { comeBackAt } from './requests.ts';

/** What Auth calls a refusal (https://supabase.com/docs/guides/auth/debugging/error-codes) → what we call it. */
const authRefusals: Readonly<Record<string, Slug>> = {
	invalid_credentials: 'credentials_invalid',
	email_not_confirmed: 'email_unconfirmed',
	weak_password: 'password_weak',
	same_password: 'password_unchanged',
	email_exists: 'email_taken',
	email_address_invalid: 'email_invalid',
	over_request_rate_limit: 'rate_limited',
	over_email_send_rate_limit: 'rate_limited',
	session_not_found: 'session_ended',
	session_expired: 'session_ended',
	refresh_token_not_found: 'session_ended',
	refresh_token_already_used: 'session_ended',
	bad_jwt: 'session_ended'
};

/** What the Data API says of a token before our SQL is asked (https://docs.postgrest.org/en/stable/references/errors.html). */
const tokenRefusals: readonly string[] = ['PGRST301', 'PGRST302', 'PGRST303'];

/**
 * The refusal behind an error of the Data API or of Auth: one of ours where SQL raised it (`PT…` with our slug as
 * message) or Auth named it; `unavailable` where nothing answered; `internal` for everything nobody foresaw.
 */
export function refusalOf(error: PostgrestError | AuthError): Failure {
	if (isAuthError(error)) {
		const slug = authRefusals[error.code ?? ''] ?? (isAuthApiError(error) ? 'internal' : 'unavailable');
		return new Failure(slug, undefined, { cause: error });
	}
	if (error.code.startsWith('PT') && isSlug(error.message)) {
		// private.fail's hint is the moment to try again
		const retryAt = error.hint ? new Date(error.hint) : undefined;
		if (retryAt) comeBackAt(retryAt);
		return new Failure(error.message, undefined, { cause: error, retryAt });
	}
	if (tokenRefusals.includes(error.code)) return new Failure('session_ended', undefined, { cause: error });
	// a character that no text can hold, U+0000: as itself, or escaped in JSON
	if (error.code === '22021' || error.code === '22P05') return new Failure('malformed', undefined, { cause: error });
	// the platform rests: its transaction may only read
	if (error.code === '25006') return new Failure('maintenance', undefined, { cause: error });
	return new Failure(neverAnswered(error) ? 'unavailable' : 'internal', undefined, { cause: error });
}

/** postgrest-js reports a failed connection without a code; 57014 is a statement that took too long, 08… and 53… a database out of reach. */
function neverAnswered({ code }: PostgrestError): boolean {
	return (
		code === '' || code === '57014' || code.startsWith('08') || code.startsWith('53') || code.startsWith('PGRST00')
	);
}
