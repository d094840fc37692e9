import { AuthApiError, AuthRetryableFetchError, PostgrestError } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import { refusalOf } from '#lib/server/refusals.ts';

const fromDatabase = (code: string, message: string) => new PostgrestError({ code, message, details: '', hint: '' });

test.each([
	['PT404', 'not_found', 'not_found'],
	['PT409', 'collision', 'collision'],
	['PT409', 'not in the catalogue', 'internal'],
	['PGRST303', 'JWT expired', 'session_ended'],
	['22021', 'invalid byte sequence for encoding "UTF8": 0x00', 'malformed'],
	['22P05', 'unsupported Unicode escape sequence', 'malformed'],
	['', 'TypeError: fetch failed', 'unavailable'],
	['57014', 'canceling statement due to statement timeout', 'unavailable'],
	['42501', 'permission denied for function me', 'internal'],
	['P0001', 'not_found', 'internal']
])('the Data API saying %s "%s" is our %s', (code, message, slug) => {
	expect(refusalOf(fromDatabase(code, message)).slug).toBe(slug);
});

test.each([
	['invalid_credentials', 400, 'credentials_invalid'],
	['email_not_confirmed', 400, 'email_unconfirmed'],
	['over_request_rate_limit', 429, 'rate_limited'],
	['refresh_token_already_used', 400, 'session_ended'],
	['unexpected_failure', 500, 'internal']
])('Auth saying %s is our %s', (code, status, slug) => {
	expect(refusalOf(new AuthApiError('words', status as number, code)).slug).toBe(slug);
});

test('Auth out of reach is unavailable, never the end of a session', () => {
	expect(refusalOf(new AuthRetryableFetchError('fetch failed', 0)).slug).toBe('unavailable');
});
