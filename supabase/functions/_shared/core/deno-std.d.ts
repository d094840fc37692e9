/** The package brings no types; this is what we use of it. Source: jsr.io/@std/csv/doc/stringify. */
declare module 'deno-std/csv/stringify.js' {
	export function stringify(
		data: readonly (readonly (string | number)[])[],
		options?: { separator?: string; headers?: boolean; columns?: readonly string[]; bom?: boolean }
	): string;
}
