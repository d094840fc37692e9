import type { Ask } from './database-ask.ts';

/** A number as a carrier lists it among ours. */
type Listed = { id: string; e164: string; order_name: string };
/** What a carrier counted in a category; null where its price is in another currency than ours. */
type Counted = { category: string; texts: number; price_micros: number | null };

/** The service verbs about what does not agree. */
export function reconciliationVerbs(ask: Ask) {
	return {
		/** Where the carrier's list of our numbers goes on; null: at its beginning. */
		beginCarrierReading: (carrier: string) => ask<{ page: string | null }>('begin_carrier_reading', { carrier }),

		/** A page of that list was read; `page` is the next, null after the last. */
		keepCarrierNumbers: (carrier: string, numbers: readonly Listed[], page: string | null) =>
			ask<null>('keep_carrier_numbers', { carrier, numbers: { list: numbers }, page }),

		/** Compares everything that is known; answers how many differences there are, and how many are new. */
		compareBooks: () => ask<{ open: number; new: number }>('compare_books', {}),

		/** Where the comparison with the payment provider's lists goes on. */
		beginPaymentListing: () =>
			ask<{ kind: 'subscription' | 'invoice' | 'payment_intent'; after: string | null; since: string }>(
				'begin_payment_listing',
				{}
			),

		/** A page of such a list; `after` is where it goes on, null after its last page. Answers whether there is more to read. */
		keepPaymentObjects: (kind: string, objects: readonly object[], after: string | null) =>
			ask<boolean>('keep_payment_objects', { kind, objects: { list: objects }, after }),

		/** The days (UTC) whose usage the carrier is to be asked for. */
		beginUsageReading: (carrier: string) => ask<{ days: string[] }>('begin_usage_reading', { carrier }),

		/** What the carrier counted on a day is compared with our texts. */
		keepCarrierUsage: (carrier: string, day: string, usage: readonly Counted[]) =>
			ask<null>('keep_carrier_usage', { carrier, day, usage: { list: usage } }),

		/** What came of a repair that only the worker can do. */
		finishRepair: (differenceId: string, result: string) =>
			ask<null>('finish_repair', { difference_id: differenceId, result })
	};
}
