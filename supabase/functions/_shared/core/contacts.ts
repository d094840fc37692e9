/** People that an organization texts with, and the files they come and go in. */
import { safeCell } from './csv.ts';

/** A row of `api.contacts`. Several rows with the same `merged_into_id`, and the row it names, are one person. */
export type Contact = {
	id: string;
	organization_id: string;
	phone_number: string;
	name: string | null;
	notes: string | null;
	blocked_at: string | null;
	/** Texts that came while blocked. */
	blocked_count: number;
	merged_into_id: string | null;
	sort_name: string;
	created_at: string;
	updated_at: string;
};

/** A contact as a file has it. */
export type ContactRow = { phone_number: string; name: string; notes: string };

/** What a file's columns are called where we write it. */
export const contactColumns = ['phone_number', 'name', 'notes'] as const;
export type ContactColumn = (typeof contactColumns)[number];

/** Contacts in one request; `private.import_contacts` takes no more. */
export const rowsPerImport = 500;

const names: Readonly<Record<ContactColumn, RegExp>> = {
	phone_number: /phone|mobile|cell|number|tel|msisdn/i,
	name: /^(full )?name$|contact|person|display/i,
	notes: /note|comment|remark|memo/i
};

/** Which column of a file is what, by its first row: the place of each, -1 for none. */
export function guessColumns(first: readonly string[]): Record<ContactColumn, number> {
	const place = (column: ContactColumn) => {
		const exact = first.findIndex((cell) => cell.trim().toLowerCase() === column);
		return exact >= 0 ? exact : first.findIndex((cell) => names[column].test(cell.trim()));
	};
	return { phone_number: place('phone_number'), name: place('name'), notes: place('notes') };
}

/** A contact as a line of a file that may be opened in a spreadsheet. */
export function lineOf({ phone_number, name, notes }: Pick<Contact, ContactColumn>): string[] {
	return [phone_number, name ?? '', notes ?? ''].map(safeCell);
}
