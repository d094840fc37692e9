import type { WebhookTrouble } from './core/webhooks.ts';
import type { Ask } from './database-ask.ts';

/** An event that is to be delivered now, ours for 30 s. */
export type WebhookDelivery = {
	delivery_id: string;
	lease: string;
	/** The webhook-id. */
	event_id: string;
	url: string;
	/** The newest first. */
	secrets: readonly string[];
	payload: { type: string; timestamp: string; data: Readonly<Record<string, unknown>> };
};

/** How an attempt ended; `failure` null: it arrived. */
export type WebhookAttempt = {
	failure: WebhookTrouble | null;
	status: number | null;
	durationMilliseconds: number;
	address: string | null;
	/** What may be kept of the answer. */
	answer: string | null;
	retryAfterSeconds: number | null;
};

/** The service verbs about webhooks to developers. */
export function webhookVerbs(ask: Ask) {
	return {
		/** The next delivery of an endpoint; null where none may leave now. */
		takeWebhook: (endpointId: string) => ask<WebhookDelivery | null>('take_webhook', { endpoint_id: endpointId }),

		/** Writes an attempt down and, if `more` is wanted, takes the next delivery of the same endpoint. */
		recordWebhookAttempt: ({ delivery_id, lease }: WebhookDelivery, attempt: WebhookAttempt, more: boolean) =>
			ask<WebhookDelivery | null>('record_webhook_attempt', {
				delivery_id,
				lease,
				failure: attempt.failure,
				status: attempt.status,
				duration_ms: attempt.durationMilliseconds,
				address: attempt.address,
				answer: attempt.answer,
				retry_after_seconds: attempt.retryAfterSeconds,
				more
			}),

		/** Has somebody look after an endpoint then. */
		wakeWebhooks: (endpointId: string, at: Date) =>
			ask<null>('wake_webhooks', { endpoint_id: endpointId, at: at.toISOString() })
	};
}
