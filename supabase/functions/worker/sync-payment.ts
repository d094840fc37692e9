import type Stripe from 'stripe';
import { aboutOf } from '../_shared/core/billing.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { Log } from '../_shared/http/log.ts';
import { ask, isMissing } from '../_shared/payments/client.ts';
import { sync } from '../_shared/payments/sync.ts';
import type { Ending } from './send-text.ts';

export type PaymentParts = { database: Database; stripe: Stripe; log: Log };

/** Reads an object of the payment provider as it is now, because an event told of it or somebody waits for it. */
export async function syncPayment(job: Job, { database, stripe }: PaymentParts): Promise<Ending> {
	const { kind, id } = job.payload;
	const outcome = await sync({ stripe, database }, String(kind), String(id));
	await database.completeJob(job);
	return { outcome };
}

/**
 * Cancels a subscription that is one too many and gives its money back. Both are read first: what we know of the one that
 * counts may be old, and then this one is no duplicate.
 */
export async function cancelDuplicate(job: Job, { database, stripe, log }: PaymentParts): Promise<Ending> {
	const id = String(job.payload.id);
	const counts = await database.duplicateOf(id);
	if (counts) {
		await sync({ stripe, database }, 'subscription', counts);
		await sync({ stripe, database }, 'subscription', id);
	}
	if (!counts || !(await database.duplicateOf(id))) {
		await database.completeJob(job);
		return { outcome: 'no_duplicate' };
	}
	await ask(() => stripe.subscriptions.cancel(id, {}, { idempotencyKey: `cancel_duplicate:${id}` }));
	for (const intent of await paymentsFor(stripe, id)) {
		await ask(() =>
			stripe.refunds.create(
				{ payment_intent: intent, reason: 'duplicate' },
				{ idempotencyKey: `refund_duplicate:${intent}` }
			)
		);
	}
	await sync({ stripe, database }, 'subscription', id);
	log('duplicate_cancelled', { subscription: id, counts });
	await database.completeJob(job);
	return { outcome: 'cancelled' };
}

/** What was paid for a subscription. */
async function paymentsFor(stripe: Stripe, subscription: string): Promise<string[]> {
	const invoices = await ask(() => stripe.invoices.list({ subscription, status: 'paid', limit: 10 }));
	const paid = await Promise.all(
		invoices.data.map(({ id: invoice }) =>
			ask(() => stripe.invoicePayments.list({ invoice, status: 'paid', limit: 10 }))
		)
	);
	return paid.flatMap(({ data }) =>
		data.flatMap(({ payment: { payment_intent: intent } }) =>
			intent ? [typeof intent === 'string' ? intent : intent.id] : []
		)
	);
}

/** A reminder of a payment that is owed; at the end of its grace the plan ends at the provider too. */
export async function endGrace(job: Job, { database, stripe }: PaymentParts): Promise<Ending> {
	const { subscription_id, since } = job.payload;
	const { outcome, provider_id } = await database.graceStep(String(subscription_id), String(since));
	if (outcome === 'cancel' && provider_id) {
		// it may have been paid in this very minute
		await sync({ stripe, database }, 'subscription', provider_id);
		const still = await database.graceStep(String(subscription_id), String(since));
		if (still.outcome === 'cancel') {
			try {
				await ask(() => stripe.subscriptions.cancel(provider_id, {}, { idempotencyKey: `end_grace:${provider_id}` }));
			} catch (error) {
				if (!isMissing(error)) throw error;
			}
			await sync({ stripe, database }, 'subscription', provider_id);
		}
	}
	await database.completeJob(job);
	return { outcome };
}

/** Objects read a job, and pages of events: well within its lease. */
const batch = 20;
const mostPages = 10;
/** The provider's list may show an event a little late. */
const overlapSeconds = 3600;
const unsettledAfterSeconds = 120;

/**
 * Reads what was missed: events that were never told, back to the cursor, and objects that should have ended or changed by
 * now. Both go the way of a webhook, under the same keys.
 */
export async function reconcilePayments(job: Job, { database, stripe, log }: PaymentParts): Promise<Ending> {
	let found = 0;
	const place = await database.beginReconciliation('stripe', overlapSeconds);
	let page = place.page;
	for (let step = 0; step < mostPages; step++) {
		const after = page;
		const events = await ask(() =>
			stripe.events.list({
				created: { gte: Math.floor(new Date(place.since).getTime() / 1000) },
				limit: 100,
				...(after && { starting_after: after })
			})
		);
		const missing = new Set(await database.missingPaymentEvents(events.data.map(({ id }) => id)));
		// oldest first
		for (const event of events.data.filter(({ id }) => missing.has(id)).reverse()) {
			const about = aboutOf(event.data.object);
			await database.receivePaymentEvent({ id: event.id, type: event.type, payload: { ...event }, about });
			log('payment_event', { event: event.id, type: event.type, outcome: 'late' });
			found++;
		}
		page = events.has_more ? (events.data.at(-1)?.id ?? null) : null;
		await database.advanceReconciliation('stripe', page);
		if (page === null) break;
	}
	for (const { kind, provider_id } of await database.unsettledPayments(unsettledAfterSeconds, batch)) {
		await sync({ stripe, database }, kind, provider_id);
	}
	await database.completeJob(job);
	return { outcome: page === null ? (found > 0 ? 'found' : 'reconciled') : 'more' };
}
