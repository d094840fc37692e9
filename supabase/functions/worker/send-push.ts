import type { Database, Job } from '../_shared/database.ts';
import type { webPush } from '../_shared/push/web-push.ts';
import { retry, type Ending } from './send-text.ts';
import { waitFor } from './wait-for.ts';

export type PushParts = {
	database: Database;
	devices: ReturnType<typeof webPush>;
	now: () => Date;
	/** From 0 to 1, 1 excluded. */
	chance: () => number;
};

/**
 * Tells a device of a notification: one job each, so that a device that does not answer holds up no other. Told again after a
 * crash, the device knows by its id that it has shown it.
 */
export async function sendPush(job: Job, parts: PushParts): Promise<Ending> {
	const { database, devices } = parts;
	const { notification_id: notificationId, subscription_id: subscriptionId, texts } = job.payload;
	if (typeof notificationId !== 'string' || typeof subscriptionId !== 'string' || typeof texts !== 'number')
		return park(job, database, 'the job names no device');
	const due = await database.takePush(notificationId, subscriptionId, texts);
	if (due && 'wait_until' in due) return waitFor(due, job, parts);
	const pushed = due ? await devices.push(due, due.words) : null;
	if (pushed?.outcome === 'not_taken') return retry(job, parts, pushed.error, pushed.retryAfterSeconds);
	if (pushed?.outcome === 'refused') return park(job, database, pushed.error);
	if (pushed?.outcome === 'gone') await database.forgetPush(subscriptionId);
	await database.completeJob(job);
	return { outcome: pushed ? (pushed.outcome === 'gone' ? 'gone' : 'sent') : 'nothing_to_send' };
}

async function park(job: Job, database: Database, error: string): Promise<Ending> {
	await database.failJob(job, error, null);
	return { outcome: 'parked', error };
}
