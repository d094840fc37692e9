import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import { readForm } from './multipart.ts';
import type { Content, Place, Way } from './objects.ts';
import { invalidKey, invalidRequest } from './refusals.ts';

const largestQuestion = 1_000_000;

/** The content of an upload as it comes: a form (a browser's File or Blob) or the bytes themselves. */
export async function readContent(request: IncomingMessage): Promise<Content> {
	const { headers } = request;
	const type = headers['content-type'] ?? 'application/octet-stream';
	const body = bytesOf(request);
	if (!/^multipart\/form-data/i.test(type)) {
		return {
			bytes: body,
			type,
			cacheControl: headers['cache-control'] ?? 'no-cache',
			userMetadata: metadataIn(fromBase64(String(headers['x-metadata'] ?? '')))
		};
	}
	const form = await readForm(body, type);
	const seconds = form.fields.cacheControl;
	return {
		bytes: form.file,
		type: form.fields.contentType || form.type,
		cacheControl: seconds ? `max-age=${seconds}` : 'no-cache',
		userMetadata: metadataIn(form.fields.metadata ?? '')
	};
}

/** The JSON of a question, in the form it must have. @throws StorageRefusal InvalidRequest */
export async function readJson<T extends z.ZodType>(request: IncomingMessage, form: T): Promise<z.infer<T>> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of bytesOf(request)) {
		size += chunk.length;
		if (size > largestQuestion) throw invalidRequest('the body is too large');
		chunks.push(chunk);
	}
	const read = form.safeParse(parse(Buffer.concat(chunks).toString('utf8') || '{}'));
	if (!read.success) throw invalidRequest(read.error.issues.map(({ message }) => message).join(', '));
	return read.data;
}

/** Bucket and object of a path; the characters are those that S3 takes without trouble, as on hosted. */
export function placeOf(bucketId: string, name: string): Place {
	if (!/^[\w/!\-.*'() &$@=;:+,?]{1,1024}$/.test(name)) throw invalidKey(name);
	return { bucketId, name };
}

/** A name that is taken is refused unless the caller says otherwise. */
export const wayOf = (request: IncomingMessage): Way =>
	request.headers['x-upsert'] === 'true' ? 'upsert' : request.method === 'PUT' ? 'update' : 'insert';

/** The body in pieces. Whoever stops early does not tear the connection: the refusal has to get through. */
const bytesOf = (request: IncomingMessage) => request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;

const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString('utf8');

function metadataIn(text: string): Record<string, unknown> | null {
	if (!text) return null;
	const value = parse(text);
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw invalidRequest('metadata must be an object');
	return value as Record<string, unknown>;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw invalidRequest('the body is not JSON');
	}
}
