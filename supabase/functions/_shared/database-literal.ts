type Json = Readonly<Record<string, unknown>>;

/** What a service verb takes; objects and lists of them travel as jsonb, lists of strings as text[]. */
export type Argument = string | number | boolean | null | readonly string[] | readonly [Json, ...Json[]] | Json;

/**
 * A value written as an SQL literal. Verbs are asked in one simple query, because with parameters and without named
 * prepared statements (which a transaction pooler forbids) postgres.js describes each query first: a second round trip.
 * E'' with both quotes and backslashes doubled means the same under every `standard_conforming_strings`.
 */
export function literal(value: Argument): string {
	if (value === null) return 'null';
	if (typeof value === 'number') return integer(value);
	if (typeof value === 'boolean') return String(value);
	if (typeof value === 'string') return quoted(value);
	if (isTexts(value)) return `array[${value.map(quoted).join(',')}]::text[]`;
	return quoted(JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storable(part) : part)));
}

function isTexts(value: Argument): value is readonly string[] {
	return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The call of a verb with named arguments: `schema.verb(name => literal, …)`. Names are ours, values are not. */
export function call(
	verb: string,
	args: Readonly<Record<string, Argument>>,
	schema: 'service' | 'api' = 'service'
): string {
	const list = Object.entries(args).map(([name, value]) => `${name} => ${literal(value)}`);
	return `${schema}.${verb}(${list.join(', ')})`;
}

/** Postgres keeps neither NUL nor lone surrogates: each becomes U+FFFD, so that no text can be refused for ever. */
export function storable(text: string): string {
	return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function quoted(text: string): string {
	return `E'${storable(text).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function integer(value: number): string {
	if (!Number.isSafeInteger(value)) throw new RangeError('A verb takes whole numbers only.');
	return String(value);
}
