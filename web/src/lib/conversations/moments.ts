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

/** No zone begins its days, or moves its clocks, off the quarter hour. */
const quarter = 15 * 60_000;
const dayKeys = new Map<string, string>();

/** Equal for moments of the same day in that zone. */
export function dayKey(moment: string | number, zone: string): string {
	const part = `${zone} ${Math.floor(new Date(moment).getTime() / quarter)}`;
	let key = dayKeys.get(part);
	if (!key) {
		key = dayKeyOf(partsOf(moment, zone));
		// threads of years are walked through: what is far away is asked again
		if (dayKeys.size > 5000) dayKeys.clear();
		dayKeys.set(part, key);
	}
	return key;
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

/** When a day ('2026-03-01') begins in a zone, ISO 8601; null for what is no day. */
export function startOfDay(day: string, zone: string): string | null {
	const midnight = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(day) ? `${day}T00:00:00Z` : '');
	if (Number.isNaN(midnight)) return null;
	const shown = (moment: number) => {
		const { year, month, day, hour, minute, second } = partsOf(moment, zone);
		return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
	};
	// what the clock there shows at that moment tells how far off it is; twice, as the clocks may move in between
	const near = midnight - (shown(midnight) - midnight);
	return new Date(near - (shown(near) - midnight)).toISOString();
}

/** The day of a moment as a date field writes it: '2026-03-01' */
export function dateOf(moment: string | number, zone: string): string {
	const { year, month, day } = partsOf(moment, zone);
	return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** Each step of a text of ours with its exact time, one a line: 'Queued Monday 23 November 2026, 10:41:07'. */
export function journeyOf(
	message: { created_at: string; sent_at: string | null; delivered_at: string | null; failed_at: string | null },
	zone: string
): string {
	const steps = [
		['Queued', message.created_at],
		['Sent', message.sent_at],
		['Delivered', message.delivered_at],
		['Not delivered', message.failed_at]
	] as const;
	return steps.flatMap(([word, at]) => (at ? [`${word} ${exact(at, zone)}`] : [])).join('\n');
}

/** When something is planned for, on a clock in that zone: 'Tue 24 Nov, 10:00' */
export function plannedAt(moment: string | number, zone: string): string {
	const parts = partsOf(moment, zone);
	return `${parts.weekday.slice(0, 3)} ${day(parts)} ${month(parts).slice(0, 3)}, ${parts.hour}:${parts.minute}`;
}

/** What stands in the place of words that the organization's retention removed. */
export function keptWords(writtenAt: string, removedAt: string): string {
	const days = Math.max(1, Math.floor((Date.parse(removedAt) - Date.parse(writtenAt)) / 86_400_000));
	return `Removed after ${days === 1 ? '1 day' : `${days} days`}, as this organization keeps texts`;
}
