import { expect, test } from 'vitest';
import { refusal, sdk, startPayments } from '../support/payments.ts';

test('customers are made, changed, found by e-mail and paged without a gap', async () => {
	await using payments = await startPayments();
	const { customers } = payments.stripe;
	const made = await customers.create({
		email: 'noor@tidewater.example',
		name: 'Noor',
		metadata: { org: '1', plan: 'x' }
	});
	expect(made).toMatchObject({ object: 'customer', livemode: false, metadata: { org: '1', plan: 'x' }, phone: null });
	const changed = await customers.update(made.id, {
		name: '',
		metadata: { plan: '', seats: '3' },
		address: { city: 'Bergen' }
	});
	expect(changed).toMatchObject({
		name: null,
		metadata: { org: '1', seats: '3' },
		address: { city: 'Bergen', line1: null }
	});
	expect(changed.metadata).not.toHaveProperty('plan');
	expect(await customers.retrieve(made.id)).toMatchObject({ id: made.id, email: 'noor@tidewater.example' });
	for (let i = 0; i < 5; i += 1) await customers.create({ email: `${i}@tidewater.example` });
	expect((await customers.list({ email: 'noor@tidewater.example' })).data.map(({ id }) => id)).toEqual([made.id]);

	const first = await customers.list({ limit: 4 });
	expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
	const rest = await customers.list({ limit: 4, starting_after: first.data.at(-1)!.id });
	expect(rest.has_more).toBe(false);
	const back = await customers.list({ limit: 4, ending_before: rest.data[0]!.id });
	expect(back.data).toEqual(first.data);
	const all: string[] = [];
	for await (const { id } of customers.list({ limit: 2 })) all.push(id);
	expect(all).toEqual([...first.data, ...rest.data].map(({ id }) => id));
	expect(all).toHaveLength(6);
});

test('products and prices are found by lookup key, which belongs to one price at a time', async () => {
	await using payments = await startPayments();
	const { products, prices } = payments.stripe;
	const product = await products.create({ id: 'plan_starter', name: 'Starter' });
	const recurring = { interval: 'month' } as const;
	const old = await prices.create({
		currency: 'USD',
		unit_amount: 900,
		product: product.id,
		lookup_key: 'starter',
		recurring
	});
	expect(old).toMatchObject({
		currency: 'usd',
		type: 'recurring',
		recurring: { interval: 'month', interval_count: 1 }
	});
	expect(String(old.unit_amount_decimal)).toBe('900');
	const twin = { currency: 'usd', unit_amount: 1100, product: product.id, lookup_key: 'starter' };
	expect(await refusal(prices.create(twin))).toMatchObject({ statusCode: 400, param: 'lookup_key' });
	const next = await prices.create({ ...twin, transfer_lookup_key: true });
	const found = await prices.list({ lookup_keys: ['starter', 'none'], expand: ['data.product'] });
	expect(found.data).toMatchObject([{ id: next.id, product: { id: 'plan_starter', name: 'Starter' } }]);
	expect((await prices.retrieve(old.id)).lookup_key).toBeNull();
	await products.update(product.id, { active: false });
	expect((await products.list({ active: true })).data).toEqual([]);
	expect((await products.list({ ids: [product.id] })).data).toHaveLength(1);
});

test('refusals are Stripe’s: wrong keys, unknown ids, unknown and missing parameters, unknown addresses', async () => {
	await using payments = await startPayments();
	const { stripe, url } = payments;
	expect(await refusal(sdk(url, 'sk_test_wrong').customers.list())).toMatchObject({
		type: 'StripeAuthenticationError'
	});
	expect((await fetch(`${url}/v1/customers`)).status).toBe(401);
	const basic = `Basic ${btoa('sk_test_for_tests_only:')}`;
	expect((await fetch(`${url}/v1/customers`, { headers: { authorization: basic } })).status).toBe(200);
	expect(await refusal(stripe.customers.retrieve('cus_none'))).toMatchObject({
		type: 'StripeInvalidRequestError',
		statusCode: 404,
		code: 'resource_missing',
		param: 'id',
		message: "No such customer: 'cus_none'",
		requestId: expect.stringMatching(/^req_/) as string
	});
	const strange = { amount: 500, currency: 'usd', capture_method: 'manual' } as const;
	expect(await refusal(stripe.paymentIntents.create(strange))).toMatchObject({
		code: 'parameter_unknown',
		param: 'capture_method'
	});
	expect(await refusal(stripe.paymentIntents.create({ currency: 'usd' } as never))).toMatchObject({
		code: 'parameter_missing',
		param: 'amount'
	});
	expect(await refusal(stripe.paymentIntents.create({ amount: 49, currency: 'usd' }))).toMatchObject({
		code: 'amount_too_small'
	});
	expect(await refusal(stripe.customers.list({ starting_after: 'cus_none' }))).toMatchObject({
		param: 'starting_after'
	});
	expect(await refusal(stripe.disputes.list())).toMatchObject({ statusCode: 404 });
	const other = { headers: { authorization: basic, 'stripe-version': '2020-08-27' } };
	expect((await fetch(`${url}/v1/customers`, other)).status).toBe(400);
});

test('an idempotency key does its work once; another body under it is refused; a decline is kept, a mistake is not', async () => {
	await using payments = await startPayments();
	const { stripe } = payments;
	const once = { idempotencyKey: 'order-1' };
	const draft = { amount: 500, currency: 'usd', payment_method: 'pm_card_visa', confirm: true, off_session: true };
	const [first, ...others] = await Promise.all(
		Array.from({ length: 5 }, () => stripe.paymentIntents.create(draft, once))
	);
	expect(new Set(others.map(({ id }) => id))).toEqual(new Set([first!.id]));
	expect((await stripe.charges.list()).data).toHaveLength(1);
	expect(await refusal(stripe.paymentIntents.create({ ...draft, amount: 501 }, once))).toMatchObject({
		type: 'StripeIdempotencyError',
		statusCode: 400
	});
	const declined = { ...draft, payment_method: 'pm_card_visa_chargeDeclined' };
	const [a, b] = [
		await refusal(stripe.paymentIntents.create(declined, { idempotencyKey: 'order-2' })),
		await refusal(stripe.paymentIntents.create(declined, { idempotencyKey: 'order-2' }))
	];
	expect(a.payment_intent!.id).toBe(b.payment_intent!.id);
	expect(b.headers!['idempotent-replayed']).toBe('true');
	await refusal(stripe.customers.create({ nonsense: '1' } as never, { idempotencyKey: 'order-3' }));
	expect((await stripe.customers.create({}, { idempotencyKey: 'order-3' })).object).toBe('customer');
});

test('faults strike as often as they were asked for: refused, late, cut off before the work and after it', async () => {
	await using payments = await startPayments();
	const { stripe, fault } = payments;
	const create = () => stripe.customers.create({ email: 'fault@tidewater.example' });
	const known = async () => (await stripe.customers.list()).data.length;
	expect(await fault({ target: 'customers.create', kind: 'status', status: 429, count: 1 })).toBe(201);
	expect(await refusal(create())).toMatchObject({ type: 'StripeRateLimitError', code: 'rate_limit' });
	await fault({ target: 'customers.create', kind: 'status', status: 503 });
	expect(await refusal(create())).toMatchObject({ type: 'StripeAPIError' });
	// the SDK by itself tries once more when a connection is closed on it, under the same key
	await fault({ target: 'customers.create', kind: 'lose', count: 2 });
	expect(await refusal(create())).toMatchObject({ type: 'StripeConnectionError' });
	expect(await known()).toBe(0);
	await fault({ target: 'customers.create', kind: 'cut_after' });
	const kept = await stripe.customers.create({ name: 'Once' }, { idempotencyKey: 'cut' });
	expect(kept.lastResponse.headers['idempotent-replayed']).toBe('true');
	expect(await known()).toBe(1);
	await fault({ target: 'customers.create', kind: 'hang', ms: 60_000 });
	expect(await refusal(stripe.customers.create({}, { timeout: 1000 }))).toMatchObject({
		type: 'StripeConnectionError'
	});
	expect(await known()).toBe(2);
	expect(await fault({ target: 'customers.create', kind: 'duplicate' })).toBe(422);
	await fault({ target: 'customers.create', kind: 'lose', count: 9 });
	expect((await fetch(`${payments.url}/faults`, { method: 'DELETE' })).status).toBe(204);
	expect((await create()).object).toBe('customer');
	const elsewhere = { method: 'DELETE', headers: { origin: 'https://evil.example' } };
	expect((await fetch(`${payments.url}/faults`, elsewhere)).status).toBe(403);
});
