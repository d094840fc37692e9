import * as z from 'zod';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, isSlug } from '#core/failures.ts';
import { exportFilterOf, momentsOf, writtenTo } from '#core/filtered-verifications.ts';
import type { VerificationFilter } from '#core/filtered-verifications.ts';
import { exportFormats } from '#core/verification-export.ts';
import type { ExportFormat } from '#core/verification-export.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';
import { tracedFetch } from './requests.ts';

const bucket = 'exports';
/** How long a signed address works, in seconds: as long as a browser takes to follow it. */
const signedFor = 60;

export const Wanted = z.object({ format: z.enum(exportFormats, 'Choose one of the formats.') });

const Export = z.object({
	id: z.uuid(),
	format: z.enum(exportFormats),
	total_rows: z.int(),
	written_rows: z.int(),
	created_at: z.string(),
	finished_at: z.string().nullable(),
	expires_at: z.string()
});
const Part = z.object({
	export_id: z.uuid(),
	part: z.int(),
	path: z.string(),
	row_count: z.int(),
	byte_count: z.int()
});

/** Files that somebody asked for, with those of them that are written and that they may see. */
export type VerificationExport = z.infer<typeof Export> & { parts: Omit<z.infer<typeof Part>, 'path'>[] };

const filtersOf = (filter: VerificationFilter, zone: string, now: number) =>
	exportFilterOf(filter, momentsOf(filter, zone, now));

/** How many verifications fit a filter. */
export async function count(
	database: AppDatabase,
	organizationId: string,
	filter: VerificationFilter,
	zone: string
): Promise<number> {
	const { data, error } = await database.rpc('count_verification_export', {
		organization_id: organizationId,
		filters: filtersOf(filter, zone, Date.now())
	});
	if (error) throw refusalOf(error);
	return Number(data);
}

/** The person's exports in an organization, newest first. */
export async function list(database: AppDatabase, organizationId: string): Promise<VerificationExport[]> {
	const { data, error } = await database
		.from('verification_exports')
		.select('id,format,total_rows,written_rows,created_at,finished_at,expires_at')
		.eq('organization_id', organizationId)
		.order('id', { ascending: false })
		.limit(20);
	if (error) throw refusalOf(error);
	const exports = z.array(Export).parse(data);
	if (exports.length === 0) return [];
	const found = await database
		.from('verification_export_parts')
		.select('export_id,part,path,row_count,byte_count')
		.in(
			'export_id',
			exports.map(({ id }) => id)
		)
		.order('part');
	if (found.error) throw refusalOf(found.error);
	const parts = z.array(Part.omit({ path: true })).parse(found.data);
	return exports.map((one) => ({ ...one, parts: parts.filter(({ export_id }) => export_id === one.id) }));
}

/** Has the worker write what fits a filter now. Fails with exports_too_many. */
export async function begin(
	database: AppDatabase,
	organizationId: string,
	format: ExportFormat,
	filter: VerificationFilter,
	zone: string
): Promise<void> {
	const { error } = await database.rpc('request_verification_export', {
		organization_id: organizationId,
		format,
		filters: filtersOf(filter, zone, Date.now())
	});
	if (error) throw refusalOf(error);
}

/** Gives an export up, and its files. One that is gone already is what was asked for. */
export async function remove(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('remove_verification_export', { export_id: id });
	if (error && error.message !== 'not_found') throw refusalOf(error);
}

/** A short-lived address of a written file, saved under this name. Null where there is none for the person. */
export async function addressOf(
	database: AppDatabase,
	id: string,
	part: number,
	name: (format: ExportFormat) => string
): Promise<string | null> {
	const found = await database
		.from('verification_export_parts')
		.select('export_id,part,path,row_count,byte_count')
		.eq('export_id', id)
		.eq('part', part);
	const asked = await database.from('verification_exports').select('format').eq('id', id);
	if (found.error) throw refusalOf(found.error);
	if (asked.error) throw refusalOf(asked.error);
	const [file] = z.array(Part).parse(found.data);
	const [of] = z.array(Export.pick({ format: true })).parse(asked.data);
	if (!file || !of) return null;
	const { data, error } = await database.storage
		.from(bucket)
		.createSignedUrl(file.path, signedFor, { download: name(of.format) });
	if (error) throw new Failure('unavailable', undefined, { cause: error });
	return data.signedUrl;
}

/** The file as the developer API streams it, in the person's name. Throws what it refuses with. */
export async function stream(
	database: AppDatabase,
	organizationId: string,
	format: ExportFormat,
	filter: VerificationFilter,
	signal: AbortSignal
): Promise<Response> {
	const { access_token } = await currentSession(database);
	const query = writtenTo(filter);
	query.set('organization_id', organizationId);
	query.set('format', format);
	let answer: Response;
	try {
		answer = await tracedFetch(`${PUBLIC_SUPABASE_URL}/functions/v1/api/v1/verifications/export?${query}`, {
			headers: { apikey: PUBLIC_SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${access_token}` },
			signal
		});
	} catch (cause) {
		throw new Failure('unavailable', undefined, { cause });
	}
	if (answer.ok) return answer;
	const { code } = z
		.object({ code: z.string() })
		.catch({ code: '' })
		.parse(await answer.json().catch(() => null));
	throw new Failure(isSlug(code) ? code : 'unavailable');
}
