/** Billing meters, the usage told to them, and its sums. https://docs.stripe.com/api/billing/meter */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { timeOf } from '../clocks.ts';
import { newId, type Records } from '../records.ts';
import type { Thing } from '../store.ts';
import type { Customer } from './customers.ts';
import { found, read, text, whole, type Call, type Route } from './call.ts';
import { invalid, missing } from './errors.ts';
import { answerList, equals, listOf, listShape } from './lists.ts';

type Formula = 'count' | 'last' | 'sum';

/** https://docs.stripe.com/api/billing/meter/object */
type Meter = Thing & {
	customer_mapping: { event_payload_key: string; type: 'by_id' };
	default_aggregation: { formula: Formula };
	display_name: string;
	event_name: string;
	status: 'active' | 'inactive';
	updated: number;
	value_settings: { event_payload_key: string };
};

/** https://docs.stripe.com/api/billing/meter-event/object; its id is ours alone. */
type MeterEvent = Thing & {
	event_name: string;
	identifier: string;
	payload: Record<string, string>;
	timestamp: number;
};

const { created: _, ...pageShape } = listShape;
const name = text.max(100);
const NewMeter = z.strictObject({
	default_aggregation: z.strictObject({ formula: z.enum(['count', 'last', 'sum']) }),
	display_name: text.max(250),
	event_name: name,
	customer_mapping: z.strictObject({ event_payload_key: name, type: z.literal('by_id') }).optional(),
	value_settings: z.strictObject({ event_payload_key: name }).optional()
});
const NewEvent = z.strictObject({
	event_name: name,
	payload: z.record(name, z.string().max(100)),
	identifier: name.optional(),
	timestamp: whole.optional()
});
const Sums = z.strictObject({
	...pageShape,
	customer: text,
	start_time: whole,
	end_time: whole,
	value_grouping_window: z.enum(['day', 'hour']).optional()
});

const minute = 60;
const windows = { hour: 60 * minute, day: 24 * 60 * minute };
/** Seconds by which an event may be late, or early. */
const latest = 35 * windows.day;
const earliest = 5 * minute;

export const meters: Route[] = [
	{ method: 'POST', path: '/billing/meters', name: 'meters.create', answer: createMeter },
	{
		method: 'GET',
		path: '/billing/meters',
		name: 'meters.list',
		answer: (call) => {
			const asked = read(call, z.strictObject({ ...pageShape, status: z.enum(['active', 'inactive']).optional() }));
			return answerList(call, 'billing.meter', asked, equals('status', asked.status));
		}
	},
	{
		method: 'GET',
		path: '/billing/meters/:id',
		name: 'meters.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'billing.meter', call.id);
		}
	},
	{ method: 'GET', path: '/billing/meters/:id/event_summaries', name: 'meters.event_summaries', answer: listSums },
	{ method: 'POST', path: '/billing/meter_events', name: 'meter_events.create', answer: createEvent }
];

function createMeter(call: Call): Meter {
	const { records } = call;
	const asked = read(call, NewMeter);
	if (meterOf(records, asked.event_name)) {
		throw invalid(`There is an active meter for the event name ${asked.event_name} already.`, { param: 'event_name' });
	}
	const meter = {
		id: newId('mtr'),
		object: 'billing.meter',
		...{ event_time_window: null, livemode: false, status: 'active' as const },
		...{ status_transitions: { deactivated_at: null }, updated: records.at() },
		customer_mapping: { event_payload_key: 'stripe_customer_id', type: 'by_id' as const },
		value_settings: { event_payload_key: 'value' },
		created: records.at(),
		...asked
	};
	return records.add<Meter>(meter, 'billing.meter.created');
}

function createEvent(call: Call): object {
	const { records } = call;
	const { event_name, payload, identifier = crypto.randomUUID(), timestamp } = read(call, NewEvent);
	const meter = meterOf(records, event_name);
	if (!meter) throw invalid(`No active meter found for the event name ${event_name}.`, { param: 'event_name' });
	const customerKey = meter.customer_mapping.event_payload_key;
	const customer = payload[customerKey];
	if (!customer) throw invalid(`The payload has no ${customerKey}.`, { param: `payload[${customerKey}]` });
	found<Customer>(records, 'customer', customer, `payload[${customerKey}]`);
	const valueKey = meter.value_settings.event_payload_key;
	if (meter.default_aggregation.formula !== 'count' && !/^-?\d{1,15}$/.test(payload[valueKey] ?? '')) {
		throw invalid(`The payload's ${valueKey} has to be a whole number.`, { param: `payload[${valueKey}]` });
	}
	const at = timeOf(records, customer).at();
	const moment = timestamp ?? at;
	if (moment < at - latest || moment > at + earliest) {
		throw invalid('The timestamp must be within the past 35 calendar days or up to 5 minutes in the future.', {
			param: 'timestamp'
		});
	}
	const id = `meter_event:${identifier}`;
	if (records.store.find(id)) throw invalid(`An event already exists with identifier ${identifier}.`);
	const event = { object: 'billing.meter_event', created: at, event_name, identifier, payload, timestamp: moment };
	records.add<MeterEvent>({ id, ...event });
	return { ...event, livemode: false };
}

/** What a customer used in each window in which they used anything, newest first. */
function listSums(call: Call): object {
	const asked = read(call, Sums);
	const { customer, start_time, end_time, value_grouping_window: grouping, limit = 10 } = asked;
	const {
		id: meter,
		customer_mapping,
		value_settings,
		default_aggregation,
		event_name
	} = found<Meter>(call.records, 'billing.meter', call.id);
	found<Customer>(call.records, 'customer', customer, 'customer');
	const step = grouping ? windows[grouping] : minute;
	for (const [param, time] of Object.entries({ start_time, end_time })) {
		if (time % step !== 0) throw invalid(`The ${param} has to be aligned with ${grouping ?? 'minute'}s.`, { param });
	}
	if (start_time >= end_time) throw invalid('The end_time has to be after the start_time.', { param: 'end_time' });
	if (limit < 1 || limit > 100) throw invalid('Invalid limit: it has to be from 1 to 100.', { param: 'limit' });

	const { store } = call.records;
	const used = store.all<{ timestamp: number; payload: string }>(
		`select body ->> 'timestamp' as timestamp, body ->> 'payload' as payload from objects
		where kind = 'billing.meter_event' and body ->> 'event_name' = ?
			and body ->> 'timestamp' >= ? and body ->> 'timestamp' < ?
		order by body ->> 'timestamp', seq`,
		event_name,
		start_time,
		end_time
	);
	const sums = new Map<number, number>();
	for (const { timestamp, payload: raw } of used) {
		const payload = JSON.parse(raw) as MeterEvent['payload'];
		if (payload[customer_mapping.event_payload_key] !== customer) continue;
		const start = grouping ? timestamp - (timestamp % step) : start_time;
		const value = Number(payload[value_settings.event_payload_key]);
		sums.set(start, aggregated(default_aggregation.formula, sums.get(start) ?? 0, value));
	}
	const all = [...sums].reverse().map(([start, aggregated_value]) => {
		const end = grouping ? start + step : end_time;
		const key = createHash('sha256').update([meter, customer, start, end].join()).digest('hex');
		const summary = { object: 'billing.meter_event_summary', aggregated_value, start_time: start, end_time: end };
		return { id: `mtrusg_${key}`, ...summary, livemode: false, meter };
	});
	const place = (id: string, param: string) => {
		const index = all.findIndex((each) => each.id === id);
		if (index < 0) throw missing('billing.meter_event_summary', id, param, 400);
		return index;
	};
	if (asked.ending_before !== undefined) {
		const until = place(asked.ending_before, 'ending_before');
		return listOf(call.path, all.slice(Math.max(0, until - limit), until), until > limit);
	}
	const from = asked.starting_after === undefined ? 0 : place(asked.starting_after, 'starting_after') + 1;
	return listOf(call.path, all.slice(from, from + limit), all.length > from + limit);
}

function aggregated(formula: Formula, before: number, value: number): number {
	if (formula === 'count') return before + 1;
	return formula === 'sum' ? before + value : value;
}

function meterOf({ store }: Records, eventName: string): Meter | undefined {
	const where: [string, string][] = [
		["body ->> 'status' = ?", 'active'],
		["body ->> 'event_name' = ?", eventName]
	];
	return store.list<Meter>({ kind: 'billing.meter', where, limit: 1 })[0];
}
