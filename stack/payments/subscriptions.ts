/** The life of a subscription: begun, changed, renewed, ended. It has one item. https://docs.stripe.com/api/subscriptions/object */
import { attempt, end, openInvoices } from './collecting.ts';
import { issue, voided, type Draft, type Reason } from './invoices.ts';
import { line, remaining, worth, type Line } from './lines.ts';
import { pending, takePending } from './pending.ts';
import { periodEnd, type Recurring } from './periods.ts';
import { newId, type Records } from './records.ts';
import { found } from './rest/call.ts';
import type { Customer } from './rest/customers.ts';
import { listOf } from './rest/lists.ts';
import type { Price } from './rest/prices.ts';
import type { Product } from './rest/products.ts';
import type { Thing } from './store.ts';

export type Item = Thing & {
	current_period_end: number;
	current_period_start: number;
	metadata: Record<string, string>;
	price: Price;
	quantity: number;
	subscription: string;
};

export type Subscription = Thing & {
	billing_cycle_anchor: number;
	cancel_at: number | null;
	cancel_at_period_end: boolean;
	canceled_at: number | null;
	cancellation_details: { comment: string | null; feedback: string | null; reason: string | null };
	currency: string;
	customer: string;
	default_payment_method: string | null;
	description: string | null;
	ended_at: number | null;
	items: { object: 'list'; data: [Item]; has_more: boolean; url: string };
	latest_invoice: string | null;
	metadata: Record<string, string>;
	status: 'active' | 'canceled' | 'incomplete' | 'incomplete_expired' | 'past_due';
	test_clock: string | null;
};

export type Plan = { price: Price; quantity: number };

type Beginning = Plan & {
	customer: Customer;
	default_payment_method: string | null;
	description: string | null;
	metadata: Record<string, string>;
	cancel_at_period_end?: boolean;
};

/** Makes a subscription that is `incomplete` until its first invoice, which comes with it, is paid. */
export function begin(records: Records, { customer, price, quantity, ...more }: Beginning): Subscription {
	const at = records.at();
	const id = newId('sub');
	const invoice = newId('in');
	const end = periodEnd(at, recurringOf(price), at);
	const item: Item = {
		id: newId('si', 14),
		object: 'subscription_item',
		...{ billing_thresholds: null, current_trial: null, discounts: [], tax_rates: [] },
		created: at,
		current_period_end: end,
		current_period_start: at,
		metadata: {},
		...{ plan: planOf(price) },
		price,
		quantity,
		subscription: id
	};
	const ends = more.cancel_at_period_end === true;
	const subscription: Subscription = {
		id,
		object: 'subscription',
		...{ application: null, application_fee_percent: null, billing_thresholds: null, billing_schedules: null },
		...{ automatic_tax: { disabled_reason: null, enabled: false, liability: null } },
		billing_cycle_anchor: at,
		...{ billing_cycle_anchor_config: null },
		...{ billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' } },
		cancel_at: ends ? end : null,
		cancel_at_period_end: ends,
		canceled_at: ends ? at : null,
		cancellation_details: { comment: null, feedback: null, reason: ends ? 'cancellation_requested' : null },
		...{ collection_method: 'charge_automatically' },
		created: at,
		currency: price.currency,
		customer: customer.id,
		...{ customer_account: null, days_until_due: null },
		default_payment_method: more.default_payment_method,
		...{ default_source: null, default_tax_rates: [] },
		description: more.description,
		...{ discounts: [] },
		ended_at: null,
		...{ invoice_settings: { account_tax_ids: null, custom_fields: null, issuer: { type: 'self' } } },
		items: { ...(listOf(`/v1/subscription_items?subscription=${id}`, []) as Subscription['items']), data: [item] },
		latest_invoice: invoice,
		...{ livemode: false, managed_payments: null },
		metadata: more.metadata,
		...{ next_pending_invoice_item_invoice: null, on_behalf_of: null, pause_collection: null },
		...{ payment_settings: { payment_method_options: null, save_default_payment_method: 'off' } },
		...{ pending_invoice_item_interval: null, pending_setup_intent: null, pending_update: null, schedule: null },
		...{ start_date: at },
		status: 'incomplete',
		test_clock: customer.test_clock,
		...{ transfer_data: null, trial_end: null, trial_settings: null, trial_start: null }
	};
	records.add(subscription, 'customer.subscription.created');
	const lines = [period(records, subscription, item)];
	issue(records, { ...draftOf(records, subscription, 'subscription_create', lines), id: invoice });
	return found(records, 'subscription', id);
}

export type Change = Plan & { behaviour: 'always_invoice' | 'create_prorations' | 'none'; at: number };

/** The item after a change, what it costs, and whether that is asked for at once: always, when the length of a period changes. */
export function planned(records: Records, subscription: Subscription, { price, quantity, behaviour, at }: Change) {
	const [item] = subscription.items.data;
	const span = { start: item.current_period_start, end: item.current_period_end };
	const [was, is] = [recurringOf(item.price), recurringOf(price)];
	const restarts = was.interval !== is.interval || was.interval_count !== is.interval_count;
	const changed: Item = {
		...item,
		...{ plan: planOf(price) },
		price,
		quantity,
		...(restarts && { current_period_start: at, current_period_end: periodEnd(at, is, at) })
	};
	const before = worth(item.price, item.quantity);
	const after = worth(price, quantity);
	const left = { start: at, end: span.end };
	const of = { subscription: subscription.id, item: item.id };
	const day = new Date(at * 1000).toISOString().slice(0, 10);
	const told = (what: string, plan: Plan) => `${what} time on ${nameOf(records, plan)} after ${day}`;
	const part = (amount: number, description: string, plan: Plan): Line =>
		line({ ...plan, amount, description, period: left, of, isProration: true });
	const isSame = item.price.id === price.id && item.quantity === quantity;
	const credit = part(-remaining(before, span, at), told('Unused', item), item);
	const lines = [
		...(behaviour === 'none' || isSame ? [] : [credit]),
		...(restarts ? [period(records, subscription, changed)] : []),
		...(behaviour === 'none' || isSame || restarts
			? []
			: [part(remaining(after, span, at), told('Remaining', { price, quantity }), { price, quantity })])
	];
	return {
		item: changed,
		restarts,
		lines,
		isBilledNow: restarts || (behaviour === 'always_invoice' && lines.length > 0)
	};
}

/** Another price or quantity from now on; its invoice is issued, and is the caller's to collect. */
export function change(records: Records, subscription: Subscription, asked: Change): Subscription {
	const { item, restarts, lines, isBilledNow } = planned(records, subscription, asked);
	const invoice = isBilledNow ? newId('in') : subscription.latest_invoice;
	const changed = records.change(
		subscription,
		{
			items: { ...subscription.items, data: [item] },
			latest_invoice: invoice,
			...(restarts && { billing_cycle_anchor: asked.at }),
			...(subscription.cancel_at_period_end && { cancel_at: item.current_period_end })
		},
		'customer.subscription.updated'
	);
	if (isBilledNow && invoice) {
		issue(records, { ...draftOf(records, changed, 'subscription_update', lines), id: invoice });
	} else {
		for (const each of lines) pending(records, changed, each);
	}
	return found(records, 'subscription', subscription.id);
}

/** What is to be changed for a subscription to end with its period, or not to. */
export function ending(
	records: Records,
	{ items, cancellation_details: known, cancel_at_period_end }: Subscription,
	ends: boolean,
	details?: { comment: string | null; feedback: string | null }
): Partial<Subscription> {
	const cancellation_details = { ...known, ...details, reason: ends ? 'cancellation_requested' : null };
	if (ends === cancel_at_period_end) return details ? { cancellation_details } : {};
	return {
		cancel_at: ends ? items.data[0].current_period_end : null,
		cancel_at_period_end: ends,
		canceled_at: ends ? records.at() : null,
		cancellation_details: ends ? cancellation_details : { comment: null, feedback: null, reason: null }
	};
}

/** Its period is over: the next one begins and is asked for, or it ends as it was to. */
export function renew(records: Records, subscription: Subscription): void {
	if (subscription.cancel_at_period_end) return end(records, subscription, 'cancellation_requested');
	const [item] = subscription.items.data;
	const start = item.current_period_end;
	const next = {
		...item,
		current_period_start: start,
		current_period_end: periodEnd(subscription.billing_cycle_anchor, recurringOf(item.price), start)
	};
	const id = newId('in');
	const changes = { items: { ...subscription.items, data: [next] as [Item] }, latest_invoice: id };
	const renewed = records.change(subscription, changes, 'customer.subscription.updated');
	const lines = [...takePending(records, renewed, id), period(records, renewed, next)];
	const draft = draftOf(records, renewed, 'subscription_cycle', lines);
	const span = { start: item.current_period_start, end: item.current_period_end };
	attempt(records, issue(records, { ...draft, id, period: span }));
}

/** Nobody has paid its first invoice in time. */
export function lapse(records: Records, subscription: Subscription): void {
	const at = records.at();
	records.change(
		subscription,
		{ status: 'incomplete_expired', ended_at: at, canceled_at: at },
		'customer.subscription.updated'
	);
	for (const invoice of openInvoices(records, subscription)) voided(records, invoice);
}

export function draftOf(records: Records, subscription: Subscription, reason: Reason, lines: Line[]): Draft {
	const customer = found<Customer>(records, 'customer', subscription.customer);
	const method = subscription.default_payment_method;
	return { customer, reason, lines, currency: subscription.currency, subscription, method };
}

/** A whole period of an item. */
export function period(records: Records, subscription: Pick<Subscription, 'id'>, item: Item): Line {
	const { price, quantity } = item;
	const every = `${((price.unit_amount ?? 0) / 100).toFixed(2)} / ${recurringOf(price).interval}`;
	return line({
		amount: worth(price, quantity),
		description: `${quantity} × ${nameOf(records, item)} (at $${every})`,
		period: { start: item.current_period_start, end: item.current_period_end },
		price,
		quantity,
		of: { subscription: subscription.id, item: item.id }
	});
}

export function recurringOf({ recurring }: Price): Recurring {
	if (!recurring) throw new Error('a price that does not recur is no plan');
	return recurring;
}

const nameOf = (records: Records, { price }: Plan): string => found<Product>(records, 'product', price.product).name;

/** What was once a plan, as items still show it. */
function planOf(price: Price): object {
	const { id, active, created, currency, metadata, nickname, product, unit_amount: amount } = price;
	const same = { id, object: 'plan', active, amount, created, currency, metadata, nickname, product };
	return { ...same, ...recurringOf(price), billing_scheme: 'per_unit', livemode: false, usage_type: 'licensed' };
}
