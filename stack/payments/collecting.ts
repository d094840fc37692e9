/** Having invoices paid: attempts, misses, retries, and what they make of a subscription. */
import { collect, type Invoice } from './invoices.ts';
import type { PaymentMethod } from './payment-methods.ts';
import type { Records } from './records.ts';
import { found } from './rest/call.ts';
import type { Customer } from './rest/customers.ts';
import type { Subscription } from './subscriptions.ts';

const day = 24 * 3600;

/** The pauses in seconds after each attempt in vain to collect an invoice; after the last, its subscription ends. */
const retries = [3 * day, 5 * day, 7 * day];

/** Tries to have an invoice paid by the card that is kept for it; without one, that fails. */
export function attempt(records: Records, invoice: Invoice): Invoice {
	if (invoice.status !== 'open') return invoice;
	const method = methodFor(records, invoice);
	if (method) return collect(records, invoice, method);
	missed(records, invoice);
	return found(records, 'invoice', invoice.id);
}

/** The card that a subscription's or customer's invoices are paid by. */
export function methodFor(records: Records, invoice: Invoice): PaymentMethod | undefined {
	const owner = found<Customer>(records, 'customer', invoice.customer);
	const id = subscriptionOf(records, invoice)?.default_payment_method ?? owner.invoice_settings.default_payment_method;
	return id ? records.store.find<PaymentMethod>(id, 'payment_method') : undefined;
}

/** Ends it now. Nobody is asked any more for what is open. */
export function end(records: Records, subscription: Subscription, reason: string): void {
	const at = records.at();
	for (const invoice of openInvoices(records, subscription)) {
		records.change(invoice, { auto_advance: false, next_payment_attempt: null }, 'invoice.updated');
	}
	records.change(
		subscription,
		{
			status: 'canceled',
			canceled_at: subscription.canceled_at ?? at,
			ended_at: at,
			cancellation_details: { ...subscription.cancellation_details, reason }
		},
		'customer.subscription.deleted'
	);
}

/** An attempt in vain. `asksOwner`: because the bank wants to see the card's owner. */
export function missed(records: Records, invoice: Invoice, asksOwner = false): void {
	const at = records.at();
	// somebody's own attempt is not counted, and does not put off the next
	const isCounted = invoice.attempt_count === 0 || (invoice.next_payment_attempt ?? Infinity) <= at;
	const attempts = invoice.attempt_count + (isCounted ? 1 : 0);
	const isFirst = invoice.billing_reason === 'subscription_create';
	const pause = invoice.auto_advance && !isFirst ? retries[attempts - 1] : undefined;
	const next = pause === undefined ? null : at + pause;
	const changed = records.change(invoice, {
		attempted: true,
		attempt_count: attempts,
		next_payment_attempt: isCounted ? next : invoice.next_payment_attempt
	});
	records.tell('invoice.payment_failed', changed);
	if (asksOwner) records.tell('invoice.payment_action_required', changed);
	const customer = found<Customer>(records, 'customer', invoice.customer);
	if (!isFirst) records.change(customer, { delinquent: true }, 'customer.updated');
	follow(records, changed);
	if (isCounted && attempts > retries.length) giveUp(records, changed);
}

function giveUp(records: Records, invoice: Invoice): void {
	const subscription = subscriptionOf(records, invoice);
	if (subscription && subscription.ended_at === null) end(records, subscription, 'payment_failed');
}

export function subscriptionOf({ store }: Records, { parent }: Invoice): Subscription | undefined {
	const id = parent?.subscription_details?.subscription;
	return id ? store.find<Subscription>(id, 'subscription') : undefined;
}

/** Takes on the state that its latest invoice leads to. */
export function follow(records: Records, invoice: Invoice): void {
	const subscription = subscriptionOf(records, invoice);
	if (!subscription || subscription.ended_at !== null || subscription.latest_invoice !== invoice.id) return;
	const isMissed = invoice.status === 'open' && invoice.attempted && subscription.status !== 'incomplete';
	const status = invoice.status === 'paid' ? 'active' : isMissed ? 'past_due' : subscription.status;
	records.change(subscription, { status }, 'customer.subscription.updated');
}

export function openInvoices({ store }: Records, { id }: Subscription): Invoice[] {
	return store.list<Invoice>({
		kind: 'invoice',
		where: [["body ->> '$.parent.subscription_details.subscription' = ?", id], ["body ->> 'status' = 'open'"]],
		limit: 100
	});
}
