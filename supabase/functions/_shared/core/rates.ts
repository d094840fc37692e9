import type { NumberPrices } from './number-catalogue.ts';

/**
 * What a segment to a country and one that comes in cost at most, in 10⁻⁶ USD: which network a number is in, and what kind of
 * number sends, is not known before it is sent, and nothing is sold below what it costs. Null where the carrier does not say, or in
 * another currency than ours.
 */
export function dearest(prices: NumberPrices | null): { outbound: number | null; inbound: number | null } {
	if (prices?.currency !== 'USD') return { outbound: null, inbound: null };
	return {
		outbound: highest(prices.outbound.map(({ micros }) => micros)),
		inbound: highest(Object.values(prices.inbound))
	};
}

function highest(micros: readonly number[]): number | null {
	return micros.length === 0 ? null : Math.max(...micros);
}
