import type Stripe from 'stripe';
import { expect, test } from 'vitest';
import { refusal, startPayments } from '../support/payments.ts';

type Payments = Awaited<ReturnType<typeof startPayments>>;

const day = 24 * 3600;
const at = (date: string) => Date.parse(`${date}T00:00:00Z`) / 1000;
const start = at('2027-01-31');

/** A customer on a clock of their own, with a card, and the plans they may have. */
async function stage({ stripe }: Payments, card = 'pm_card_visa') {
	const price = async (name: string, unit_amount: number, interval: 'month' | 'year' = 'month') => {
		const more = { currency: 'usd', recurring: { interval }, product_data: { name } };
		return (await stripe.prices.create({ ...more, unit_amount, lookup_key: `${name}_${interval}` })).id;
	};
	const [small, large, yearly] = [
		await price('small', 1900),
		await price('large', 7900),
		await price('large', 79000, 'year')
	];
	const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start });
	const customer = await stripe.customers.create({ email: 'noor@tidewater.example', test_clock: clock.id });
	await keep(stripe, customer.id, card);
	return {
		...{ small, large, yearly, customer: customer.id },
		subscribe: (price = small, more: object = {}) =>
			stripe.subscriptions.create({ customer: customer.id, items: [{ price }], ...more }),
		until: (time: number) => stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: time }),
		told: async (type: string) => (await stripe.events.list({ type, limit: 100 })).data.length
	};
}

async function keep(stripe: Stripe, customer: string, card: string) {
	const { id } = await stripe.paymentMethods.attach(card, { customer });
	await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
}

const itemOf = ({ items }: Stripe.Subscription) => items.data[0]!;

test('a subscription is paid at its beginning and each month, on the last day where the month has no 31st', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const { subscribe, until, told, customer } = await stage(payments);
	const made = await subscribe(undefined, { metadata: { organization: 'o' }, expand: ['latest_invoice.payments'] });
	expect(made).toMatchObject({
		status: 'active',
		collection_method: 'charge_automatically',
		metadata: { organization: 'o' },
		items: {
			data: [{ current_period_start: start, current_period_end: at('2027-02-28'), price: { unit_amount: 1900 } }]
		},
		latest_invoice: {
			status: 'paid',
			billing_reason: 'subscription_create',
			amount_due: 1900,
			amount_paid: 1900,
			parent: { subscription_details: { metadata: { organization: 'o' } } },
			payments: { data: [{ status: 'paid', amount_paid: 1900, payment: { type: 'payment_intent' } }] }
		}
	});
	await until(at('2027-04-30'));
	const invoices = (await stripe.invoices.list({ subscription: made.id })).data;
	expect(invoices.map(({ created, status }) => [created, status])).toEqual(
		['2027-04-30', '2027-03-31', '2027-02-28', '2027-01-31'].map((date) => [at(date), 'paid'])
	);
	expect(new Set(invoices.map(({ number }) => number)).size).toBe(4);
	expect(itemOf(await stripe.subscriptions.retrieve(made.id)).current_period_end).toBe(at('2027-05-31'));
	expect((await stripe.charges.list({ customer })).data).toHaveLength(4);
	expect([await told('invoice.paid'), await told('invoice.finalized')]).toEqual([4, 4]);
	expect((await stripe.invoices.listLineItems(invoices[0]!.id)).data).toMatchObject([
		{ amount: 1900, period: { start: at('2027-04-30'), end: at('2027-05-31') } }
	]);
});

test('a change is prorated to the second, and costs what its preview said', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const { subscribe, until, small, large, yearly } = await stage(payments);
	const made = await subscribe();
	await until(start + 7 * day);
	const change = (price: string, more: object = {}) => ({
		items: [{ id: itemOf(made).id, price }],
		proration_behavior: 'always_invoice' as const,
		proration_date: start + 7 * day,
		...more
	});
	const preview = (details: object) =>
		stripe.invoices.createPreview({ subscription: made.id, subscription_details: details });
	const [is, was] = [Math.round((7900 * 21) / 28), Math.round((1900 * 21) / 28)];
	expect(await preview(change(large))).toMatchObject({
		amount_due: is - was,
		lines: { data: [{ amount: -was }, { amount: is }] }
	});
	const up = await stripe.subscriptions.update(made.id, { ...change(large), expand: ['latest_invoice'] });
	expect(up).toMatchObject({
		status: 'active',
		items: { data: [{ id: itemOf(made).id, price: { id: large }, current_period_end: at('2027-02-28') }] },
		latest_invoice: { status: 'paid', billing_reason: 'subscription_update', amount_paid: is - was }
	});
	// smaller again: the difference is kept for the next invoice
	await stripe.subscriptions.update(made.id, change(small));
	expect((await stripe.customers.retrieve(made.customer as string)) as Stripe.Customer).toMatchObject({
		balance: was - is
	});
	expect(await preview({ items: change(small).items })).toMatchObject({
		total: 1900,
		amount_due: 0,
		starting_balance: was - is
	});

	const longer = await preview(change(yearly));
	expect(longer).toMatchObject({ total: 79000 - was, amount_due: 79000 - was + was - is });
	const year = await stripe.subscriptions.update(made.id, { ...change(yearly), expand: ['latest_invoice'] });
	expect(itemOf(year)).toMatchObject({
		current_period_start: start + 7 * day,
		current_period_end: start + (7 + 365) * day
	});
	expect(year.latest_invoice).toMatchObject({ amount_paid: longer.amount_due, starting_balance: was - is });
});

test('prorations that nobody wants at once wait for the next invoice', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const { subscribe, until, large } = await stage(payments);
	const made = await subscribe();
	await until(start + 14 * day);
	const changes = { items: [{ id: itemOf(made).id, price: large }] };
	const preview = await stripe.invoices.createPreview({ subscription: made.id, subscription_details: changes });
	expect(preview.amount_due).toBe(7900 + 3950 - 950);
	await stripe.subscriptions.update(made.id, changes);
	expect((await stripe.invoices.list({ subscription: made.id })).data).toHaveLength(1);
	expect((await stripe.invoices.createPreview({ subscription: made.id })).amount_due).toBe(preview.amount_due);
	await until(at('2027-02-28'));
	const [next] = (await stripe.invoices.list({ subscription: made.id })).data;
	expect(next).toMatchObject({ billing_reason: 'subscription_cycle', amount_paid: preview.amount_due });
});

test('cancelled at the period’s end it runs on and may be resumed; cancelled now it is over', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const { subscribe, until, told } = await stage(payments);
	const made = await subscribe();
	const going = await stripe.subscriptions.update(made.id, { cancel_at_period_end: true });
	expect(going).toMatchObject({
		status: 'active',
		cancel_at: at('2027-02-28'),
		cancellation_details: { reason: 'cancellation_requested' }
	});
	expect(await refusal(stripe.invoices.createPreview({ subscription: made.id }))).toMatchObject({
		code: 'invoice_upcoming_none'
	});
	const resumed = await stripe.subscriptions.update(made.id, { cancel_at_period_end: false });
	expect(resumed).toMatchObject({ cancel_at: null, canceled_at: null });
	await stripe.subscriptions.update(made.id, { cancel_at_period_end: true });
	await until(at('2027-03-05'));
	expect(await stripe.subscriptions.retrieve(made.id)).toMatchObject({
		status: 'canceled',
		ended_at: at('2027-02-28')
	});
	const second = await subscribe();
	await stripe.subscriptions.cancel(second.id, { invoice_now: true, prorate: true });
	expect(await told('customer.subscription.deleted')).toBe(2);
	expect((await stripe.customers.retrieve(made.customer as string)) as Stripe.Customer).toMatchObject({
		balance: -1900
	});
	expect((await stripe.subscriptions.list({ customer: made.customer as string })).data).toEqual([]);
	expect((await stripe.subscriptions.list({ status: 'all' })).data).toHaveLength(2);
	expect((await refusal(stripe.subscriptions.update(made.id, { description: 'again' }))).statusCode).toBe(404);
});

test('a renewal that is declined is tried again; another card makes it whole, else it ends', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const { subscribe, until, told, customer } = await stage(payments);
	const made = await subscribe();
	await keep(stripe, customer, 'pm_card_chargeCustomerFail');
	const due = at('2027-02-28');
	await until(due);
	const late = await stripe.subscriptions.retrieve(made.id, { expand: ['latest_invoice'] });
	expect(late).toMatchObject({
		status: 'past_due',
		latest_invoice: { status: 'open', attempt_count: 1, next_payment_attempt: due + 3 * day }
	});
	expect(await told('invoice.payment_failed')).toBe(1);
	await keep(stripe, customer, 'pm_card_visa');
	await until(due + 3 * day);
	expect(await stripe.subscriptions.retrieve(made.id)).toMatchObject({ status: 'active' });

	await keep(stripe, customer, 'pm_card_chargeCustomerFail');
	await until(at('2027-03-31') + 16 * day);
	const over = await stripe.subscriptions.retrieve(made.id, { expand: ['latest_invoice'] });
	expect(over).toMatchObject({
		status: 'canceled',
		cancellation_details: { reason: 'payment_failed' },
		latest_invoice: { status: 'open', attempt_count: 4, next_payment_attempt: null }
	});
	const [paid] = (await stripe.paymentMethods.list({ customer, type: 'card' })).data.filter(
		({ card }) => card?.last4 === '4242'
	);
	expect(
		await stripe.invoices.pay((over.latest_invoice as Stripe.Invoice).id, { payment_method: paid!.id })
	).toMatchObject({ status: 'paid' });
});

test('a first payment that is not made leaves it incomplete, and after 23 hours expired', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const { subscribe, until, small, large } = await stage(payments, 'pm_card_authenticationRequired');
	const made = await subscribe(small, { expand: ['latest_invoice.confirmation_secret'] });
	expect(made).toMatchObject({
		status: 'incomplete',
		latest_invoice: { status: 'open', confirmation_secret: { type: 'payment_intent' } }
	});
	const { confirmation_secret } = made.latest_invoice as Stripe.Invoice;
	const [intent] = confirmation_secret!.client_secret.split('_secret');
	await payments.submit(`/authenticate/${intent}`, { secret: confirmation_secret!.client_secret, outcome: 'complete' });
	expect(await stripe.subscriptions.retrieve(made.id)).toMatchObject({ status: 'active' });

	const second = await subscribe(large, { payment_behavior: 'default_incomplete' });
	await until(start + day);
	expect(await stripe.subscriptions.retrieve(second.id, { expand: ['latest_invoice'] })).toMatchObject({
		status: 'incomplete_expired',
		latest_invoice: { status: 'void' }
	});
	expect(await refusal(subscribe(large, { payment_behavior: 'error_if_incomplete' }))).toMatchObject({
		statusCode: 402
	});
	expect((await stripe.subscriptions.list({ status: 'all' })).data).toHaveLength(2);
	const item = itemOf(made).id;
	const up = { items: [{ id: item, price: large }], proration_behavior: 'always_invoice' as const };
	const refused = await refusal(
		stripe.subscriptions.update(made.id, { ...up, payment_behavior: 'error_if_incomplete' })
	);
	expect(refused.code).toBe('subscription_payment_intent_requires_action');
	expect(itemOf(await stripe.subscriptions.retrieve(made.id)).price.id).toBe(small);
});

test('without a clock of its own a subscription goes by the real one', async () => {
	let now = start * 1000;
	await using payments = await startPayments({ now: () => now });
	const { stripe } = payments;
	const { small } = await stage(payments);
	const { id: customer } = await stripe.customers.create({});
	expect(await refusal(stripe.subscriptions.create({ customer, items: [{ price: small }] }))).toMatchObject({
		statusCode: 400
	});
	await keep(stripe, customer, 'pm_card_visa');
	const { id } = await stripe.subscriptions.create({ customer, items: [{ price: small }] });
	now += 60 * day * 1000;
	expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(3);
});
