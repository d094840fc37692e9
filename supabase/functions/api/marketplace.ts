import type { NumberMarket } from '../_shared/carriers/port.ts';
import { Failure } from '../_shared/core/failures.ts';
import {
	limitsOf,
	needsOf,
	type Capability,
	type NumberSearch,
	type NumberType,
	type OfferedNumber
} from '../_shared/core/number-catalogue.ts';
import type { KindPrice, OrderDatabase } from '../_shared/database-orders.ts';

/** What numbers of a country cost and need, as `api.number_terms` gives it; money in micros of USD. */
export type Terms = {
	read_at: string | null;
	text_out_micros: number | null;
	text_in_micros: number | null;
	kinds: Partial<Record<NumberType, { monthly_micros: number; setup_micros: number; documents: string[] }>>;
};

/** A number for sale with all that one wants to know before; money in micros of USD. */
export type Listed = {
	number: string;
	country: string;
	type: NumberType;
	locality: string | null;
	region: string | null;
	capabilities: readonly Capability[];
	monthly_micros: number;
	setup_micros: number;
	text_out_micros: number | null;
	text_in_micros: number | null;
	/** What has to be handed in first, in a sentence; null: it can be had now. */
	needs: string | null;
	documents: readonly string[];
	limits: readonly string[];
};

export type Wish = Omit<NumberSearch, 'type'> & { type: NumberType | null };
/** Where each type's numbers go on; a type that is not in it has no more. */
export type Places = Partial<Record<NumberType, string>>;
/** Reads the terms in the caller's name, who has to belong to the organization. The sample is any number of the country. */
export type ReadTerms = (country: string, sample: string | null) => Promise<Terms>;

type Parts = {
	market: NumberMarket;
	records: Pick<OrderDatabase, 'recordNumberPrices' | 'recordNumberOffer'>;
	now: () => Date;
};

export type Marketplace = ReturnType<typeof createMarketplace>;

/** How long the carrier's prices and countries are taken for current, in ms. */
const pricesLast = 12 * 3_600_000;
const countriesLast = 600_000;

/** What the carrier sells, with what it costs here and what it needs. Fails with `carrier_unavailable`. */
export function createMarketplace({ market, records, now }: Parts) {
	let known: { at: number; list: Promise<{ country: string; types: NumberType[] }[]> } | null = null;

	/** Where numbers are sold, and of which types. */
	async function countries(): Promise<{ country: string; types: NumberType[] }[]> {
		if (!known || now().getTime() - known.at > countriesLast) {
			known = { at: now().getTime(), list: asked(market.numberCountries()) };
			known.list.catch(() => (known = null));
		}
		return known.list;
	}

	/** The terms of a country, read anew from the carrier where they are old. */
	async function termsOf(country: string, read: ReadTerms): Promise<Terms> {
		const terms = await read(country, null);
		if (terms.read_at && now().getTime() - Date.parse(terms.read_at) < pricesLast) return terms;
		try {
			await refresh(country);
		} catch (error) {
			// old prices still are prices
			if (terms.read_at) return terms;
			throw error;
		}
		return read(country, null);
	}

	async function refresh(country: string): Promise<void> {
		const prices = await asked(market.numberPrices(country));
		if (!prices) return;
		if (prices.currency !== 'USD') throw new Error('the carrier asks for another currency than ours');
		const kinds = await Promise.all(
			(Object.entries(prices.monthly) as [NumberType, number][]).map(
				async ([kind, cost_micros]): Promise<KindPrice> => ({
					kind,
					cost_micros,
					documents: await asked(market.numberDocuments(country, kind))
				})
			)
		);
		const [first, ...others] = kinds;
		if (first) await records.recordNumberPrices(country, [first, ...others]);
	}

	async function list(found: readonly OfferedNumber[], terms: Terms, read: ReadTerms): Promise<Listed[]> {
		const [first] = found;
		if (!first) return [];
		const { text_in_micros, text_out_micros } = await read(first.country, first.number);
		return found.flatMap(({ addressRequirement, ...offered }) => {
			const kind = terms.kinds[offered.type];
			// what has no price is not for sale
			if (!kind) return [];
			const needs = needsOf(addressRequirement, offered.country, { bundle: kind.documents.length > 0 });
			return [{ ...offered, ...kind, text_out_micros, text_in_micros, needs, limits: limitsOf(offered) }];
		});
	}

	return {
		countries,

		/** Numbers like this, `size` of each type: those that can be had now first. */
		async search(wish: Wish, size: number, places: Places | null, read: ReadTerms) {
			const [terms, sold] = await Promise.all([termsOf(wish.country, read), countries()]);
			const types = sold.find(({ country }) => country === wish.country)?.types ?? [];
			const wanted = types.filter(
				(type) => (wish.type ?? type) === type && (places === null || places[type] !== undefined)
			);
			const pages = await Promise.all(
				wanted.map((type) => asked(market.searchNumbers({ ...wish, type }, size, places?.[type] ?? null)))
			);
			const next: Places = {};
			for (const [at, type] of wanted.entries()) {
				const place = pages[at]?.next;
				if (place) next[type] = place;
			}
			const listed = await list(
				pages.flatMap(({ numbers }) => numbers),
				terms,
				read
			);
			const first = (each: Listed) => (each.needs ? 1 : 0);
			return { numbers: listed.toSorted((a, b) => first(a) - first(b)), types, next };
		},

		/** This very number, which can be ordered from now on for an hour. Fails with `number_sold`. */
		async offer(number: string, country: string, type: NumberType, read: ReadTerms): Promise<Listed> {
			const terms = await termsOf(country, read);
			const { numbers } = await asked(market.searchNumbers(like(number, country, type), 2, null));
			const offered = numbers.find((each) => each.number === number);
			if (!offered) throw new Failure('number_sold');
			const [[listed]] = await Promise.all([list([offered], terms, read), records.recordNumberOffer(offered)]);
			if (!listed) throw new Failure('number_sold');
			return listed;
		},

		/** The nearest others of its type, nearest first. */
		async near(
			number: string,
			country: string,
			type: NumberType,
			capabilities: readonly Capability[],
			size: number,
			read: ReadTerms
		): Promise<Listed[]> {
			const terms = await termsOf(country, read);
			// the same but for the last digit, for the last two …, and then anywhere there
			const begins = [1, 2, 4, 7].map((cut) => number.slice(0, Math.max(3, number.length - cut)));
			const pages = await Promise.all(
				begins.map((begin) =>
					asked(market.searchNumbers({ ...like(begin, country, type), capabilities }, size + 1, null))
				)
			);
			const found = new Map<string, OfferedNumber>();
			for (const { numbers } of pages) {
				const sorted = numbers.toSorted((a, b) => distance(a.number, number) - distance(b.number, number));
				for (const each of sorted) if (each.number !== number) found.set(each.number, each);
			}
			return list([...found.values()].slice(0, size), terms, read);
		}
	};
}

const like = (begin: string, country: string, type: NumberType): NumberSearch => ({
	country,
	type,
	areaCode: null,
	pattern: begin,
	locality: null,
	region: null,
	capabilities: []
});

function distance(one: string, other: string): number {
	return Math.abs(Number(one.slice(1)) - Number(other.slice(1)));
}

/** What the carrier answers; or `carrier_unavailable`, where it does not. */
async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
	try {
		return await answer;
	} catch (cause) {
		throw cause instanceof Failure ? cause : new Failure('carrier_unavailable', undefined, { cause });
	}
}
