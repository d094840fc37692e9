import type { Ask, List } from './database-ask.ts';

/** A text whose cost the carrier is to be asked for. */
export type CostToAsk = { message_id: string; carrier_message_id: string };

/** What texts cost the platform, and what they are sold for. */
export function chargeVerbs(ask: Ask, list: List) {
	return {
		/** Up to `batch` texts whose cost is not known yet; each comes again later. */
		costsToAsk: (carrier: string, batch: number) => list<CostToAsk>('costs_to_ask', { carrier, batch }),

		/** What the carrier took for a text, in 10⁻⁶ USD, and how many segments it counted. */
		recordTextCost: (messageId: string, micros: number, segments: number | null) =>
			ask<{ outcome: 'booked' | 'unchanged' }>('record_text_cost', { message_id: messageId, micros, segments }),

		/** Up to `batch` countries whose prices are older than a day. */
		countriesToPrice: (batch: number) => ask<string[]>('countries_to_price', { batch }),

		/** What a segment to a country costs at the carrier, and one that comes in, in 10⁻⁶ USD; null: it does not say. */
		recordRates: (country: string, outboundMicros: number | null, inboundMicros: number | null) =>
			ask<number>('record_rates', {
				country_code: country,
				outbound_micros: outboundMicros,
				inbound_micros: inboundMicros
			})
	};
}
