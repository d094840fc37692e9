import * as z from 'zod';
import { PUBLIC_APP_NAME } from '$app/env/public';
import type { AuditFilters, AuditLine, AuditNames, AuditPerson } from '#core/audit-log.ts';
import { dayAfter, firstIdAt, startOfDay } from '#core/days.ts';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import type { Member } from './people.ts';
import { refusalOf } from './refusals.ts';

export const linesPerPage = 50;
/** How many lines of an export are in memory at a time. */
const linesPerBatch = 500;

const day = z
	.string()
	.regex(/^[12]\d{3}-\d\d-\d\d$/)
	.refine((text) => !Number.isNaN(Date.parse(`${text}T00:00:00Z`)));

/** What cannot be read as a filter is none: a line too many is better than a page that says nothing. */
const Filters = z.object({
	actor: z
		.union([z.uuid(), z.literal('platform')])
		.nullable()
		.catch(null),
	verb: z
		.string()
		.regex(/^[a-z_]{1,40}\.[a-z_]{1,40}$/)
		.nullable()
		.catch(null),
	since: day.nullable().catch(null),
	until: day.nullable().catch(null)
});

/** Refuses whoever may not read the log, in words that fit the page. The database decides again. */
export function requireReader({ organization }: Member): void {
	if (!organization.capabilities.includes('audit:read'))
		throw new Failure(
			'not_allowed',
			`Only owners and admins read the audit log. Your role here is ${organization.role}.`
		);
}

/** Which lines an address asks for. */
export function filtersOf(query: URLSearchParams): AuditFilters {
	return Filters.parse(Object.fromEntries(Object.keys(Filters.shape).map((name) => [name, query.get(name)])));
}

/** The line after which to go on (older ones follow); null at the beginning. */
export function placeOf(query: URLSearchParams): string | null {
	return z.uuid().nullable().catch(null).parse(query.get('before'));
}

/** A page of the log, newest first; `before` is the last line's id of the page before. Days are those of `zone`. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	filters: AuditFilters,
	before: string | null,
	zone: string,
	most = linesPerPage
): Promise<{ lines: AuditLine[]; more: boolean }> {
	const { actor, verb } = filters;
	const { since, until } = momentsOf(filters, zone);
	let query = database
		.from('audit_log')
		.select('id, actor_kind, actor_id, verb, object_kind, object_id, before, after, address, created_at')
		.eq('organization_id', organizationId)
		.order('id', { ascending: false })
		.limit(most + 1);
	if (actor === 'platform') query = query.is('actor_id', null);
	else if (actor) query = query.eq('actor_id', actor);
	if (verb) query = query.eq('verb', verb);
	if (since) query = query.gte('created_at', since.toISOString()).gte('id', firstIdAt(since.getTime()));
	// a line is stamped with its transaction's beginning, its id with the moment it was written
	if (until) query = query.lt('created_at', until.toISOString()).lt('id', firstIdAt(until.getTime() + 3_600_000));
	if (before) query = query.lt('id', before);
	const { data, error } = await query;
	if (error) throw refusalOf(error);
	return { lines: (data as AuditLine[]).slice(0, most), more: data.length > most };
}

/** A page as `list` finds it, and the names that its words are made with. */
export async function read(
	database: AppDatabase,
	organizationId: string,
	filters: AuditFilters,
	before: string | null,
	zone: string,
	most = linesPerPage
): Promise<{ lines: AuditLine[]; more: boolean; names: AuditNames }> {
	const [{ lines, more }, everybody, theirNumbers] = await Promise.all([
		list(database, organizationId, filters, before, zone, most),
		people(database, organizationId),
		numbers(database, organizationId)
	]);
	return { lines, more, names: { people: everybody, numbers: theirNumbers, platform: PUBLIC_APP_NAME } };
}

/** Everybody whom the log can name. */
export async function people(database: AppDatabase, organizationId: string): Promise<AuditPerson[]> {
	const { data, error } = await database.rpc('audit_people', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	return data;
}

/** The numbers that lines can be about. */
export async function numbers(database: AppDatabase, organizationId: string): Promise<{ id: string; e164: string }[]> {
	const { data, error } = await database.from('phone_numbers').select('id, e164').eq('organization_id', organizationId);
	if (error) throw refusalOf(error);
	return data as { id: string; e164: string }[];
}

/**
 * All lines that fit, newest first, a batch at a time: the next one is asked for when the last one was taken. Answers
 * when the first is there, so that a refusal has an answer of its own. Throws `fresh_session_required`, `not_allowed` …
 */
export async function openExport(
	database: AppDatabase,
	organization_id: string,
	filters: AuditFilters,
	zone: string
): Promise<AsyncGenerator<AuditLine[]>> {
	const { since, until } = momentsOf(filters, zone);
	const ask = async (before: string | null): Promise<AuditLine[]> => {
		const { data, error } = await database.rpc('export_audit_log', {
			organization_id,
			...(filters.actor && { actor: filters.actor }),
			...(filters.verb && { verb: filters.verb }),
			...(since && { since: since.toISOString() }),
			...(until && { until: until.toISOString() }),
			...(before && { before_id: before }),
			batch: linesPerBatch
		});
		if (error) throw refusalOf(error);
		return data as AuditLine[];
	};
	const first = await ask(null);
	return (async function* () {
		for (let batch = first; batch.length > 0;) {
			yield batch;
			const last = batch.at(-1);
			if (!last || batch.length < linesPerBatch) return;
			batch = await ask(last.id);
		}
	})();
}

/** From when (included) to when (excluded) the days of the filters last. */
function momentsOf({ since, until }: AuditFilters, zone: string): { since: Date | null; until: Date | null } {
	return { since: since ? startOfDay(since, zone) : null, until: until ? startOfDay(dayAfter(until), zone) : null };
}
