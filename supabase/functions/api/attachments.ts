import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Failure, isSlug, type Slug } from '../_shared/core/failures.ts';
import { isCarried, mediaLimits, mediaTypes, nameToSave } from '../_shared/core/media-types.ts';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import type { Api } from './app.ts';
import * as rows from './attachment-rows.ts';
import { Attachment } from './attachment-shapes.ts';
import { organizationOf } from './caller.ts';
import { bytesOf } from './description.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import type { Files } from './files.ts';
import { sendingRefusals } from './message-shapes.ts';
import { place, placeOf } from './place.ts';
import { ById, Text, wholeNumber } from './shapes.ts';

/** In seconds. */
const [usualWait, longestWait] = [10, 30];
/** In ms: how often a file is looked at while somebody waits for its check. */
const look = 200;

const Upload = z.strictObject({
	...place,
	name: Text.min(1, 'A file has a name.')
		.max(1000, 'A name has at most 1,000 characters.')
		.openapi({ description: 'What it is called, with its ending.', example: 'table.jpg' }),
	wait: wholeNumber(0, longestWait)
		.optional()
		.openapi({
			description: `Answer when its bytes were looked at, in at most so many seconds; ${usualWait} where nobody says.`
		})
});
const Get = z.strictObject({
	wait: wholeNumber(0, longestWait).optional().openapi({
		description: 'Answer when it is neither `pending` nor `expected`, in at most so many seconds.'
	})
});

const file = {
	types: [...mediaTypes.filter(isCarried), 'application/octet-stream'],
	// people have links for larger ones; a program can only text them
	largest: mediaLimits.mms,
	tooLarge: 'attachments_too_large'
} as const;

/** Why the worker does not let a file pass. */
const checkRefusals = [
	...(['attachment_empty', 'attachment_type_unsupported', 'attachment_unreadable'] as const),
	...(['attachment_dimensions', 'attachment_unchecked', 'attachment_missing'] as const)
] as const satisfies readonly Slug[];
/** What of a text is refused before there is one. */
const placeRefusals = sendingRefusals.filter((slug) => !slug.startsWith('message_') && slug !== 'placeholder_unfilled');

type Parts = { database: CallerDatabase; files: Files };

/** `/v1/attachments`: files are put up for texts, asked about, had, and taken back. */
export function attachments({ database, files }: Parts): Routes {
	const routes = createRoutes();
	const tag = 'Messages';

	/** A file when it was looked at, or as it is when the time is over or nobody listens any more. */
	async function whenChecked(c: Context<Api>, id: string, seconds: number): Promise<rows.AttachmentRow> {
		for (let waited = 0; ; waited += look) {
			const found = await rows.one(database, c.var.caller, id);
			const isOpen = found.status === 'pending' || found.status === 'expected';
			if (!isOpen || waited >= seconds * 1000 || c.req.raw.signal.aborted) return found;
			await new Promise((done) => setTimeout(done, look));
		}
	}

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'uploadAttachment', tag, summary: 'Put up a file for a text' },
			description:
				'The body is the file itself, of at most 5 MB; its bytes say what it is. It is for a text between these two, by who put ' +
				'it up: name its `id` in the `attachment_ids` of `POST /v1/messages` within a day. It is answered when the bytes were ' +
				'looked at. Of a test key, too, nothing of it leaves.',
			scope: 'messages:write',
			query: Upload,
			file,
			answers: {
				201: { description: 'It is `ready`, or still `pending` when the time was over.', schema: Attachment }
			},
			refusals: [...checkRefusals, ...placeRefusals]
		},
		async (c, { query: { organization_id, name, wait = usualWait, ...wish }, bytes }) => {
			const { caller } = c.var;
			const { args } = placeOf(organizationOf(caller, organization_id), wish);
			// the verb has no conversation where none is named
			const between = wish.conversation_id === undefined ? ['conversation_id => null', ...args] : args;
			const type = c.req.header('content-type') ?? '';
			const { id, path } = await rows.begin(database, caller, between, { name, size: bytes.length, type });
			try {
				await files.put(c, path, bytes);
			} catch (error) {
				await rows.remove(database, caller, id);
				throw error;
			}
			await rows.finish(database, caller, id);
			const found = await whenChecked(c, id, wait);
			if (found.reason !== null) throw new Failure(isSlug(found.reason) ? found.reason : 'internal');
			return c.json(found, 201, { 'cache-control': 'no-store' });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getAttachment', tag, summary: 'Read what a file is' },
			description: 'Of a text that came or went or is scheduled, or one that you put up.',
			scope: 'messages:read',
			params: ById,
			query: Get,
			answers: { 200: Attachment }
		},
		async (c, { params: { id }, query: { wait = 0 } }) =>
			c.json(await whenChecked(c, id, wait), 200, { 'cache-control': 'no-store' })
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}/content', operationId: 'downloadAttachment', tag, summary: 'Download a file' },
			description: 'One that is `ready`. Its media type is what its bytes say.',
			scope: 'messages:read',
			params: ById,
			answers: {
				200: { description: 'Its bytes.', content: bytesOf(mediaTypes), headers: ['ETag'] },
				304: { description: 'As you have them.', headers: ['ETag'] }
			},
			refusals: ['attachment_not_ready']
		},
		async (c, { params: { id } }) => {
			const { organization_id, name, type, status } = await rows.one(database, c.var.caller, id);
			if (status === 'pending' || status === 'expected') throw new Failure('attachment_not_ready');
			if (status !== 'ready' || type === null) throw new Failure('not_found');
			const kept = await files.open(c, `${organization_id}/${id}`, c.req.header('if-none-match'));
			const headers = new Headers({ 'cache-control': 'private, no-store' });
			const etag = kept.headers.get('etag');
			if (etag !== null) headers.set('etag', etag);
			if (kept.status === 304) return c.body(null, 304, Object.fromEntries(headers));
			headers.set('content-type', type);
			headers.set('content-disposition', `attachment; filename*=UTF-8''${encoded(nameToSave(name, type))}`);
			headers.set('x-content-type-options', 'nosniff');
			return new Response(kept.body, { headers });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/retry', operationId: 'retryAttachment', tag },
			summary: 'Fetch a file once more',
			description: 'One that was texted to you and is `missing`. Others stay as they are.',
			scope: 'messages:write',
			params: ById,
			answers: { 204: { description: 'It is `expected` again.' } }
		},
		async (c, { params: { id } }) => {
			await rows.retry(database, c.var.caller, id);
			return c.body(null, 204);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'delete', path: '/{id}', operationId: 'deleteAttachment', tag, summary: 'Take a file back' },
			description:
				'One that you put up and did not send. A key takes back its own. After a day that is done by itself.',
			scope: 'messages:write',
			params: ById,
			answers: { 204: { description: 'It is gone.' } }
		},
		async (c, { params: { id } }) => {
			await rows.remove(database, c.var.caller, id);
			return c.body(null, 204);
		}
	);

	return routes;
}

/** RFC 8187. */
const encoded = (name: string) =>
	encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
