import { createHmac } from 'node:crypto';

/** Stripe-Signature: HMAC-SHA256 in hex over `<seconds>.<body>`. https://docs.stripe.com/webhooks#verify-manually */
export function sign(secret: string, body: string, seconds: number): string {
	const v1 = createHmac('sha256', secret).update(`${seconds}.${body}`, 'utf8').digest('hex');
	return `t=${seconds},v1=${v1}`;
}
