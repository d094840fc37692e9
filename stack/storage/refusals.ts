/**
 * What hosted Storage refuses with: its code, the status inside of the body, the older word for it, its sentence.
 * The HTTP status is 400 for nearly all of them: that is hosted's, not a mistake.
 * Source: github.com/supabase/storage, src/internal/errors.
 */
export class StorageRefusal extends Error {
	readonly code: string;
	readonly status: number;
	readonly word: string;
	readonly headers: Record<string, string>;

	constructor(code: string, status: number, word: string, message: string, headers: Record<string, string> = {}) {
		super(message);
		this.code = code;
		this.status = status;
		this.word = word;
		this.headers = headers;
	}

	get httpStatus(): number {
		if (this.status === 413 || this.status === 416 || this.status === 500) return this.status;
		return 400;
	}

	get body() {
		return { statusCode: String(this.status), code: this.code, error: this.word, message: this.message };
	}
}

export const noSuchBucket = () => new StorageRefusal('NoSuchBucket', 404, 'Bucket not found', 'Bucket not found');
export const noSuchKey = () => new StorageRefusal('NoSuchKey', 404, 'not_found', 'Object not found');
export const duplicate = () => new StorageRefusal('KeyAlreadyExists', 409, 'Duplicate', 'The resource already exists');
export const accessDenied = (message = 'Access denied') =>
	new StorageRefusal('AccessDenied', 403, 'Unauthorized', message);
export const invalidToken = (message: string) => new StorageRefusal('InvalidJWT', 400, 'InvalidJWT', message);
export const invalidSignature = () =>
	new StorageRefusal('InvalidSignature', 400, 'InvalidSignature', 'Invalid signature');
export const invalidKey = (key: string) => new StorageRefusal('InvalidKey', 400, 'InvalidKey', `Invalid key: ${key}`);
export const invalidRequest = (message: string) =>
	new StorageRefusal('InvalidRequest', 400, 'invalid_request', message);
export const invalidMimeType = (type: string) =>
	new StorageRefusal('InvalidMimeType', 415, 'invalid_mime_type', `mime type ${type} is not supported`);
export const tooLarge = () =>
	new StorageRefusal('EntityTooLarge', 413, 'Payload too large', 'The object exceeded the maximum allowed size');
export const bucketNotEmpty = () =>
	new StorageRefusal('ResourceNotEmpty', 409, 'ResourceNotEmpty', 'The bucket you tried to delete is not empty');
export const invalidRange = (size: number) =>
	new StorageRefusal('InvalidRange', 416, 'InvalidRange', 'The requested range cannot be satisfied', {
		'content-range': `bytes */${size}`
	});

/** What Postgres refused, in Storage's words; anything else is passed on as it came. */
export function translated(error: unknown): unknown {
	const { code, constraint_name: constraint } = error as { code?: string; constraint_name?: string };
	if (code === '42501') return accessDenied(error instanceof Error ? error.message : undefined);
	if (code === '23505') return duplicate();
	if (code === '23503') return constraint?.includes('bucket') ? noSuchBucket() : noSuchKey();
	// what our SQL refuses with has no code of Storage's: it passes the words on
	if (error instanceof Error && code?.startsWith('PT'))
		return new StorageRefusal('DatabaseError', 500, 'DatabaseError', error.message);
	return error;
}
