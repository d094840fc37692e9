import { createHmac } from 'node:crypto';

/**
 * X-Twilio-Signature: base64 of HMAC-SHA1 over the URL (query included, fragment excluded) followed by every POST
 * parameter, sorted by name, name and value run together. https://www.twilio.com/docs/usage/security
 */
export function sign(authToken: string, url: string, parameters: Record<string, string>): string {
	const names = Object.keys(parameters).sort();
	const payload = url + names.map((name) => name + parameters[name]).join('');
	return createHmac('sha1', authToken).update(payload, 'utf8').digest('base64');
}
