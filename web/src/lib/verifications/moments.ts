/** Times as the pages of verifications write them: to the second, in the person's own zone. */

/** '10:41:07', and the day before it where that is another one than `now`'s: '22 Nov, 10:41:07'. */
export function moment(at: string | number, zone: string, now: number): string {
	const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
	const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' }).format(new Date(at));
	return day.format(new Date(at)) === day.format(now) ? time : `${day.format(new Date(at))}, ${time}`;
}

/** '22 November 2026, 10:41:07 CET' */
export function exact(at: string | number, zone: string): string {
	return new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'long', timeStyle: 'long' }).format(
		new Date(at)
	);
}

/** What is left of a time, rounded up: '9:12', '1:02:09'; '0:00' when it is over. */
export function left(milliseconds: number): string {
	const all = Math.max(0, Math.ceil(milliseconds / 1000));
	const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
	const two = (count: number) => String(count).padStart(2, '0');
	return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** How long something took: '41 s', '2 min 5 s', '1 h 2 min'. */
export function took(from: string, to: string): string {
	const all = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
	if (all < 60) return `${all} s`;
	if (all < 3600) return all % 60 ? `${Math.floor(all / 60)} min ${all % 60} s` : `${all / 60} min`;
	return `${Math.floor(all / 3600)} h ${Math.floor(all / 60) % 60} min`;
}

/** A time to wait, in seconds: '10 minutes', '1 hour', '90 seconds'. */
export function lasting(seconds: number): string {
	for (const [unit, name] of [
		[3600, 'hour'],
		[60, 'minute']
	] as const) {
		if (seconds % unit === 0) return seconds === unit ? `1 ${name}` : `${seconds / unit} ${name}s`;
	}
	return `${seconds} seconds`;
}

/** The times to wait that are offered, in seconds. */
export const waits = [60, 120, 300, 600, 900, 1800, 3600, 14_400, 43_200, 86_400] as const;
