/**
 * Times as the inbox writes them, in one given zone: on the server the one the browser told us in a cookie, so that
 * both render the same words. 24 hours, tabular, English.
 */

type Parts = Record<'year' | 'month' | 'day' | 'weekday' | 'hour' | 'minute' | 'second', string>;

const months = 'January February March April May June July August September October November December'.split(' ');

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
	let format = formats.get(zone);
	if (!format) {
		format = new Intl.DateTimeFormat('en-GB', {
			timeZone: zone,
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			weekday: 'long',
			hour: '2-digit',
			minute: '2-digit',
			second: '2-digit',
			hourCycle: 'h23'
		});
		formats.set(zone, format);
	}
	return format;
}

function partsOf(moment: string | number, zone: string): Parts {
	const parts: Partial<Record<string, string>> = {};
	for (const { type, value } of formatOf(zone).formatToParts(new Date(moment))) parts[type] = value;
	return parts as Parts;
}

const month = ({ month }: Parts) => months[Number(month) - 1] ?? '';
const day = ({ day }: Parts) => Number(day);
const dayKeyOf = ({ year, month, day }: Parts) => `${year}-${month}-${day}`;

/** Whether a name is a time zone this engine knows ('Europe/Berlin'). */
export function isZone(name: string): boolean {
	try {
		formatOf(name);
		return true;
	} catch {
		// RangeError: that is the answer
		return false;
	}
}

/** '10:41' */
export function clock(moment: string | number, zone: string): string {
	const parts = partsOf(moment, zone);
	return `${parts.hour}:${parts.minute}`;
}

/** 'Monday 23 November 2026, 10:41:07' */
export function exact(moment: string | number, zone: string): string {
	const parts = partsOf(moment, zone);
	return `${parts.weekday} ${day(parts)} ${month(parts)} ${parts.year}, ${parts.hour}:${parts.minute}:${parts.second}`;
}

/** Equal for moments of the same day in that zone. */
export function dayKey(moment: string | number, zone: string): string {
	return dayKeyOf(partsOf(moment, zone));
}

/** 'Today, Monday 23 November', 'Sunday 22 November', 'Tuesday 30 December 2025' */
export function dayName(moment: string | number, now: number, zone: string): string {
	const parts = partsOf(moment, zone);
	const today = partsOf(now, zone);
	const year = parts.year === today.year ? '' : ` ${parts.year}`;
	const name = `${parts.weekday} ${day(parts)} ${month(parts)}${year}`;
	if (dayKeyOf(parts) === dayKeyOf(today)) return `Today, ${name}`;
	return dayKeyOf(parts) === dayKey(now - 86_400_000, zone) ? `Yesterday, ${name}` : name;
}

/** The shortest that is still clear in a list: '10:41' today, 'Sun' within six days, '14 Nov', '30 Dec 2025'. */
export function short(moment: string | number, now: number, zone: string): string {
	const parts = partsOf(moment, zone);
	const today = partsOf(now, zone);
	if (dayKeyOf(parts) === dayKeyOf(today)) return `${parts.hour}:${parts.minute}`;
	const age = now - new Date(moment).getTime();
	if (age > 0 && age < 6 * 86_400_000) return parts.weekday.slice(0, 3);
	const name = `${day(parts)} ${month(parts).slice(0, 3)}`;
	return parts.year === today.year ? name : `${name} ${parts.year}`;
}

/** A day without its weekday: '14 November', '30 December 2025' */
export function dayOf(moment: string | number, now: number, zone: string): string {
	const parts = partsOf(moment, zone);
	const name = `${day(parts)} ${month(parts)}`;
	return parts.year === partsOf(now, zone).year ? name : `${name} ${parts.year}`;
}
