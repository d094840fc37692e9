import * as z from 'zod';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, failures, isSlug } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';
import { pictureLimits, pictureTypeOf, pictureTypes } from '#core/pictures.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';
import { tracedFetch } from './requests.ts';
import { requireAwake } from './service.ts';

export const buckets = ['avatars', 'logos'] as const;
export type Bucket = (typeof buckets)[number];

/** What came of the latest picture somebody put up: it waits to be looked at, is shown, or was refused, and then why. */
export type Upload = { status: 'pending' | 'ready' | 'refused'; says?: string };

/** The file of a form's field. Throws `picture_missing` where none was chosen, `picture_too_large` for a form beyond all limits. */
export async function pictureIn(request: Request, field = 'picture'): Promise<File> {
	let form: FormData;
	try {
		form = await request.formData();
	} catch (cause) {
		// the server stops reading where a body is larger than BODY_SIZE_LIMIT
		throw new Failure('picture_too_large', undefined, { cause });
	}
	const file = form.get(field);
	if (!(file instanceof File) || file.size === 0) throw new Failure('picture_missing', 'Choose a picture first.');
	return file;
}

/**
 * Puts a picture up for a person or an organization; it is shown once the worker has looked at it. What is clearly none is
 * refused here already. Throws `picture_…`, `not_allowed`, `session_ended`, `unavailable`.
 */
export async function putUp(
	database: AppDatabase,
	place: { bucket: 'avatars'; personId: string } | { bucket: 'logos'; organizationId: string },
	file: File
): Promise<void> {
	if (file.size > pictureLimits.bytes) throw new Failure('picture_too_large');
	const bytes = new Uint8Array(await file.arrayBuffer());
	const contentType = pictureTypeOf(bytes);
	if (!contentType) throw new Failure('picture_type_unsupported');
	await requireAwake();
	const { bucket } = place;
	const path = `${bucket === 'avatars' ? place.personId : place.organizationId}/${crypto.randomUUID()}`;
	const { error } = await database.storage.from(bucket).upload(path, bytes, { contentType });
	if (error) throw storageRefusal(error);
	const { error: refused } =
		bucket === 'avatars'
			? await database.rpc('set_avatar', { path })
			: await database.rpc('set_logo', { organization_id: place.organizationId, path });
	if (refused) throw refusalOf(refused);
}

/** Takes the person's picture away. */
export async function removeAvatar(database: AppDatabase): Promise<void> {
	const { error } = await database.rpc('remove_avatar');
	if (error) throw refusalOf(error);
}

/** Takes an organization's logo away. Throws `not_allowed`. */
export async function removeLogo(database: AppDatabase, organizationId: string): Promise<void> {
	const { error } = await database.rpc('remove_logo', { organization_id: organizationId });
	if (error) throw refusalOf(error);
}

/**
 * What came of the latest picture that this person put up, for themselves or for an organization; null where there is none.
 * `shown` is the path that the page shows: one that became ready since that was read counts as waiting, so that the page is
 * read once more.
 */
export async function latest(
	database: AppDatabase,
	organizationId: string | null,
	shown: string | null
): Promise<Upload | null> {
	let query = database.from('uploads').select('status, reason, path, checked_at').limit(1);
	query = organizationId ? query.eq('organization_id', organizationId) : query.eq('bucket_id', 'avatars');
	const { data, error } = await query;
	if (error) throw refusalOf(error);
	const [row] = data;
	if (!row?.status || isOld(row)) return null;
	if (row.status === 'ready' && row.path !== shown) return { status: 'pending' };
	return { status: row.status, ...(row.reason && isSlug(row.reason) && { says: failures[row.reason].says }) };
}

/** A refusal of the day before yesterday is no news any more. */
function isOld({ status, checked_at }: { status: string | null; checked_at: string | null }): boolean {
	return status === 'refused' && Date.parse(checked_at ?? '') < Date.now() - 24 * 60 * 60 * 1000;
}

const Path = z.object({ bucket: z.enum(buckets), owner: z.uuid(), name: z.uuid() });

/**
 * A picture as Storage gives it to this person, or its "not modified". Null for one they may not see, or that does not
 * exist: nobody learns which. Throws `session_ended`, `unavailable`.
 */
export async function open(database: AppDatabase, address: object, etag: string | null): Promise<Response | null> {
	const place = Path.safeParse(address).data;
	if (!place) return null;
	const { access_token } = await currentSession(database);
	const { bucket, owner, name } = place;
	let response: Response;
	try {
		response = await tracedFetch(`${PUBLIC_SUPABASE_URL}/storage/v1/object/authenticated/${bucket}/${owner}/${name}`, {
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
	const type = response.headers.get('content-type') ?? '';
	const isPicture = response.ok && pictureTypes.some((known) => known === type);
	if (isPicture || response.status === 304) return response;
	await response.body?.cancel();
	if (response.status >= 500) throw new Failure('unavailable');
	return null;
}

/** What Storage calls a refusal → what we call it. It answers nearly everything with 400 and says more in its body. */
function storageRefusal(error: Error & { status?: number; statusCode?: string }): Failure {
	const { statusCode, status } = error;
	const slugs: Readonly<Record<string, Slug>> = {
		'413': 'picture_too_large',
		'415': 'picture_type_unsupported',
		'401': 'session_ended',
		'403': 'not_allowed'
	};
	const slug =
		slugs[statusCode ?? ''] ?? slugs[String(status)] ?? (status && status < 500 ? 'internal' : 'unavailable');
	return new Failure(slug, undefined, { cause: error });
}
