/** A moment to the second: "23 Nov, 10:44:01". */
export function momentOf(at: string, timeZone: string): string {
	return new Intl.DateTimeFormat('en-GB', {
		...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
		timeZone
	}).format(new Date(at));
}
