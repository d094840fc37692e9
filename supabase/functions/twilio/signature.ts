import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { Form } from '../_shared/http/form.ts';

export type Signed = {
	/** The public address this door has for the carrier, from the configuration. */
	publicUrl: string | undefined;
	/** The URL the request came to: only its query counts, for its host is whatever a proxy made of it. */
	requestUrl: string;
	signature: string | undefined;
	form: Form;
};

/** Why a request is not the carrier's, or null when it is: signed with one of the tokens, for our public address. */
export function refuseSignature(
	request: Signed,
	tokens: readonly string[]
): 'unconfigured' | 'missing' | 'wrong' | null {
	const { publicUrl, signature } = request;
	if (!publicUrl || tokens.length === 0) return 'unconfigured';
	if (!signature) return 'missing';
	// Twilio signs without the fragment, which holds its connection options
	const url = publicUrl.replace(/[?#].*$/s, '') + queryOf(request.requestUrl);
	return tokens.some((token) => isSigned(token, signature, url, request.form)) ? null : 'wrong';
}

/**
 * The URL as it is configured is what Twilio signs, and is tried first; Twilio's own function tries it only after, or
 * among, the forms that it may have been given by a proxy: with a port, without one, escaped otherwise.
 */
function isSigned(token: string, signature: string, url: string, form: Form): boolean {
	const expected = Buffer.from(signatureOf(token, url, form));
	const given = Buffer.from(signature);
	if (given.length === expected.length && timingSafeEqual(given, expected)) return true;
	return validateRequest(token, signature, url, form);
}

/** The URL and, sorted, each parameter's name and value (twilio.com/docs/usage/security#validating-requests). */
function signatureOf(token: string, url: string, form: Form): string {
	let signed = url;
	for (const name of Object.keys(form).sort()) {
		const value = form[name] ?? '';
		if (typeof value === 'string') signed += name + value;
		// what came more than once is signed once each
		else for (const each of [...new Set(value)].sort()) signed += name + each;
	}
	return createHmac('sha1', token).update(signed).digest('base64');
}

/** A URL's query with its question mark, as it was sent; a server's request has an absolute URL without a fragment. */
function queryOf(url: string): string {
	const at = url.indexOf('?');
	return at === -1 ? '' : url.slice(at);
}
