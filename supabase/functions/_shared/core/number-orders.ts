/** Orders of numbers: what they are, how they move, and what their pages say. */
import type { Capability, NumberType } from './number-catalogue.ts';

export const orderStatuses = ['held', 'provisioning', 'active', 'released'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** How a status may change; the database holds the same table (private.number_order_transitions). */
export const orderTransitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
	held: ['provisioning', 'released'],
	provisioning: ['active', 'released'],
	active: [],
	released: []
};

/** Whether nothing more happens to it. */
export function isOver(status: OrderStatus): boolean {
	return orderTransitions[status].length === 0;
}

/** An order as `api.number_orders` gives it; money in micros of USD. */
export type NumberOrder = {
	id: string;
	e164: string;
	label: string;
	country_code: string;
	kind: NumberType;
	capabilities: readonly Capability[];
	locality: string | null;
	region: string | null;
	monthly_micros: number;
	setup_micros: number;
	total_micros: number;
	status: OrderStatus;
	ordered_by: string | null;
	ordered_by_username: string | null;
	ordered_by_name: string | null;
	/** Since when the carrier is looked at, because an answer was lost. */
	doubted_at: string | null;
	provisioning_at: string | null;
	ended_at: string | null;
	phone_number_id: string | null;
	/** Which refusal ended a released one. */
	reason: string | null;
	revision: number;
	created_at: string;
};

/** The name under which the carrier is asked for a number: by it alone a purchase is found whose answer was lost. */
export function orderNameOf(orderId: string): string {
	return `order ${orderId}`;
}

/** How long the carrier may still act on a request whose answer was lost, in ms: until then it is only looked at. */
export const settledMilliseconds = 20_000;
/** How long the carrier is asked for a number that it neither sells nor refuses, in ms. */
export const patienceMilliseconds = 10 * 60_000;

/**
 * The day on which a number bought now renews, by the organization's calendar: the same day of the next month, or its last one
 * where that month is shorter. As '2026-12-23'.
 */
export function firstRenewalDay(now: Date, zone: string): string {
	const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(now);
	const [year = 0, month = 0, day = 0] = today.split('-').map(Number);
	// the day 0 of a month is the last of the one before
	const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
	return new Date(Date.UTC(year, month, Math.min(day, last))).toISOString().slice(0, 10);
}
