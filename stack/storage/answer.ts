import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FileStore } from './files.ts';
import type { StoredObject } from './objects.ts';
import { invalidRange, noSuchKey } from './refusals.ts';

type Options = { headers: OutgoingHttpHeaders; download?: string | null; expires?: number };

/** Sends an object, whole or the range that was asked for (RFC 9110 §14), as a stream. */
export async function sendObject(
	request: IncomingMessage,
	response: ServerResponse,
	files: FileStore,
	{ version, metadata, updated_at: updatedAt }: StoredObject,
	{ headers, download = null, expires }: Options
): Promise<void> {
	const common: OutgoingHttpHeaders = {
		...headers,
		'accept-ranges': 'bytes',
		etag: metadata.eTag,
		'last-modified': updatedAt.toUTCString(),
		'x-content-type-options': 'nosniff',
		...(expires ? { expires: new Date(expires * 1000).toUTCString() } : { 'cache-control': metadata.cacheControl }),
		...(download === null ? {} : { 'content-disposition': disposition(download) })
	};
	if (request.headers['if-none-match'] === metadata.eTag) {
		response.writeHead(304, common).end();
		return;
	}
	const file = await files.open(version);
	if (!file) throw noSuchKey();
	try {
		const { size } = await file.stat();
		const range = rangeOf(request.headers.range, size);
		const [start, end] = range ?? [0, size - 1];
		response.writeHead(range ? 206 : 200, {
			...common,
			'content-type': harmless(metadata.mimetype),
			'content-length': end - start + 1,
			...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {})
		});
		if (request.method === 'HEAD' || size === 0) {
			response.end();
			return;
		}
		await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
	} catch (error) {
		// whoever asked went away in the middle: nobody to tell
		if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
	} finally {
		await file.close();
	}
}

/** First and last byte; null for no range, several, or one of another unit: then the whole is sent. */
function rangeOf(header: string | undefined, size: number): [start: number, end: number] | null {
	const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
	if (first === undefined || last === undefined || (first === '' && last === '')) return null;
	const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
	const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
	if (start > end || start >= size) throw invalidRange(size);
	return [start, end];
}

/** A page that somebody uploaded is shown as text, as on hosted: it must not run on our origin. */
const harmless = (type: string) => (type.includes('text/html') ? 'text/plain' : type);

/** For an empty name the browser takes the address's last part. */
function disposition(name: string): string {
	if (!name) return 'attachment';
	const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
	return `attachment; filename="${encoded}"; filename*=UTF-8''${encoded}`;
}
