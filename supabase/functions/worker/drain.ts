import type { Database, Job } from '../_shared/database.ts';
import { summarize, type Log } from '../_shared/http/log.ts';

export type DrainParts = {
	database: Pick<Database, 'claimJobs'>;
	log: Log;
	kinds: readonly string[];
	/** Does one job to its end; it does not throw. */
	work: (job: Job) => Promise<void>;
	now: () => Date;
};

/** Jobs done at once: each waits for a carrier most of its time. */
const atOnce = 8;
/** Longer than a look-up and a send take together; a worker that died is replaced after this. */
const leaseSeconds = 45;
/** Hosted functions end after 150 s; what is left then is taken up by the next ring. */
const longestMilliseconds = 100_000;

/**
 * A bell that empties the queue. Rings during a drain do not start another: they wake the one that is under way.
 * The promise settles when the queue has nothing due and everything claimed is done.
 */
export function createBell(parts: DrainParts): () => Promise<void> {
	let draining: Promise<void> | null = null;
	let ringing = Promise.withResolvers<undefined>();
	let rung = false;

	return function ring() {
		rung = true;
		ringing.resolve(undefined);
		draining ??= drain();
		return draining;
	};

	async function drain(): Promise<void> {
		const started = parts.now().getTime();
		const running = new Set<Promise<void>>();
		for (;;) {
			rung = false;
			ringing = Promise.withResolvers();
			const mayClaim = parts.now().getTime() - started < longestMilliseconds;
			const free = mayClaim ? atOnce - running.size : 0;
			const jobs = free > 0 ? await claim(free) : [];
			for (const job of jobs) {
				const done = parts.work(job).finally(() => running.delete(done));
				running.add(done);
			}
			if (running.size === 0 && (!rung || !mayClaim)) {
				// in the same breath as the decision, so that no ring falls in between
				draining = null;
				return;
			}
			// a finished job frees a place, and its queue's next; a ring brings new ones
			if (running.size > 0) await Promise.race(free > 0 ? [ringing.promise, ...running] : running);
		}
	}

	/** Due jobs, or none while the database cannot be asked: the timer rings again. */
	async function claim(count: number): Promise<Job[]> {
		try {
			return await parts.database.claimJobs(parts.kinds, count, leaseSeconds);
		} catch (error) {
			parts.log('claim_failed', { error: summarize(error) });
			return [];
		}
	}
}
