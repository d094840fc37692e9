import type { Database, Job } from '../_shared/database.ts';
import type { Ending } from './send-text.ts';

/** Numbers of one step, and steps of one job: together well within its lease. */
const batch = 100;
const mostSteps = 20;

/**
 * Renews numbers whose month is over, freezes what nobody pays for, and gives back what nobody wanted; tells of what comes. A
 * payload with an `organization_id` is about the numbers there that wait for money. One that fails holds up no other.
 */
export async function renewNumbers(job: Job, { database }: { database: Database }): Promise<Ending> {
	const { organization_id: wished } = job.payload;
	const organizationId = typeof wished === 'string' ? wished : null;
	const failures: string[] = [];
	let total = 0;
	for (let step = 0; step < mostSteps; step++) {
		const { advanced, failed } = await database.renewNumbers(batch, organizationId);
		if (failed) failures.push(failed);
		total += advanced;
		// none took a step: there is nothing more, or nothing that can be done now
		if (advanced === 0) break;
	}
	await database.completeJob(job);
	const outcome = total > 0 ? 'renewed' : 'nothing';
	return failures.length > 0 ? { outcome, error: failures.join('; ') } : { outcome };
}
