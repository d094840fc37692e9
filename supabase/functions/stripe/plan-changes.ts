import type Stripe from 'stripe';
import { microsOfCents } from '../_shared/core/billing.ts';
import { Failure } from '../_shared/core/failures.ts';
import { ask } from '../_shared/payments/client.ts';

export type Preview = {
	/** What is charged at once, in micros; negative: what is credited against the next invoices. */
	due_micros: number;
	lines: { says: string; micros: number }[];
	/** The moment that was counted with, in seconds: the change itself is asked for with the same. */
	proration_at: number;
};

/** What a change of plan costs now, line by line. Nothing is changed by it. */
export async function previewPlan(stripe: Stripe, id: string, price: string, at: number): Promise<Preview> {
	const subscription = await ask(() => stripe.subscriptions.retrieve(id));
	const { customer } = subscription;
	const invoice = await ask(() =>
		stripe.invoices.createPreview({
			customer: typeof customer === 'string' ? customer : customer.id,
			subscription: id,
			subscription_details: {
				items: [{ id: itemOf(subscription), price }],
				proration_behavior: 'always_invoice',
				proration_date: at
			}
		})
	);
	return {
		due_micros: microsOfCents(invoice.amount_due > 0 ? invoice.amount_due : invoice.total),
		lines: invoice.lines.data.map(({ description, amount }) => ({
			says: description ?? '',
			micros: microsOfCents(amount)
		})),
		proration_at: at
	};
}

/** Changes the plan and charges the difference at once, or changes nothing. The moment that was shown makes a second click the first. */
export async function changePlan(stripe: Stripe, id: string, price: string, at: number): Promise<void> {
	const subscription = await ask(() => stripe.subscriptions.retrieve(id));
	if (subscription.items.data[0]?.price.id === price) return;
	await ask(() =>
		stripe.subscriptions.update(
			id,
			{
				items: [{ id: itemOf(subscription), price }],
				proration_behavior: 'always_invoice',
				proration_date: at,
				payment_behavior: 'error_if_incomplete'
			},
			{ idempotencyKey: `change:${id}:${price}:${at}` }
		)
	);
}

function itemOf({ items }: Stripe.Subscription): string {
	const [item] = items.data;
	if (!item) throw new Failure('not_subscribed');
	return item.id;
}
