/** The life of a Checkout session: open, then complete or expired. https://docs.stripe.com/api/checkout/sessions */
import { timeOf } from './clocks.ts';
import { blank, type Customer } from './rest/customers.ts';
import {
	newPayment,
	newSetup,
	pay,
	setUp,
	type PaymentDraft,
	type PaymentIntent,
	type SetupIntent
} from './intents.ts';
import { collect, dueOf, intentOf, invoiceOf, type Invoice } from './invoices.ts';
import { newMethod, type PaymentMethod } from './payment-methods.ts';
import type { Payer } from './payer.ts';
import type { Records } from './records.ts';
import { found } from './rest/call.ts';
import type { Price } from './rest/prices.ts';
import type { Store, Thing } from './store.ts';
import { begin, type Subscription } from './subscriptions.ts';

export type Session = Thing & {
	amount_total: number | null;
	cancel_url: string | null;
	client_reference_id: string | null;
	currency: string | null;
	customer: string | null;
	customer_creation: 'always' | 'if_required' | null;
	customer_details: { email: string | null; name: string | null } | null;
	customer_email: string | null;
	expires_at: number;
	invoice: string | null;
	metadata: Record<string, string>;
	mode: 'payment' | 'setup' | 'subscription';
	payment_intent: string | null;
	payment_status: 'no_payment_required' | 'paid' | 'unpaid';
	setup_intent: string | null;
	status: 'complete' | 'expired' | 'open';
	subscription: string | null;
	success_url: string;
	url: string | null;
};

export type LineItem = {
	id: string;
	object: 'item';
	amount_total: number;
	currency: string;
	description: string;
	price: Price;
	quantity: number;
};

/** What is known of a session and not shown by it. */
export type Plan = {
	items: LineItem[];
	payment: Omit<PaymentDraft, 'amount' | 'currency'>;
	subscription: { description: string | null; metadata: Record<string, string> };
};

/** Tries to pay, or to keep the card. What came of it: what the session's intent says now; none where nothing was due. */
export function submit(records: Records, session: Session, payer: Payer): PaymentIntent | SetupIntent | null {
	const isWanted = session.mode === 'subscription' || session.customer_creation === 'always';
	const owned = session.customer === null && isWanted ? welcome(records, session, payer) : session;
	const details = {
		...{ address: null, phone: null, tax_exempt: 'none', tax_ids: [] },
		email: payer.email,
		name: payer.name
	};
	const known = records.change(owned, { customer_details: details });
	const method = newMethod(records, payer.card, payer);
	if (known.mode === 'payment') return charge(records, known, method);
	const then = timeOf(records, known.customer);
	const isFree = known.mode === 'setup' || (known.subscription === null && isCovered(records, known));
	return isFree ? keep(then, known, method) : subscribe(then, known, method);
}

/** Whether the customer's balance pays the first invoice: then the card is only kept. */
function isCovered(records: Records, { customer, amount_total }: Session): boolean {
	const { balance } = found<Customer>(records, 'customer', customer ?? '');
	return dueOf(amount_total ?? 0, balance) === 0;
}

/** The subscription is there from the first attempt on, incomplete; further attempts pay the same invoice. */
function subscribe(records: Records, session: Session, method: PaymentMethod): PaymentIntent | null {
	const begun = session.subscription ? session : beginning(records, session);
	const invoice = found<Invoice>(records, 'invoice', begun.invoice ?? '');
	const tried = collect(records, invoice, method);
	if (tried.status === 'paid') complete(records, begun, method.id);
	return intentOf(records.store, tried) ?? null;
}

function beginning(records: Records, session: Session): Session {
	const { items, subscription } = records.store.hidden<Plan>(session.id);
	const [plan] = items;
	if (!plan) throw new Error('a session for a subscription has one line');
	const customer = found<Customer>(records, 'customer', session.customer ?? '');
	const { price, quantity } = plan;
	const begun = begin(records, { ...subscription, price, quantity, customer, default_payment_method: null });
	return records.change(session, { subscription: begun.id, invoice: begun.latest_invoice });
}

function charge(records: Records, session: Session, method: PaymentMethod): PaymentIntent {
	const { payment } = records.store.hidden<Plan>(session.id);
	const intent = session.payment_intent
		? found<PaymentIntent>(records, 'payment_intent', session.payment_intent)
		: newPayment(records, {
				...payment,
				amount: session.amount_total ?? 0,
				currency: session.currency ?? 'usd',
				customer: session.customer
			});
	const changed = records.change(session, { payment_intent: intent.id });
	const tried = pay(records, intent, method);
	if (tried.status === 'succeeded') complete(records, changed, method.id);
	return tried;
}

function keep(records: Records, session: Session, method: PaymentMethod): SetupIntent {
	const intent = session.setup_intent
		? found<SetupIntent>(records, 'setup_intent', session.setup_intent)
		: newSetup(records, { customer: session.customer });
	const waiting = records.change(session, { setup_intent: intent.id });
	const tried = setUp(records, intent, method);
	if (tried.status === 'succeeded') complete(records, waiting, method.id);
	return tried;
}

function welcome(records: Records, session: Session, { name, email }: Payer): Session {
	const customer: Customer = { ...blank(records.at()), name, email };
	records.add(customer, 'customer.created');
	return records.change(session, { customer: customer.id });
}

export function complete(records: Records, open: Session, method: string | null): Session {
	// nothing was due: it begins now that the card is kept
	const isToBegin = open.mode === 'subscription' && open.subscription === null;
	const session = isToBegin ? beginning(timeOf(records, open.customer), open) : open;
	const subscription = session.subscription && records.store.find<Subscription>(session.subscription, 'subscription');
	if (subscription) {
		records.change(subscription, { default_payment_method: method }, 'customer.subscription.updated');
	}
	const changes = {
		status: 'complete',
		payment_status: session.mode === 'setup' ? 'no_payment_required' : 'paid',
		url: null
	} as const;
	return records.change(session, changes, 'checkout.session.completed');
}

export function expire(records: Records, session: Session): Session {
	return records.change(session, { status: 'expired', url: null }, 'checkout.session.expired');
}

/** The sessions whose time is over. */
export function overdue(store: Store, at: number): Session[] {
	const rows = store.all<{ body: string }>(
		`select body from objects where kind = 'checkout.session' and body ->> 'status' = 'open'
			and body ->> 'expires_at' <= ? limit 100`,
		at
	);
	return rows.map(({ body }) => JSON.parse(body) as Session);
}

/** The open session that waits for an intent. */
export function sessionOf(store: Store, intent: string): Session | undefined {
	const asked = invoiceOf(store, intent)?.id ?? intent;
	const [session] = store.list<Session>({
		kind: 'checkout.session',
		where: [
			["body ->> 'status' = 'open'"],
			["? in (body ->> 'payment_intent', body ->> 'setup_intent', body ->> 'invoice')", asked]
		],
		limit: 1
	});
	return session;
}

/** What has become of the attempts so far. */
export function intentBehind(store: Store, session: Session): PaymentIntent | SetupIntent | undefined {
	const invoice = session.invoice && store.find<Invoice>(session.invoice, 'invoice');
	if (invoice) return intentOf(store, invoice);
	return store.find<PaymentIntent | SetupIntent>(session.payment_intent ?? session.setup_intent ?? '');
}

/** Where the person goes once it is done. */
export function successAddress({ success_url, id }: Session): string {
	return success_url.replaceAll('{CHECKOUT_SESSION_ID}', id);
}
