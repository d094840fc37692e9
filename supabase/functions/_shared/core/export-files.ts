/** How files of verifications are written, page by page. Apart from what browsers need, since they write none. */
import { stringify } from 'deno-std/csv/stringify.js';
import { safeCell } from './csv.ts';
import { exportColumns } from './verification-export.ts';
import type { ExportFormat, ExportPage, ExportRow } from './verification-export.ts';

/** A file's beginning, its rows a page at a time, and its end. */
export type ExportWriter = { begin: string; rows: (rows: readonly ExportRow[], first: boolean) => string; end: string };

/**
 * A cell: no formula, and its lines end in LF alone, since the writer would leave a lone CR unquoted. (A page in one call:
 * the same package's CsvStringifyStream takes a row at a time, and three to five times as long.)
 */
const cellOf = (value: ExportRow[keyof ExportRow]) =>
	typeof value === 'string' ? safeCell(value.replaceAll(/\r\n?/g, '\n')) : value === null ? '' : String(value);
const plain = { headers: false };

export const exportWriters: Readonly<Record<ExportFormat, ExportWriter>> = {
	// RFC 4180, and a byte order mark: without it spreadsheets take UTF-8 for something else
	csv: {
		begin: stringify([exportColumns], { ...plain, bom: true }),
		rows: (rows) =>
			stringify(
				rows.map((row) => exportColumns.map((column) => cellOf(row[column]))),
				plain
			),
		end: ''
	},
	json: {
		begin: '[\n',
		rows: (rows, first) =>
			(first || rows.length === 0 ? '' : ',\n') + rows.map((row) => JSON.stringify(row)).join(',\n'),
		end: '\n]\n'
	},
	jsonl: { begin: '', rows: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''), end: '' }
};

/** A file's text, a page at a time. */
export async function* writtenExport(
	pages: AsyncIterable<Pick<ExportPage, 'rows'>>,
	format: ExportFormat
): AsyncGenerator<string> {
	const writer = exportWriters[format];
	let first = true;
	for await (const { rows } of pages) {
		yield (first ? writer.begin : '') + writer.rows(rows, first);
		first = false;
	}
	yield (first ? writer.begin : '') + writer.end;
}
