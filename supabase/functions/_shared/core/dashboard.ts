/** What the dashboard makes of its figures: a time against the one before, what a month will have cost. Pure. */
import type { StatementLine } from './statement.ts';

/** How many days it looks back on, today among them. */
export const spans = [1, 7, 30, 90] as const;
export type Span = (typeof spans)[number];

/** How many days an address asks for; 30 where it says none that there is. */
export function spanOf(query: URLSearchParams): Span {
	return spans.find((span) => String(span) === query.get('days')) ?? 30;
}

export type TextDay = { day: string; received: number; sent: number; delivered: number; failed: number };
export type CodeDay = { day: string; requested: number; code_received: number; missed: number };

/** The day (2026-11-22) by so many days earlier. */
export function dayBefore(day: string, by: number): string {
	return new Date(Date.parse(`${day}T00:00:00Z`) - by * 86_400_000).toISOString().slice(0, 10);
}

/** So many days up to `today`, the oldest first; one that is not told of is there as `none`. */
export function filled<T extends { day: string }>(
	rows: readonly T[],
	today: string,
	count: number,
	none: Omit<T, 'day'>
): T[] {
	const known = new Map(rows.map((row) => [row.day, row]));
	return Array.from({ length: count }, (_, at) => {
		const day = dayBefore(today, count - 1 - at);
		// what is none and a day is one
		return known.get(day) ?? ({ ...none, day } as T);
	});
}

/** The sum of a column. */
export function total<T>(rows: readonly T[], of: (row: T) => number): number {
	return rows.reduce((sum, row) => sum + of(row), 0);
}

/** How many of a hundred, to a tenth; null of nothing. */
export function percentOf(part: number, whole: number): number | null {
	return whole === 0 ? null : Math.round((part / whole) * 1000) / 10;
}

/** By how many of a hundred it is more than before; null where there was nothing before. */
export function changeOf(now: number, before: number): number | null {
	return before === 0 ? null : Math.round((now / before - 1) * 100);
}

/** What is no cost: money that comes in, or goes back to where it came from. */
const notCosts = ['top_up', 'refund', 'adjustment'];
/** What comes once, not more with every day. */
const fixed = ['number', 'number_renewal'];

/** What was spent, in micros, of what moved the wallet. */
export function spentOf(lines: readonly StatementLine[]): number {
	const costs = lines.filter(({ reason }) => !notCosts.includes(reason));
	// none is 0, not −0
	return -total(costs, ({ amount_micros }) => amount_micros) || 0;
}

export type Month = {
	since: string;
	until: string;
	lines: readonly StatementLine[];
	/** Of numbers that renew by themselves until then. */
	renewals_micros: number;
};

/** What the month will have cost, in micros, if it goes on as until now (ms since 1970), and with what is sure to come. */
export function forecastOf({ since, until, lines, renewals_micros }: Month, now: number): number {
	const [begins, ends] = [Date.parse(since), Date.parse(until)];
	// the first hours say nothing about a month
	const passed = Math.min(1, Math.max((now - begins) / (ends - begins), 1 / 31));
	const paidOnce = spentOf(lines.filter(({ reason }) => fixed.includes(reason)));
	const running = spentOf(lines) - paidOnce;
	return Math.round(paidOnce + renewals_micros + Math.max(0, running) / passed);
}

/** "3 h 12 min", "2 days": exact enough for who waits. */
export function waited(milliseconds: number): string {
	const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
	if (minutes < 60) return `${minutes} min`;
	const hours = Math.floor(minutes / 60);
	if (hours < 48) return `${hours} h ${minutes % 60} min`;
	return `${Math.floor(hours / 24)} days`;
}

/** How long before its day a number counts as due, in days; SQL has the same. */
export const dueDays = 14;

type Kept = {
	status: 'active' | 'grace' | 'quarantined' | 'released';
	renews_at: string | null;
	grace_until: string | null;
	quarantined_until: string | null;
};

/** The next day on which something happens to a number, in ms since 1970; null: it was given back, or nothing will. */
export function dueAt({ status, renews_at, grace_until, quarantined_until }: Kept): number | null {
	const next = quarantined_until ?? grace_until ?? renews_at;
	return status === 'released' || next === null ? null : Date.parse(next);
}

/** `now`: ms since 1970. */
export function isDue(number: Kept, now: number): boolean {
	const at = dueAt(number);
	return at !== null && at < now + dueDays * 86_400_000;
}
