import * as z from 'zod';
import { dayAfter, startOfDay } from '#core/days.ts';
import { hitsPerPage, type FoundContact, type FoundTeam, type Hit, type SearchFilters } from '#core/search.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Day = z
	.string()
	.regex(/^\d{4}-\d\d-\d\d$/)
	.refine((day) => !Number.isNaN(Date.parse(day)));

/** What an address may narrow a search to; what is none of it is left out. Days are the person's own. */
const Narrowed = z.object({
	in: z.uuid().optional().catch(undefined),
	by: z.uuid().optional().catch(undefined),
	with: z.uuid().optional().catch(undefined),
	since: Day.optional().catch(undefined),
	until: Day.optional().catch(undefined),
	way: z.enum(['inbound', 'outbound']).optional().catch(undefined),
	status: z.enum(['queued', 'sent', 'delivered', 'failed', 'received']).optional().catch(undefined),
	has: z.enum(['attachment', 'code']).optional().catch(undefined)
});
export type Narrowed = z.infer<typeof Narrowed>;

/** What a search found; `before`: from which id on older texts are still to be looked through, null after the last. */
export type Found = {
	q: string;
	narrowed: Narrowed;
	contacts: FoundContact[];
	teams: FoundTeam[];
	hits: Hit[];
	before: string | null;
};

/**
 * What the words in `q` find: people by name or number, and texts and notes, newest first, from before `from` on. Null where
 * nothing is looked for. `zone`: whose days `since` and `until` are.
 */
export async function find(
	database: AppDatabase,
	organizationId: string,
	query: URLSearchParams,
	zone: string
): Promise<Found | null> {
	const q = (query.get('q') ?? '').trim().slice(0, 200);
	if (q === '') return null;
	const narrowed = Narrowed.parse(Object.fromEntries(query));
	const from = z.uuid().safeParse(query.get('from')).data;
	const isNarrow = Object.values(narrowed).some((value) => value !== undefined);
	const [people, texts] = await Promise.all([
		// filters speak of texts
		isNarrow || from ? null : database.rpc('search_contacts', { organization_id: organizationId, query: q }),
		database.rpc('search_messages', {
			organization_id: organizationId,
			query: q,
			filters: filtersOf(narrowed, zone),
			batch: hitsPerPage,
			...(from && { before_id: from })
		})
	]);
	if (people?.error) throw refusalOf(people.error);
	if (texts.error) throw refusalOf(texts.error);
	const { contacts, teams } = (people?.data ?? { contacts: [], teams: [] }) as Pick<Found, 'contacts' | 'teams'>;
	const { hits, before_id: before } = texts.data as { hits: Hit[]; before_id: string | null };
	return { q, narrowed, contacts, teams, hits, before };
}

function filtersOf({ in: number, by, with: contact, since, until, way, status, has }: Narrowed, zone: string) {
	const filters: SearchFilters = {
		...(number && { phone_number_id: number }),
		...(by && { author_id: by }),
		...(contact && { contact_id: contact }),
		...(since && { since: startOfDay(since, zone).toISOString() }),
		...(until && { until: startOfDay(dayAfter(until), zone).toISOString() }),
		...(way && { direction: way }),
		...(status && { status }),
		...(has === 'attachment' && { has_attachment: true }),
		...(has === 'code' && { has_code: true })
	};
	return filters;
}

/** People by name or number, for whoever writes to them. */
export async function people(database: AppDatabase, organizationId: string, query: string): Promise<FoundContact[]> {
	const { data, error } = await database.rpc('search_contacts', { organization_id: organizationId, query });
	if (error) throw refusalOf(error);
	return (data as Pick<Found, 'contacts'>).contacts;
}
