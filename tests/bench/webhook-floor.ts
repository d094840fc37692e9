/** The floor of tests/bench/webhook.ts: the least a signed webhook can cost under Deno. The signature, and an answer. */
import process from 'node:process';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';

const { TWILIO_AUTH_TOKEN = '', TWILIO_INBOUND_URL = '' } = process.env;

export default {
	async fetch(request: Request): Promise<Response> {
		const form = Object.fromEntries(new URLSearchParams(await request.text()));
		const signature = request.headers.get('x-twilio-signature') ?? '';
		const isGenuine = validateRequest(TWILIO_AUTH_TOKEN, signature, TWILIO_INBOUND_URL, form);
		return new Response(null, { status: isGenuine ? 200 : 403 });
	}
};
