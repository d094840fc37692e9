import type { Database, Job } from '../_shared/database.ts';
import type { Ending } from './send-text.ts';

/** Ends a request for a code whose time is over; whoever asked hears of it. One that has ended otherwise stays as it is. */
export async function expireVerification(job: Job, { database }: { database: Database }): Promise<Ending> {
	const id = job.payload.verification_id;
	if (typeof id !== 'string') {
		await database.failJob(job, 'the job names no verification', null);
		return { outcome: 'parked', error: 'the job names no verification' };
	}
	const { outcome } = await database.expireVerification(id);
	await database.completeJob(job);
	return { outcome };
}
