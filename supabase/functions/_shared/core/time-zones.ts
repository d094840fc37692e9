/** All time zones by their names in the IANA database, `UTC` first. */
export const timeZones: readonly string[] = [
	'UTC',
	...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')
];

/** "Buenos Aires", "buenos_aires " and "BUENOS AIRES" are the same. */
const plain = (text: string) =>
	text
		.trim()
		.toLowerCase()
		.replaceAll(/[\s_]+/g, ' ');

/** A city is the last part of its zone's name. */
const cityOf = (name: string) => plain(name.slice(name.lastIndexOf('/') + 1));

/**
 * The time zone somebody means: its name however it is written, one of its older names, or its city alone where only one
 * zone has it. Null for anything else.
 */
export function findTimeZone(typed: string): string | null {
	const wanted = plain(typed);
	const named = timeZones.find((name) => plain(name) === wanted);
	if (named) return named;
	const [city, another] = timeZones.filter((name) => cityOf(name) === wanted);
	if (city && !another) return city;
	if (!/^[a-z_]+\/[a-z_/+-]+$/i.test(typed.trim())) return null;
	try {
		// browsers differ in which of a zone's names they use (Asia/Calcutta, Asia/Kolkata)
		return new Intl.DateTimeFormat('en', { timeZone: typed.trim() }).resolvedOptions().timeZone;
	} catch {
		// RangeError: there is none
		return null;
	}
}
