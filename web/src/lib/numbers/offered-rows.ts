import { hasAreaCodes, registrationOf, type Capability, type NumberType } from '#core/number-catalogue.ts';
import type { Offered } from './offered.ts';
import { addressOf, type NumberWish } from './search-address.ts';
import { capabilityWords, countryName, piecesOf, placeOf, typeWords, type Piece } from './words.ts';

/** A number for sale as the list shows it: the server finds the words, so that no page has to bring along how. */
export type OfferedLine = Pick<
	Offered,
	'number' | 'monthly_micros' | 'setup_micros' | 'text_out_micros' | 'text_in_micros' | 'needs'
> & {
	prefix: string;
	/** The rest of it, with what was looked for. */
	pieces: Piece[];
	place: string;
	within: string;
	can: { name: string; has: boolean }[];
	texts: boolean;
	/** What sending from it asks for; null: nothing. */
	registration: string | null;
	/** Behind the address of the page: its own, with the way back. */
	address: string;
};

const shown: readonly Capability[] = ['sms', 'mms', 'voice'];

/** @param wish what was looked for */
export function offeredLine(number: Offered, wish: NumberWish): OfferedLine {
	const { number: e164, country, type, capabilities } = number;
	const { monthly_micros, setup_micros, text_out_micros, text_in_micros, needs } = number;
	const from = addressOf(wish, { cursor: wish.cursor });
	return {
		...{ number: e164, monthly_micros, setup_micros, text_out_micros, text_in_micros, needs },
		...piecesOf(e164, wish.contains),
		...placeOf(number),
		can: shown.map((each) => ({ name: capabilityWords[each], has: capabilities.includes(each) })),
		texts: capabilities.includes('sms'),
		registration: registrationOf(number),
		address: `/${e164}?${new URLSearchParams({ country, type, from })}`
	};
}

type SoldIn = { country: string; types: readonly NumberType[] };

/** What the form offers to choose from, by name. */
export function choicesOf(countries: readonly SoldIn[], wish: NumberWish) {
	const here = countries.find(({ country }) => country === wish.country);
	return {
		countries: countries
			.map(({ country }) => ({
				country,
				name: countryName(country),
				address: addressOf(wish, { country, near: '', type: null })
			}))
			.toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
		types: (here?.types ?? (Object.keys(typeWords) as NumberType[])).map((type) => ({ type, name: typeWords[type] })),
		can: shown.map((capability) => ({
			capability,
			name: capabilityWords[capability],
			wished: wish.can.includes(capability)
		})),
		placeLabel: hasAreaCodes(wish.country) ? 'Area code or place' : 'Place',
		here: countryName(wish.country)
	};
}
export type Choices = ReturnType<typeof choicesOf>;

/** Where else the search leads, behind the page's address; null where it would be the same. */
export function waysOn(wish: NumberWish, next: string | null) {
	return {
		again: addressOf(wish, { cursor: wish.cursor }),
		first: wish.cursor ? addressOf(wish) : null,
		next: next ? addressOf(wish, { cursor: next }) : null,
		anywhere: wish.contains || wish.near ? addressOf(wish, { contains: '', near: '' }) : null,
		anything: wish.can.length > 0 || wish.type ? addressOf(wish, { can: [], type: null }) : null
	};
}
