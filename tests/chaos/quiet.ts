import { eventually } from '../functions/doors.ts';
import type { Stack } from '../support/stack.ts';

/** What `claim_jobs` of a worker leases a job for; a lease older than a worker's death is nobody's. */
const leaseSeconds = 45;

/** Lets time pass for jobs that a killed worker had: nobody waits in a test until their leases end. */
export async function forgetDeadLeases({ sql }: Stack, workerKilledAt: Date): Promise<void> {
	await sql`
		update private.jobs set leased_until = now(), run_at = now()
		where completed_at is null and parked_at is null
			and leased_until <= ${new Date(workerKilledAt.getTime() + leaseSeconds * 1000)}`;
	await sql`select private.ring_worker()`;
}

/** Waits until no text is left to send; gives up after so many seconds, and the audit will say what is missing. */
export async function sendingEnds({ sql }: Stack, seconds: number): Promise<void> {
	const left = () => sql`
		select id from private.jobs where kind = 'send_message' and completed_at is null and parked_at is null`;
	await eventually(left, (jobs) => jobs.length === 0, seconds);
}

/** Has the worker ask the carrier for every receipt that was lost for ever, as it does by itself minutes later. */
export async function reconcileNow({ sql }: Stack): Promise<void> {
	await sql`
		insert into private.jobs (kind, queue_key, payload)
		values ('reconcile', 'reconcile', ${sql.json({ status_after_seconds: 0, overlap_seconds: 60 })})`;
}
