import type Stripe from 'stripe';
import type { Job } from '../_shared/database.ts';
import { ask } from '../_shared/payments/client.ts';
import { intentReading, invoiceReading, subscriptionReading, type Reading } from '../_shared/payments/readings.ts';
import { goOn, type Ending } from './send-text.ts';
import type { PaymentParts } from './sync-payment.ts';

/** Pages a job, of a hundred objects each: well within its lease. */
const mostPages = 3;
const pageSize = 100;

/** A page of a list as our words have it, and where the list goes on. */
type Page = { objects: Reading['object'][]; after: string | null };
type List = (stripe: Stripe, place: { starting_after?: string; limit: number }, since: number) => Promise<Page>;

// Stripe lists by when something was made, not by when it changed: subscriptions live long, and are all read
const lists: Readonly<Record<'subscription' | 'invoice' | 'payment_intent', List>> = {
	subscription: async (stripe, place) =>
		pageOf(await ask(() => stripe.subscriptions.list({ ...place, status: 'all' })), subscriptionReading),
	invoice: async (stripe, place, since) =>
		// what was given back of an invoice is compared where its payment is
		pageOf(await ask(() => stripe.invoices.list({ ...place, created: { gte: since } })), (invoice) =>
			invoice.status === 'draft' ? null : invoiceReading(invoice, 0)
		),
	payment_intent: async (stripe, place, since) =>
		pageOf(await ask(() => stripe.paymentIntents.list({ ...place, created: { gte: since } })), intentReading)
};

/**
 * Compares the payment provider's lists with our rows, object by object and a page at a time; with the last one everything is
 * compared. Nothing is applied: what differs is for an operator to see. Throws when the provider cannot tell; the queue comes back.
 */
export async function comparePayments(job: Job, parts: PaymentParts): Promise<Ending> {
	const { database, stripe, log } = parts;
	for (let step = 0; step < mostPages; step++) {
		const { kind, after, since } = await database.beginPaymentListing();
		const place = { limit: pageSize, ...(after && { starting_after: after }) };
		const page = await lists[kind](stripe, place, Math.floor(Date.parse(since) / 1000));
		const hasMore = await database.keepPaymentObjects(kind, page.objects, page.after);
		if (!hasMore) {
			const found = await database.compareBooks();
			log('compared', { ...found, with: 'payments' });
			await database.completeJob(job);
			return { outcome: found.open === 0 ? 'agrees' : 'differs' };
		}
	}
	return goOn(job, parts);
}

function pageOf<T extends { id?: string }>(list: Stripe.ApiList<T>, read: (object: T) => Reading | null): Page {
	const objects = list.data.flatMap((object) => read(object)?.object ?? []);
	return { objects, after: list.has_more ? (list.data.at(-1)?.id ?? null) : null };
}
