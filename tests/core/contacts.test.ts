import { parse } from 'csv-parse/browser/esm/sync';
import { stringify } from 'csv-stringify/sync';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contactOf } from '#core/contact-lines.ts';
import { contactColumns, guessColumns, lineOf } from '#core/contacts.ts';

const cell = fc.oneof(
	fc.string({ maxLength: 20 }),
	fc.constantFrom('=1+1', '+1 415', '-2', '@SUM(A1)', "'=x", "''+y", '\t=z', 'a,"b"\nc', '"', 'ünïcode 東京', '')
);
const phone = fc.integer({ min: 2_000_000_000, max: 9_999_999_999 }).map((digits) => `+1${digits}`);

test('R2.2 what was exported is the same when it is imported, and no cell of the file is a formula', () => {
	fc.assert(
		fc.property(fc.array(fc.record({ phone_number: phone, name: cell, notes: cell }), { maxLength: 8 }), (contacts) => {
			const file = stringify([[...contactColumns], ...contacts.map(lineOf)]);
			const [first = [], ...lines] = parse(file) as string[][];
			for (const [number, ...cells] of lines) {
				expect(number).toMatch(/^\+\d+$/);
				for (const text of cells) expect(text).not.toMatch(/^[=+\-@\t\r]/);
			}
			const columns = guessColumns(first);
			expect(lines.map((line) => contactOf(line, columns, 'US'))).toEqual(contacts.map((row) => ({ row })));
		})
	);
});

test('R2.2 columns are known by what others call them, and a row without a number says what is wrong', () => {
	const columns = guessColumns(['Full name', 'Mobile phone', 'Comment', 'City']);
	expect(columns).toEqual({ name: 0, phone_number: 1, notes: 2 });
	expect(contactOf(['Ana', '(415) 555-0142', ''], columns, 'US')).toEqual({
		row: { phone_number: '+14155550142', name: 'Ana', notes: '' }
	});
	expect(contactOf(['Ana', '030 901820', 'x'], columns, 'DE')).toMatchObject({ row: { phone_number: '+4930901820' } });
	expect(contactOf(['Ana', '415', ''], columns, 'US')).toHaveProperty('says');
	expect(contactOf(['Ana'], columns, 'US')).toHaveProperty('says');
});
