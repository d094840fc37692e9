import type { NumberMarket } from '../_shared/carriers/port.ts';
import { dearest } from '../_shared/core/rates.ts';
import type { Database, Job } from '../_shared/database.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';
import { goOn, type Ending } from './send-text.ts';

export type PriceParts = {
	database: Database;
	carrier: Pick<NumberMarket, 'numberPrices'>;
	log: Log;
};

/** Countries asked for at once: two requests each. */
const batch = 5;

/** Asks the carrier for its prices of the day. A country that it cannot tell is asked for again in an hour, by another job. */
export async function refreshPrices(job: Job, { database, carrier, log }: PriceParts): Promise<Ending> {
	const countries = await database.countriesToPrice(batch);
	await Promise.all(
		countries.map(async (country) => {
			try {
				const { outbound, inbound } = dearest(await carrier.numberPrices(country));
				const changed = await database.recordRates(country, outbound, inbound);
				if (changed > 0) log('prices', { country, changed });
			} catch (error) {
				log('prices', { country, error: summarize(error) });
			}
		})
	);
	if (countries.length === batch) return goOn(job, { database });
	await database.completeJob(job);
	return { outcome: 'refreshed' };
}
