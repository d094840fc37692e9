import { expect, test } from 'vitest';
import { startEndpoint, startPayments } from '../support/payments.ts';

const quick = { scatter: 60, duplicate: 0, retries: [20, 20, 20] };

test('events arrive signed, out of order and some twice, and are all in the list', async () => {
	await using endpoint = await startEndpoint();
	await using payments = await startPayments({
		endpoint: endpoint.url,
		pace: { ...quick, scatter: 400, duplicate: 0.5 }
	});
	const { stripe } = payments;
	await Promise.all(Array.from({ length: 20 }, (_, i) => stripe.customers.create({ name: String(i) })));
	await expect.poll(() => new Set(endpoint.events.map(({ id }) => id)).size, { timeout: 10_000 }).toBe(20);
	const listed: string[] = [];
	for await (const { id } of stripe.events.list({ type: 'customer.created', limit: 7 })) listed.unshift(id);
	expect(listed).toHaveLength(20);
	await expect.poll(() => endpoint.events.length, { timeout: 10_000 }).toBeGreaterThan(20);
	expect([...new Set(endpoint.events.map(({ id }) => id))]).not.toEqual(listed);
	expect(endpoint.events[0]).toMatchObject({
		object: 'event',
		api_version: '2026-10-28.endive',
		type: 'customer.created',
		request: { id: expect.stringMatching(/^req_/) as string }
	});
});

test('an event comes again until it is acknowledged, and is given up after its last attempt', async () => {
	await using endpoint = await startEndpoint(({ type }, place) =>
		type === 'product.created' || place < 2 ? 500 : 200
	);
	await using payments = await startPayments({ endpoint: endpoint.url, pace: quick });
	const { stripe } = payments;
	await stripe.customers.create({});
	await expect.poll(() => endpoint.events.length, { timeout: 10_000 }).toBe(3);
	expect(new Set(endpoint.events.map(({ id }) => id)).size).toBe(1);
	await stripe.products.create({ name: 'Never acknowledged' });
	const [event] = (await stripe.events.list({ types: ['product.*'] })).data;
	await expect
		.poll(async () => (await stripe.events.retrieve(event!.id)).pending_webhooks, { timeout: 10_000 })
		.toBe(0);
	expect(endpoint.events.filter(({ id }) => id === event!.id)).toHaveLength(4);
});

test('faults lose, repeat, delay and cut off webhooks, by type', async () => {
	await using endpoint = await startEndpoint();
	await using payments = await startPayments({ endpoint: endpoint.url, pace: { ...quick, scatter: 1 } });
	const { stripe, fault } = payments;
	const seen = (type: string) => endpoint.events.filter((event) => event.type === type).length;
	await fault({ target: 'webhooks', kind: 'lose', type: 'payment_intent.created' });
	await fault({ target: 'webhooks', kind: 'duplicate', type: 'charge.succeeded', copies: 2 });
	await fault({ target: 'webhooks', kind: 'cut_after', type: 'payment_intent.succeeded' });
	await fault({ target: 'webhooks', kind: 'late', type: 'refund.created', ms: 800 });
	await fault({ target: 'webhooks', kind: 'status', type: 'charge.refunded', status: 503 });
	const visa = { amount: 700, currency: 'usd', payment_method: 'pm_card_visa', confirm: true, off_session: true };
	const { id } = await stripe.paymentIntents.create(visa);
	await stripe.refunds.create({ payment_intent: id });
	await expect.poll(() => seen('refund.created'), { timeout: 10_000 }).toBe(1);
	expect(endpoint.events.at(-1)!.type).toBe('refund.created');
	expect(
		['charge.succeeded', 'payment_intent.succeeded', 'charge.refunded', 'payment_intent.created'].map(seen)
	).toEqual([3, 2, 1, 0]);
	const kept = await stripe.events.list({ types: ['payment_intent.created'], created: { gte: 1 } });
	expect(kept.data).toMatchObject([{ data: { object: { id, status: 'requires_confirmation' } } }]);
	expect((await stripe.events.list({ created: { lt: 1000 } })).data).toEqual([]);
});

test('killed and started again, it remembers objects, keys and the events still to be told', async () => {
	await using endpoint = await startEndpoint();
	const first = await startPayments({
		endpoint: endpoint.url,
		pace: { ...quick, scatter: 600_000 },
		chance: () => 0.99
	});
	const key = { idempotencyKey: 'kept' };
	const made = await first.stripe.customers.create({ name: 'Kept' }, key);
	await first.fault({ target: 'webhooks', kind: 'lose', count: 5 });
	await first.stop();
	expect(endpoint.events).toEqual([]);

	await using second = await startPayments({ folder: first.folder, endpoint: endpoint.url, pace: quick });
	expect(await second.stripe.customers.create({ name: 'Kept' }, key)).toMatchObject({ id: made.id });
	expect((await second.stripe.customers.list()).data).toHaveLength(1);
	const [event] = (await second.stripe.events.list()).data;
	expect(event!.pending_webhooks).toBe(1);
});
