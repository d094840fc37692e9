import type { Period } from '#core/request-log.ts';

const formats: Readonly<Record<Period, [short: Intl.DateTimeFormatOptions, long: Intl.DateTimeFormatOptions]>> = {
	hour: [
		{ hour: '2-digit', minute: '2-digit' },
		{ weekday: 'short', hour: '2-digit', minute: '2-digit' }
	],
	day: [
		{ hour: '2-digit', minute: '2-digit' },
		{ weekday: 'long', hour: '2-digit', minute: '2-digit' }
	],
	week: [
		{ weekday: 'short', hour: '2-digit', minute: '2-digit' },
		{ weekday: 'long', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }
	],
	month: [
		{ day: 'numeric', month: 'short' },
		{ weekday: 'long', day: 'numeric', month: 'long' }
	]
};

/** How a chart of a period names the moment at which a column begins, on the organization's clock. */
export function columnOf(at: string, period: Period, timeZone: string): { short: string; long: string } {
	const [short, long] = formats[period].map((options) =>
		new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(new Date(at))
	) as [string, string];
	return { short, long };
}
