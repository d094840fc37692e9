/**
 * What a spreadsheet may take for the beginning of a formula (https://owasp.org/www-community/attacks/CSV_Injection), also
 * behind apostrophes, so that those in front of it can be told from ours.
 */
const formula = /^'*[=+\-@\t\r]/;

/** A number in E.164 is what it seems to be, and is wanted as it is. */
const e164 = /^\+[1-9]\d{6,14}$/;

/**
 * A text as a cell of a CSV file that somebody will open in a spreadsheet: what it could take for a formula gets an
 * apostrophe in front, which makes it a text. Quoting is the writer's business.
 */
export function safeCell(text: string): string {
	return formula.test(text) && !e164.test(text) ? `'${text}` : text;
}

/** A cell as it was before `safeCell`. */
export function plainCell(cell: string): string {
	return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
