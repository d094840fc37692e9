/** Days as people in a time zone have them, and moments as ids have them. Pure. */

/** The moment at which a day (2026-11-22) begins there. Where the clock skips midnight, the first moment after it. */
export function startOfDay(day: string, zone: string): Date {
	const midnight = Date.parse(`${day}T00:00:00Z`);
	// the offset of the moment itself, which the first guess is at most a change of clocks away from
	const guess = midnight - offsetAt(midnight, zone);
	const moment = midnight - offsetAt(guess, zone);
	return new Date(dayAt(moment, zone) < day ? guess : moment);
}

/** The day after. */
export function dayAfter(day: string): string {
	return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** Which day it is there (2026-11-22). */
export function dayAt(moment: number, zone: string): string {
	return new Date(moment + offsetAt(moment, zone)).toISOString().slice(0, 10);
}

/** The first id of a moment (ms since 1970): ids (UUIDv7) begin with their milliseconds, so that a range of time is one of the index. */
export function firstIdAt(moment: number): string {
	const hex = Math.max(0, moment).toString(16).padStart(12, '0');
	return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** By how much the clocks there are ahead of UTC at a moment, in ms. */
function offsetAt(moment: number, timeZone: string): number {
	const parts = new Intl.DateTimeFormat('en-US', {
		timeZone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric'
	}).formatToParts(moment);
	const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
	const seen = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
	return seen - Math.floor(moment / 1000) * 1000;
}
