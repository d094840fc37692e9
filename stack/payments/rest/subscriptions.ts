/** https://docs.stripe.com/api/subscriptions, of one item, charged automatically */
import * as z from 'zod';
import { timeOf } from '../clocks.ts';
import { attempt, end, methodFor } from '../collecting.ts';
import { intentOf, issue, type Invoice } from '../invoices.ts';
import { methodNamed } from '../payment-methods.ts';
import { pending, takePending } from '../pending.ts';
import type { Records } from '../records.ts';
import { begin, change, draftOf, ending, planned, type Change, type Subscription } from '../subscriptions.ts';
import { emptyable, flag, found, merged, metadata, read, text, whole, type Call, type Route } from './call.ts';
import type { Customer } from './customers.ts';
import { invalid, type Refusal } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';
import type { Price } from './prices.ts';

const quantity = whole.pipe(z.int().min(1).max(999_999));
const behaviour = z.enum(['always_invoice', 'create_prorations', 'none']);
const cancellation = z
	.strictObject({ comment: emptyable.optional(), feedback: emptyable.optional() })
	.transform(({ comment = null, feedback = null }) => ({ comment, feedback }));
const common = {
	cancel_at_period_end: flag.optional(),
	default_payment_method: text.optional(),
	description: emptyable.optional(),
	metadata: metadata.optional(),
	off_session: flag.optional(),
	payment_behavior: z
		.enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete'])
		.default('allow_incomplete')
};
const New = z.strictObject({
	...common,
	billing_mode: z.strictObject({ type: z.literal('flexible') }).optional(),
	customer: text,
	items: z.array(z.strictObject({ price: text, quantity: quantity.default(1) })).length(1)
});
const Changes = z.strictObject({
	...common,
	cancellation_details: cancellation.optional(),
	items: z
		.array(z.strictObject({ id: text, price: text.optional(), quantity: quantity.optional() }))
		.length(1)
		.optional(),
	proration_behavior: behaviour.default('create_prorations'),
	proration_date: whole.optional()
});
const Ending = z.strictObject({
	cancellation_details: cancellation.optional(),
	invoice_now: flag.default(false),
	prorate: flag.default(false)
});
const states = z.enum(['active', 'all', 'canceled', 'ended', 'incomplete', 'incomplete_expired', 'past_due']);
const Listing = z.strictObject({
	...listShape,
	customer: text.optional(),
	price: text.optional(),
	status: states.optional()
});

/** What is asked of a subscription's item. */
export const Asked = Changes.shape.items;

export const subscriptions: Route[] = [
	{ method: 'POST', path: '/subscriptions', name: 'subscriptions.create', answer: create },
	{
		method: 'GET',
		path: '/subscriptions',
		name: 'subscriptions.list',
		answer: (call) => {
			const { price, status, ...asked } = read(call, Listing);
			return answerList(call, 'subscription', asked, [
				...equals('customer', asked.customer),
				...(price ? ([["body ->> '$.items.data[0].price.id' = ?", price]] as [string, string][]) : []),
				...ofState(status)
			]);
		}
	},
	{
		method: 'GET',
		path: '/subscriptions/:id',
		name: 'subscriptions.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'subscription', call.id);
		}
	},
	{ method: 'POST', path: '/subscriptions/:id', name: 'subscriptions.update', answer: update },
	{ method: 'DELETE', path: '/subscriptions/:id', name: 'subscriptions.cancel', answer: cancel }
];

function create(call: Call): Subscription {
	const asked = read(call, New);
	const customer = found<Customer>(call.records, 'customer', asked.customer, 'customer');
	const records = timeOf(call.records, customer.id);
	const [item] = asked.items;
	const plan = { price: recurring(records, item?.price ?? ''), quantity: item?.quantity ?? 1 };
	const method = asked.default_payment_method && methodNamed(records, asked.default_payment_method, customer.id);
	if (method && method.customer !== customer.id) {
		throw invalid('The customer does not have a payment method with that ID.', { param: 'default_payment_method' });
	}
	return settling(records, asked, () => {
		const subscription = begin(records, {
			...plan,
			customer,
			default_payment_method: method ? method.id : null,
			description: asked.description ?? null,
			metadata: merged({}, asked.metadata),
			cancel_at_period_end: asked.cancel_at_period_end
		});
		const invoice = found<Invoice>(records, 'invoice', subscription.latest_invoice ?? '');
		const isToPay = invoice.status === 'open' && asked.payment_behavior !== 'default_incomplete';
		if (isToPay && !methodFor(records, invoice)) {
			throw invalid('This customer has no attached payment source or default payment method.', {
				code: 'resource_missing'
			});
		}
		return subscription;
	});
}

function update(call: Call): Subscription {
	const asked = read(call, Changes);
	const known = found<Subscription>(call.records, 'subscription', call.id);
	if (known.ended_at !== null) throw ended();
	const records = timeOf(call.records, known.customer);
	const method = asked.default_payment_method;
	if (method) methodNamed(records, method, known.customer);
	return settling(records, asked, () => {
		const changed = records.change(
			known,
			{
				...(method && { default_payment_method: method }),
				...(asked.description !== undefined && { description: asked.description }),
				metadata: merged(known.metadata, asked.metadata),
				...ending(records, known, asked.cancel_at_period_end ?? known.cancel_at_period_end, asked.cancellation_details)
			},
			'customer.subscription.updated'
		);
		const wish = wished(records, changed, asked);
		return wish ? change(records, changed, wish) : changed;
	});
}

/** Does it and has its invoice paid, as far as that is wanted; with `error_if_incomplete` all or nothing. */
function settling(
	records: Records,
	{ payment_behavior }: { payment_behavior: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete' },
	work: () => Subscription
): Subscription {
	return records.store.undoing(() => {
		const subscription = work();
		if (payment_behavior === 'default_incomplete' || !subscription.latest_invoice) return subscription;
		const invoice = found<Invoice>(records, 'invoice', subscription.latest_invoice);
		// what was open before is the clock's to try again
		const tried = invoice.attempted ? invoice : attempt(records, invoice);
		if (tried.status === 'open' && !invoice.attempted && payment_behavior === 'error_if_incomplete') {
			const error = intentOf(records.store, tried)?.last_payment_error;
			throw invalid(
				error?.message ?? 'Payment for this subscription requires additional user action.',
				{
					code: error?.code ?? 'subscription_payment_intent_requires_action'
				},
				402
			);
		}
		return found(records, 'subscription', subscription.id);
	});
}

type Wish = Pick<z.output<typeof Changes>, 'items' | 'proration_behavior' | 'proration_date'>;

/** The plan that is asked for, null where none is. Throws where it is not the subscription's item, or no moment of its period. */
export function wished(records: Records, subscription: Subscription, asked: Wish): Change | null {
	const [wish] = asked.items ?? [];
	if (!wish) return null;
	const [item] = subscription.items.data;
	if (wish.id !== item.id) {
		throw invalid(`No such subscription item: '${wish.id}'`, { code: 'resource_missing', param: 'items[0][id]' });
	}
	const at = asked.proration_date ?? records.at();
	if (at < item.current_period_start || at > item.current_period_end) {
		throw invalid('Cannot specify `proration_date` outside of current subscription period.', {
			param: 'proration_date'
		});
	}
	return {
		price: wish.price ? recurring(records, wish.price) : item.price,
		quantity: wish.quantity ?? item.quantity,
		behaviour: asked.proration_behavior,
		at
	};
}

function cancel(call: Call): Subscription {
	const asked = read(call, Ending);
	const known = found<Subscription>(call.records, 'subscription', call.id);
	if (known.ended_at !== null) throw ended();
	const records = timeOf(call.records, known.customer);
	if (asked.prorate) {
		const [{ price }] = known.items.data;
		const { lines } = planned(records, known, { price, quantity: 0, behaviour: 'create_prorations', at: records.at() });
		for (const line of lines.slice(0, 1)) pending(records, known, line);
	}
	if (asked.invoice_now) {
		const lines = takePending(records, known, '');
		if (lines.length > 0) issue(records, draftOf(records, known, 'subscription_cancel', lines));
	}
	const details = { ...known.cancellation_details, ...asked.cancellation_details };
	end(records, records.change(known, { cancellation_details: details }), 'cancellation_requested');
	return found(records, 'subscription', known.id);
}

/** Throws where there is none, or one that is paid once. */
export function recurring(records: Records, id: string, param = 'items[0][price]'): Price {
	const price = found<Price>(records, 'price', id, param);
	if (price.type !== 'recurring') {
		throw invalid(
			'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
			{
				param
			}
		);
	}
	if (!price.active)
		throw invalid('The price specified is inactive. This field only accepts active prices.', { param });
	return price;
}

function ofState(status: z.output<typeof states> | undefined): [string, ...string[]][] {
	if (status === 'all') return [];
	if (status === 'ended') return [["body ->> 'ended_at' is not null"]];
	return status ? [["body ->> 'status' = ?", status]] : [["body ->> 'status' <> 'canceled'"]];
}

const ended = (): Refusal =>
	invalid(
		'A canceled subscription can only update its cancellation_details and metadata.',
		{ code: 'resource_missing' },
		404
	);
