import type Stripe from 'stripe';
import { centsOfMicros, planPrice, type BillingInterval, type Plan } from '../_shared/core/billing.ts';
import type { Database } from '../_shared/database.ts';
import { ask, isMissing } from '../_shared/payments/client.ts';

export type Payer = { customer: string; slug: string };

/**
 * The customer of an organization, made where there is none. One each, whatever is clicked how often: the first call and every
 * repetition carry the organization's key, and where somebody has asked before us the provider is looked through first, since
 * it forgets keys after a day.
 */
export async function payerOf(
	{ database, stripe }: { database: Database; stripe: Stripe },
	organizationId: string
): Promise<Payer> {
	const { provider_id, slug, name, asked_at } = await database.beginCustomer(organizationId);
	if (provider_id) return { customer: provider_id, slug };
	const known = asked_at ? await customerSince(stripe, organizationId, new Date(asked_at)) : null;
	const made =
		known ??
		(await ask(() =>
			stripe.customers.create(
				{ name, metadata: { organization_id: organizationId } },
				{ idempotencyKey: `customer:${organizationId}` }
			)
		));
	return { customer: await database.keepCustomer(organizationId, made.id), slug };
}

/** A customer that was asked for and never answered. */
async function customerSince(stripe: Stripe, organizationId: string, since: Date): Promise<Stripe.Customer | null> {
	const from = Math.floor(since.getTime() / 1000) - 60;
	let after: string | undefined;
	for (;;) {
		const page = await ask(() =>
			stripe.customers.list({ created: { gte: from }, limit: 100, ...(after && { starting_after: after }) })
		);
		const found = page.data.find(({ metadata }) => metadata.organization_id === organizationId);
		if (found) return found;
		after = page.data.at(-1)?.id;
		if (!page.has_more || !after) return null;
	}
}

/** The provider's price of a plan, made from our row where it is missing or costs something else. */
export async function priceOf(stripe: Stripe, plan: Plan, interval: BillingInterval): Promise<string> {
	const key = `plan_${plan.code}_${interval}`;
	const amount = centsOfMicros(planPrice(plan, interval));
	const { data } = await ask(() => stripe.prices.list({ lookup_keys: [key], active: true, limit: 1 }));
	if (data[0]?.unit_amount === amount) return data[0].id;
	const product = await productOf(stripe, plan);
	const made = await ask(() =>
		stripe.prices.create(
			{
				product,
				currency: 'usd',
				unit_amount: amount,
				recurring: { interval },
				lookup_key: key,
				transfer_lookup_key: true,
				metadata: { plan: plan.code, interval }
			},
			{ idempotencyKey: `price:${key}:${amount}` }
		)
	);
	return made.id;
}

async function productOf(stripe: Stripe, plan: Plan): Promise<string> {
	const id = `plan_${plan.code}`;
	try {
		return (await ask(() => stripe.products.retrieve(id))).id;
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
	const made = await ask(() =>
		stripe.products.create({ id, name: `${plan.name} plan` }, { idempotencyKey: `product:${id}` })
	);
	return made.id;
}
