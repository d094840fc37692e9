import { parsePhone } from '#core/phone.ts';

/** Where a few North American area codes are; what a webhook says of a number beside its country. */
const places: Readonly<Record<string, readonly [city: string, state: string, zip: string]>> = {
	'206': ['SEATTLE', 'WA', '98101'],
	'212': ['NEW YORK', 'NY', '10013'],
	'213': ['LOS ANGELES', 'CA', '90012'],
	'303': ['DENVER', 'CO', '80202'],
	'305': ['MIAMI', 'FL', '33130'],
	'312': ['CHICAGO', 'IL', '60604'],
	'404': ['ATLANTA', 'GA', '30303'],
	'415': ['SAN FRANCISCO', 'CA', '94105'],
	'503': ['PORTLAND', 'OR', '97204'],
	'512': ['AUSTIN', 'TX', '78701'],
	'602': ['PHOENIX', 'AZ', '85003'],
	'617': ['BOSTON', 'MA', '02108'],
	'628': ['SAN FRANCISCO', 'CA', '94108'],
	'702': ['LAS VEGAS', 'NV', '89101'],
	'808': ['HONOLULU', 'HI', '96813']
};

export const areaCodes: readonly string[] = Object.keys(places);

export type Place = { City: string; State: string; Zip: string; Country: string };

/** The place of a number as a webhook's parameters name it; empty where the carrier does not know. */
export function placeOf(number: string): Place {
	const parsed = parsePhone(number);
	const Country = 'phone' in parsed ? (parsed.country ?? '') : '';
	const [City, State, Zip] = (number.startsWith('+1') && places[number.slice(2, 5)]) || ['', '', ''];
	return { City, State, Zip, Country };
}
