import { expect, test } from 'vitest';
import { protect } from '#lib/server/headers.ts';

const surroundings = { supabase: 'https://abc.supabase.co/', https: true };

test("a page's policy keeps its nonce and opens the way to Supabase and its socket, nowhere else", () => {
	const headers = new Headers({ 'content-security-policy': "default-src 'self'; script-src 'self' 'nonce-x'" });
	protect(headers, surroundings);
	expect(headers.get('content-security-policy')).toBe(
		"default-src 'self'; script-src 'self' 'nonce-x'; connect-src 'self' https://abc.supabase.co wss://abc.supabase.co"
	);
});

test('an answer that is no page may do nothing, and nothing is kept by anybody in between', () => {
	const headers = new Headers();
	protect(headers, { supabase: 'http://127.0.0.1:54321', https: false });
	expect(headers.get('content-security-policy')).toContain("default-src 'none'");
	expect(headers.get('cache-control')).toBe('private, no-store');
	expect(headers.get('x-content-type-options')).toBe('nosniff');
	expect(headers.get('referrer-policy')).toBe('same-origin');
	expect(headers.has('strict-transport-security')).toBe(false);
});

test('a form may lead on to the pages where it is paid, and to no others', () => {
	const policyWith = (payments?: string) => {
		const headers = new Headers({ 'content-security-policy': "form-action 'self'; base-uri 'none'" });
		protect(headers, { ...surroundings, payments });
		return headers.get('content-security-policy');
	};
	expect(policyWith()).toMatch(/^form-action 'self' https:\/\/checkout\.stripe\.com [^;]*; base-uri 'none'/);
	expect(policyWith('http://127.0.0.1:54328/')).toMatch(
		/^form-action 'self' http:\/\/127\.0\.0\.1:54328; base-uri 'none'/
	);
});
