/** Whether a text can be sent back at all: a sender's name ('Bookable') is no number. */
export function isAnswerable({ contact_number: number }: { contact_number: string | null }): boolean {
	return number !== null && !/[A-Za-z]/.test(number);
}
