/** A moment to the second, with the offset of its clock: "22 Nov 2026, 16:03:05 GMT+1". */
export function exactly(at: string, timeZone: string): string {
	return new Intl.DateTimeFormat('en-GB', {
		day: 'numeric',
		month: 'short',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		timeZone,
		timeZoneName: 'shortOffset'
	}).format(new Date(at));
}

/** A day (2026-11-22) as one says it: "22 November 2026". */
export function dayOf(day: string): string {
	const { format } = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
	return format(new Date(`${day}T00:00:00Z`));
}
