import { stringify } from 'csv-stringify/sync';
import type { CountryCode } from 'libphonenumber-js';
import * as z from 'zod';
import { contactColumns, lineOf, rowsPerImport, type Contact } from '#core/contacts.ts';
import { Failure } from '#core/failures.ts';
import { parsePhone } from '#core/phone.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const contactsPerPage = 50;
const contactsPerBatch = 500;

/** A contact as its form is sent. */
export const Written = z.object({ name: z.string().max(100, 'A name has at most 100 characters.'), notes: z.string() });
export const Added = Written.extend({ phone_number: z.string() });

/** Rows of a file, as the import page sends them. */
export const Rows = z
	.array(z.object({ phone_number: z.string(), name: z.string(), notes: z.string() }))
	.max(rowsPerImport);

type Place = { sort_name: string; id: string };

/** A page of the list, by name, after a place; the nameless come last. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	after: string | null,
	limit = contactsPerPage
) {
	const place = placeOf(after);
	let query = database.from('contacts').select('*').eq('organization_id', organizationId);
	if (place) {
		const name = JSON.stringify(place.sort_name);
		query = query
			.gte('sort_name', place.sort_name)
			.or(`sort_name.gt.${name},and(sort_name.eq.${name},id.gt.${place.id})`);
	}
	const { data, error } = await query.order('sort_name').order('id').limit(limit);
	if (error) throw refusalOf(error);
	const contacts = data as Contact[];
	const last = contacts.at(-1);
	return { contacts, next: contacts.length === limit && last ? `${last.id} ${last.sort_name}` : null };
}

function placeOf(after: string | null): Place | null {
	const id = after?.slice(0, 36);
	if (!after || !z.uuid().safeParse(id).success) return null;
	return { id: String(id), sort_name: after.slice(37) };
}

/** One contact, the other numbers of the same person, and their conversations. Throws `not_found`. */
export async function open(database: AppDatabase, organizationId: string, id: string) {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	const mine = () => database.from('contacts').select('*').eq('organization_id', organizationId);
	const found = await mine().eq('id', id);
	if (found.error) throw refusalOf(found.error);
	const [contact] = found.data as Contact[];
	if (!contact) throw new Failure('not_found');
	const head = contact.merged_into_id ?? contact.id;
	const rows = await mine().or(`id.eq.${head},merged_into_id.eq.${head}`).order('id');
	if (rows.error) throw refusalOf(rows.error);
	const people = rows.data as Contact[];
	const talks = await database
		.from('conversations')
		.select('id, contact_id, number_label, number_e164, last_message_at')
		.in(
			'contact_id',
			people.map((one) => one.id)
		)
		.order('last_message_at', { ascending: false });
	if (talks.error) throw refusalOf(talks.error);
	return { contact, people, conversations: talks.data };
}

/** The country whose numbers are written without a code. */
export async function countryOf(database: AppDatabase, organizationId: string): Promise<CountryCode> {
	const { data, error } = await database.from('organizations').select('country_code').eq('id', organizationId);
	if (error) throw refusalOf(error);
	return (data[0]?.country_code ?? 'US') as CountryCode;
}

/** Adds a contact; its number may be written as people of the organization's country do. Answers its id. */
export async function add(
	database: AppDatabase,
	organizationId: string,
	draft: z.infer<typeof Added>
): Promise<string> {
	const parsed = parsePhone(draft.phone_number, await countryOf(database, organizationId));
	if ('says' in parsed) throw new Failure('phone_number_invalid', parsed.says);
	const { data, error } = await database.rpc('create_contact', {
		organization_id: organizationId,
		phone_number: parsed.phone,
		name: draft.name,
		notes: draft.notes
	});
	if (error) throw refusalOf(error);
	return (data as Contact).id;
}

/** Changes name and notes of a person. */
export async function update(
	database: AppDatabase,
	id: string,
	{ name, notes }: z.infer<typeof Written>
): Promise<void> {
	const { error } = await database.rpc('update_contact', { contact_id: id, name, notes });
	if (error) throw refusalOf(error);
}

/** Blocks a person, or ends it. */
export async function setBlocked(database: AppDatabase, id: string, blocked: boolean): Promise<void> {
	const { error } = blocked
		? await database.rpc('block_contact', { contact_id: id })
		: await database.rpc('unblock_contact', { contact_id: id });
	if (error) throw refusalOf(error);
}

/** Another number of the same person, as people write it. Throws `phone_number_invalid`, `not_found`. */
export async function merge(database: AppDatabase, organizationId: string, id: string, number: string): Promise<void> {
	const parsed = parsePhone(number, await countryOf(database, organizationId));
	if ('says' in parsed) throw new Failure('phone_number_invalid', parsed.says);
	const { data, error } = await database
		.from('contacts')
		.select('id')
		.eq('organization_id', organizationId)
		.eq('phone_number', parsed.phone);
	if (error) throw refusalOf(error);
	const [other] = data;
	if (!other?.id) throw new Failure('not_found', 'None of your contacts has this number. Nothing was changed.');
	const merged = await database.rpc('merge_contacts', { into_id: id, ids: [other.id] });
	if (merged.error) throw refusalOf(merged.error);
}

/** This number is another person's after all. */
export async function split(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('split_contact', { contact_id: id });
	if (error) throw refusalOf(error);
}

/** Imports rows, or says what an import would do. For each row: created, updated, unchanged or the slug of a refusal. */
export async function bring(
	database: AppDatabase,
	organizationId: string,
	rows: z.infer<typeof Rows>,
	dryRun: boolean
): Promise<string[]> {
	const { data, error } = await database.rpc('import_contacts', {
		organization_id: organizationId,
		rows,
		dry_run: dryRun
	});
	if (error) throw refusalOf(error);
	return data as string[];
}

/** All contacts as a CSV file, batch by batch. */
export function exported(database: AppDatabase, organizationId: string): ReadableStream<Uint8Array> {
	const encoder = new TextEncoder();
	let after: string | null = '';
	return new ReadableStream({
		start: (controller) => controller.enqueue(encoder.encode(stringify([[...contactColumns]]))),
		async pull(controller) {
			if (after === null) return controller.close();
			const page: Awaited<ReturnType<typeof list>> = await list(database, organizationId, after, contactsPerBatch);
			after = page.next;
			controller.enqueue(encoder.encode(stringify(page.contacts.map(lineOf))));
		}
	});
}
