import { dayAt } from '#core/days.ts';

/** A moment, short: "09:14" today, "22 November 09:14" this year, with the year before that. */
export function shortly(at: string, now: string, timeZone: string): string {
	const moment = new Date(at);
	const time = { hour: '2-digit', minute: '2-digit' } as const;
	const same = dayAt(moment.getTime(), timeZone) === dayAt(Date.parse(now), timeZone);
	const date = {
		day: 'numeric',
		month: 'short',
		year: at.slice(0, 4) === now.slice(0, 4) ? undefined : 'numeric'
	} as const;
	const said = new Intl.DateTimeFormat('en-GB', { ...time, ...(!same && date), timeZone }).format(moment);
	return same ? `Today ${said}` : said.replace(',', '');
}

/** The last day on which a key is good: "1 March 2027", with the hour where it does not end with the day. */
export function endOf(expires: string, timeZone: string): string {
	const moment = Date.parse(expires);
	const last = new Date(moment - 1);
	const said = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone });
	if (dayAt(moment, timeZone) !== dayAt(moment - 1, timeZone)) return said.format(last);
	const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
	return `${said.format(moment)} at ${time.format(moment)}`;
}
