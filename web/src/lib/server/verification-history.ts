import * as z from 'zod';
import { conditionsOf, writtenTo, type Moments, type VerificationFilter } from '#core/filtered-verifications.ts';
import { failures } from '#core/failures.ts';
import type { Counts, Rates, SavedView } from '#core/verification-history.ts';
import { verificationStatuses, type Verification } from '#core/verifications.ts';
import { filterOf } from '#core/verification-filters.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

export const verificationsPerPage = 50;

/** A place in the list: after the row of this id, older or newer ones follow. Null in both: the newest. */
export type Place = { before: string | null; after: string | null };

const Id = z.uuid().nullable().catch(null);
const quartiles = z.tuple([z.number(), z.number(), z.number()]).nullable().catch(null);
const rate = z.object({ name: z.string(), asked: z.number(), received: z.number(), quartiles });
const CountsRow = z.object({
	counts: z.partialRecord(z.enum(verificationStatuses), z.number()),
	capped: z.boolean()
}) satisfies z.ZodType<Counts>;
const RatesRow = z.object({
	asked: z.number(),
	capped: z.boolean(),
	services: z.array(rate.extend({ id: z.string().nullable() })),
	numbers: z.array(rate.extend({ id: z.uuid(), e164: z.string(), color: z.number() }))
}) satisfies z.ZodType<Rates>;
const Views = z.array(z.object({ id: z.uuid(), name: z.string(), query: z.string() })) satisfies z.ZodType<SavedView[]>;

/** A name for what the page shows, as its form is sent. */
export const Naming = z.object({
	name: z.string().min(1, failures.view_name_invalid.says).max(40, failures.view_name_invalid.says)
});

/** Where in the list an address stands. */
export function placeOf(query: URLSearchParams): Place {
	const before = Id.parse(query.get('before'));
	return { before, after: before ? null : Id.parse(query.get('after')) };
}

/**
 * A page of the history, newest first. `newer` and `older`: whether there are such rows before and after it. Where fewer
 * than a page are newer than a place, it is the newest page.
 */
export async function list(
	database: AppDatabase,
	organizationId: string,
	filter: VerificationFilter,
	moments: Moments,
	{ before, after }: Place
): Promise<{ rows: Verification[]; newer: boolean; older: boolean }> {
	let query = database.from('verifications').select('*').eq('organization_id', organizationId);
	for (const [column, operator, value] of conditionsOf(filter, moments)) query = query.filter(column, operator, value);
	if (before) query = query.lt('id', before);
	if (after) query = query.gt('id', after);
	const { data, error } = await query.order('id', { ascending: after !== null }).limit(verificationsPerPage + 1);
	if (error) throw refusalOf(error);
	const rows = data as Verification[];
	const more = rows.length > verificationsPerPage;
	const page = rows.slice(0, verificationsPerPage);
	if (!after) return { rows: page, newer: before !== null, older: more };
	if (!more) return list(database, organizationId, filter, moments, { before: null, after: null });
	return { rows: page.reverse(), newer: true, older: true };
}

/** How many there are of each status, whichever of them the filter asks for. */
export async function counts(
	database: AppDatabase,
	organizationId: string,
	filter: VerificationFilter,
	{ since, until }: Moments
): Promise<Counts> {
	const { data, error } = await database.rpc('count_verifications', {
		organization_id: organizationId,
		...(filter.service && { service_name: filter.service }),
		...(filter.number && { phone_number_id: filter.number }),
		...(filter.person && { requested_by: filter.person }),
		...(since && { since: since.toISOString() }),
		...(until && { until: until.toISOString() })
	});
	if (error) throw refusalOf(error);
	return CountsRow.parse(data);
}

/** How well codes arrived in the last so many hours. */
export async function rates(database: AppDatabase, organizationId: string, hours: number): Promise<Rates> {
	const { data, error } = await database.rpc('verification_rates', { organization_id: organizationId, hours });
	if (error) throw refusalOf(error);
	return RatesRow.parse(data);
}

/** The names of the services that were asked for codes of, in order. */
export async function services(database: AppDatabase, organizationId: string): Promise<string[]> {
	const { data, error } = await database.rpc('services_asked_of', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	return z.array(z.string()).parse(data);
}

/** The person's own views, by name. */
export async function views(database: AppDatabase, organizationId: string): Promise<SavedView[]> {
	const { data, error } = await database
		.from('saved_views')
		.select('id, name, query')
		.eq('organization_id', organizationId)
		.order('name')
		.limit(20);
	if (error) throw refusalOf(error);
	return Views.parse(data);
}

/** Keeps what an address filters by under a name. Throws `view_name_invalid`, `too_many_views` …, `malformed` without a filter. */
export async function saveView(
	database: AppDatabase,
	organizationId: string,
	name: string,
	search: URLSearchParams
): Promise<void> {
	const query = writtenTo(filterOf(search)).toString();
	const { error } = await database.rpc('save_view', { organization_id: organizationId, name, query });
	if (error) throw refusalOf(error);
}

/** Throws `not_found` for one that is not theirs, or is not there any more. */
export async function deleteView(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('delete_view', { view_id: id });
	if (error) throw refusalOf(error);
}
