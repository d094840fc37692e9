import type { Database, Job } from '../_shared/database.ts';
import type { Ending } from './send-text.ts';

/** Lets a scheduled text go to the gate: it becomes a message with a job of its own, or keeps the reason why not. */
export async function sendScheduled(job: Job, { database }: { database: Database }): Promise<Ending> {
	const id = job.payload.scheduled_id;
	if (typeof id !== 'string') {
		await database.failJob(job, 'the job names no scheduled text', null);
		return { outcome: 'parked', error: 'the job names no scheduled text' };
	}
	const { outcome, reason } = await database.sendScheduled(id);
	await database.completeJob(job);
	return { outcome, ...(reason && { error: reason }) };
}
