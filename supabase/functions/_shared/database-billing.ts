import type { Ask, List } from './database-ask.ts';

type Json = Readonly<Record<string, unknown>>;

export type BeginningCustomer = { provider_id: string | null; name: string; slug: string; asked_at: string | null };

/** A charge that nobody is there for. */
export type DueTopUp = {
	id: string;
	organization_id: string;
	amount_micros: number;
	created_at: string;
	customer: string | null;
	payment_method: string | null;
	payment_intent_id: string | null;
};

export type PaymentEvent = { id: string; type: string; payload: Json; about: { kind: string; id: string } | null };

export type BillingVerbs = ReturnType<typeof billingVerbs>;

/** The service verbs about plans and payments. */
export function billingVerbs(ask: Ask, rows: List) {
	return {
		/** The number under which what is fetched next is applied. */
		drawPaymentTicket: () => ask<number>('draw_payment_ticket', {}),

		/** Applies what was read of the payment provider, unless something newer was. */
		applyPaymentObject: (kind: string, object: Json, ticket: number) =>
			ask<'applied' | 'late' | 'unknown'>('apply_payment_object', { kind, object, ticket }),

		/** Keeps an event once and has its object read; false when it was kept before. */
		receivePaymentEvent: ({ id, type, payload, about }: PaymentEvent) =>
			ask<boolean>('receive_payment_event', {
				event_id: id,
				type,
				payload,
				object_kind: about?.kind ?? null,
				object_id: about?.id ?? null
			}),

		/** Of these events, the ones that we were never told. */
		missingPaymentEvents: (ids: readonly string[]) => ask<string[]>('missing_payment_events', { event_ids: ids }),

		/** What should have ended or changed by now and was not read for so long. */
		unsettledPayments: (olderThanSeconds: number, batch: number) =>
			rows<{ kind: string; provider_id: string }>('unsettled_payments', {
				older_than_seconds: olderThanSeconds,
				batch
			}),

		/** Before a customer is made. */
		beginCustomer: (organizationId: string) =>
			ask<BeginningCustomer>('begin_customer', { organization_id: organizationId }),

		/** Answers the customer that counts. */
		keepCustomer: (organizationId: string, providerId: string) =>
			ask<string>('keep_customer', { organization_id: organizationId, provider_id: providerId }),

		/** Where somebody pays a top-up. */
		keepTopUpSession: (topUpId: string, sessionId: string, url: string | null) =>
			ask<null>('keep_top_up_session', { top_up_id: topUpId, session_id: sessionId, checkout_url: url }),

		/** Where somebody subscribes, or that this page is closed. */
		keepSubscriptionCheckout: (
			checkoutId: string,
			status: 'open' | 'expired',
			sessionId: string | null,
			url: string | null
		) =>
			ask<null>('keep_subscription_checkout', {
				checkout_id: checkoutId,
				status,
				session_id: sessionId,
				checkout_url: url
			}),

		/** Of a subscription that is one too many, the one that counts; null: it is none (any more). */
		duplicateOf: (providerId: string) => ask<string | null>('duplicate_of', { provider_id: providerId }),

		/** What is to be charged; null: nothing (any more). */
		autoTopUpDue: (topUpId: string) => ask<DueTopUp | null>('auto_top_up_due', { top_up_id: topUpId }),

		/** The provider certainly charges nothing for it. */
		failTopUp: (topUpId: string, declineCode: string | null) =>
			ask<null>('fail_top_up', { top_up_id: topUpId, decline_code: declineCode }),

		/** A reminder of a payment that is owed, or the end of its grace. */
		graceStep: (subscriptionId: string, since: string) =>
			ask<{ outcome: 'over' | 'reminded' | 'cancel'; provider_id?: string }>('grace_step', {
				subscription_id: subscriptionId,
				since
			})
	};
}
