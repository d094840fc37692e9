import { priceFor, type Price } from '#core/composing.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import * as reads from '#lib/realtime/reads.ts';
import type { Rest } from '#lib/realtime/rest.ts';

/** What texts cost, read once somebody writes one. */
export class Prices {
	readonly #rest: Rest;
	#prices = $state.raw<readonly Price[]>([]);

	constructor(rest: Rest) {
		this.#rest = rest;
	}

	/** Reads them, once; where that does not work, composers show no price. */
	learn = coalesce(async () => {
		if (this.#prices.length > 0) return;
		// without it there is a number less on the page, and the next composer asks again
		this.#prices = await reads.prices(this.#rest).catch(() => []);
	});

	/** What a segment, or a text with files, costs to a number today, in 10⁻⁶ USD; null while that is not known. */
	of(number: string, kind: Price['kind'] = 'sms'): number | null {
		return priceFor(this.#prices, number, kind);
	}
}
