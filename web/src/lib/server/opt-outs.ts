import { parse as parseCsv } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { CountryCode } from 'libphonenumber-js';
import * as z from 'zod';
import type { OptOutSource } from '#core/conversations.ts';
import { safeCell } from '#core/csv.ts';
import { Failure, failures, isSlug } from '#core/failures.ts';
import { parsePhone } from '#core/phone.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** Somebody who may not be texted from a number: a row of api.opt_outs. */
export type OptOut = {
	phone_number_id: string;
	number_e164: string;
	number_label: string | null;
	contact_number: string;
	contact_name: string | null;
	opted_out_at: string;
	source: OptOutSource;
	note: string | null;
};

export type Replies = { stop_text: string | null; start_text: string | null; help_text: string | null };

export const perPage = 100;
const perExport = 1000;
const mostRows = 5000;

/** A place in the list: what is older comes after it. Written '2026-11-22T10:41:07.123456+00:00 +4915… <id of our number>'. */
const Place = z
	.string()
	.regex(/^[\dT:.+Z-]+ \+\d+ [\da-f-]{36}$/)
	.transform((text) => text.split(' ') as [at: string, contact: string, number: string]);

/** The place of a row, as text. */
export const placeOf = ({ opted_out_at, contact_number, phone_number_id }: OptOut) =>
	[opted_out_at, contact_number, phone_number_id].join(' ');

/** A page of the list, newest first, below the place `after`; `search` finds by the digits of a number. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	query: URLSearchParams,
	limit = perPage
): Promise<OptOut[]> {
	let asked = database
		.from('opt_outs')
		.select('*')
		.eq('organization_id', organizationId)
		.order('opted_out_at', { ascending: false })
		.order('contact_number')
		.order('phone_number_id')
		.limit(limit);
	const search = query.get('search')?.replaceAll(/[^\d+]/g, '');
	if (search) asked = asked.like('contact_number', `%${search}%`);
	const place = Place.safeParse(query.get('after')).data;
	if (place) {
		const [at, contact, number] = place;
		// the bound says nothing new, but from "or" alone an index cannot tell where to begin
		asked = asked
			.lte('opted_out_at', at)
			.or(
				[
					`opted_out_at.lt."${at}"`,
					`and(opted_out_at.eq."${at}",contact_number.gt."${contact}")`,
					`and(opted_out_at.eq."${at}",contact_number.eq."${contact}",phone_number_id.gt.${number})`
				].join()
			);
	}
	const { data, error } = await asked;
	if (error) throw refusalOf(error);
	return data as OptOut[];
}

/** What the organization answers to STOP, START and HELP; null while our own words are in use. */
export async function replies(database: AppDatabase, organizationId: string): Promise<Replies | null> {
	const { data, error } = await database
		.from('opt_out_replies')
		.select('stop_text, start_text, help_text')
		.eq('organization_id', organizationId);
	if (error) throw refusalOf(error);
	return (data as Replies[])[0] ?? null;
}

export const Answers = z.object({
	stop_text: z.string().max(300, failures.reply_invalid.says),
	start_text: z.string().max(300, failures.reply_invalid.says),
	help_text: z.string().max(300, failures.reply_invalid.says)
});

/** Throws `reply_invalid`, `not_allowed`. */
export async function setReplies(
	database: AppDatabase,
	organizationId: string,
	answers: z.infer<typeof Answers>
): Promise<void> {
	const { error } = await database.rpc('set_opt_out_replies', { organization_id: organizationId, ...answers });
	if (error) throw refusalOf(error);
}

export const Adding = z.object({ phone_number_id: z.uuid(), contact_number: z.string(), note: z.string().max(500) });

/** Writes somebody down. Throws `phone_number_invalid` with what is amiss, `not_allowed`. */
export async function add(database: AppDatabase, adding: z.infer<typeof Adding>, country: string): Promise<void> {
	const parsed = parsePhone(adding.contact_number, country as CountryCode);
	if ('says' in parsed) throw new Failure('phone_number_invalid', parsed.says);
	const { error } = await database.rpc('set_opt_out', { ...adding, contact_number: parsed.phone });
	if (error) throw refusalOf(error);
}

export const Lifting = z.object({ phone_number_id: z.uuid(), contact_number: z.string(), evidence: z.string() });

/** Throws `evidence_missing`, `not_found`, `not_allowed`. */
export async function lift(database: AppDatabase, lifting: z.infer<typeof Lifting>): Promise<void> {
	const { error } = await database.rpc('lift_opt_out', lifting);
	if (error) throw refusalOf(error);
}

export type ImportAnswer = { added: number; known: number; refused: { row: number; says: string }[] };

type Row = { row: number; contact_number: string; phone_number_id?: string; opted_out_at?: string; note?: string };

/**
 * Reads a list of opt-outs: a header with `contact_number` (or `phone`, `number`), and `our_number`, `opted_out_at`, `note`
 * where they are known. Rows are counted as a spreadsheet does, the header being 1. Throws `malformed` for what is no list.
 */
export function readCsv(
	text: string,
	numbers: readonly { id: string; e164: string }[],
	country: string
): { rows: Row[]; refused: ImportAnswer['refused'] } {
	let records: { record: Record<string, string>; info: { lines: number } }[];
	try {
		records = parseCsv(text, {
			bom: true,
			info: true,
			trim: true,
			relax_column_count: true,
			skip_empty_lines: true,
			columns: (header: string[]) =>
				header.map((name) =>
					name
						.trim()
						.toLowerCase()
						.replaceAll(/[\s-]+/g, '_')
				),
			to: mostRows + 1
		}) as unknown as typeof records;
	} catch (cause) {
		throw new Failure('malformed', 'This is no CSV file. Nothing was changed.', { cause });
	}
	if (records.length > mostRows)
		throw new Failure('malformed', 'A file can have at most 5,000 rows. Nothing was changed.');
	const rows: Row[] = [];
	const refused: ImportAnswer['refused'] = [];
	records.forEach(({ record }, place) => {
		const row = place + 2;
		// an apostrophe that an export put in front of what a spreadsheet would take for a formula
		const cell = (...names: string[]) =>
			names
				.map((name) => record[name])
				.find(Boolean)
				?.replace(/^'(?=[=+\-@])/, '') ?? '';
		const refuse = (says: string) => void refused.push({ row, says });
		const parsed = parsePhone(cell('contact_number', 'phone', 'phone_number', 'number'), country as CountryCode);
		if ('says' in parsed) return refuse(parsed.says);
		const ours = cell('our_number', 'number_e164', 'from');
		const known = numbers.find(({ e164 }) => e164.replaceAll(/\D/g, '') === ours.replaceAll(/\D/g, ''));
		if (ours && !known) return refuse(`${ours} is not a number of this organization.`);
		const at = cell('opted_out_at', 'date', 'opted_out');
		const moment = at ? Date.parse(at) : null;
		if (moment !== null && Number.isNaN(moment)) return refuse(`“${at}” is no date, for example 2026-11-22.`);
		const note = cell('note', 'reason');
		rows.push({
			row,
			contact_number: parsed.phone,
			...(known && { phone_number_id: known.id }),
			...(moment !== null && { opted_out_at: new Date(moment).toISOString() }),
			...(note && { note: note.slice(0, 500) })
		});
	});
	return { rows, refused };
}

/** Imports rows, or says what that would do. Throws `malformed`, `not_allowed`. */
export async function importRows(
	database: AppDatabase,
	organizationId: string,
	rows: readonly Row[],
	dryRun: boolean
): Promise<ImportAnswer> {
	const { data, error } = await database.rpc('import_opt_outs', {
		organization_id: organizationId,
		rows: rows as never,
		dry_run: dryRun
	});
	if (error) throw refusalOf(error);
	const { refused, ...counts } = data as unknown as {
		added: number;
		known: number;
		refused: { row: number; slug: string }[];
	};
	return {
		...counts,
		refused: refused.map(({ row, slug }) => ({
			row,
			says: isSlug(slug) ? failures[slug].says : failures.internal.says
		}))
	};
}

const columns = ['contact_number', 'contact_name', 'our_number', 'opted_out_at', 'source', 'note'];

/** The list as a CSV file, piece by piece (RFC 4180, with a byte order mark, no cell a formula). */
export async function* exported(database: AppDatabase, organizationId: string): AsyncGenerator<string> {
	const cells = (rows: string[][]) => stringify(rows, { record_delimiter: 'windows' });
	yield `\uFEFF${cells([columns])}`;
	for (let after = ''; ;) {
		const rows = await list(database, organizationId, new URLSearchParams({ after }), perExport);
		yield cells(
			rows.map((row) =>
				[
					row.contact_number,
					row.contact_name ?? '',
					row.number_e164,
					new Date(row.opted_out_at).toISOString(),
					row.source,
					row.note ?? ''
				].map(safeCell)
			)
		);
		const last = rows.at(-1);
		if (!last || rows.length < perExport) return;
		after = placeOf(last);
	}
}
