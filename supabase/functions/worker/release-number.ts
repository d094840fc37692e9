import type { NumberMarket } from '../_shared/carriers/port.ts';
import type { Database, Job } from '../_shared/database.ts';
import { summarize } from '../_shared/core/errors.ts';
import { giveBack, type Ending } from './send-text.ts';

const retrySeconds = 300;

/** Gives a number back to the carrier. One that it does not know any more is given back as well. */
export async function releaseNumber(
	job: Job,
	{ database, market }: { database: Database; market: Pick<NumberMarket, 'releaseNumber'> }
): Promise<Ending> {
	const phoneNumberId = String(job.payload.phone_number_id);
	const number = await database.numberToRelease(phoneNumberId);
	if (!number) {
		await database.completeJob(job);
		return { outcome: 'nothing' };
	}
	try {
		const outcome = await market.releaseNumber(number.carrier_number_id);
		await database.numberGivenBack(phoneNumberId);
		await database.completeJob(job);
		return { outcome };
	} catch (error) {
		return giveBack(job, { database }, summarize(error), retrySeconds);
	}
}
