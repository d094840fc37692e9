import type { Database, Job } from '../_shared/database.ts';
import type { Ending } from './send-text.ts';

/** Memberships that one step takes away, and steps of one job: together well within its lease. */
const batch = 20;
const mostSteps = 50;

/**
 * Ends an account whose fourteen days are over, step by step; each is a transaction of its own, so whoever takes the job
 * up again goes on where it was left. Throws where there is more to do than one job should.
 */
export async function deleteAccount(job: Job, { database }: { database: Database }): Promise<Ending> {
	for (let step = 0; step < mostSteps; step++) {
		const outcome = await database.deleteAccount(String(job.payload.user_id), batch);
		if (outcome === 'more') continue;
		await database.completeJob(job);
		return { outcome };
	}
	throw new Error(`not done after ${mostSteps} steps`);
}
