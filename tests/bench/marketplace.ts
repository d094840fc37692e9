/** How quick the marketplace is on the stack: what people wait for, through the app's server, the edge function and the carrier. */
import type { Stack } from '../support/stack.ts';
import { createBuyer } from '../functions/buying.ts';
import { quantile, type Result } from './measure.ts';

const searches = 60;
const purchases = 40;

type Answer<Body> = { status: number; body: Body };
type Offered = { number: string; country: string; type: string; monthly_micros: number };

/** The developer API, in somebody's name. */
function asker(env: Stack['env'], accessToken: string) {
	return async <Body>(path: string, init: RequestInit = {}): Promise<Answer<Body>> => {
		const response = await fetch(`${env.SUPABASE_URL}/functions/v1/api/v1${path}`, {
			...init,
			headers: {
				apikey: env.SUPABASE_PUBLISHABLE_KEY,
				authorization: `Bearer ${accessToken}`,
				'content-type': 'application/json',
				...(init.headers as Record<string, string>)
			}
		});
		return { status: response.status, body: (await response.json()) as Body };
	};
}

/** A search with price, needs and limits, of a country, a place, a capability or a word; the carrier simulator included. */
export async function marketplace({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Result> {
	const buyer = await createBuyer(sql, env);
	const ask = asker(env, buyer.accessToken);
	const wishes = [
		'country=US',
		'country=US&area_code=415',
		'country=US&contains=*PIZZA',
		'country=SE&capabilities=sms,voice'
	];
	const search = (wish: string) =>
		ask<{ data: Offered[] }>(`/numbers/available?organization_id=${buyer.organizationId}&limit=20&${wish}`);
	// the first look at a country asks what its numbers cost
	for (const wish of wishes) await search(wish);
	const took: number[] = [];
	for (let at = 0; at < searches; at++) {
		const begun = performance.now();
		const { status, body } = await search(wishes[at % wishes.length]!);
		took.push(performance.now() - begun);
		if (status !== 200 || body.data.length === 0) throw new Error(`a search was answered with ${status}`);
	}
	const p95 = quantile(took, 0.95);
	return {
		name: 'a search of the marketplace, carrier simulator included',
		ratio: null,
		bar: 'p95 ≤ 400 ms',
		holds: p95 <= 400,
		figures: { p50: quantile(took, 0.5), p95, most: Math.max(...took) }
	};
}

/** From the click to the number that is paid and owned: ordered by API, bought by the worker at the carrier simulator. */
export async function purchase({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Result> {
	const buyer = await createBuyer(sql, env, 100_000_000);
	await sql`select private.grant_plan(${buyer.organizationId}, 'scale', now() + interval '1 day')`;
	const ask = asker(env, buyer.accessToken);
	const organization = `organization_id=${buyer.organizationId}`;
	const { body } = await ask<{ data: Offered[] }>(
		`/numbers/available?${organization}&country=US&type=local&area_code=628&limit=${purchases}`
	);
	const took: number[] = [];
	for (const { number, country, type, monthly_micros: total_micros } of body.data) {
		await ask(`/numbers/available/${encodeURIComponent(number)}?${organization}&country=${country}&type=${type}`);
		const begun = performance.now();
		const order = { organization_id: buyer.organizationId, number, country, type, total_micros };
		const placed = await ask<{ id: string }>('/number-orders', { method: 'POST', body: JSON.stringify(order) });
		if (placed.status !== 202) throw new Error(`an order was answered with ${placed.status}`);
		for (;;) {
			const [row] = await sql<
				{ status: string }[]
			>`select status from public.number_orders where id = ${placed.body.id}`;
			if (row?.status === 'active') break;
			if (row?.status === 'released' || performance.now() - begun > 30_000) throw new Error(`it is ${row?.status}`);
			await new Promise((done) => setTimeout(done, 5));
		}
		took.push(performance.now() - begun);
	}
	const p95 = quantile(took, 0.95);
	return {
		name: 'a number, from the order to active and paid',
		ratio: null,
		bar: 'p95 ≤ 1.5 s',
		holds: p95 <= 1500,
		figures: { p50: quantile(took, 0.5), p95, most: Math.max(...took) }
	};
}
