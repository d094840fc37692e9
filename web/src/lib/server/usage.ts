import * as z from 'zod';
import { safeCell } from '#core/csv.ts';
import { dayBefore, spans } from '#core/dashboard.ts';
import { dayIn } from '#core/number-usage.ts';
import { reasonName } from '#core/statement.ts';
import * as csv from './csv.ts';
import { Limit, Line } from './dashboard.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const count = z.number().int();
const CapName = z.enum([...Limit.shape.name.options, 'spending', 'requests']);
const Figures = z.object({
	since: z.string(),
	until: z.string(),
	today: z.string(),
	founded: z.string(),
	time_zone: z.string(),
	numbers: z.array(
		z.object({
			id: z.string(),
			e164: z.string(),
			label: z.string(),
			color: count,
			released: z.boolean(),
			received: count,
			received_segments: count,
			sent: count,
			sent_segments: count,
			delivered: count,
			failed: count,
			micros: count.nullable(),
			requested: count,
			code_received: count,
			missed: count
		})
	),
	callers: z.array(
		z.object({
			id: z.string(),
			by_key: z.boolean(),
			name: z.string().nullable(),
			sent: count,
			sent_segments: count,
			requested: count,
			code_received: count,
			requests: count.nullable()
		})
	),
	money: z.array(Line).nullable(),
	plan: z.string(),
	/** What the organization allows itself. */
	caps: z.array(
		z.object({
			name: CapName,
			most: count.nullable(),
			stops: z.boolean(),
			/** Who set it; null: a key, or somebody who has left. */
			by: z.string().nullable(),
			at: z.string(),
			/** Of what no plan limits. */
			used: count.nullable()
		})
	),
	requests_per_minute: count,
	limits: z.array(Limit)
});
export type Figures = z.infer<typeof Figures>;

const Months = z.array(
	z.object({
		month: z.string(),
		received: count,
		sent: count,
		sent_segments: count,
		requested: count,
		requests: count.nullable(),
		money: z.array(Line).nullable()
	})
);
export type Months = z.infer<typeof Months>;

const Asked = z.object({
	days: z.enum(spans.map(String)).nullable().catch(null),
	month: z
		.string()
		.regex(/^20[2-9]\d-(0[1-9]|1[0-2])$/)
		.nullable()
		.catch(null)
});

/** What an address asks for: a month of the calendar, as the dashboard counts back, or else the month under way. */
export type Time = { since: string; until: string; month: string | null; days: number | null };

/** `timeZone`: the organization's, whose days these are. */
export function timeOf(query: URLSearchParams, timeZone: string, now: Date): Time {
	const asked = Asked.parse({ days: query.get('days'), month: query.get('month') });
	const today = dayIn(now, timeZone);
	if (asked.days) {
		const days = Number(asked.days);
		return { since: dayBefore(today, days - 1), until: today, month: null, days };
	}
	const thisMonth = today.slice(0, 7);
	const month = asked.month && asked.month < thisMonth ? asked.month : thisMonth;
	const [year = 0, place = 1] = month.split('-').map(Number);
	const last = new Date(Date.UTC(year, place, 0)).toISOString().slice(0, 10);
	return { since: `${month}-01`, until: month === thisMonth ? today : last, month, days: null };
}

/** What was used in a time, of what the caller may see. Throws `not_found`, `session_ended`. */
export async function read(
	database: AppDatabase,
	organization_id: string,
	{ since, until }: Pick<Time, 'since' | 'until'>
): Promise<Figures> {
	const { data, error } = await database.rpc('usage_figures', { organization_id, since, until });
	if (error) throw refusalOf(error);
	return Figures.parse(data);
}

/** The last 24 calendar months, the one under way first. */
export async function months(database: AppDatabase, organization_id: string): Promise<Months> {
	const { data, error } = await database.rpc('usage_months', { organization_id });
	if (error) throw refusalOf(error);
	return Months.parse(data);
}

/** A limit of one's own; `most` null: as the plan has it. */
export type Cap = { name: z.infer<typeof CapName>; most: number | null; stops: boolean };

/** What an organization allows itself from now on. Throws `not_allowed`, `cap_too_high`. */
export async function setCaps(database: AppDatabase, organization_id: string, caps: readonly Cap[]): Promise<void> {
	const { error } = await database.rpc('set_caps', { organization_id, caps: [...caps] });
	if (error) throw refusalOf(error);
}

const Warning = z.object({
	...{ name: CapName, begins_on: z.string(), percent: count, used: count, most: count },
	of_cap: z.boolean()
});
export type Warning = z.infer<typeof Warning>;

/** The furthest step of each limit that was reached in its period; the day of codes is today. */
export async function warnings(database: AppDatabase, organizationId: string, now: Date): Promise<Warning[]> {
	// wherever the organization's clock is: what is older than a day more than that is over for all
	const dayAgo = new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10);
	const { data, error } = await database
		.from('limit_warnings')
		.select('name, begins_on, percent, used, most, of_cap')
		.eq('organization_id', organizationId)
		.gte('percent', 80)
		.gte('begins_on', `${dayAgo.slice(0, 7)}-01`)
		.order('percent', { ascending: false });
	if (error) throw refusalOf(error);
	const lasting = z
		.array(Warning)
		.parse(data)
		.filter(({ name, begins_on }) => name !== 'verifications' || begins_on >= dayAgo);
	return lasting.filter(
		(one, at) => lasting.findIndex(({ name, of_cap }) => name === one.name && of_cap === one.of_cap) === at
	);
}

const columns = [
	...['about', 'id', 'name', 'texts_in', 'segments_in', 'texts_out', 'segments_out', 'delivered', 'failed'],
	...['codes_asked', 'codes_received', 'api_requests', 'amount_usd']
];

/** A time's figures and the months as a file: a row for each number, person, key, reason that moved money, and month. */
export function fileOf(figures: Figures, history: Months): string {
	const cell = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value));
	const row = (about: string, id: string, name: string, of: Partial<Record<string, number | null>>) => [
		...[about, id, safeCell(name)],
		...[of.received, of.received_segments, of.sent, of.sent_segments, of.delivered, of.failed].map(cell),
		...[of.requested, of.code_received, of.requests].map(cell),
		of.amount_micros === undefined || of.amount_micros === null ? '' : csv.exactDollars(of.amount_micros)
	];
	return (
		csv.mark +
		csv.lines([
			columns,
			...figures.numbers.map(({ id, e164, label, color: _, released: __, micros, ...of }) =>
				row('number', id, `${e164} ${label}`, { ...of, amount_micros: micros === null ? null : -micros })
			),
			...figures.callers.map(({ id, by_key, name, ...of }) => row(by_key ? 'key' : 'person', id, name ?? '', of)),
			...(figures.money ?? []).map(({ reason, amount_micros }) =>
				row('money', reason, reasonName(reason), { amount_micros })
			),
			...history.map(({ month, money, ...of }) =>
				row('month', month, month, {
					...of,
					...(money && { amount_micros: money.reduce((sum, { amount_micros }) => sum + amount_micros, 0) })
				})
			)
		])
	);
}
