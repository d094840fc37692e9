import type Stripe from 'stripe';
import type { BillingInterval } from '../_shared/core/billing.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { Database } from '../_shared/database.ts';
import { ask } from '../_shared/payments/client.ts';
import { sync } from '../_shared/payments/sync.ts';
import { payerOf } from './customers.ts';

export type Begun = {
	outcome: 'open' | 'close_first';
	id: string;
	organization_id: string;
	plan: string;
	billing_interval: BillingInterval;
	session_id: string | null;
	checkout_url: string | null;
};

type Parts = { database: Database; stripe: Stripe; page: (slug: string, query?: string) => string };

/**
 * Where an organization subscribes. One page is open at a time: another wish closes the former page at the provider before a
 * new one is opened, so that no two can be paid. Refuses with `already_subscribed` where the former was paid meanwhile.
 */
export async function openSubscription(
	parts: Parts,
	begin: () => Promise<Begun>,
	priceOf: (plan: string, interval: BillingInterval) => Promise<string>
): Promise<string | null> {
	for (let attempt = 0; attempt < 3; attempt++) {
		const begun = await begin();
		if (begun.outcome === 'open') return begun.checkout_url ?? (await open(parts, begun, priceOf)).url;
		await close(parts, begun, priceOf);
	}
	// colleagues who close each other's pages
	throw new Failure('payments_unavailable');
}

async function open(
	{ database, stripe, page }: Parts,
	begun: Begun,
	priceOf: (plan: string, interval: BillingInterval) => Promise<string>
): Promise<Stripe.Checkout.Session> {
	const { customer, slug } = await payerOf({ database, stripe }, begun.organization_id);
	const price = await priceOf(begun.plan, begun.billing_interval);
	const session = await ask(() =>
		stripe.checkout.sessions.create(
			{
				mode: 'subscription',
				customer,
				client_reference_id: begun.organization_id,
				line_items: [{ price, quantity: 1 }],
				subscription_data: { metadata: { organization_id: begun.organization_id } },
				metadata: { kind: 'subscription', id: begun.id },
				success_url: page(slug, `?back=${begun.id}`),
				cancel_url: page(slug, `?left=${begun.id}`)
			},
			{ idempotencyKey: `subscribe:${begun.id}` }
		)
	);
	await database.keepSubscriptionCheckout(begun.id, 'open', session.id, session.url);
	return session;
}

/** Closes a page at the provider; one that was paid meanwhile is read instead. */
async function close(
	parts: Parts,
	begun: Begun,
	priceOf: (plan: string, interval: BillingInterval) => Promise<string>
): Promise<void> {
	const { database, stripe } = parts;
	// an answer that was lost: the same key answers which page it was
	const id = begun.session_id ?? (await open(parts, begun, priceOf)).id;
	const session = await ask(() => stripe.checkout.sessions.retrieve(id));
	if (session.status === 'open') {
		try {
			await ask(() => stripe.checkout.sessions.expire(id));
		} catch (error) {
			// paid, or closed by somebody else, in this very moment: read below
			if (error instanceof Failure) throw error;
		}
	}
	const now = await ask(() => stripe.checkout.sessions.retrieve(id));
	if (now.status === 'expired') return void (await database.keepSubscriptionCheckout(begun.id, 'expired', id, null));
	await sync({ stripe, database }, 'checkout_session', id);
	const subscription = typeof now.subscription === 'string' ? now.subscription : now.subscription?.id;
	if (subscription) await sync({ stripe, database }, 'subscription', subscription);
}
