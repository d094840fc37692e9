const full = new Intl.DateTimeFormat('en-GB', {
	day: 'numeric',
	month: 'short',
	year: 'numeric',
	hour: '2-digit',
	minute: '2-digit',
	timeZone: 'UTC'
});
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

/** "23 Nov 2026, 10:41 UTC": operators work on one clock, wherever they are. */
export function exactly(at: string): string {
	return `${full.format(new Date(at))} UTC`;
}

/** "23 Nov 2026" */
export function dayOf(at: string): string {
	return day.format(new Date(at));
}

/** "10:41 UTC" */
export function clockOf(at: string): string {
	return `${clock.format(new Date(at))} UTC`;
}
