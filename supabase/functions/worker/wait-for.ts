import type { Database, Job } from '../_shared/database.ts';
import type { Wait } from '../_shared/database-notifications.ts';
import type { Ending } from './send-text.ts';

/** Gives a job back until its person's quiet hours end. */
export async function waitFor(
	{ wait_until: until }: Wait,
	job: Job,
	{ database, now }: { database: Database; now: () => Date }
): Promise<Ending> {
	const seconds = Math.max(1, Math.ceil((Date.parse(until) - now().getTime()) / 1000));
	await database.failJob(job, 'quiet hours', seconds);
	return { outcome: 'waits' };
}
