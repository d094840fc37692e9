import { Failure } from '../core/failures.ts';

/** A form's fields; a field that came more than once holds all its values. */
export type Form = Readonly<Record<string, string | string[]>>;

/**
 * Reads a form body of at most `limit` bytes, and stops reading where it is longer.
 * Refuses with `media_type_unsupported` and `body_too_large`.
 */
export async function readForm(request: Request, limit: number): Promise<Form> {
	const [mediaType = ''] = (request.headers.get('content-type') ?? '').split(';');
	if (mediaType.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
		throw new Failure('media_type_unsupported');
	}
	// no prototype: a field may have any name
	const form = Object.create(null) as Record<string, string | string[]>;
	for (const [name, value] of new URLSearchParams(await readText(request, limit))) {
		const before = form[name];
		form[name] = before === undefined ? value : [before, value].flat();
	}
	return form;
}

/** A field's value, the first where it came more than once, or null. */
export function field(form: Form, name: string): string | null {
	const value = form[name];
	return (Array.isArray(value) ? value[0] : value) ?? null;
}

async function readText(request: Request, limit: number): Promise<string> {
	const length = Number(request.headers.get('content-length') ?? Number.NaN);
	if (length > limit) throw new Failure('body_too_large');
	// the server holds a body to the length it declares; whole, and without so much as a look at the stream, it is read
	// several times as fast
	if (length > 0 && !request.headers.has('transfer-encoding')) return request.text();
	if (!request.body) return '';
	const decoder = new TextDecoder();
	let text = '';
	let size = 0;
	for await (const chunk of request.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
		size += chunk.byteLength;
		// leaving the loop cancels the stream
		if (size > limit) throw new Failure('body_too_large');
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}
