import { expect, test } from 'vitest';
import { refusal, startPayments } from '../support/payments.ts';

type Payments = Awaited<ReturnType<typeof startPayments>>;

const payer = { email: 'noor@tidewater.example', name: 'Noor Haddad', expires: '11 / 29', cvc: '123' };
const visa = { ...payer, number: '4242 4242 4242 4242' };

function order({ stripe }: Payments, more: object = {}) {
	return stripe.checkout.sessions.create({
		mode: 'payment',
		success_url: 'https://app.example/paid?session={CHECKOUT_SESSION_ID}',
		cancel_url: 'https://app.example/wallet',
		client_reference_id: 'order-7',
		line_items: [
			{
				price_data: { currency: 'usd', unit_amount: 1250, product_data: { name: '<b>Wallet</b> top-up' } },
				quantity: 2
			}
		],
		payment_intent_data: { metadata: { order: '7' }, setup_future_usage: 'off_session' },
		...more
	});
}
const pathOf = ({ url }: { url: string | null }) => new URL(url!).pathname;

test('Checkout shows what is bought, takes a card once, keeps it, and leads back', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const customer = await stripe.customers.create({ email: payer.email });
	const session = await order(payments, { customer: customer.id });
	expect(session).toMatchObject({
		status: 'open',
		payment_status: 'unpaid',
		amount_total: 2500,
		currency: 'usd',
		payment_intent: null
	});

	const shown = await fetch(session.url!);
	const text = await shown.text();
	expect(text).toContain('Pay $25.00');
	expect(text).toContain('&lt;b&gt;Wallet&lt;/b&gt; top-up × 2');
	expect(text).toContain(`value="${payer.email}"`);
	expect(text).not.toMatch(/<script|style="/);
	expect(shown.headers.get('content-security-policy')).toMatch(
		/^default-src 'none'.*form-action 'self' https:\/\/app\.example$/
	);

	const twice = await Promise.all([payments.submit(pathOf(session), visa), payments.submit(pathOf(session), visa)]);
	for (const answer of twice) {
		expect(answer.status).toBe(303);
		expect(answer.headers.get('location')).toBe(`https://app.example/paid?session=${session.id}`);
	}
	const expanded = ['payment_intent.payment_method', 'line_items', 'customer'];
	const after = await stripe.checkout.sessions.retrieve(session.id, { expand: expanded });
	expect(after).toMatchObject({
		status: 'complete',
		payment_status: 'paid',
		url: null,
		client_reference_id: 'order-7',
		customer: { id: customer.id },
		customer_details: { email: payer.email, name: payer.name },
		line_items: { data: [{ amount_total: 2500, quantity: 2 }] },
		payment_intent: {
			status: 'succeeded',
			metadata: { order: '7' },
			payment_method: { customer: customer.id, card: { last4: '4242', exp_month: 11, exp_year: 2029 } }
		}
	});
	expect((await stripe.charges.list({ customer: customer.id })).data).toHaveLength(1);
	const [card] = (await stripe.customers.listPaymentMethods(customer.id)).data;
	const later = {
		amount: 900,
		currency: 'usd',
		customer: customer.id,
		payment_method: card!.id,
		confirm: true,
		off_session: true
	};
	expect((await stripe.paymentIntents.create(later)).status).toBe('succeeded');
	expect((await stripe.events.list({ type: 'checkout.session.completed' })).data).toHaveLength(1);
	expect((await stripe.checkout.sessions.list({ status: 'complete' })).data.map(({ id }) => id)).toEqual([session.id]);
});

test.each([
	['4000 0000 0000 0002', 'Your card was declined.'],
	['4000 0000 0000 9995', 'Your card has insufficient funds.']
])('the card %s is refused in words, and another one pays', async (number, says) => {
	await using payments = await startPayments();
	const session = await order(payments);
	const refused = await payments.submit(pathOf(session), { ...payer, number });
	expect(refused.headers.get('location')).toBe(pathOf(session));
	expect(await (await fetch(session.url!)).text()).toContain(says);
	expect(await payments.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
		status: 'open',
		payment_status: 'unpaid'
	});
	await payments.submit(pathOf(session), visa);
	const after = await payments.stripe.checkout.sessions.retrieve(session.id);
	expect(after.payment_status).toBe('paid');
	const intent = after.payment_intent as string;
	const attempts = await payments.stripe.charges.list({ payment_intent: intent });
	expect(attempts.data.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
});

test('what is typed wrong is said, and no other site can send the form', async () => {
	await using payments = await startPayments();
	const session = await order(payments);
	for (const [wrong, says] of [
		[{ number: '4111 1111 1111 1111' }, 'Only the test cards'],
		[{ expires: '01/20' }, 'in the past'],
		[{ cvc: '1' }, 'security code'],
		[{ email: '' }, 'e-mail']
	] as const) {
		const answer = await payments.submit(pathOf(session), { ...visa, ...wrong });
		expect(answer.status).toBe(422);
		expect(await answer.text()).toContain(says);
	}
	const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
	expect((await payments.submit(pathOf(session), visa, elsewhere)).status).toBe(403);
	expect((await payments.stripe.paymentIntents.list()).data).toEqual([]);
});

test('3-D Secure stands between Checkout and the payment; refused there, Checkout asks for another card', async () => {
	await using payments = await startPayments();
	const session = await order(payments);
	const secure = { ...payer, number: '4000 0027 6000 3184' };
	const toBank = async () => (await payments.submit(pathOf(session), secure)).headers.get('location')!;
	const decide = async (address: string, outcome: string) => {
		const url = new URL(address, payments.url);
		const page = await fetch(url);
		expect(await page.text()).toContain('a payment of $25.00');
		expect(page.headers.get('content-security-policy')).toContain('https://app.example');
		return payments.submit(url.pathname, { secret: url.searchParams.get('secret')!, outcome });
	};
	const failed = await decide(await toBank(), 'fail');
	expect(failed.headers.get('location')).toBe(pathOf(session));
	expect(await (await fetch(session.url!)).text()).toContain('unable to authenticate');
	const done = await decide(await toBank(), 'complete');
	expect(done.headers.get('location')).toBe(`https://app.example/paid?session=${session.id}`);
	expect(await payments.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
		status: 'complete',
		payment_status: 'paid'
	});
});

test('setup mode keeps a card that needs its owner, so that it can be charged without them', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const customer = await stripe.customers.create({});
	const addresses = { success_url: 'https://app.example/kept', cancel_url: 'https://app.example/cards' };
	const session = await stripe.checkout.sessions.create({
		mode: 'setup',
		customer: customer.id,
		currency: 'usd',
		...addresses
	});
	const answer = await payments.submit(pathOf(session), { ...payer, number: '4000002500003155' });
	const bank = new URL(answer.headers.get('location')!, payments.url);
	const done = await payments.submit(bank.pathname, { secret: bank.searchParams.get('secret')!, outcome: 'complete' });
	expect(done.headers.get('location')).toBe('https://app.example/kept');
	const after = await stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] });
	expect(after).toMatchObject({
		status: 'complete',
		payment_status: 'no_payment_required',
		setup_intent: { status: 'succeeded' }
	});
	const setup = after.setup_intent as { payment_method: string };
	const settings = { invoice_settings: { default_payment_method: setup.payment_method } };
	expect(await stripe.customers.update(customer.id, settings)).toMatchObject(settings);
	const later = { amount: 900, currency: 'usd', customer: customer.id, confirm: true, off_session: true };
	expect(await stripe.paymentIntents.create({ ...later, payment_method: setup.payment_method })).toMatchObject({
		status: 'succeeded'
	});
	const unknown = await refusal(
		stripe.paymentIntents.create({ ...later, payment_method: 'pm_card_authenticationRequiredOnSetup' })
	);
	expect(unknown.code).toBe('authentication_required');
});

test('a session expires by its time or when asked to, and takes no card any more', async () => {
	let now = Date.now();
	await using payments = await startPayments({ now: () => now });
	const { stripe } = payments;
	const [first, second] = [await order(payments), await order(payments)];
	expect(await stripe.checkout.sessions.expire(first.id)).toMatchObject({ status: 'expired', url: null });
	expect((await payments.submit(pathOf(first), visa)).status).toBe(410);
	expect((await refusal(stripe.checkout.sessions.expire(first.id))).statusCode).toBe(400);
	now += 24 * 3600 * 1000 + 1000;
	expect((await fetch(second.url!)).status).toBe(410);
	expect((await stripe.events.list({ type: 'checkout.session.expired' })).data).toHaveLength(2);
	expect((await stripe.paymentIntents.list()).data).toEqual([]);
	const soon = Math.floor(now / 1000) + 60;
	expect((await refusal(order(payments, { expires_at: soon }))).param).toBe('expires_at');
});
