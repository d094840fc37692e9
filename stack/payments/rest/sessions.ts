/** https://docs.stripe.com/api/checkout/sessions, on the hosted page */
import * as z from 'zod';
import { expire, type LineItem, type Plan, type Session } from '../checkout.ts';
import { newSetup } from '../intents.ts';
import { newId, type Records } from '../records.ts';
import { currency, found, merged, metadata, read, text, webAddress, whole, type Call, type Route } from './call.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listOf, listShape } from './lists.ts';
import { Amount, Recurring, price, type Price } from './prices.ts';
import type { Product } from './products.ts';

const Line = z.strictObject({
	price: text.optional(),
	price_data: z.strictObject({ ...Amount, recurring: Recurring.optional() }).optional(),
	quantity: whole.pipe(z.int().min(1).max(999_999)).default(1)
});

const described = z.strictObject({ description: text.optional(), metadata: metadata.optional() });

const New = z.strictObject({
	cancel_url: webAddress.optional(),
	client_reference_id: text.max(200).optional(),
	currency: currency.optional(),
	customer: text.optional(),
	customer_creation: z.enum(['always', 'if_required']).optional(),
	customer_email: z.email().optional(),
	expires_at: whole.optional(),
	line_items: z.array(Line).min(1).max(100).optional(),
	metadata: metadata.optional(),
	mode: z.enum(['payment', 'setup', 'subscription']),
	payment_intent_data: z
		.strictObject({
			description: text.optional(),
			metadata: metadata.optional(),
			receipt_email: text.optional(),
			setup_future_usage: z.enum(['off_session', 'on_session']).optional()
		})
		.optional(),
	setup_intent_data: described.optional(),
	subscription_data: described.optional(),
	// with {CHECKOUT_SESSION_ID} in it, it is an address all the same
	success_url: webAddress,
	ui_mode: z.literal('hosted_page').optional()
});
type Asked = z.output<typeof New>;

const Listing = z.strictObject({
	...listShape,
	customer: text.optional(),
	payment_intent: text.optional(),
	subscription: text.optional(),
	status: z.enum(['complete', 'expired', 'open']).optional()
});

export const sessions: Route[] = [
	{ method: 'POST', path: '/checkout/sessions', name: 'sessions.create', answer: create },
	{
		method: 'GET',
		path: '/checkout/sessions',
		name: 'sessions.list',
		answer: (call) => {
			const asked = read(call, Listing);
			return answerList(call, 'checkout.session', asked, [
				...equals('customer', asked.customer),
				...equals('payment_intent', asked.payment_intent),
				...equals('subscription', asked.subscription),
				...equals('status', asked.status)
			]);
		}
	},
	{
		method: 'GET',
		path: '/checkout/sessions/:id',
		name: 'sessions.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'checkout.session', call.id);
		}
	},
	{
		method: 'GET',
		path: '/checkout/sessions/:id/line_items',
		name: 'sessions.line_items',
		answer: (call) => {
			const { limit = 10, starting_after } = read(
				call,
				z.strictObject({ limit: listShape.limit, starting_after: text.optional() })
			);
			found(call.records, 'checkout.session', call.id);
			const { items } = call.records.store.hidden<Plan>(call.id);
			const from = starting_after ? items.findIndex(({ id }) => id === starting_after) + 1 : 0;
			return listOf(call.path, items.slice(from, from + limit), items.length > from + limit);
		}
	},
	{
		method: 'POST',
		path: '/checkout/sessions/:id/expire',
		name: 'sessions.expire',
		answer: (call) => {
			read(call, z.strictObject({}));
			const session = found<Session>(call.records, 'checkout.session', call.id);
			if (session.status === 'open') return expire(call.records, session);
			throw invalid(
				`Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`
			);
		}
	}
];

function create(call: Call): Session {
	const { records } = call;
	const asked = read(call, New);
	check(records, asked);
	const items = (asked.line_items ?? []).map((line) => lineItem(records, line, asked.mode));
	const isPayment = asked.mode === 'payment';
	const isSetup = asked.mode === 'setup';
	const total = isSetup ? null : items.reduce((sum, item) => sum + item.amount_total, 0);
	const unit = !isSetup ? commonCurrency(items) : (asked.currency ?? null);
	if (isPayment && total !== null && total < 50) {
		throw invalid(`The Checkout Session's total amount due must add up to at least $0.50 ${unit}`, {
			code: 'amount_too_small'
		});
	}
	const { setup_intent_data: setup, payment_intent_data: payment, subscription_data: subscription } = asked;
	const intent = !isSetup
		? null
		: newSetup(records, {
				customer: asked.customer,
				description: setup?.description,
				metadata: merged({}, setup?.metadata)
			});
	const id = newId('cs_test', 56);
	const session: Session = {
		id,
		object: 'checkout.session',
		...{
			adaptive_pricing: null,
			after_expiration: null,
			allow_promotion_codes: null,
			allowed_payment_method_types: null
		},
		...{ amount_subtotal: total, automatic_tax: { enabled: false, liability: null, provider: null, status: null } },
		...{ billing_address_collection: null, client_secret: null, collected_information: null, consent: null },
		...{
			consent_collection: null,
			currency_conversion: null,
			custom_fields: [],
			customer_account: null,
			discounts: []
		},
		...{ custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null } },
		...{ integration_identifier: null, invoice_creation: null, livemode: false, locale: null },
		...{ managed_payments: null, origin_context: null, payment_link: null },
		...{ payment_method_collection: asked.mode === 'subscription' ? 'always' : 'if_required' },
		...{ payment_method_configuration_details: null, payment_method_options: {}, payment_method_types: ['card'] },
		...{ permissions: null, phone_number_collection: { enabled: false }, recovered_from: null },
		...{
			saved_payment_method_options: null,
			shipping_address_collection: null,
			shipping_cost: null,
			shipping_options: []
		},
		...{ submit_type: null, ui_mode: 'hosted_page', wallet_options: null },
		...{ total_details: total === null ? null : { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } },
		amount_total: total,
		cancel_url: asked.cancel_url ?? null,
		client_reference_id: asked.client_reference_id ?? null,
		created: records.at(),
		currency: unit,
		customer: asked.customer ?? null,
		customer_creation: isPayment && !asked.customer ? (asked.customer_creation ?? 'if_required') : null,
		customer_details: null,
		customer_email: asked.customer_email ?? null,
		expires_at: asked.expires_at ?? records.at() + 24 * 3600,
		invoice: null,
		metadata: merged({}, asked.metadata),
		mode: asked.mode,
		payment_intent: null,
		payment_status: isSetup ? 'no_payment_required' : 'unpaid',
		setup_intent: intent?.id ?? null,
		status: 'open',
		subscription: null,
		success_url: asked.success_url,
		url: `${records.origin()}/c/pay/${id}`
	};
	const plan: Plan = {
		items,
		payment: { ...payment, metadata: merged({}, payment?.metadata) },
		subscription: { description: subscription?.description ?? null, metadata: merged({}, subscription?.metadata) }
	};
	return records.add(session, undefined, plan);
}

/** What makes no sense in a mode. */
const foreign: Record<Asked['mode'], readonly (keyof Asked)[]> = {
	payment: ['setup_intent_data', 'subscription_data', 'currency'],
	setup: ['line_items', 'payment_intent_data', 'subscription_data', 'customer_creation'],
	subscription: ['setup_intent_data', 'payment_intent_data', 'customer_creation']
};

function check(records: Records, asked: Asked): void {
	const notHere = (param: keyof Asked) =>
		invalid(`You can not pass \`${param}\` in \`${asked.mode}\` mode.`, { param });
	const wrong = foreign[asked.mode].find((param) => asked[param] !== undefined);
	if (wrong) throw notHere(wrong);
	if (asked.mode !== 'setup' && !asked.line_items) {
		throw invalid(`\`line_items\` is required in \`${asked.mode}\` mode.`, {
			code: 'parameter_missing',
			param: 'line_items'
		});
	}
	if (asked.mode === 'subscription' && asked.line_items?.length !== 1) {
		throw invalid('A subscription has one line here.', { param: 'line_items' });
	}
	if (asked.customer && asked.customer_email) {
		throw invalid('You may only specify one of these parameters: customer, customer_email.');
	}
	if (asked.customer) found(records, 'customer', asked.customer, 'customer');
	const away = (asked.expires_at ?? records.at() + 3600) - records.at();
	if (away < 30 * 60 || away > 24 * 3600) {
		throw invalid(
			'The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.',
			{
				param: 'expires_at'
			}
		);
	}
}

function lineItem(records: Records, line: z.output<typeof Line>, mode: Asked['mode']): LineItem {
	if ((line.price === undefined) === (line.price_data === undefined)) {
		throw invalid('You must specify either `price` or `price_data` for each of `line_items`.', { param: 'line_items' });
	}
	const made = line.price_data && records.add(price(records, { ...line.price_data, active: false }));
	const chosen = made ?? found<Price>(records, 'price', line.price ?? '', 'line_items[price]');
	if (!made && !chosen.active)
		throw invalid('The price specified is inactive. This field only accepts active prices.', {
			param: 'line_items[price]'
		});
	if ((chosen.type === 'recurring') !== (mode === 'subscription')) {
		const says =
			mode === 'payment'
				? 'You specified `payment` mode but passed a recurring price.'
				: 'You must provide at least one recurring price in `subscription` mode when using prices.';
		throw invalid(says, { param: 'line_items' });
	}
	const amount = (chosen.unit_amount ?? 0) * line.quantity;
	return {
		id: newId('li'),
		object: 'item',
		...{ adjustable_quantity: null, amount_discount: 0, amount_subtotal: amount, amount_tax: 0, metadata: {} },
		amount_total: amount,
		currency: chosen.currency,
		price: chosen,
		description: found<Product>(records, 'product', chosen.product).name,
		quantity: line.quantity
	};
}

function commonCurrency(items: LineItem[]): string {
	const all = new Set(items.map((item) => item.currency));
	const [first = 'usd'] = all;
	if (all.size > 1) throw invalid('All of `line_items` must use the same currency.', { param: 'line_items' });
	return first;
}
