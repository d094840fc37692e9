/** Which verifications a list or an export shows: written as an address, asked of the database, kept by an open page. */
import { dayAfter, dayAt, firstIdAt, startOfDay } from './days.ts';
import { verificationStatuses } from './verifications.ts';
import type { Verification, VerificationStatus } from './verifications.ts';

/** Spans of time that end now, by their names in an address. */
export const ranges = ['today', '24h', '7d', '30d', '90d'] as const;
export type Range = (typeof ranges)[number];

const hours: Readonly<Record<Exclude<Range, 'today'>, number>> = { '24h': 24, '7d': 168, '30d': 720, '90d': 2160 };

/** What counts of a date is when the code was asked for. A range and days exclude each other. */
export type VerificationFilter = {
	/** By its name, of the catalogue or one's own. */
	service: string | null;
	/** None: every one. In the order of `verificationStatuses`. */
	status: readonly VerificationStatus[];
	range: Range | null;
	/** Days (2026-11-22), both included. */
	from: string | null;
	to: string | null;
	/** The id of a number, and of whoever asked. */
	number: string | null;
	person: string | null;
};

export const noFilter: VerificationFilter = {
	service: null,
	status: [],
	range: null,
	from: null,
	to: null,
	number: null,
	person: null
};

/** A filter's moments: the first that counts, and the first that does not any more. */
export type Moments = { since: Date | null; until: Date | null };

/** A condition on the rows of `api.verifications`, as PostgREST takes it; `in` has its words between parentheses. */
export type VerificationCondition = readonly [
	column: 'service_name' | 'status' | 'created_at' | 'id' | 'phone_number_id' | 'requested_by',
	operator: 'eq' | 'in' | 'gte' | 'lt',
	value: string
];

/** A filter as the end of an address: "" for no filter, else "?service=GitHub&status=expired&status=cancelled&range=7d". */
export function searchOf(filter: VerificationFilter): string {
	const search = writtenTo(filter).toString();
	return search === '' ? '' : `?${search}`;
}

/** The same as parameters, in an order of their own: equal filters are written alike. */
export function writtenTo({ status, ...rest }: VerificationFilter): URLSearchParams {
	const search = new URLSearchParams();
	if (rest.service) search.set('service', rest.service);
	if (status.length < verificationStatuses.length)
		for (const one of verificationStatuses) if (status.includes(one)) search.append('status', one);
	for (const name of ['range', 'from', 'to', 'number', 'person'] as const) {
		const value = rest[name];
		if (value) search.set(name, value);
	}
	return search;
}

/** From when until when. `zone`: the reader's time zone; `now`: ms since 1970. */
export function momentsOf({ range, from, to }: VerificationFilter, zone: string, now: number): Moments {
	if (range === 'today') return { since: startOfDay(dayAt(now, zone), zone), until: null };
	if (range) return { since: new Date(now - hours[range] * 3_600_000), until: null };
	return { since: from ? startOfDay(from, zone) : null, until: to ? startOfDay(dayAfter(to), zone) : null };
}

/** The same as exports keep it: moments, since days and ranges mean something else tomorrow. */
export function exportFilterOf({ service, status, number, person }: VerificationFilter, { since, until }: Moments) {
	const [from, to] = [since?.toISOString() ?? null, until?.toISOString() ?? null];
	return { service, status: [...status], number, person, since: from, until: to };
}

/** What is asked of the database. The bounds of ids add nothing but let an index find the range. */
export function conditionsOf(filter: VerificationFilter, { since, until }: Moments): VerificationCondition[] {
	const conditions: VerificationCondition[] = [];
	if (filter.service) conditions.push(['service_name', 'eq', filter.service]);
	if (filter.status.length > 0) conditions.push(['status', 'in', `(${filter.status.join(',')})`]);
	if (filter.number) conditions.push(['phone_number_id', 'eq', filter.number]);
	if (filter.person) conditions.push(['requested_by', 'eq', filter.person]);
	if (since) {
		conditions.push(['created_at', 'gte', since.toISOString()], ['id', 'gte', firstIdAt(since.getTime())]);
	}
	// stamped with its transaction's beginning, while its id has the moment it was written
	if (until) {
		conditions.push(['created_at', 'lt', until.toISOString()], ['id', 'lt', firstIdAt(until.getTime() + 3_600_000)]);
	}
	return conditions;
}

/** Whether a list holds a verification. */
export function holds(filter: VerificationFilter, { since, until }: Moments, row: Verification): boolean {
	if (filter.service && row.service_name !== filter.service) return false;
	if (filter.status.length > 0 && !filter.status.includes(row.status)) return false;
	if (filter.number && row.phone_number_id !== filter.number) return false;
	if (filter.person && row.requested_by !== filter.person) return false;
	const asked = Date.parse(row.created_at);
	return !(since && asked < since.getTime()) && !(until && asked >= until.getTime());
}
