import { expect, test } from 'vitest';
import { refusal, startPayments } from '../support/payments.ts';

const hour = 3600;
const now = Date.UTC(2026, 10, 23, 12, 0, 30) / 1000;
const noon = now - 30;

test('usage told to a meter is counted once by its identifier, and summed by customer and window', async () => {
	await using payments = await startPayments({ now: () => now * 1000 });
	const { billing, customers, events } = payments.stripe;
	const [noor, sam] = [await customers.create({}), await customers.create({})];
	const meter = await billing.meters.create({
		display_name: 'Texts',
		event_name: 'texts',
		default_aggregation: { formula: 'sum' }
	});
	expect(meter).toMatchObject({
		object: 'billing.meter',
		status: 'active',
		customer_mapping: { event_payload_key: 'stripe_customer_id', type: 'by_id' },
		value_settings: { event_payload_key: 'value' },
		status_transitions: { deactivated_at: null }
	});
	const tell = (value: string, more: { customer?: string; identifier?: string; timestamp?: number } = {}) => {
		const { customer = noor.id, ...rest } = more;
		return billing.meterEvents.create({
			event_name: 'texts',
			payload: { stripe_customer_id: customer, value },
			...rest
		});
	};
	const first = await tell('25', { identifier: 'text-1', timestamp: noon - 2 * hour });
	expect(first).toMatchObject({
		object: 'billing.meter_event',
		created: now,
		event_name: 'texts',
		identifier: 'text-1',
		livemode: false,
		payload: { stripe_customer_id: noor.id, value: '25' },
		timestamp: noon - 2 * hour
	});
	expect(await refusal(tell('25', { identifier: 'text-1' }))).toMatchObject({
		statusCode: 400,
		message: 'An event already exists with identifier text-1.'
	});
	await tell('5', { timestamp: noon - hour + 1 });
	await tell('-2', { timestamp: noon - 1 });
	await tell('7');
	await tell('100', { customer: sam.id });

	const ask = { customer: noor.id, start_time: noon - 24 * hour, end_time: noon + hour };
	const whole = await billing.meters.listEventSummaries(meter.id, ask);
	expect(whole.data).toMatchObject([{ aggregated_value: 35, meter: meter.id, start_time: ask.start_time }]);
	const hours = [];
	const asked = { ...ask, value_grouping_window: 'hour', limit: 2 } as const;
	for await (const { start_time, end_time, aggregated_value } of billing.meters.listEventSummaries(meter.id, asked)) {
		expect(end_time - start_time).toBe(hour);
		hours.push([(start_time - noon) / hour, aggregated_value]);
	}
	expect(hours).toEqual([
		[0, 7],
		[-1, 3],
		[-2, 25]
	]);
	expect((await billing.meters.list({ status: 'active' })).data).toHaveLength(1);
	expect((await billing.meters.retrieve(meter.id)).event_name).toBe('texts');
	expect((await events.list({ type: 'billing.meter.created' })).data).toHaveLength(1);
});

test('meters count and take the last value, and what makes no usage is refused', async () => {
	await using payments = await startPayments({ now: () => now * 1000 });
	const { billing, customers } = payments.stripe;
	const { id: customer } = await customers.create({});
	const keys = {
		customer_mapping: { event_payload_key: 'who', type: 'by_id' },
		value_settings: { event_payload_key: 'much' }
	} as const;
	for (const [formula, expected] of [
		['count', 2],
		['last', 4]
	] as const) {
		const draft = { display_name: formula, event_name: formula, default_aggregation: { formula }, ...keys };
		const { id } = await billing.meters.create(draft);
		expect((await refusal(billing.meters.create(draft))).param).toBe('event_name');
		await billing.meterEvents.create({ event_name: formula, payload: { who: customer, much: '4' } });
		const earlier = { who: customer, much: '9' };
		await billing.meterEvents.create({ event_name: formula, payload: earlier, timestamp: now - 1 });
		const ask = { customer, start_time: noon, end_time: noon + 60 };
		expect((await billing.meters.listEventSummaries(id, ask)).data[0]?.aggregated_value).toBe(expected);
		const misaligned = billing.meters.listEventSummaries(id, { ...ask, start_time: noon + 1 });
		expect((await refusal(misaligned)).param).toBe('start_time');
	}
	const tell = (payload: Record<string, string>, more: object = {}) =>
		refusal(billing.meterEvents.create({ event_name: 'last', payload, ...more }));
	const usage = { who: customer, much: '1' };
	expect((await tell({ much: '1' })).param).toBe('payload[who]');
	expect((await tell({ ...usage, who: 'cus_nobody' })).code).toBe('resource_missing');
	expect((await tell({ ...usage, much: '1.5' })).param).toBe('payload[much]');
	expect((await tell(usage, { event_name: 'nothing' })).param).toBe('event_name');
	expect((await tell(usage, { timestamp: now - 36 * 24 * hour })).param).toBe('timestamp');
	expect((await tell(usage, { timestamp: now + 301 })).param).toBe('timestamp');
});
