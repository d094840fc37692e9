/** What the payment provider's objects say, in our words: translated, and nothing else. */
import type Stripe from 'stripe';
import { microsOfCents } from '../core/billing.ts';

/** Something read of the provider, as service.apply_payment_object takes it. */
export type Reading = { kind: string; object: Readonly<Record<string, unknown>> & { id: string } };

const moment = (seconds: number | null | undefined) => (seconds ? new Date(seconds * 1000).toISOString() : null);
const idOf = (value: string | { id: string } | null | undefined) =>
	typeof value === 'string' ? value : (value?.id ?? null);

export function customerReading(
	customer: Stripe.Customer,
	card: Stripe.PaymentMethod | null,
	taxIds: readonly Stripe.TaxId[]
): Reading {
	const { id, name = null, email, address } = customer;
	return {
		kind: 'customer',
		object: {
			id,
			name,
			email,
			address: address ?? null,
			tax_ids: taxIds.map(({ id, type, value, verification }) => ({
				id,
				type,
				value,
				status: verification?.status ?? null
			})),
			payment_method: card && {
				id: card.id,
				brand: card.card?.brand ?? card.type,
				last4: card.card?.last4 ?? null,
				exp_month: card.card?.exp_month ?? null,
				exp_year: card.card?.exp_year ?? null
			}
		}
	};
}

/** Null for one that is not ours. */
export function sessionReading(session: Stripe.Checkout.Session): Reading | null {
	const { id, metadata, status, payment_status, payment_intent, subscription } = session;
	const kind = metadata?.kind;
	if (!metadata?.id || (kind !== 'top_up' && kind !== 'subscription')) return null;
	const isDone = status === 'complete' && (kind === 'subscription' || payment_status === 'paid');
	return {
		kind: `${kind}_session`,
		object: {
			id,
			metadata_id: metadata.id,
			status: isDone ? 'paid' : status === 'expired' ? 'expired' : 'open',
			payment_intent_id: idOf(payment_intent),
			subscription_id: idOf(subscription)
		}
	};
}

const intentStatuses: Readonly<Record<string, string>> = {
	succeeded: 'paid',
	requires_action: 'needs_action',
	canceled: 'failed'
};

/** Null for one that is no top-up of ours. */
export function intentReading(intent: Stripe.PaymentIntent): Reading | null {
	const id = intent.metadata.top_up_id;
	if (!id || intent.currency !== 'usd') return null;
	const charge = typeof intent.latest_charge === 'string' ? null : intent.latest_charge;
	const error = intent.last_payment_error;
	return {
		kind: 'payment_intent',
		object: {
			id: intent.id,
			metadata_id: id,
			status: intentStatuses[intent.status] ?? statusAfter(intent),
			received_micros: microsOfCents(intent.amount_received),
			refunded_micros: microsOfCents(charge?.amount_refunded ?? 0),
			decline_code: error?.decline_code ?? error?.code ?? null,
			receipt_url: charge?.receipt_url ?? null
		}
	};
}

/** A card that was refused: for good, or until its owner has confirmed. */
function statusAfter({ status, last_payment_error: error }: Stripe.PaymentIntent): string {
	if (status !== 'requires_payment_method' || !error) return 'processing';
	return error.code === 'authentication_required' || error.decline_code === 'authentication_required'
		? 'needs_action'
		: 'failed';
}

/** Null for one to none of our plans. */
export function subscriptionReading(subscription: Stripe.Subscription): Reading | null {
	const [item] = subscription.items.data;
	const plan = item?.price.metadata.plan;
	const interval = item?.price.recurring?.interval;
	if (!item || !plan || (interval !== 'month' && interval !== 'year')) return null;
	return {
		kind: 'subscription',
		object: {
			id: subscription.id,
			customer: idOf(subscription.customer),
			plan,
			billing_interval: interval,
			status: subscription.status,
			current_period_start: moment(item.current_period_start),
			current_period_end: moment(item.current_period_end),
			cancel_at_period_end: subscription.cancel_at_period_end || Boolean(subscription.cancel_at),
			created_at: moment(subscription.created),
			ended_at: moment(subscription.ended_at)
		}
	};
}

/** `refundedCents`: of its payments. Null for one in another currency. */
export function invoiceReading(invoice: Stripe.Invoice, refundedCents: number): Reading | null {
	if (!invoice.id || invoice.currency !== 'usd') return null;
	const lines = invoice.lines.data;
	const line = lines.at(-1);
	return {
		kind: 'invoice',
		object: {
			id: invoice.id,
			customer: idOf(invoice.customer),
			number: invoice.number,
			status: invoice.status ?? 'draft',
			says: line?.description ?? null,
			total_micros: microsOfCents(invoice.total),
			due_micros: microsOfCents(invoice.amount_remaining),
			paid_micros: microsOfCents(invoice.amount_paid),
			refunded_micros: microsOfCents(refundedCents),
			period_start: moment(line?.period.start),
			period_end: moment(line?.period.end),
			hosted_url: invoice.hosted_invoice_url ?? null,
			pdf_url: invoice.invoice_pdf ?? null,
			created_at: moment(invoice.created),
			paid_at: moment(invoice.status_transitions.paid_at)
		}
	};
}
