import type Stripe from 'stripe';
import { centsOfMicros } from '../_shared/core/billing.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { DueTopUp } from '../_shared/database-billing.ts';
import type { Job } from '../_shared/database.ts';
import { ask } from '../_shared/payments/client.ts';
import { sync } from '../_shared/payments/sync.ts';
import type { Ending } from './send-text.ts';
import type { PaymentParts } from './sync-payment.ts';

/**
 * Charges the card that is kept, with nobody there, once: a job that is taken up again looks for its payment at the provider
 * before it asks under the same key. What came of it is what the payment says when it is read.
 */
export async function autoTopUp(job: Job, { database, stripe, log }: PaymentParts): Promise<Ending> {
	const id = String(job.payload.top_up_id);
	const due = await database.autoTopUpDue(id);
	if (!due) return complete('nothing_to_charge');
	if (!due.customer || !due.payment_method) {
		await database.failTopUp(id, 'no_card');
		return complete('no_card');
	}
	const intent =
		due.payment_intent_id ?? (job.attempts > 1 ? await paymentOf(stripe, due) : null) ?? (await charge(stripe, due));
	if (intent === null) {
		await database.failTopUp(id, 'refused');
		return complete('refused');
	}
	const outcome = await sync({ stripe, database }, 'payment_intent', intent);
	log('auto_top_up', { top_up: id, payment_intent: intent, outcome });
	return complete('charged');

	async function complete(outcome: string): Promise<Ending> {
		await database.completeJob(job);
		return { outcome };
	}
}

/** The payment's id, however it went; null where the provider made none. */
async function charge(stripe: Stripe, due: DueTopUp): Promise<string | null> {
	const { id, organization_id, customer, payment_method, amount_micros } = due;
	if (!customer || !payment_method) return null;
	try {
		const intent = await ask(() =>
			stripe.paymentIntents.create(
				{
					amount: centsOfMicros(amount_micros),
					currency: 'usd',
					customer,
					payment_method,
					off_session: true,
					confirm: true,
					description: 'Automatic wallet top-up',
					metadata: { top_up_id: id, organization_id }
				},
				{ idempotencyKey: `top_up:${id}` }
			)
		);
		return intent.id;
	} catch (error) {
		// a declined card leaves its payment behind: why, is read there
		if (error instanceof Failure && error.slug === 'payment_declined') {
			const { payment_intent } = error.cause as { payment_intent?: { id: string } };
			return payment_intent?.id ?? paymentOf(stripe, due);
		}
		throw error;
	}
}

/** The payment of an earlier attempt whose answer was lost. */
async function paymentOf(stripe: Stripe, { id, customer, created_at }: DueTopUp): Promise<string | null> {
	if (!customer) return null;
	const from = Math.floor(new Date(created_at).getTime() / 1000) - 60;
	let after: string | undefined;
	for (;;) {
		const page = await ask(() =>
			stripe.paymentIntents.list({
				customer,
				created: { gte: from },
				limit: 100,
				...(after && { starting_after: after })
			})
		);
		const found = page.data.find(({ metadata }) => metadata.top_up_id === id);
		if (found) return found.id;
		after = page.data.at(-1)?.id;
		if (!page.has_more || !after) return null;
	}
}
