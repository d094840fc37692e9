import { stringify } from 'csv-stringify/sync';

/** A byte order mark: without it spreadsheets take UTF-8 for something else. */
export const mark = '\uFEFF';

/** Rows as RFC 4180 has them. */
export function lines(rows: readonly (readonly string[])[]): string {
	return stringify(
		rows.map((row) => [...row]),
		{ record_delimiter: 'windows' }
	);
}

/** An amount with all its decimals, "-0.008300": what a spreadsheet sums to the micro. */
export function exactDollars(micros: number): string {
	const digits = String(Math.abs(micros)).padStart(7, '0');
	return `${micros < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
