import { Failure } from '../core/failures.ts';
import {
	addressRequirements,
	microsOf,
	numberCapabilities,
	numberTypes,
	type Capability,
	type NumberPrices,
	type NumberType,
	type OfferedNumber
} from '../core/number-catalogue.ts';
import type { CarrierNumber, NumberMarket } from './port.ts';
import { isObject, noAnswer, read, troubleOf, type Connection } from './twilio-connection.ts';

type Capabilities = Readonly<Record<string, boolean>>;
type Available = {
	phone_number: string;
	iso_country: string;
	locality: string | null;
	region: string | null;
	address_requirements: string;
	capabilities: Capabilities;
};
type Owned = { sid: string; phone_number: string; friendly_name: string; capabilities: Capabilities };
type Regulation = { requirements: { supporting_document: { name: string }[][] } };
type Price = { current_price: string; number_type: string };
type OutboundPrice = { carrier: string; mcc: string; mnc: string; prices: Price[] };

const files: Readonly<Record<NumberType, string>> = { local: 'Local', mobile: 'Mobile', toll_free: 'TollFree' };
const asked: Readonly<Record<Capability, string>> = { voice: 'VoiceEnabled', sms: 'SmsEnabled', mms: 'MmsEnabled' };
/** Twilio's word for a type of number, one in prices of numbers and another in prices of texts. */
const types: Readonly<Record<string, NumberType>> = {
	local: 'local',
	mobile: 'mobile',
	'toll free': 'toll_free',
	'toll-free': 'toll_free',
	tollfree: 'toll_free'
};

// https://www.twilio.com/docs/api/errors; what is not here keeps its code and is nobody's fault that we know of
const refusals: Readonly<Record<string, 'number_sold' | 'number_documents_missing'>> = {
	'21421': 'number_sold',
	'21422': 'number_sold',
	'21452': 'number_sold',
	'21631': 'number_documents_missing',
	'21649': 'number_documents_missing'
};

/** Numbers of ours that are read at once. */
const numbersPerPage = 200;

/** Twilio's catalogue, purchases and prices of numbers behind the carrier port. */
export function numberMarket({ account, ask, askHost, remove, patience }: Connection): NumberMarket {
	const owned = `${account}/IncomingPhoneNumbers`;

	return {
		async numberCountries() {
			type Country = { country_code: string; subresource_uris: Record<string, string> };
			const path = `${account}/AvailablePhoneNumbers.json?PageSize=1000`;
			const { countries } = await read<{ countries: Country[] }>(await ask(path, patience()));
			return countries.map(({ country_code: country, subresource_uris: has }) => ({
				country,
				types: numberTypes.filter((type) => has[type] !== undefined)
			}));
		},

		async numberDocuments(country, type) {
			const wish = { IsoCountry: country, NumberType: type.replace('_', '-'), EndUserType: 'business', PageSize: '20' };
			const path = `/v2/RegulatoryCompliance/Regulations?${new URLSearchParams(wish)}`;
			const { results } = await read<{ results: Regulation[] }>(await askHost('numbers', path, patience()));
			const names = results.flatMap(({ requirements }) => requirements.supporting_document.flat());
			return [...new Set(names.map(({ name }) => name))];
		},

		async searchNumbers(search, size, page) {
			const list = `${account}/AvailablePhoneNumbers/${encodeURIComponent(search.country)}/${files[search.type]}.json`;
			const query = new URLSearchParams({ PageSize: String(size) });
			if (search.areaCode) query.set('AreaCode', search.areaCode);
			if (search.pattern) query.set('Contains', search.pattern);
			if (search.locality) query.set('InLocality', search.locality);
			if (search.region) query.set('InRegion', search.region);
			for (const capability of search.capabilities) query.set(asked[capability], 'true');
			for (const [name, value] of placeOf(page)) query.set(name, value);
			const response = await ask(`${list}?${query}`, patience());
			if (response.status === 404 || response.status === 400) {
				await response.body?.cancel();
				// no numbers of this type there, or a search that Twilio cannot read
				if (response.status === 404) return { numbers: [], next: null };
				throw new Failure('number_search_invalid');
			}
			const found = await read<{ available_phone_numbers: Available[]; next_page_uri?: string | null }>(response);
			return {
				numbers: found.available_phone_numbers.map((each) => asOffered(each, search.type)),
				next: found.next_page_uri ? placeOf(found.next_page_uri).toString() : null
			};
		},

		async buyNumber({ number, orderName, inboundUrl, statusUrl, addressId, bundleId }) {
			const form = new URLSearchParams({
				PhoneNumber: number,
				FriendlyName: orderName,
				SmsUrl: inboundUrl,
				StatusCallback: statusUrl
			});
			if (addressId) form.set('AddressSid', addressId);
			if (bundleId) form.set('BundleSid', bundleId);
			try {
				const response = await ask(`${owned}.json`, patience(), form);
				const answer: unknown = await response.json().catch(() => null);
				if (response.ok && isOwned(answer)) return { outcome: 'bought', number: asNumber(answer) };
				const trouble = troubleOf(response, answer);
				return trouble.outcome === 'refused' ? { ...trouble, slug: refusals[trouble.code] ?? null } : trouble;
			} catch (error) {
				return noAnswer(error);
			}
		},

		async findNumber(orderName) {
			const query = new URLSearchParams({ FriendlyName: orderName, PageSize: '20' });
			const list = await read<{ incoming_phone_numbers: Owned[] }>(await ask(`${owned}.json?${query}`, patience()));
			// the filter is Twilio's, the decision is ours
			const found = list.incoming_phone_numbers.find((each) => each.friendly_name === orderName);
			return found ? asNumber(found) : null;
		},

		async ownedNumbers(page) {
			const query = new URLSearchParams({ PageSize: String(numbersPerPage) });
			for (const [name, value] of placeOf(page)) query.set(name, value);
			const list = await read<{ incoming_phone_numbers: Owned[]; next_page_uri?: string | null }>(
				await ask(`${owned}.json?${query}`, patience())
			);
			return {
				numbers: list.incoming_phone_numbers.map(asNumber),
				next: list.next_page_uri ? placeOf(list.next_page_uri).toString() : null
			};
		},

		async releaseNumber(carrierNumberId) {
			const response = await remove(`${owned}/${encodeURIComponent(carrierNumberId)}.json`, patience());
			await response.body?.cancel();
			if (response.ok) return 'released';
			if (response.status === 404) return 'gone';
			throw new Error(`the carrier answered ${response.status} to a release`);
		},

		async numberPrices(country) {
			const signal = patience();
			const ofCountry = (api: string) =>
				askHost('pricing', `/v1/${api}/Countries/${encodeURIComponent(country)}`, signal);
			const [numbers, texts] = await Promise.all([ofCountry('PhoneNumbers'), ofCountry('Messaging')]);
			if (numbers.status === 404 || texts.status === 404) {
				await Promise.all([numbers.body?.cancel(), texts.body?.cancel()]);
				return null;
			}
			const monthly = await read<{ price_unit: string; phone_number_prices: Price[] }>(numbers);
			const usage = await read<{ inbound_sms_prices: Price[]; outbound_sms_prices: OutboundPrice[] }>(texts);
			return {
				country,
				currency: monthly.price_unit.toUpperCase(),
				monthly: byType(monthly.phone_number_prices),
				inbound: byType(usage.inbound_sms_prices),
				outbound: usage.outbound_sms_prices.flatMap(({ carrier: network, mcc, mnc, prices }) =>
					Object.entries(byType(prices)).map(([type, micros]) => ({
						network,
						mcc,
						mnc,
						type: type as NumberType,
						micros
					}))
				)
			};
		}
	};
}

/** Where a page of a list begins: no more of its address than that, so that it can be shown and comes back as harmless. */
function placeOf(page: string | null): URLSearchParams {
	const query = new URLSearchParams(page?.replace(/^.*\?/, '') ?? '');
	return new URLSearchParams([...query].filter(([name]) => name === 'Page' || name === 'PageToken'));
}

function asOffered(resource: Available, type: NumberType): OfferedNumber {
	return {
		number: resource.phone_number,
		country: resource.iso_country,
		type,
		locality: resource.locality || null,
		region: resource.region || null,
		capabilities: capabilitiesOf(resource.capabilities),
		// a word that we do not know is not "none"
		addressRequirement: addressRequirements.find((each) => each === resource.address_requirements) ?? 'local'
	};
}

function asNumber({ sid, phone_number, friendly_name, capabilities }: Owned): CarrierNumber {
	return {
		carrierNumberId: sid,
		number: phone_number,
		orderName: friendly_name,
		capabilities: capabilitiesOf(capabilities)
	};
}

/** Twilio writes SMS and MMS in capitals in some resources. */
function capabilitiesOf(flags: Capabilities): Capability[] {
	return numberCapabilities.filter((each) => flags[each] || flags[each.toUpperCase()]);
}

/** Throws where something is no price: a number that costs nothing is worse than one that is not shown. */
function byType(prices: readonly Price[]): NumberPrices['monthly'] {
	const known: Partial<Record<NumberType, number>> = {};
	for (const { number_type, current_price } of prices) {
		const type = types[number_type.toLowerCase()];
		if (!type) continue;
		const micros = microsOf(current_price);
		if (micros === null) throw new Error('the carrier answered with something that is no price');
		known[type] = micros;
	}
	return known;
}

function isOwned(answer: unknown): answer is Owned {
	return isObject(answer) && typeof answer.sid === 'string' && typeof answer.phone_number === 'string';
}
