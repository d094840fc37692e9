import type { Database, Job } from '../_shared/database.ts';
import type { Ending } from './send-text.ts';

/** Texts or files of one step, and steps of one job: together well within its lease. */
const batch = 500;
const mostSteps = 20;

/**
 * Removes what organizations keep no longer, step by step; where more is left than one job should do, another goes on.
 * A rule that fails is told of and left for later: it holds up no other.
 */
export async function applyRetention(job: Job, { database }: { database: Database }): Promise<Ending> {
	const failures: string[] = [];
	const ending = (outcome: string): Ending =>
		failures.length > 0 ? { outcome, error: failures.join('; ') } : { outcome };
	for (let step = 0; step < mostSteps; step++) {
		const { more, failed } = await database.applyRetention(batch);
		if (failed) failures.push(failed);
		if (more) continue;
		await database.completeJob(job);
		return ending('done');
	}
	await database.beginRetention();
	await database.completeJob(job);
	return ending('more');
}
