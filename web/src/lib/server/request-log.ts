import * as z from 'zod';
import { stringify } from 'csv-stringify/sync';
import { safeCell } from '#core/csv.ts';
import { Failure } from '#core/failures.ts';
import { outcomes, outcomeOf, type Outcome, type Period } from '#core/request-log.ts';
import type { AppDatabase } from './database.ts';
import type { Member } from './people.ts';
import { refusalOf } from './refusals.ts';

export const rowsPerPage = 50;
/** Requests of an export in memory at a time. */
const rowsPerBatch = 1000;

const count = z.number().int();
const micros = count.nullable();
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);
const figures = {
	...{ requests: count, units: count, refused: count, limited: count, failed: count, lost: count },
	...{ p50: micros, p95: micros, p99: micros }
};

const Told = z.object({
	period: z.enum(['hour', 'day', 'week', 'month']),
	since: z.string(),
	until: z.string(),
	at: z.string(),
	time_zone: z.string(),
	month,
	this_month: month,
	first_month: month,
	log_days: count,
	all: z.object(figures),
	times: z.array(z.object({ ...figures, at: z.string() })),
	callers: z.array(
		z.object({
			...figures,
			id: z.string(),
			by_key: z.boolean(),
			name: z.string().nullable(),
			prefix: z.string().nullable()
		})
	),
	endpoints: z.array(z.object({ ...figures, endpoint: z.string() })),
	errors: z.array(z.object({ status: count, code: z.string(), requests: count })),
	turned_away: z.array(z.object({ reason: z.string(), requests: count, last_at: z.string() })),
	costs: z.array(z.object({ reason: z.string(), transfers: count, amount_micros: count }))
});
export type RequestAnalytics = z.output<typeof Told>;

const Row = z.object({
	id: z.string(),
	started_at: z.string(),
	endpoint: z.string(),
	key_id: z.string().nullable(),
	user_id: z.string().nullable(),
	caller_name: z.string().nullable(),
	address: z.string().nullable(),
	status: count,
	code: z.string().nullable(),
	micros,
	units: count,
	made_kind: z.string().nullable(),
	made_id: z.string().nullable(),
	cost_micros: micros
});
export type LoggedRequest = z.output<typeof Row>;

const Filters = z.object({
	caller: z.uuid().nullable().catch(null),
	endpoint: z.string().min(1).max(200).nullable().catch(null),
	outcome: z
		.enum(Object.keys(outcomes) as [Outcome, ...Outcome[]])
		.nullable()
		.catch(null),
	request: z.uuid().nullable().catch(null)
});
/** What of the log is asked for; what cannot be read as a filter is none. */
export type RequestFilters = z.output<typeof Filters>;

/** Refuses whoever may not see it, in words that fit the page. The database decides again. */
export function requireReader({ organization }: Member): void {
	if (!organization.capabilities.includes('keys:manage'))
		throw new Failure(
			'not_allowed',
			`Only owners and admins see what was asked by API. Your role here is ${organization.role}.`
		);
}

/** Which time an address asks for; the last day where it says nothing that can be read. */
export function periodOf(query: URLSearchParams): { period: Period; month: string | null } {
	const asked = month
		.refine((text) => text >= '2020')
		.nullable()
		.catch(null)
		.parse(query.get('month'));
	const period = z.enum(['hour', 'day', 'week', 'month']).catch('day').parse(query.get('period'));
	return asked === null ? { period, month: null } : { period: 'month', month: asked };
}

export function filtersOf(query: URLSearchParams): RequestFilters {
	return Filters.parse(Object.fromEntries(Object.keys(Filters.shape).map((name) => [name, query.get(name) || null])));
}

/** The request after which to go on (older ones follow); null at the beginning. */
export function placeOf(query: URLSearchParams): string | null {
	return z.uuid().nullable().catch(null).parse(query.get('before'));
}

/** What was asked in a time. Throws `not_allowed`, `not_found`. */
export async function read(
	database: AppDatabase,
	organization_id: string,
	asked: { period: Period; month: string | null }
): Promise<RequestAnalytics> {
	const { data, error } = await database.rpc('request_analytics', {
		...{ organization_id, period: asked.period },
		...(asked.month && { month: `${asked.month}-01` })
	});
	if (error) throw refusalOf(error);
	return Told.parse(data);
}

const Refusal = z.object({
	...{ id: z.string(), key_id: z.string(), reason: z.string(), created_at: z.string() },
	...{ address: z.string().nullable(), endpoint: z.string().nullable() }
});
/** Requests by a key that were not let in for one reason, from one address, to one endpoint; the latest of so many. */
export type TurnedAway = z.output<typeof Refusal> & { times: number; key_name: string };

/** How many refusals are looked at for the list. */
const mostRefusals = 500;

/** The latest requests by keys that were not let in, alike ones together, so many rows at most. */
export async function turnedAway(database: AppDatabase, organizationId: string, limit: number): Promise<TurnedAway[]> {
	const [refusals, keys] = await Promise.all([
		database
			.from('api_key_refusals')
			.select(Object.keys(Refusal.shape).join(', '))
			.eq('organization_id', organizationId)
			.order('id', { ascending: false })
			.limit(mostRefusals),
		database.from('api_keys').select('id, name').eq('organization_id', organizationId).limit(1000)
	]);
	const error = refusals.error ?? keys.error;
	if (error) throw refusalOf(error);
	const names = new Map(keys.data?.map(({ id, name }) => [id, name]));
	const alike = Map.groupBy(z.array(Refusal).parse(refusals.data), ({ key_id, reason, address, endpoint }) =>
		[key_id, reason, address, endpoint].join(' ')
	);
	return [...alike.values()]
		.slice(0, limit)
		.flatMap(([latest, ...others]) =>
			latest ? [{ ...latest, times: others.length + 1, key_name: names.get(latest.key_id) ?? '' }] : []
		);
}

async function ask(
	database: AppDatabase,
	organization_id: string,
	{ caller, endpoint, outcome, request }: RequestFilters,
	before: string | null,
	batch: number
): Promise<LoggedRequest[]> {
	const { data, error } = await database.rpc('request_log', {
		...{ organization_id, batch },
		...(caller && { caller }),
		...(endpoint && { pattern: endpoint }),
		...(outcome && { outcome }),
		...(request && { request_id: request }),
		...(before && { before_id: before })
	});
	if (error) throw refusalOf(error);
	return z.array(Row).parse(data);
}

/** A page of the log, newest first; `before` is the last request's id of the page before. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	filters: RequestFilters,
	before: string | null
): Promise<{ rows: LoggedRequest[]; more: boolean }> {
	const rows = await ask(database, organizationId, filters, before, rowsPerPage + 1);
	return { rows: rows.slice(0, rowsPerPage), more: rows.length > rowsPerPage };
}

/** All requests that fit, newest first, a batch at a time: the next is asked for when the last was taken. */
export async function openExport(
	database: AppDatabase,
	organizationId: string,
	filters: RequestFilters
): Promise<AsyncGenerator<LoggedRequest[]>> {
	const first = await ask(database, organizationId, filters, null, rowsPerBatch);
	return (async function* () {
		for (let batch = first; batch.length > 0;) {
			yield batch;
			const last = batch.at(-1);
			if (!last || batch.length < rowsPerBatch) return;
			batch = await ask(database, organizationId, filters, last.id, rowsPerBatch);
		}
	})();
}

const columns = [
	...['request_id', 'time', 'endpoint', 'outcome', 'status', 'code', 'milliseconds', 'counted_as', 'key_id', 'user_id'],
	...['caller', 'address', 'made', 'made_id', 'cost_usd']
];

// RFC 4180, and a byte order mark: without it spreadsheets take UTF-8 for something else
const cells = (rows: readonly (readonly string[])[]) =>
	stringify(
		rows.map((row) => [...row]),
		{ record_delimiter: 'windows' }
	);

/** The log's file, piece by piece, as its batches come. Times are UTC. */
export async function* written(batches: AsyncIterable<LoggedRequest[]>): AsyncGenerator<string> {
	yield `\uFEFF${cells([columns])}`;
	for await (const batch of batches) yield cells(batch.map(cellsOf));
}

function cellsOf(row: LoggedRequest): string[] {
	const outcome = outcomeOf(row.status);
	return [
		...[row.id, new Date(row.started_at).toISOString(), row.endpoint, outcome, `${row.status || ''}`],
		...[row.code ?? '', row.micros === null ? '' : (row.micros / 1000).toFixed(3), `${row.units}`, row.key_id ?? ''],
		...[row.user_id ?? '', safeCell(row.caller_name ?? ''), row.address ?? '', row.made_kind ?? '', row.made_id ?? ''],
		row.cost_micros === null ? '' : (row.cost_micros / 1e6).toFixed(6)
	];
}
