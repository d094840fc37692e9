import type { z } from 'zod';
import { Failure } from '../core/failures.ts';
import { readText } from './form.ts';
import { Malformed } from './problem.ts';

/** In bytes. */
const largestBody = 64 * 1024;

/**
 * Reads a JSON body as a strict schema describes it; an empty one is `{}`. Refuses with `media_type_unsupported`,
 * `body_too_large` and `malformed`, which names every field that is wrong or not known.
 */
export async function readJson<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
	return parseBody(request, await readBody(request), schema);
}

/** A body's text of at most 64 KiB. Refuses with `body_too_large`. */
export function readBody(request: Request): Promise<string> {
	return readText(request, largestBody);
}

/** What `readJson` makes of a body that was read. */
export function parseBody<Schema extends z.ZodType>(request: Request, text: string, schema: Schema): z.output<Schema> {
	if (text === '') return parseInput({}, schema);
	const [mediaType = ''] = (request.headers.get('content-type') ?? '').split(';');
	if (mediaType.trim().toLowerCase() !== 'application/json') {
		throw new Failure('media_type_unsupported', 'The request has to be JSON (application/json).');
	}
	return parseInput(parseJson(text), schema);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// where it breaks may quote what it says
		throw new Malformed([{ field: '', says: 'This is not JSON.' }]);
	}
}

/** A query's or a body's values as a strict schema describes them, or `malformed`. */
export function parseInput<Schema extends z.ZodType>(value: unknown, schema: Schema): z.output<Schema> {
	const parsed = schema.safeParse(value, { error: inWords });
	if (parsed.success) return parsed.data;
	throw new Malformed(
		parsed.error.issues.flatMap((issue) =>
			issue.code === 'unrecognized_keys'
				? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), says: 'This field is not known.' }))
				: [{ field: issue.path.join('.'), says: issue.message }]
		)
	);
}

/** What a value has to be, by the names that the schemas have for it. */
const kinds: Readonly<Record<string, string>> = {
	string: 'a text',
	number: 'a number',
	int: 'a whole number',
	boolean: 'true or false',
	array: 'a list',
	object: 'an object'
};

/** What is wrong with a value, where its schema has no sentence of its own. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
	if (issue.input === undefined) return 'This is missing.';
	if (issue.code === 'invalid_value') return `This is one of ${issue.values.join(', ')}.`;
	const kind = issue.code === 'invalid_type' ? kinds[issue.expected] : undefined;
	return kind && `This has to be ${kind}.`;
}
