import { expect, test } from 'vitest';
import { refusal, startPayments } from '../support/payments.ts';

const draft = { amount: 2500, currency: 'usd', confirm: true, off_session: true } as const;

test('a payment without its owner present succeeds, is one charge, and is given back in parts', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const customer = await stripe.customers.create({});
	const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
	expect(card).toMatchObject({ customer: customer.id, card: { brand: 'visa', last4: '4242' } });
	const intent = await stripe.paymentIntents.create({
		...draft,
		customer: customer.id,
		payment_method: card.id,
		metadata: { order: '7' },
		expand: ['latest_charge']
	});
	expect(intent).toMatchObject({
		status: 'succeeded',
		amount_received: 2500,
		payment_method: card.id,
		metadata: { order: '7' }
	});
	expect(intent.latest_charge).toMatchObject({ object: 'charge', paid: true, amount: 2500, payment_intent: intent.id });

	const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 1000 });
	expect(part).toMatchObject({ status: 'succeeded', amount: 1000, currency: 'usd' });
	expect(await refusal(stripe.refunds.create({ payment_intent: intent.id, amount: 1501 }))).toMatchObject({
		param: 'amount'
	});
	await stripe.refunds.create({ payment_intent: intent.id });
	expect(await refusal(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
		code: 'charge_already_refunded'
	});
	const [charge] = (await stripe.charges.list({ payment_intent: intent.id })).data;
	expect(charge).toMatchObject({ amount_refunded: 2500, refunded: true });
	expect((await stripe.refunds.list({ payment_intent: intent.id })).data.map(({ amount }) => amount)).toEqual([
		1500, 1000
	]);

	const other = await stripe.customers.create({});
	const theft = stripe.paymentIntents.create({ ...draft, customer: other.id, payment_method: card.id });
	expect((await refusal(theft)).statusCode).toBe(400);
	await stripe.paymentMethods.detach(card.id);
	expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toEqual([]);
});

test.each([
	['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
	['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
	['pm_card_authenticationRequired', 'authentication_required', 'authentication_required']
])('%s is refused with %s, and the intent waits for another card', async (payment_method, code, decline_code) => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const error = await refusal(stripe.paymentIntents.create({ ...draft, payment_method }));
	expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code, decline_code });
	const { id } = error.payment_intent!;
	const intent = await stripe.paymentIntents.retrieve(id);
	expect(intent).toMatchObject({
		status: 'requires_payment_method',
		payment_method: null,
		last_payment_error: { code }
	});
	expect((await stripe.charges.list({ payment_intent: id })).data).toMatchObject([{ status: 'failed', paid: false }]);
	expect(await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).toMatchObject({
		status: 'succeeded'
	});
	const again = await refusal(stripe.paymentIntents.confirm(id));
	expect(again).toMatchObject({ code: 'payment_intent_unexpected_state' });
});

test('3-D Secure: the bank’s page leads back; refused there, the intent waits for another card', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const asked = { amount: 900, currency: 'usd', payment_method: 'pm_card_authenticationRequired', confirm: true };
	const start = () => stripe.paymentIntents.create({ ...asked, return_url: 'https://app.example/back?x=1' });
	for (const [outcome, status] of [
		['complete', 'succeeded'],
		['fail', 'failed']
	] as const) {
		const intent = await start();
		expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
		const page = new URL(intent.next_action!.redirect_to_url!.url!);
		const secret = page.searchParams.get('secret')!;
		expect((await payments.submit(page.pathname, { secret: 'guessed', outcome })).status).toBe(404);
		const answer = await payments.submit(page.pathname, { secret, outcome });
		const back = new URL(answer.headers.get('location')!);
		expect(back.origin + back.pathname).toBe('https://app.example/back');
		expect(Object.fromEntries(back.searchParams)).toMatchObject({
			x: '1',
			payment_intent: intent.id,
			redirect_status: status
		});
		const after = await stripe.paymentIntents.retrieve(intent.id);
		expect(after.status).toBe(outcome === 'complete' ? 'succeeded' : 'requires_payment_method');
	}
	const shown = await stripe.paymentIntents.create(asked);
	expect(shown.next_action).toMatchObject({ type: 'use_stripe_sdk' });
	expect(await stripe.paymentIntents.cancel(shown.id)).toMatchObject({ status: 'canceled', next_action: null });
});
