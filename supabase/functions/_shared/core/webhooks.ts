import type { KeyScope } from './key-scopes.ts';

/**
 * What developers can be told of, by the `type` of the event, and the scope that a key needs to ask for it. The database holds
 * the same table (private.webhook_event_types) and decides; a test compares them.
 */
export const webhookEvents = {
	'message.received': { scope: 'messages:read', says: 'A text has come in' },
	'message.status_changed': { scope: 'messages:read', says: 'A text of ours was sent, delivered or failed' },
	'verification.code_received': { scope: 'verifications:read', says: 'A code has arrived, with the code' },
	'verification.ended': {
		scope: 'verifications:read',
		says: 'A request for a code was completed, cancelled or has expired'
	},
	'number.renewed': { scope: 'numbers:read', says: 'A number was renewed' },
	'number.released': { scope: 'numbers:read', says: 'A number was given back' },
	'opt_out.added': { scope: 'opt_outs:read', says: 'Somebody wants no more texts' },
	'opt_out.removed': { scope: 'opt_outs:read', says: 'Somebody may be texted again' },
	'limit.reached': { scope: 'usage:read', says: 'The plan’s segments or requests are used up' }
} as const satisfies Readonly<Record<string, { scope: KeyScope; says: string }>>;

export type WebhookEvent = keyof typeof webhookEvents;

/** In the order in which they are offered. */
export const webhookEventNames = Object.keys(webhookEvents) as WebhookEvent[];

/** What waits for what at one address; `subject` is how it is unless somebody says otherwise. */
export const webhookOrders = {
	subject: 'Of one conversation, verification or number: one after the other',
	number: 'Of one of our numbers: one after the other',
	endpoint: 'All of them: one after the other',
	none: 'None: what is ready leaves'
} as const;

export type WebhookOrder = keyof typeof webhookOrders;
export const webhookOrderNames = Object.keys(webhookOrders) as WebhookOrder[];

/** Why an attempt does not count as delivered. */
export const webhookTroubles = {
	answer: 'The answer was not 2xx.',
	redirect: 'The answer leads elsewhere. We do not follow: enter the address where it ends.',
	timeout: 'There was no answer within 10 seconds.',
	connection: 'There was no connection, or it was cut.',
	certificate: 'The certificate is not valid for this name.',
	name: 'The name has no address.',
	address: 'The name leads into a private network, where we do not send.'
} as const;

export type WebhookTrouble = keyof typeof webhookTroubles;
