import { fail } from '@sveltejs/kit';
import type { ActionFailure } from '@sveltejs/kit';
import type * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';

/** What a form gets back when it was refused: what was typed (secrets excepted), what is wrong and where. */
export type Refused = {
	/** Which refusal it is, where it is one of the catalogue. */
	slug?: Slug;
	/** In how many seconds the same can be tried again, where that is known. */
	seconds?: number;
	/** For the whole form. */
	says?: string;
	/** By field. */
	errors: Record<string, string>;
	/** What was typed, by field. */
	values: Record<string, string>;
};

/** The answer to a form that was not refused. */
export const accepted: Refused = { errors: {}, values: {} };

/** Fields that are never sent back. */
const secrets: readonly string[] = ['password', 'current_password'];

/** What a submitted form holds: fields as strings, files left out, trimmed unless secret. */
export function fieldsOf(form: FormData): Record<string, string> {
	const fields: Record<string, string> = {};
	for (const [name, value] of form) {
		if (typeof value === 'string') fields[name] = secrets.includes(name) ? value : value.trim();
	}
	return fields;
}

/** The form's fields as the schema knows them, `more` among them, or a refusal that names the first problem of each field. */
export function parse<T>(
	schema: z.ZodType<T>,
	fields: Record<string, string>,
	more: Readonly<Record<string, unknown>> = {}
): { draft: T; refused?: undefined } | { draft?: undefined; refused: ActionFailure<Refused> } {
	const parsed = schema.safeParse({ ...fields, ...more });
	if (parsed.success) return { draft: parsed.data };
	const errors: Record<string, string> = {};
	for (const { path, message } of parsed.error.issues) errors[String(path[0])] ??= message;
	return { refused: refuse(422, fields, { errors }) };
}

/** A refusal of ours as the form's answer: beside the named field, or above the form. What is no refusal is thrown on. */
export function refusedBy(cause: unknown, fields: Record<string, string>, field?: string): ActionFailure<Refused> {
	if (!(cause instanceof Failure)) throw cause;
	const { slug, says, status } = cause;
	const seconds = 'seconds' in cause && typeof cause.seconds === 'number' ? { seconds: cause.seconds } : {};
	return refuse(status, fields, { slug, ...seconds, ...(field ? { errors: { [field]: says } } : { says }) });
}

/** A form whose one field is wrong. */
export function invalid(fields: Record<string, string>, field: string, says: string): ActionFailure<Refused> {
	return refuse(422, fields, { errors: { [field]: says } });
}

function refuse(status: number, fields: Record<string, string>, why: Partial<Refused>): ActionFailure<Refused> {
	const values = Object.fromEntries(Object.entries(fields).filter(([name]) => !secrets.includes(name)));
	return fail(status, { errors: {}, values, ...why });
}
