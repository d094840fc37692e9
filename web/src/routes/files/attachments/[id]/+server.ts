import { redirect } from '@sveltejs/kit';
import { asJson, jsonOf } from '#lib/server/answers.ts';
import * as attachments from '#lib/server/attachments.ts';
import { Failure } from '#core/failures.ts';
import { isPicture, nameToSave } from '#core/media-types.ts';
import type { RequestHandler } from './$types';

/** How long a browser may show a picture without asking again, in seconds: so long does it outlive one's access. */
const keptFor = 300;

/**
 * A file of a text, for those who may see it. Pictures are shown; everything else, and pictures with `?save`, is saved from
 * an address of Storage that works for a minute.
 */
export const GET: RequestHandler = async ({ locals: { database }, params, url, request }) => {
	const file = await attachments.find(database, params.id);
	if (!file) return new Response(null, { status: 404 });
	if (!isPicture(file.type) || url.searchParams.has('save'))
		redirect(303, await attachments.addressOf(database, file), { external: true });
	const found = await attachments.show(database, file, request.headers.get('if-none-match'));
	if (!found) return new Response(null, { status: 404 });
	const name = encodeURIComponent(nameToSave(file.name, file.type)).replace(/['()*]/g, '_');
	const headers = new Headers({
		'cache-control': `private, max-age=${keptFor}`,
		vary: 'cookie',
		// by its bytes: whatever Storage was told
		'content-type': file.type,
		'content-disposition': `inline; filename*=UTF-8''${name}`
	});
	for (const header of ['content-length', 'etag']) {
		const value = found.headers.get(header);
		// fetch has unpacked what came packed, so its length would be another
		if (value && !(header === 'content-length' && found.headers.has('content-encoding'))) headers.set(header, value);
	}
	return new Response(found.body, { status: found.status, headers });
};

/** `{}`: the file is put up and wants to be looked at. `{ retry: true }`: fetch one of theirs again. */
export const POST: RequestHandler = ({ request, locals: { database }, params }) =>
	asJson(async () => {
		const body = await jsonOf(request);
		if (typeof body !== 'object' || body === null) throw new Failure('malformed');
		return 'retry' in body ? attachments.retry(database, params.id) : attachments.finish(database, params.id);
	});

/** Takes a file back that was not sent. */
export const DELETE: RequestHandler = ({ locals: { database }, params }) =>
	asJson(() => attachments.remove(database, params.id));
