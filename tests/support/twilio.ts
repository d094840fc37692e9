import { createHmac } from 'node:crypto';

/** A webhook request as the carrier makes it: form body, signed over the public URL and the sorted parameters. */
export function signedForm(
	env: { TWILIO_AUTH_TOKEN: string },
	url: string,
	parameters: Record<string, string>
): { method: 'POST'; headers: Record<string, string>; body: string } {
	const payload =
		url +
		Object.keys(parameters)
			.sort()
			.map((key) => key + parameters[key])
			.join('');
	return {
		method: 'POST',
		headers: {
			'content-type': 'application/x-www-form-urlencoded',
			'x-twilio-signature': createHmac('sha1', env.TWILIO_AUTH_TOKEN).update(payload).digest('base64')
		},
		body: new URLSearchParams(parameters).toString()
	};
}
