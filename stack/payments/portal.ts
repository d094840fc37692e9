/** The Billing Portal: where a customer looks after card, address, invoices and the end of a subscription. */
import { timeOf } from './clocks.ts';
import { newSetup, setUp, type PaymentIntent, type SetupIntent } from './intents.ts';
import type { Payer } from './payer.ts';
import { newMethod, type PaymentMethod } from './payment-methods.ts';
import type { Records } from './records.ts';
import { found } from './rest/call.ts';
import type { Customer } from './rest/customers.ts';
import type { Store, Thing } from './store.ts';
import { ending, type Subscription } from './subscriptions.ts';

/** https://docs.stripe.com/api/customer_portal/sessions/object */
export type PortalSession = Thing & {
	customer: string;
	flow: {
		type: 'payment_method_update' | 'subscription_cancel';
		after_completion: { type: string; redirect: { return_url: string } | null };
		subscription_cancel: { subscription: string } | null;
	} | null;
	return_url: string | null;
	setup_intent: string | null;
	url: string;
};

/** Seconds for which the address of a session leads anywhere. */
export const portalLife = 3600;

/** The session that waits for an intent. */
export function portalOf(store: Store, intent: string): PortalSession | undefined {
	const where: [string, string][] = [["body ->> 'setup_intent' = ?", intent]];
	return store.list<PortalSession>({ kind: 'billing_portal.session', where, limit: 1 })[0];
}

/** Tries to keep a card, which from then on is charged. What came of it: what the intent says. */
export function keepCard(records: Records, session: PortalSession, payer: Payer): SetupIntent {
	const intent = newSetup(records, { customer: session.customer });
	records.change(session, { setup_intent: intent.id });
	const tried = setUp(records, intent, newMethod(records, payer.card, payer));
	if (tried.status === 'succeeded') makeDefault(records, session, tried);
	return tried;
}

/** Where its owner goes on after their bank has answered. */
export function settledCard(records: Records, session: PortalSession, intent: PaymentIntent | SetupIntent): string {
	if (intent.status !== 'succeeded') return addressOf(session);
	makeDefault(records, session, intent);
	return session.flow?.after_completion.redirect?.return_url ?? addressOf(session);
}

function makeDefault(records: Records, { customer }: PortalSession, intent: PaymentIntent | SetupIntent): void {
	const method = found<PaymentMethod>(records, 'payment_method', intent.payment_method ?? '');
	const owner = found<Customer>(records, 'customer', customer);
	const settings = { ...owner.invoice_settings, default_payment_method: method.id };
	records.change(owner, { invoice_settings: settings }, 'customer.updated');
	for (const subscription of liveOf(records.store, customer)) {
		records.change(subscription, { default_payment_method: method.id }, 'customer.subscription.updated');
	}
}

/** Ends a subscription with its period, or lets it go on. */
export function schedule(records: Records, session: PortalSession, id: string, ends: boolean): void {
	const subscription = liveOf(records.store, session.customer).find((each) => each.id === id);
	if (!subscription) return;
	const changes = ending(timeOf(records, session.customer), subscription, ends);
	records.change(subscription, changes, 'customer.subscription.updated');
}

export function liveOf(store: Store, customer: string): Subscription[] {
	return store.list<Subscription>({
		kind: 'subscription',
		where: [["body ->> 'customer' = ?", customer], ["body ->> 'status' in ('active', 'past_due')"]],
		limit: 10
	});
}

export const addressOf = ({ id }: PortalSession): string => `/p/session/${id}`;
