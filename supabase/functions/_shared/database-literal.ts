/** What a service verb takes; objects travel as jsonb, arrays as text[]. */
export type Argument = string | number | null | readonly string[] | Readonly<Record<string, unknown>>;

/**
 * A value written as an SQL literal. Verbs are asked in one simple query, because with parameters and without named
 * prepared statements (which a transaction pooler forbids) postgres.js describes each query first: a second round trip.
 * E'' with both quotes and backslashes doubled means the same under every `standard_conforming_strings`.
 */
export function literal(value: Argument): string {
	if (value === null) return 'null';
	if (typeof value === 'number') return integer(value);
	if (typeof value === 'string') return quoted(value);
	if (Array.isArray(value)) return `array[${value.map(quoted).join(',')}]::text[]`;
	return quoted(JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storable(part) : part)));
}

/** The call of a verb with named arguments: `service.verb(name => literal, …)`. Names are ours, values are not. */
export function call(verb: string, args: Readonly<Record<string, Argument>>): string {
	const list = Object.entries(args).map(([name, value]) => `${name} => ${literal(value)}`);
	return `service.${verb}(${list.join(', ')})`;
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
