import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TransactionSql } from 'postgres';

/** A row in the order of the columns; null is SQL's null. */
export type Row = readonly (string | number | null)[];

/** Streams rows into a table by `copy`, as fast as the server takes them. */
export async function copyRows(
	sql: TransactionSql,
	table: string,
	columns: readonly string[],
	rows: Iterable<Row>
): Promise<void> {
	const into = await sql.unsafe(`copy ${table} (${columns.join(', ')}) from stdin`).writable();
	await pipeline(Readable.from(chunks(rows), { objectMode: true, highWaterMark: 4 }), into);
}

const special = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** COPY's text format (PostgreSQL, "COPY", File Formats), in pieces worth a write. */
function* chunks(rows: Iterable<Row>): Generator<string> {
	let chunk = '';
	for (const row of rows) {
		for (let at = 0; at < row.length; at++) {
			const value = row[at];
			if (at > 0) chunk += '\t';
			if (value === null || value === undefined) chunk += '\\N';
			else if (typeof value === 'number') chunk += value;
			else chunk += special.test(value) ? value.replace(special, (character) => escapes[character] ?? '') : value;
			special.lastIndex = 0;
		}
		chunk += '\n';
		if (chunk.length > 1 << 16) {
			yield chunk;
			chunk = '';
		}
	}
	if (chunk !== '') yield chunk;
}
