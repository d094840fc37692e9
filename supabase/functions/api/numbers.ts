import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Failure } from '../_shared/core/failures.ts';
import {
	hasAreaCodes,
	numberCapabilities,
	numberTypes,
	parsePattern,
	type Capability
} from '../_shared/core/number-catalogue.ts';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { call } from '../_shared/database-literal.ts';
import type { Api } from './app.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import type { Marketplace, Places, ReadTerms, Terms, Wish } from './marketplace.ts';
import { linkTo } from './paging.ts';
import { Micros, OrganizationId, wholeNumber } from './shapes.ts';

const Country = z
	.string()
	.regex(/^[A-Za-z]{2}$/, 'This is a country by its two letters, for example US.')
	.toUpperCase();
const Type = z.enum(numberTypes, `This is one of ${numberTypes.join(', ')}.`);
const Place = z.string().trim().max(60, 'This has at most 60 characters.');
/** `sms,mms`. */
const Capabilities = z
	.string()
	.transform((list) => list.split(',').filter(Boolean))
	.pipe(z.array(z.enum(numberCapabilities, `These are some of ${numberCapabilities.join(', ')}.`)))
	.transform((list): Capability[] => [...new Set(list)]);
const Search = z.strictObject({
	organization_id: OrganizationId,
	country: Country,
	type: Type.optional(),
	area_code: z
		.string()
		.regex(/^\d{3}$/, 'An area code has three digits.')
		.optional(),
	locality: Place.optional(),
	region: Place.optional(),
	contains: z.string().max(40, 'A pattern has at most 16 characters.').optional(),
	capabilities: Capabilities.optional(),
	cursor: z.string().max(2000).optional(),
	limit: wholeNumber(1, 50).optional()
});
const One = z.strictObject({ organization_id: OrganizationId, country: Country, type: Type });
const Near = One.extend({ capabilities: Capabilities.optional() });
const Places_ = z.partialRecord(Type, z.string().max(500));

const Offer = z
	.object({
		number: z.string(),
		country: z.string(),
		type: Type,
		locality: z.string().nullable(),
		region: z.string().nullable(),
		capabilities: z.array(z.enum(numberCapabilities)),
		monthly_micros: Micros,
		setup_micros: Micros,
		text_out_micros: Micros.nullable(),
		text_in_micros: Micros.nullable(),
		needs: z.string().nullable().openapi({ description: 'What has to be handed in first; null: it can be had now.' }),
		documents: z.array(z.string()),
		limits: z.array(z.string())
	})
	.openapi('NumberOffer');
const Offers = z.object({ data: z.array(Offer) });
const ByNumber = z.object({ number: z.e164() });

type Parts = { database: CallerDatabase; marketplace: Marketplace };

/** `/v1/numbers`: what can be bought, for everybody of an organization. */
export function numbers({ database, marketplace }: Parts): Routes {
	const routes = createRoutes();
	const tag = 'Numbers';
	const refusals = ['carrier_unavailable'] as const;
	/** In the caller's name: a stranger to the organization is refused here. */
	const termsFor =
		(c: Context<Api>, named: string | undefined): ReadTerms =>
		async (country, sample) => {
			const args = { organization_id: organizationOf(c.var.caller, named), country_code: country, sample };
			const [row] = await database.rows<{ answer: Terms }>(
				c.var.caller,
				`select ${call('number_terms', args, 'api')} as answer`
			);
			if (!row) throw new Failure('internal');
			return row.answer;
		};

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/countries', operationId: 'listNumberCountries', tag },
			summary: 'Where numbers are sold',
			scope: 'numbers:read',
			answers: { 200: z.object({ data: z.array(z.object({ country: z.string(), types: z.array(Type) })) }) },
			refusals
		},
		async (c) => c.json({ data: await marketplace.countries() })
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/available', operationId: 'searchNumbers', tag, summary: 'Search numbers for sale' },
			scope: 'numbers:read',
			query: Search,
			answers: {
				200: Offers.extend({ types: z.array(Type), next_cursor: z.string().nullable() })
			},
			refusals: [...refusals, 'number_search_invalid']
		},
		async (c, { query: { organization_id, cursor, limit = 20, ...asked } }) => {
			const { numbers, types, next } = await marketplace.search(
				wishOf(asked),
				limit,
				cursor === undefined ? null : placesIn(cursor),
				termsFor(c, organization_id)
			);
			const next_cursor = Object.keys(next).length > 0 ? btoa(JSON.stringify(next)) : null;
			if (next_cursor !== null) c.header('link', linkTo(c, next_cursor));
			return c.json({ data: numbers, types, next_cursor });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/available/{number}', operationId: 'getNumberOffer', tag },
			summary: 'Read what one number costs',
			description: 'It can be ordered at this price for an hour.',
			scope: 'numbers:read',
			params: ByNumber,
			query: One,
			answers: { 200: Offer },
			refusals: [...refusals, 'number_sold']
		},
		async (c, { params: { number }, query: { organization_id, country, type } }) =>
			c.json(await marketplace.offer(number, country, type, termsFor(c, organization_id)))
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/near/{number}', operationId: 'listNumbersNear', tag },
			summary: 'Find the nearest others',
			scope: 'numbers:read',
			params: ByNumber,
			query: Near,
			answers: { 200: Offers },
			refusals
		},
		async (c, { params: { number }, query: { organization_id, country, type, capabilities = [] } }) => {
			const read = termsFor(c, organization_id);
			return c.json({ data: await marketplace.near(number, country, type, capabilities, 3, read) });
		}
	);

	return routes;
}

function wishOf({
	country,
	type,
	area_code,
	locality,
	region,
	contains,
	capabilities = []
}: Omit<z.output<typeof Search>, 'organization_id'>): Wish {
	const parsed = contains?.trim() ? parsePattern(contains) : null;
	if (parsed && 'says' in parsed) throw new Failure('number_search_invalid', parsed.says);
	return {
		country,
		type: type ?? null,
		areaCode: hasAreaCodes(country) ? (area_code ?? null) : null,
		pattern: parsed?.pattern ?? null,
		locality: locality || null,
		region: region || null,
		capabilities
	};
}

function placesIn(cursor: string): Places {
	try {
		return Places_.parse(JSON.parse(atob(cursor)));
	} catch {
		throw new Failure('malformed');
	}
}
