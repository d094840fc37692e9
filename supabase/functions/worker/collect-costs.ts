import type { Carrier } from '../_shared/carriers/port.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { CostToAsk } from '../_shared/database-charges.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';
import { giveBack, goOn, type Ending } from './send-text.ts';

export type CostParts = {
	database: Database;
	carrier: Pick<Carrier, 'name' | 'fetch'>;
	log: Log;
};

/** Texts asked for at once. Small, because a hosted function has 2 s of CPU; the job comes again until there is no more. */
const batch = 10;
const retrySeconds = 60;

/** Asks the carrier what it took for texts, some time after they went or came. One it cannot tell yet comes again by itself. */
export async function collectCosts(job: Job, { database, carrier, log }: CostParts): Promise<Ending> {
	const texts = await database.costsToAsk(carrier.name, batch);
	const results = await Promise.allSettled(texts.map(collect));
	const [failure, ...others] = results.filter((result) => result.status === 'rejected');
	if (failure && others.length + 1 === texts.length)
		return giveBack(job, { database }, summarize(failure.reason), retrySeconds);
	if (texts.length === batch) return goOn(job, { database });
	await database.completeJob(job);
	return { outcome: 'collected' };

	async function collect({ message_id: id, carrier_message_id: carrierMessageId }: CostToAsk): Promise<void> {
		const found = await carrier.fetch(carrierMessageId);
		if (found?.priceMicros == null) return;
		const { outcome } = await database.recordTextCost(id, found.priceMicros, found.segments);
		log('cost', { message_sid: carrierMessageId, micros: found.priceMicros, outcome });
	}
}
