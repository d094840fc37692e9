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
	const url = publicUrl.replace(/[?#].*$/s, '') + new URL(request.requestUrl).search;
	return tokens.some((token) => validateRequest(token, signature, url, request.form)) ? null : 'wrong';
}
