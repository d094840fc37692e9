import { parse as readCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainCell } from '#core/csv.ts';
import { writtenExport } from '#core/export-files.ts';
import { exportColumns, exportName, type ExportFormat, type ExportRow } from '#core/verification-export.ts';

export const row = (changes: Partial<ExportRow> = {}): ExportRow => ({
	id: '0190a5b0-0000-7000-8000-000000000001',
	status: 'completed',
	service: 'GitHub',
	service_id: 'github',
	number: '+14155550142',
	number_label: 'Front desk',
	requested_by: 'maya',
	requested_by_name: 'Maya Sol',
	note: null,
	code: '004312',
	final_code: '004312',
	codes_hidden: false,
	codes_in_time: 1,
	codes_late: 0,
	requested_at: '2026-11-22T15:03:05.123Z',
	requested_at_local: '2026-11-22 16:03:05',
	expires_at: '2026-11-22T15:13:05.123Z',
	expires_at_local: '2026-11-22 16:13:05',
	code_received_at: '2026-11-22T15:03:46.000Z',
	code_received_at_local: '2026-11-22 16:03:46',
	ended_at: null,
	ended_at_local: null,
	time_zone: 'Europe/Berlin',
	seconds_to_code: 40.877,
	ended_by: null,
	cancel_reason: null,
	...changes
});

async function fileOf(pages: ExportRow[][], format: ExportFormat): Promise<string> {
	async function* source() {
		for (const rows of pages) yield { rows };
	}
	let text = '';
	for await (const piece of writtenExport(source(), format)) text += piece;
	return text;
}

/** A CSV file as a strict reader has it, cells as they were before they were made safe. */
function read(text: string): Record<string, string>[] {
	const records: Record<string, string>[] = readCsv(text, { bom: true, columns: true, record_delimiter: '\r\n' });
	return records.map((record) =>
		Object.fromEntries(Object.entries(record).map(([name, cell]) => [name, plainCell(cell)]))
	);
}
const cellsOf = (text: string) =>
	(readCsv(text, { bom: true, record_delimiter: '\r\n' }) as string[][]).slice(1).flat();

/** What people write: quotes, separators, lines, both reading directions, and what spreadsheets would run. */
const hostile = fc.oneof(
	fc.string({ unit: 'grapheme' }),
	fc.string({
		unit: fc.constantFrom('"', ',', ';', '\n', '\r', '\t', '=', '+', '-', '@', "'", 'a', '1', 'ע', 'ب', '\u202e')
	}),
	fc.constantFrom('=HYPERLINK("http://x","y")', '+1+cmd|x', '@SUM(1)', '-2', '"', '\r', 'שלום, "עולם"', '🧑‍🚀\n')
);

test('R5.7 a file has every row once and in order, in all three formats, also of several pages and of none', async () => {
	const pages = [[row(), row({ id: 'b', note: 'two\nlines' })], [], [row({ id: 'c' })]];
	expect(read(await fileOf(pages, 'csv')).map(({ id }) => id)).toEqual([row().id, 'b', 'c']);
	expect(JSON.parse(await fileOf(pages, 'json'))).toEqual(pages.flat());
	const lines = (await fileOf(pages, 'jsonl')).trimEnd().split('\n');
	expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(pages.flat());
	expect(JSON.parse(await fileOf([[]], 'json'))).toEqual([]);
	expect(await fileOf([], 'jsonl')).toBe('');
	expect(read(await fileOf([], 'csv'))).toEqual([]);
});

test('R5.7 an export as CSV begins with its columns, and says times in UTC and as the reader has them', async () => {
	const text = await fileOf([[row()]], 'csv');
	expect(text.startsWith(`\uFEFF${exportColumns.join(',')}\r\n`)).toBe(true);
	expect(Object.keys(row())).toEqual(exportColumns);
	expect(read(text)[0]).toMatchObject({
		number: '+14155550142',
		code: '004312',
		codes_hidden: 'false',
		requested_at: '2026-11-22T15:03:05.123Z',
		requested_at_local: '2026-11-22 16:03:05',
		time_zone: 'Europe/Berlin',
		ended_at: '',
		seconds_to_code: '40.877'
	});
});

test('R5.7 no cell of an export is a formula, but for numbers in E.164, and every text can be read back', async () => {
	await fc.assert(
		fc.asyncProperty(hostile, hostile, hostile, async (note, service, reason) => {
			const written = row({ note, service, cancel_reason: reason });
			const text = await fileOf([[written]], 'csv');
			for (const cell of cellsOf(text)) expect(cell).toMatch(/^(?![=+\-@\t\r])|^\+[1-9]\d{6,14}$/);
			// lines end in LF there, whatever they ended in
			const plain = (words: string) => words.replaceAll(/\r\n?/g, '\n');
			expect(read(text)).toMatchObject([
				{ number: written.number, note: plain(note), service: plain(service), cancel_reason: plain(reason) }
			]);
			expect(JSON.parse(await fileOf([[written]], 'json'))).toEqual([written]);
			expect(JSON.parse(await fileOf([[written]], 'jsonl'))).toEqual(written);
		})
	);
});

test('nothing is asked for before what came is taken', async () => {
	let asked = 0;
	async function* source() {
		for (;;) {
			asked += 1;
			yield { rows: [row()] };
		}
	}
	const pieces = writtenExport(source(), 'csv');
	await pieces.next();
	await pieces.next();
	expect(asked).toBe(2);
	await pieces.return(undefined);
});

test('a file is called after the organization and the day', () => {
	expect(exportName('acme', '2026-11-22', 'jsonl')).toBe('verifications-acme-2026-11-22.jsonl');
	expect(exportName('acme', '2026-11-22', 'csv', 3)).toBe('verifications-acme-2026-11-22-part-3.csv');
});
