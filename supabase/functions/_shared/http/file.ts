import { Failure, type Slug } from '../core/failures.ts';

/** Which files are taken: their media types, how many bytes at most, and what a longer one is refused with. */
export type FileWish = { types: readonly string[]; largest: number; tooLarge: Slug };

/**
 * A body's bytes, as they are. Refuses with `media_type_unsupported`, and with `tooLarge` without reading to the end.
 */
export async function readFile(
	request: Request,
	{ types, largest, tooLarge }: FileWish
): Promise<Uint8Array<ArrayBuffer>> {
	const [mediaType = ''] = (request.headers.get('content-type') ?? '').split(';');
	if (!types.includes(mediaType.trim().toLowerCase())) {
		throw new Failure('media_type_unsupported', `Send the bytes themselves, as one of ${types.join(', ')}.`);
	}
	if (Number(request.headers.get('content-length') ?? 0) > largest) throw new Failure(tooLarge);
	const chunks: Uint8Array<ArrayBuffer>[] = [];
	let size = 0;
	const body = request.body as
		(ReadableStream<Uint8Array<ArrayBuffer>> & AsyncIterable<Uint8Array<ArrayBuffer>>) | null;
	for await (const chunk of body ?? []) {
		size += chunk.byteLength;
		// leaving the loop cancels the stream
		if (size > largest) throw new Failure(tooLarge);
		chunks.push(chunk);
	}
	const bytes = new Uint8Array(size);
	let at = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, at);
		at += chunk.byteLength;
	}
	return bytes;
}
