/** A moment as one can check it: "22 November 2026 at 16:03 CET", in the person's own time zone. */
export function exactly(at: string, timeZone: string): string {
	return new Intl.DateTimeFormat('en-GB', {
		day: 'numeric',
		month: 'long',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		timeZone,
		timeZoneName: 'short'
	}).format(new Date(at));
}
