import * as z from 'zod';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, isSlug } from '#core/failures.ts';
import { isCarried, isMediaType, isPicture, mediaLimits, nameToSave, type MediaType } from '#core/media-types.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';
import { tracedFetch } from './requests.ts';
import { service } from './service.ts';

const bucket = 'attachments';

/** How long an address that was signed for somebody works, in seconds: as long as a browser takes to follow it. */
const signedFor = 60;

/** A file that is to be put up, as its page announces it. */
export const Announced = z.object({
	conversation_id: z.uuid(),
	name: z.string().max(1000),
	size: z.int().nonnegative(),
	type: z.string().max(200)
});

/** Where a file goes. `media`: whether files can travel in this conversation, or a link has to do. */
export type Begun = { id: string; path: string; name: string; media: boolean };

/** Announces a file. Throws `not_found`, `not_allowed`, `attachment_empty`, `attachment_too_large`, `attachments_too_many`. */
export async function begin(database: AppDatabase, file: z.infer<typeof Announced>): Promise<Begun> {
	const { data, error } = await database.rpc('begin_attachment', file);
	if (error) throw refusalOf(error);
	return data as Begun;
}

/** Has a file looked at that was put up. Throws `not_found`, `attachment_missing`. */
export async function finish(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('finish_attachment', { attachment_id: idOf(id) });
	if (error) throw refusalOf(error);
}

/** Takes a file back that was not sent. Throws `not_found`. */
export async function remove(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('remove_attachment', { attachment_id: idOf(id) });
	if (error) throw refusalOf(error);
}

/** Fetches a received file once more. Throws `not_found`, `not_allowed`. */
export async function retry(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('retry_attachment', { attachment_id: idOf(id) });
	if (error) throw refusalOf(error);
}

/** The token of a link to a file, good for seven days. Throws `not_found`, `attachment_not_ready`. */
export async function link(database: AppDatabase, id: string): Promise<string> {
	const { data, error } = await database.rpc('link_attachment', { attachment_id: idOf(id) });
	if (error) throw refusalOf(error);
	return data;
}

/** How long somebody without a script waits for the check of a file, in ms, and how often it is looked at. */
const longestCheck = 20_000;
const look = 400;

/**
 * Puts files up that came with a form. What cannot be texted there gets a link: its token. Throws what `begin` throws, what
 * the check refused a file for, `attachment_not_ready`, `unavailable`.
 */
export async function bring(
	database: AppDatabase,
	conversationId: string,
	files: readonly File[]
): Promise<{ ids: string[]; links: string[] }> {
	const ids: string[] = [];
	const links: string[] = [];
	let total = 0;
	for (const file of files) {
		const { name, size, type } = file;
		const begun = await begin(database, { conversation_id: conversationId, name, size, type });
		const { error } = await database.storage
			.from(bucket)
			.upload(begun.path, file, { contentType: 'application/octet-stream' });
		if (error) throw new Failure('unavailable', undefined, { cause: error });
		await finish(database, begun.id);
		const checked = await whenChecked(database, begun.id);
		const texted = checked.phone_number_id !== null;
		const fits = begun.media && isCarried(checked.type ?? '') && total + (checked.size ?? 0) <= mediaLimits.mms;
		if (texted && !fits) links.push(await link(database, begun.id));
		else {
			total += checked.size ?? 0;
			ids.push(begun.id);
		}
	}
	return { ids, links };
}

async function whenChecked(database: AppDatabase, id: string) {
	for (let waited = 0; waited < longestCheck; waited += look) {
		await new Promise((done) => setTimeout(done, look));
		const { data, error } = await database
			.from('attachments')
			.select('status, reason, type, size, phone_number_id')
			.eq('id', id);
		if (error) throw refusalOf(error);
		const [row] = data;
		if (row?.status === 'refused') throw new Failure(row.reason && isSlug(row.reason) ? row.reason : 'internal');
		if (row?.status === 'ready') return row;
	}
	throw new Failure('attachment_not_ready');
}

/** A file that can be shown or saved. */
export type Kept = { path: string; name: string; type: MediaType };

/** A file, where this person may have it; null where not, or where there is none: nobody learns which. Throws `unavailable`. */
export async function find(database: AppDatabase, id: string): Promise<Kept | null> {
	if (!z.uuid().safeParse(id).success) return null;
	const { data, error } = await database
		.from('attachments')
		.select('id, organization_id, name, type, status')
		.eq('id', id)
		.eq('status', 'ready');
	if (error) {
		const refusal = refusalOf(error);
		// insufficient_privilege: a visitor may read no view at all
		if (refusal.slug === 'session_ended' || error.code === '42501') return null;
		throw refusal;
	}
	const [row] = data;
	if (!row?.name || !row.type || !isMediaType(row.type)) return null;
	return { path: `${row.organization_id}/${row.id}`, name: row.name, type: row.type };
}

/** An address that gives the file to whoever has it, for a minute, to be saved. Throws `not_found`, `unavailable`. */
export async function addressOf({ storage }: Pick<AppDatabase, 'storage'>, file: Kept): Promise<string> {
	const download = nameToSave(file.name, file.type);
	const { data, error } = await storage.from(bucket).createSignedUrl(file.path, signedFor, { download });
	if (error) throw new Failure('unavailable', undefined, { cause: error });
	return data.signedUrl;
}

/** A picture's bytes, with the person's own rights. Null where Storage has none. Throws `session_ended`, `unavailable`. */
export async function show(database: AppDatabase, file: Kept, etag: string | null): Promise<Response | null> {
	if (!isPicture(file.type)) return null;
	const { access_token } = await currentSession(database);
	let response: Response;
	try {
		response = await tracedFetch(`${PUBLIC_SUPABASE_URL}/storage/v1/object/authenticated/${bucket}/${file.path}`, {
			headers: {
				apikey: PUBLIC_SUPABASE_PUBLISHABLE_KEY,
				authorization: `Bearer ${access_token}`,
				...(etag && { 'if-none-match': etag })
			},
			signal: AbortSignal.timeout(15_000)
		});
	} catch (cause) {
		throw new Failure('unavailable', undefined, { cause });
	}
	if (response.ok || response.status === 304) return response;
	await response.body?.cancel();
	if (response.status >= 500) throw new Failure('unavailable');
	return null;
}

/** A file that a link in a text leads to. */
export type Linked = Kept & { size: number; expires_at: string; organization: string };

/** What a link leads to, whoever follows it; null where there is no such link, or its time is over. */
export async function linked(token: string): Promise<Linked | null> {
	if (!/^[\w-]{22}$/.test(token)) return null;
	const { data, error } = await service().rpc('linked_attachment', { token });
	if (error) throw refusalOf(error);
	return data as Linked | null;
}

/** Where a linked file is had from, for a minute. Throws `unavailable`. */
export async function linkedAddress(file: Linked): Promise<string> {
	return addressOf(service(), file);
}

function idOf(text: string): string {
	if (!z.uuid().safeParse(text).success) throw new Failure('not_found');
	return text;
}
