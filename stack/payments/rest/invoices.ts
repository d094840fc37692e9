/** https://docs.stripe.com/api/invoices, as subscriptions make them, and https://docs.stripe.com/api/invoice-payment */
import * as z from 'zod';
import { timeOf } from '../clocks.ts';
import { attempt } from '../collecting.ts';
import { collect, drafted, intentOf, voided, type Draft, type Invoice } from '../invoices.ts';
import { refusalOf } from '../intents.ts';
import { methodNamed } from '../payment-methods.ts';
import { waiting } from '../pending.ts';
import { periodEnd } from '../periods.ts';
import type { Records } from '../records.ts';
import { draftOf, period, planned, recurringOf, type Item, type Subscription } from '../subscriptions.ts';
import { flag, found, read, text, whole, type Call, type Route } from './call.ts';
import type { Customer } from './customers.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listOf, listShape } from './lists.ts';
import { Asked, recurring, wished } from './subscriptions.ts';

const Listing = z.strictObject({
	...listShape,
	customer: text.optional(),
	status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
	subscription: text.optional()
});
const Paying = z.strictObject({ off_session: flag.optional(), payment_method: text.optional() });
const Preview = z.strictObject({
	customer: text.optional(),
	subscription: text.optional(),
	subscription_details: z
		.strictObject({
			items: z.union([
				Asked,
				z.array(z.strictObject({ price: text, quantity: whole.pipe(z.int().min(1)).default(1) })).length(1)
			]),
			proration_behavior: z.enum(['always_invoice', 'create_prorations', 'none']).default('create_prorations'),
			proration_date: whole.optional()
		})
		.optional()
});
const Payments = z.strictObject({
	...listShape,
	invoice: text.optional(),
	payment: z.strictObject({ payment_intent: text, type: z.literal('payment_intent') }).optional(),
	status: z.enum(['canceled', 'open', 'paid']).optional()
});

export const invoices: Route[] = [
	{
		method: 'GET',
		path: '/invoices',
		name: 'invoices.list',
		answer: (call) => {
			const asked = read(call, Listing);
			return answerList(call, 'invoice', asked, [
				...equals('customer', asked.customer),
				...equals('status', asked.status),
				...equals('$.parent.subscription_details.subscription', asked.subscription)
			]);
		}
	},
	{ method: 'POST', path: '/invoices/create_preview', name: 'invoices.preview', answer: preview },
	{
		method: 'GET',
		path: '/invoices/:id',
		name: 'invoices.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'invoice', call.id);
		}
	},
	{
		method: 'GET',
		path: '/invoices/:id/lines',
		name: 'invoices.lines',
		answer: (call) => {
			read(call, z.strictObject({ limit: listShape.limit }));
			return listOf(call.path, found<Invoice>(call.records, 'invoice', call.id).lines.data);
		}
	},
	{ method: 'POST', path: '/invoices/:id/pay', name: 'invoices.pay', answer: pay },
	{
		method: 'POST',
		path: '/invoices/:id/void',
		name: 'invoices.void',
		answer: (call) => {
			read(call, z.strictObject({}));
			const invoice = found<Invoice>(call.records, 'invoice', call.id);
			if (invoice.status !== 'open') throw unfit(invoice, 'void');
			return voided(timeOf(call.records, invoice.customer), invoice);
		}
	}
];

export const invoicePayments: Route[] = [
	{
		method: 'GET',
		path: '/invoice_payments',
		name: 'invoice_payments.list',
		answer: (call) => {
			const { invoice, payment, status, ...asked } = read(call, Payments);
			return answerList(call, 'invoice_payment', asked, [
				...equals('invoice', invoice),
				...equals('$.payment.payment_intent', payment?.payment_intent),
				...equals('status', status)
			]);
		}
	}
];

/** Throws the 402 of a declined attempt, which is kept all the same. */
function pay(call: Call): Invoice {
	const { payment_method, off_session = true } = read(call, Paying);
	const invoice = found<Invoice>(call.records, 'invoice', call.id);
	if (invoice.status === 'paid') throw invalid('Invoice is already paid');
	if (invoice.status !== 'open') throw unfit(invoice, 'pay');
	const records = timeOf(call.records, invoice.customer);
	const method = payment_method && methodNamed(records, payment_method, invoice.customer);
	const tried = method ? collect(records, invoice, method, off_session) : attempt(records, invoice);
	const intent = tried.status === 'open' ? intentOf(records.store, tried) : undefined;
	const refusal = intent && refusalOf(intent);
	if (refusal) throw refusal;
	if (intent?.status === 'requires_action') {
		throw invalid(
			'Payment for this invoice requires additional user action before it can be completed successfully.',
			{ code: 'invoice_payment_intent_requires_action' },
			402
		);
	}
	return tried;
}

/** What would be asked for: at once if the change is billed at once, else with the next period. Nothing is kept. */
function preview(call: Call): object {
	const asked = read(call, Preview);
	const known =
		asked.subscription && found<Subscription>(call.records, 'subscription', asked.subscription, 'subscription');
	if (!known) return shown(first(call.records, asked));
	const records = timeOf(call.records, known.customer);
	const details = asked.subscription_details;
	const items = details?.items as z.output<typeof Asked>;
	const wish = details && wished(records, known, { ...details, items });
	const plan = wish ? planned(records, known, wish) : null;
	if (plan?.isBilledNow) {
		return shown(drafted(records, draftOf(records, known, 'subscription_update', plan.lines)));
	}
	if (known.cancel_at_period_end || known.ended_at !== null) {
		throw invalid('No upcoming invoices for customer', { code: 'invoice_upcoming_none' }, 404);
	}
	const item = plan?.item ?? known.items.data[0];
	const start = item.current_period_end;
	const next: Item = {
		...item,
		current_period_start: start,
		current_period_end: periodEnd(known.billing_cycle_anchor, recurringOf(item.price), start)
	};
	const lines = [...waiting(records, known), ...(plan?.lines ?? []), period(records, known, next)];
	const draft = draftOf(records, known, 'upcoming', lines);
	return shown(drafted(records, { ...draft, period: { start: item.current_period_start, end: start } }));
}

/** The first invoice of a subscription that is not there yet. */
function first(outer: Records, asked: z.output<typeof Preview>): Invoice {
	const [wish] = asked.subscription_details?.items ?? [];
	if (!asked.customer || !wish?.price) {
		throw invalid('Provide `subscription`, or `customer` and `subscription_details[items]`.', {
			param: 'subscription'
		});
	}
	const customer = found<Customer>(outer, 'customer', asked.customer, 'customer');
	const records = timeOf(outer, customer.id);
	const price = recurring(records, wish.price, 'subscription_details[items][0][price]');
	const at = records.at();
	const span = { current_period_start: at, current_period_end: periodEnd(at, recurringOf(price), at) };
	const item = { id: '', object: 'subscription_item', created: at, metadata: {}, subscription: '', ...span };
	const lines = [period(records, { id: '' }, { ...item, price, quantity: wish.quantity ?? 1 })];
	const draft: Draft = { customer, reason: 'upcoming', lines, currency: price.currency };
	return drafted(records, draft);
}

/** A preview says so in its id. */
function shown(invoice: Invoice): object {
	const id = invoice.id.replace('in_', 'upcoming_in_');
	const data = invoice.lines.data.map((line) => ({ ...line, invoice: id }));
	return { ...invoice, id, auto_advance: false, lines: { ...invoice.lines, data } };
}

const unfit = ({ status }: Invoice, done: string) =>
	invalid(`You can only ${done} an open invoice. This one is ${status}.`, { code: 'invoice_not_editable' });
