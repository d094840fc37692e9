import { invalidRequest } from './refusals.ts';

/** What stood before the file in a form, and the file as a stream of its bytes. */
export type Form = { fields: Record<string, string>; type: string; file: AsyncIterable<Uint8Array> };

const largestField = 1_000_000;

/**
 * Reads a multipart/form-data body up to its first file, without keeping the file (RFC 7578). supabase-js sends the
 * fields first and the file with an empty name; what follows the file is not read.
 */
export async function readForm(body: AsyncIterable<Uint8Array>, contentType: string): Promise<Form> {
	const found = /boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType);
	const boundary = found?.[1] ?? found?.[2];
	if (!boundary) throw invalidRequest('the form has no boundary');
	const source = reader(body);
	const delimiter = Buffer.from(`\r\n--${boundary}`);
	const fields: Record<string, string> = {};
	// the first delimiter has no line break before it: give it one
	source.unshift(Buffer.from('\r\n'));
	await collect(source.until(delimiter));
	for (;;) {
		const head = (await collect(source.until(Buffer.from('\r\n\r\n')))).toString('utf8');
		if (head.startsWith('--')) throw invalidRequest('No content provided');
		const name = /;\s*name="([^"]*)"/i.exec(head)?.[1] ?? '';
		const isFile = /;\s*filename(\*)?=/i.test(head);
		if (isFile) {
			const type = /^content-type:\s*(\S.*?)\s*$/im.exec(head)?.[1] ?? 'application/octet-stream';
			return { fields, type, file: source.until(delimiter) };
		}
		fields[name] = (await collect(source.until(delimiter))).toString('utf8');
	}
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of bytes) {
		size += chunk.length;
		if (size > largestField) throw invalidRequest('a field of the form is too large');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

/** A stream that is read up to a mark, again and again; never more than a chunk and a mark are held. */
function reader(body: AsyncIterable<Uint8Array>) {
	const iterator = body[Symbol.asyncIterator]();
	let held: Buffer = Buffer.alloc(0);
	return {
		unshift(bytes: Buffer) {
			held = Buffer.concat([bytes, held]);
		},
		/** The bytes before the mark, which is passed over. @throws StorageRefusal when the body ends without it */
		async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
			for (;;) {
				const at = held.indexOf(mark);
				if (at >= 0) {
					const before = held.subarray(0, at);
					held = held.subarray(at + mark.length);
					if (before.length > 0) yield before;
					return;
				}
				// the mark may begin in what is held and end in what comes
				const safe = held.length - mark.length + 1;
				if (safe > 0) {
					const before = held.subarray(0, safe);
					held = held.subarray(safe);
					yield before;
				}
				const next = await iterator.next();
				if (next.done) throw invalidRequest('the form ends too early');
				held = Buffer.concat([held, next.value]);
			}
		}
	};
}
