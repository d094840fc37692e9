import * as z from 'zod';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, isSlug } from '#core/failures.ts';
import { hasAreaCodes, numberCapabilities, numberTypes } from '#core/number-catalogue.ts';
import type { Capability, NumberType } from '#core/number-catalogue.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { tracedFetch } from './requests.ts';

/** How long a page waits for the carrier, in ms. */
const patience = 8_000;

const Listed = z.object({
	number: z.string(),
	country: z.string(),
	type: z.enum(numberTypes),
	locality: z.string().nullable(),
	region: z.string().nullable(),
	capabilities: z.array(z.enum(numberCapabilities)),
	monthly_micros: z.number(),
	setup_micros: z.number(),
	text_out_micros: z.number().nullable(),
	text_in_micros: z.number().nullable(),
	needs: z.string().nullable(),
	documents: z.array(z.string()),
	limits: z.array(z.string())
});
/** A number for sale, with its price in micros of USD, and what it needs and cannot do in sentences. */
export type Listed = z.infer<typeof Listed>;

const Page = z.object({
	data: z.array(Listed),
	types: z.array(z.enum(numberTypes)),
	next_cursor: z.string().nullable()
});
const Countries = z.object({ data: z.array(z.object({ country: z.string(), types: z.array(z.enum(numberTypes)) })) });
export type SoldIn = z.infer<typeof Countries>['data'][number];

export type Wish = {
	country: string;
	type: NumberType | null;
	contains: string;
	/** An area code, or a place by its name. */
	near: string;
	can: readonly Capability[];
	cursor: string | null;
};

/** Where numbers are sold. Throws `carrier_unavailable`. */
export async function countries(database: AppDatabase): Promise<SoldIn[]> {
	return (await ask(database, 'countries', new URLSearchParams(), Countries)).data;
}

/** Numbers like this, those that can be had now first. Throws `number_search_invalid`, `carrier_unavailable`. */
export async function search(database: AppDatabase, organizationId: string, wish: Wish, limit: number) {
	const { country, type, contains, near, can, cursor } = wish;
	const query = new URLSearchParams({ organization_id: organizationId, country, limit: String(limit) });
	if (type) query.set('type', type);
	if (contains) query.set('contains', contains);
	const isCode = /^\d{3}$/.test(near) && hasAreaCodes(country);
	if (near) query.set(isCode ? 'area_code' : 'locality', near);
	if (can.length > 0) query.set('capabilities', can.join(','));
	if (cursor) query.set('cursor', cursor);
	const { data, types, next_cursor } = await ask(database, 'available', query, Page);
	return { numbers: data, types, next: next_cursor };
}

type Number_ = { number: string; country: string; type: NumberType };

/** This very number, which can be ordered from now on. Throws `number_sold`, `carrier_unavailable`. */
export async function offer(database: AppDatabase, organizationId: string, wanted: Number_): Promise<Listed> {
	const { number, country, type } = wanted;
	const query = new URLSearchParams({ organization_id: organizationId, country, type });
	return ask(database, `available/${encodeURIComponent(number)}`, query, Listed);
}

/** The nearest others; none where the carrier cannot tell. */
export async function near(
	database: AppDatabase,
	organizationId: string,
	{ number, country, type }: Number_,
	capabilities: readonly Capability[]
): Promise<Listed[]> {
	const query = new URLSearchParams({ organization_id: organizationId, country, type });
	if (capabilities.length > 0) query.set('capabilities', capabilities.join(','));
	try {
		return (await ask(database, `near/${encodeURIComponent(number)}`, query, Page.pick({ data: true }))).data;
	} catch (cause) {
		if (cause instanceof Failure) return [];
		throw cause;
	}
}

/** The developer API, in the person's name: the carrier's keys are there. Throws what it refuses with. */
async function ask<Answer>(
	database: AppDatabase,
	path: string,
	query: URLSearchParams,
	schema: z.ZodType<Answer>
): Promise<Answer> {
	const { access_token } = await currentSession(database);
	let response: Response;
	let answer: unknown;
	try {
		response = await tracedFetch(`${PUBLIC_SUPABASE_URL}/functions/v1/api/v1/numbers/${path}?${query}`, {
			headers: { apikey: PUBLIC_SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${access_token}` },
			signal: AbortSignal.timeout(patience)
		});
		answer = await response.json();
	} catch (cause) {
		throw new Failure('carrier_unavailable', undefined, { cause });
	}
	if (response.ok) return schema.parse(answer);
	const { code, detail } = z
		.object({ code: z.string(), detail: z.string().optional() })
		.catch({ code: '' })
		.parse(answer);
	if (code === 'malformed') throw new Failure('number_search_invalid');
	throw isSlug(code) ? new Failure(code, detail) : new Failure('carrier_unavailable');
}
