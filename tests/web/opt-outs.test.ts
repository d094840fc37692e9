import { stringify } from 'csv-stringify/sync';
import { expect, test } from 'vitest';
import { safeCell } from '#core/csv.ts';
import { readCsv } from '#lib/server/opt-outs.ts';

const numbers = [{ id: '11111111-1111-4111-8111-111111111111', e164: '+14155550142' }];

test('R2.1 a list of opt-outs is read row by row, and what cannot be read says why', () => {
	const file = [
		'\uFEFFContact Number,Our number,Opted out at,Note',
		'(415) 555-0198,+1 415 555 0142,2024-05-03,"told us, twice"',
		'+44 7700 900461,,,',
		'12,,,',
		'+14155550199,+1 999 555 0000,,',
		'+14155550199,,sometime,'
	].join('\r\n');
	const { rows, refused } = readCsv(file, numbers, 'US');
	expect(rows).toEqual([
		{
			row: 2,
			contact_number: '+14155550198',
			phone_number_id: numbers[0]!.id,
			opted_out_at: '2024-05-03T00:00:00.000Z',
			note: 'told us, twice'
		},
		{ row: 3, contact_number: '+447700900461' }
	]);
	expect(refused.map(({ row }) => row)).toEqual([4, 5, 6]);
	for (const { says } of refused) expect(says.length).toBeGreaterThan(10);
	expect(() => readCsv('"open', numbers, 'US')).toThrow();
});

test('R2.1 what is exported comes back as it was, and no cell is a formula', () => {
	const notes = ['=HYPERLINK("http://x.example")', '+1+1', '-5', '@SUM(A1)', 'plain, with "quotes"\nand lines'];
	const file = stringify(
		[['contact_number', 'note'], ...notes.map((note, at) => [`+1415555010${at}`, note].map(safeCell))],
		{ record_delimiter: 'windows' }
	);
	for (const [, note = ''] of file.matchAll(/,"?(.)/g)) expect(note).not.toMatch(/[=+@-]/);
	expect(readCsv(file, numbers, 'US').rows.map(({ note }) => note)).toEqual(notes);
});
