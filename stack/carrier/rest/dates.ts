import { Refusal } from './errors.ts';

const day = 24 * 60 * 60 * 1000;

/** RFC 2822 in GMT, as Twilio's resources carry dates: "Thu, 30 Jul 2015 20:12:31 +0000". */
export function rfc2822(at: number): string {
	return new Date(at).toUTCString().replace('GMT', '+0000');
}

/**
 * The bounds that a list's date filters set, in milliseconds, both inclusive. `Name` is one GMT day; `Name>` and
 * `Name<` are "on or after" and "on or before" a moment (a bare date: its midnight), compared in whole seconds as
 * Twilio keeps them.
 */
export function dateBounds(query: URLSearchParams, name: string): { from: number | null; to: number | null } {
	const on = moment(query, name);
	if (on !== null) {
		const midnight = Math.floor(on / day) * day;
		return { from: midnight, to: midnight + day - 1 };
	}
	const to = moment(query, `${name}<`);
	return { from: moment(query, `${name}>`), to: to === null ? null : to + 999 };
}

function moment(query: URLSearchParams, name: string): number | null {
	const raw = query.get(name);
	if (raw === null || raw === '') return null;
	const at = Date.parse(raw);
	if (Number.isNaN(at)) throw new Refusal(20001, name);
	return Math.floor(at / 1000) * 1000;
}
