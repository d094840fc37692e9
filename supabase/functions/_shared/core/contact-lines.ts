/** Lines of a file as contacts: apart from contacts.ts, because the plans of all countries' numbers come with it. */
import type { CountryCode } from 'libphonenumber-js';
import type { ContactColumn, ContactRow } from './contacts.ts';
import { plainCell } from './csv.ts';
import { parsePhone } from './phone.ts';

/** A line of a file as a contact, or what is wrong with its number. A number without a country code is one of `country`. */
export function contactOf(
	line: readonly string[],
	columns: Record<ContactColumn, number>,
	country: CountryCode
): { row: ContactRow } | { says: string } {
	const cell = (column: ContactColumn) => plainCell(line[columns[column]] ?? '');
	const parsed = parsePhone(cell('phone_number'), country);
	if ('says' in parsed) return parsed;
	return { row: { phone_number: parsed.phone, name: cell('name'), notes: cell('notes') } };
}
