/** The AvailablePhoneNumber resources: https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource */
import type { Hono } from 'hono';
import { matchesPattern, parsePattern, type NumberType } from '#core/number-catalogue.ts';
import { countries, findCountry } from '../catalogue/countries.ts';
import type { Country, Kind } from '../catalogue/kinds.ts';
import { digitsAt, offeredAt, sizeOf, type Offered } from '../catalogue/stock.ts';
import type { Store } from '../store.ts';
import { Refusal } from './errors.ts';
import { capabilityFlags, friendlyName } from './numbers.ts';
import { answerPage, placeIn, type Place } from './paging.ts';
import type { Faulty, RestEnv } from './request.ts';

/** The subresource of a kind, and its name in `subresource_uris`. */
const kinds: Readonly<Record<NumberType, { file: string; name: string }>> = {
	local: { file: 'Local', name: 'local' },
	mobile: { file: 'Mobile', name: 'mobile' },
	toll_free: { file: 'TollFree', name: 'toll_free' }
};

/** Filters that need maps which are not here: refused rather than ignored. */
const unsupported = ['NearNumber', 'NearLatLong', 'Distance', 'InPostalCode', 'InRateCenter', 'InLata'];

type Filter = (offered: Offered) => boolean;

export function serveAvailableNumbers(app: Hono<RestEnv>, store: Store, faulty: Faulty): void {
	const list = (account: string) => `/2010-04-01/Accounts/${account}/AvailablePhoneNumbers`;

	app.get('/AvailablePhoneNumbers.json', faulty('available.countries'), (c) => {
		const place = placeIn(new URL(c.req.url).searchParams);
		const from = place.page * place.size;
		const rows = countries
			.map((country, at) => ({ ...country, sid: `CO${hex(at)}` }))
			.slice(from, from + place.size + 1);
		return answerPage(c, 'countries', place, rows, (country) => presentCountry(country, list(c.var.account)));
	});

	app.get('/AvailablePhoneNumbers/:file{[A-Za-z]{2}\\.json}', faulty('available.countries'), (c) =>
		c.json(presentCountry(countryIn(c.req.param('file').slice(0, 2), c.req.path), list(c.var.account)))
	);

	app.get('/AvailablePhoneNumbers/:country/:file', faulty('available.list'), (c) => {
		const country = countryIn(c.req.param('country'), c.req.path);
		const [type] = Object.entries(kinds).find(([, { file }]) => `${file}.json` === c.req.param('file')) ?? [];
		const kind = country.kinds[type as NumberType];
		if (!kind) throw new Refusal(20404, c.req.path);
		const { searchParams } = new URL(c.req.url);
		const place = placeIn(searchParams);
		const rows = search(store, country, type as NumberType, kind, searchParams, place);
		return answerPage(c, 'available_phone_numbers', place, rows, present);
	});
}

function countryIn(iso: string, path: string): Country {
	const country = findCountry(iso);
	if (!country) throw new Refusal(20404, path);
	return country;
}

/** One page, and one number more where there is another. A number that was sold meanwhile moves no other. */
function search(
	store: Store,
	country: Country,
	type: NumberType,
	kind: Kind,
	query: URLSearchParams,
	{ size, page, cursor }: Place
): (Offered & { sid: string })[] {
	const wanted = filterOf(country, query);
	const digitsWanted = patternIn(query);
	const gone = 'select 1 from numbers where number = ?1 union all select 1 from sold where number = ?1';
	const backwards = cursor?.direction === 'previous';
	const most = backwards ? size : size + 1;
	const from = cursor ? Number.parseInt(cursor.sid.slice(2), 16) : null;
	let index = backwards ? (from ?? 0) - 1 : from === null ? 0 : from + 1;
	let skip = cursor ? 0 : page * size;
	const rows: (Offered & { sid: string })[] = [];
	for (; index >= 0 && index < sizeOf(kind) && rows.length < most; index += backwards ? -1 : 1) {
		if (!digitsWanted(digitsAt(country, kind, index))) continue;
		const offered = offeredAt(country, type, kind, index);
		if (!wanted(offered) || store.get(gone, offered.number)) continue;
		if (skip-- > 0) continue;
		rows.push({ ...offered, sid: `AN${hex(index)}` });
	}
	return backwards ? rows.reverse() : rows;
}

/** A place as it stands in a page's token. */
function hex(place: number): string {
	return place.toString(16).padStart(32, '0');
}

function patternIn(query: URLSearchParams): (digits: string) => boolean {
	const contains = query.get('Contains');
	if (!contains) return () => true;
	const parsed = parsePattern(contains);
	if (!('parts' in parsed)) throw new Refusal(20001, 'Contains');
	return (digits) => matchesPattern(digits, parsed.parts);
}

function filterOf(country: Country, query: URLSearchParams): Filter {
	for (const name of unsupported) if (query.has(name)) throw new Refusal(20001, `${name} is not simulated`);
	const filters: Filter[] = [];
	const areaCode = query.get('AreaCode');
	if (areaCode && !/^\d{3}$/.test(areaCode)) throw new Refusal(20001, 'AreaCode');
	// "applies to only phone numbers in the US and Canada", and so do regions; elsewhere both are ignored
	if (areaCode && country.code === '1') filters.push(({ number }) => number.startsWith(`+1${areaCode}`));
	const region = query.get('InRegion');
	if (region && country.code === '1') filters.push((each) => isSame(each.region, region));
	const locality = query.get('InLocality');
	if (locality) filters.push((each) => isSame(each.locality, locality));
	for (const [name, capability] of [
		['VoiceEnabled', 'voice'],
		['SmsEnabled', 'sms'],
		['MmsEnabled', 'mms']
	] as const) {
		const asked = flag(query, name);
		if (asked !== null) filters.push((each) => each.capabilities.includes(capability) === asked);
	}
	for (const [name, excluded] of [
		['ExcludeAllAddressRequired', ['any', 'local', 'foreign']],
		['ExcludeLocalAddressRequired', ['local']],
		['ExcludeForeignAddressRequired', ['foreign']]
	] as const) {
		if (flag(query, name)) filters.push(({ kind }) => !(excluded as readonly string[]).includes(kind.address));
	}
	return (offered) => filters.every((fits) => fits(offered));
}

function flag(query: URLSearchParams, name: string): boolean | null {
	const raw = query.get(name);
	if (raw === null || raw === '') return null;
	if (!/^(true|false)$/i.test(raw)) throw new Refusal(20001, name);
	return raw.toLowerCase() === 'true';
}

function isSame(place: string | null, asked: string): boolean {
	return place !== null && place.localeCompare(asked, 'en', { sensitivity: 'base' }) === 0;
}

function presentCountry(country: Country, list: string): object {
	const subresources = (Object.keys(country.kinds) as NumberType[]).map((type) => [
		kinds[type].name,
		`${list}/${country.iso}/${kinds[type].file}.json`
	]);
	return {
		beta: false,
		country: country.name,
		country_code: country.iso,
		subresource_uris: Object.fromEntries(subresources) as object,
		uri: `${list}/${country.iso}.json`
	};
}

function present({ number, locality, region, country, kind, capabilities }: Offered): object {
	return {
		address_requirements: kind.address,
		beta: false,
		capabilities: capabilityFlags(capabilities),
		friendly_name: friendlyName(number),
		iso_country: country.iso,
		lata: null,
		latitude: null,
		locality,
		longitude: null,
		phone_number: number,
		postal_code: null,
		rate_center: null,
		region
	};
}
