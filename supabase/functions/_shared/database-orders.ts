import type { NumberType, OfferedNumber } from './core/number-catalogue.ts';
import type { OrderStatus } from './core/number-orders.ts';
import type { Slug } from './core/failures.ts';
import { askerOf, type Ask } from './database-ask.ts';
import { connect } from './database-connection.ts';

/** An order as it was when it was taken up. */
export type BegunOrder = {
	order_id: string;
	e164: string;
	status: OrderStatus;
	/** When an earlier request, whose outcome is unknown, was handed to the carrier; else null. */
	asked_at: string | null;
	created_at: string;
};

/** What the carrier takes for a kind of number, in micros of USD a month, and the documents it asks for. */
export type KindPrice = { kind: NumberType; cost_micros: number; documents: readonly string[] };

type Bought = { carrierNumberId: string; capabilities: readonly string[] };

/** The service verbs about numbers for sale and their orders, one round trip each. */
export function orderVerbs(ask: Ask) {
	return {
		/** Takes an order up for the carrier, and stamps that it is asked; null when it is not ours to do. */
		beginNumberOrder: (orderId: string, job: { id: string; lease: string }) =>
			ask<BegunOrder | null>('begin_number_order', { order_id: orderId, job_id: job.id, lease: job.lease }),

		/** The carrier certainly did not sell it: the next attempt need not look for it. */
		clearNumberOrder: (orderId: string) => ask<null>('clear_number_order', { order_id: orderId }),

		/** The carrier's answer is missing. */
		doubtNumberOrder: (orderId: string) => ask<null>('doubt_number_order', { order_id: orderId }),

		/** The carrier sold it: paid and owned, once. After `released` and `conflict` it has to go back. */
		completeNumberOrder: (orderId: string, { carrierNumberId, capabilities }: Bought) =>
			ask<{ outcome: 'active' | 'unchanged' | 'released' | 'conflict' }>('complete_number_order', {
				order_id: orderId,
				carrier_number_id: carrierNumberId,
				capabilities
			}),

		/** The carrier did not sell it: the money is back. */
		releaseNumberOrder: (orderId: string, reason: Slug, carrierCode: string | null) =>
			ask<{ outcome: 'released' | 'unchanged' }>('release_number_order', {
				order_id: orderId,
				reason,
				carrier_code: carrierCode
			}),

		/** What numbers of a country cost us now. */
		recordNumberPrices: (country: string, prices: readonly [KindPrice, ...KindPrice[]]) =>
			ask<null>('record_number_prices', { country_code: country, prices }),

		/** The carrier offers this number now: for an hour it can be ordered. */
		recordNumberOffer: (offer: OfferedNumber) =>
			ask<null>('record_number_offer', {
				offer: {
					e164: offer.number,
					country_code: offer.country,
					kind: offer.type,
					capabilities: offer.capabilities,
					locality: offer.locality,
					region: offer.region,
					address_requirement: offer.addressRequirement
				}
			})
	};
}

export type OrderDatabase = ReturnType<typeof orderVerbs> & { end: () => Promise<void> };

/** These verbs alone, for a function that needs no others: the rest of them brings everything that reads codes. */
export function orderDatabaseOf(env: Readonly<Record<string, string | undefined>>): OrderDatabase {
	const url = env.EDGE_DATABASE_URL || env.SUPABASE_DB_URL;
	if (!url) throw new Error('Set EDGE_DATABASE_URL, or SUPABASE_DB_URL.');
	const { rows, end } = connect(url, { connections: 2, ...(!env.EDGE_DATABASE_URL && { role: 'edge' as const }) });
	return { ...orderVerbs(askerOf(rows)), end };
}
