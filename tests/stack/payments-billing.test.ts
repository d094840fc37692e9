import type Stripe from 'stripe';
import { expect, test } from 'vitest';
import { refusal, startPayments } from '../support/payments.ts';

type Payments = Awaited<ReturnType<typeof startPayments>>;

const payer = { email: 'noor@tidewater.example', name: 'Noor Haddad', expires: '11 / 29', cvc: '123' };
const card = (number: string) => ({ ...payer, number });
const visa = card('4242 4242 4242 4242');
const pathOf = ({ url }: { url: string | null }) => new URL(url!).pathname;

async function order({ stripe }: Payments, more: object = {}) {
	const { id: price } = await stripe.prices.create({
		currency: 'usd',
		unit_amount: 1900,
		recurring: { interval: 'month' },
		product_data: { name: 'Starter' }
	});
	return stripe.checkout.sessions.create({
		mode: 'subscription',
		success_url: 'https://app.example/billing?session={CHECKOUT_SESSION_ID}',
		cancel_url: 'https://app.example/billing',
		line_items: [{ price, quantity: 1 }],
		subscription_data: { metadata: { organization: 'o' } },
		...more
	});
}

test('Checkout begins one subscription, whatever is declined and confirmed on the way', async () => {
	await using payments = await startPayments();
	const { stripe, submit } = payments;
	const customer = await stripe.customers.create({ email: payer.email });
	const session = await order(payments, { customer: customer.id });
	expect(session).toMatchObject({
		mode: 'subscription',
		payment_status: 'unpaid',
		amount_total: 1900,
		subscription: null
	});
	expect(await (await fetch(session.url!)).text()).toContain('Subscribe for $19.00');
	await submit(pathOf(session), card('4000 0000 0000 0002'));
	expect(await (await fetch(session.url!)).text()).toContain('Your card was declined.');
	const asked = await submit(pathOf(session), card('4000 0025 0000 3155'));
	const bank = new URL(asked.headers.get('location')!, payments.url);
	expect(bank.pathname).toMatch(/^\/authenticate\/pi_/);
	const secret = bank.searchParams.get('secret')!;
	const failed = await submit(bank.pathname, { secret, outcome: 'fail' });
	expect(failed.headers.get('location')).toBe(pathOf(session));
	const again = await submit(pathOf(session), card('4000 0025 0000 3155'));
	const done = await submit(new URL(again.headers.get('location')!, payments.url).pathname, {
		secret,
		outcome: 'complete'
	});
	expect(done.headers.get('location')).toBe(`https://app.example/billing?session=${session.id}`);

	const after = await stripe.checkout.sessions.retrieve(session.id, {
		expand: ['subscription.latest_invoice', 'invoice']
	});
	expect(after).toMatchObject({
		status: 'complete',
		payment_status: 'paid',
		subscription: {
			status: 'active',
			metadata: { organization: 'o' },
			latest_invoice: { status: 'paid', amount_paid: 1900 }
		}
	});
	const { default_payment_method: kept } = after.subscription as Stripe.Subscription;
	expect(await stripe.paymentMethods.retrieve(kept as string)).toMatchObject({
		customer: customer.id,
		card: { last4: '3155' }
	});
	expect((await stripe.subscriptions.list({ status: 'all' })).data).toHaveLength(1);
	expect(
		(await stripe.checkout.sessions.list({ subscription: (after.subscription as Stripe.Subscription).id })).data
	).toHaveLength(1);
	const invoice = after.invoice as Stripe.Invoice;
	expect(await (await fetch(invoice.hosted_invoice_url!)).text()).toMatch(/Starter[\s\S]*\$19\.00/);
	const [charge] = (await stripe.charges.list({ customer: customer.id, limit: 1 })).data;
	expect(await (await fetch(charge!.receipt_url!)).text()).toContain('visa ending in 3155');
});

test('Checkout refuses what makes no subscription, and makes a customer where there is none', async () => {
	await using payments = await startPayments();
	const { stripe, submit } = payments;
	const once = { currency: 'usd', unit_amount: 1900, product_data: { name: 'Once' } };
	expect((await refusal(order(payments, { line_items: [{ price_data: once }] }))).statusCode).toBe(400);
	expect((await refusal(order(payments, { payment_intent_data: { description: 'x' } }))).param).toBe(
		'payment_intent_data'
	);
	const monthly = { ...once, recurring: { interval: 'month' } };
	const session = await order(payments, { line_items: [{ price_data: monthly }] });
	const done = await submit(pathOf(session), visa);
	expect(done.headers.get('location')).toContain(session.id);
	const { customer } = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] });
	expect(customer).toMatchObject({ email: payer.email, name: payer.name });
});

test('where a balance pays the first invoice, Checkout keeps the card and refuses one that is declined', async () => {
	await using payments = await startPayments();
	const { stripe, submit } = payments;
	const first = await order(payments);
	await submit(pathOf(first), visa);
	const { customer, subscription } = await stripe.checkout.sessions.retrieve(first.id);
	await stripe.subscriptions.cancel(subscription as string, { invoice_now: true, prorate: true });
	const second = await order(payments, { customer });
	expect((await submit(pathOf(second), card('4000 0000 0000 0002'))).headers.get('location')).toBe(pathOf(second));
	expect((await stripe.subscriptions.list({ customer: customer as string })).data).toEqual([]);
	const asked = await submit(pathOf(second), card('4000 0027 6000 3184'));
	const bank = new URL(asked.headers.get('location')!, payments.url);
	const done = await submit(bank.pathname, { secret: bank.searchParams.get('secret')!, outcome: 'complete' });
	expect(done.headers.get('location')).toContain(second.id);
	const after = await stripe.checkout.sessions.retrieve(second.id, {
		expand: ['subscription.default_payment_method', 'invoice']
	});
	expect(after).toMatchObject({
		status: 'complete',
		subscription: { status: 'active', default_payment_method: { card: { last4: '3184' } } },
		invoice: { status: 'paid', amount_due: 0, starting_balance: -1900 }
	});
	expect((await stripe.charges.list({ customer: customer as string })).data).toHaveLength(1);
});

test('the portal keeps another card, an address, and ends or keeps the plan', async () => {
	await using payments = await startPayments();
	const { stripe, submit } = payments;
	const session = await order(payments);
	await submit(pathOf(session), visa);
	const { customer, subscription } = await stripe.checkout.sessions.retrieve(session.id);
	const ids = { customer: customer as string, subscription: subscription as string };
	const back = 'https://app.example/billing';
	const portal = await stripe.billingPortal.sessions.create({ customer: ids.customer, return_url: back });
	const at = pathOf(portal);
	const shown = await (await fetch(portal.url)).text();
	expect(shown).toMatch(/Starter, \$19\.00 a month, renews on[\s\S]*visa ending in 4242[\s\S]*paid/);
	await submit(`${at}/subscription`, { id: ids.subscription, ends: 'yes' });
	expect(await stripe.subscriptions.retrieve(ids.subscription)).toMatchObject({ cancel_at_period_end: true });
	await submit(`${at}/subscription`, { id: ids.subscription, ends: 'no' });
	expect(await stripe.subscriptions.retrieve(ids.subscription)).toMatchObject({ cancel_at_period_end: false });
	await submit(`${at}/details`, { name: 'Tidewater', email: 'pay@tidewater.example', line1: 'Pier 4', country: 'US' });
	expect(await stripe.customers.retrieve(ids.customer)).toMatchObject({
		name: 'Tidewater',
		address: { line1: 'Pier 4', city: null }
	});
	expect((await submit(`${at}/card`, card('4000 0000 0000 0002'))).headers.get('location')).toBe(at);
	expect(await (await fetch(portal.url)).text()).toContain('Your card was declined.');

	const flow = await stripe.billingPortal.sessions.create({
		customer: ids.customer,
		return_url: back,
		flow_data: {
			type: 'payment_method_update',
			after_completion: { type: 'redirect', redirect: { return_url: `${back}?card=kept` } }
		}
	});
	const asked = await submit(`${pathOf(flow)}/card`, card('4000 0027 6000 3184'));
	const bank = new URL(asked.headers.get('location')!, payments.url);
	const done = await submit(bank.pathname, { secret: bank.searchParams.get('secret')!, outcome: 'complete' });
	expect(done.headers.get('location')).toBe(`${back}?card=kept`);
	const { default_payment_method } = await stripe.subscriptions.retrieve(ids.subscription, {
		expand: ['default_payment_method']
	});
	expect(default_payment_method).toMatchObject({ card: { last4: '3184' } });
	expect(await stripe.customers.retrieve(ids.customer)).toMatchObject({
		invoice_settings: { default_payment_method: (default_payment_method as Stripe.PaymentMethod).id }
	});
	expect((await refusal(stripe.billingPortal.sessions.create({ customer: 'cus_none' }))).code).toBe('resource_missing');
});

test('days pass on request; a renewal that wants its owner is paid on the invoice’s own page', async () => {
	await using payments = await startPayments();
	const { stripe, submit } = payments;
	const session = await order(payments);
	await submit(pathOf(session), visa);
	const { customer, subscription } = await stripe.checkout.sessions.retrieve(session.id);
	const { id: card3ds } = await stripe.paymentMethods.attach('pm_card_authenticationRequired', {
		customer: customer as string
	});
	await stripe.subscriptions.update(subscription as string, { default_payment_method: card3ds });
	const passing = (days: number) =>
		fetch(`${payments.url}/clock`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ customer, days })
		});
	expect((await passing(32)).status).toBe(201);
	const late = await stripe.subscriptions.retrieve(subscription as string, { expand: ['latest_invoice'] });
	expect(late.status).toBe('past_due');
	expect((await stripe.events.list({ type: 'invoice.payment_action_required' })).data).toHaveLength(1);
	const { hosted_invoice_url, id } = late.latest_invoice as Stripe.Invoice;
	expect(await (await fetch(hosted_invoice_url!)).text()).toContain('Confirm with your bank');
	await submit(`/i/${id}`, visa);
	expect(await stripe.subscriptions.retrieve(subscription as string)).toMatchObject({ status: 'active' });
	expect(await (await fetch(hosted_invoice_url!)).text()).not.toContain('<form');
	expect((await passing(-1)).status).toBe(422);
});

test('tax ids are checked, shown with the customer, and printed on invoices', async () => {
	await using payments = await startPayments();
	const { stripe, submit } = payments;
	const { id: customer } = await stripe.customers.create({});
	expect(await refusal(stripe.customers.createTaxId(customer, { type: 'eu_vat', value: '12' }))).toMatchObject({
		code: 'tax_id_invalid'
	});
	const made = await stripe.customers.createTaxId(customer, { type: 'eu_vat', value: 'DE123456789' });
	expect(made).toMatchObject({ country: 'DE', verification: { status: 'verified' } });
	const other = await stripe.customers.createTaxId(customer, { type: 'us_ein', value: '12-3456789' });
	expect(await stripe.customers.deleteTaxId(customer, other.id)).toMatchObject({ deleted: true });
	const shown = await stripe.customers.retrieve(customer, { expand: ['tax_ids'] });
	expect(shown).toMatchObject({ tax_ids: { data: [{ id: made.id }] } });
	const session = await order(payments, { customer });
	await submit(pathOf(session), visa);
	const [invoice] = (await stripe.invoices.list({ customer })).data;
	expect(invoice!.customer_tax_ids).toEqual([{ type: 'eu_vat', value: 'DE123456789' }]);
	expect(await refusal(stripe.customers.retrieveTaxId(customer, other.id))).toMatchObject({ statusCode: 404 });
});
