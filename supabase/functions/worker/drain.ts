import type { Database, Job } from '../_shared/database.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';

export type DrainParts = {
	database: Pick<Database, 'claimJobs' | 'nextJobIn'>;
	log: Log;
	kinds: readonly string[];
	/** Does one job to its end; it does not throw. */
	work: (job: Job) => Promise<void>;
	now: () => Date;
	/** Resolves after so many milliseconds. */
	pause: (milliseconds: number) => Promise<unknown>;
};

/** Jobs done at once: each waits for a carrier most of its time. */
const atOnce = 8;
/** One that takes longer than this holds up nobody: another may begin, up to `mostAtOnce` in all. */
const longMilliseconds = 3000;
const mostAtOnce = 40;
/** Longer than a look-up and a send take together; a worker that died is replaced after this. */
export const leaseSeconds = 45;
/** Hosted functions end after 150 s; what is left then is taken up by the next ring. */
const longestMilliseconds = 100_000;
/** How often a database that is away is asked again, half a second apart. After that, the next ring. */
const mostClaims = 40;
const claimEvery = 500;

/**
 * A bell that empties the queue. Rings during a drain do not start another: they wake the one that is under way.
 * The promise settles when the queue has nothing due, now or within half a minute, and everything claimed is done.
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
		const long = new Set<Promise<void>>();
		let failures = 0;

		function begin(job: Job): void {
			const timer = setTimeout(() => {
				long.add(done);
				ringing.resolve(undefined);
			}, longMilliseconds);
			const done = parts.work(job).finally(() => {
				clearTimeout(timer);
				running.delete(done);
				long.delete(done);
			});
			running.add(done);
		}

		for (;;) {
			rung = false;
			ringing = Promise.withResolvers();
			const mayClaim = parts.now().getTime() - started < longestMilliseconds;
			const free = mayClaim ? Math.min(atOnce + long.size, mostAtOnce) - running.size : 0;
			const jobs = free > 0 ? await claim(free) : [];
			for (const job of jobs ?? []) begin(job);
			failures = jobs ? 0 : failures + 1;
			const isAway = jobs === null && failures < mostClaims;
			// a text that can be taken back for some seconds is waited for: the timer alone would be late
			const wait = jobs?.length === 0 && running.size === 0 && mayClaim && !rung ? await nextJobIn() : null;
			if (running.size === 0 && !isAway && wait === null && (!rung || !mayClaim)) {
				// in the same breath as the decision, so that no ring falls in between
				draining = null;
				return;
			}
			if (wait !== null) await Promise.race([ringing.promise, parts.pause(wait)]);
			else if (isAway) await parts.pause(claimEvery);
			// a finished job frees a place, and its queue's next; a ring brings new ones
			else if (running.size > 0) await Promise.race([ringing.promise, ...running]);
		}
	}

	/** In how many milliseconds it is worth being awake again; null when that is not known or far. */
	async function nextJobIn(): Promise<number | null> {
		try {
			return await parts.database.nextJobIn(parts.kinds);
		} catch (error) {
			parts.log('claim_failed', { error: summarize(error) });
			return null;
		}
	}

	/** Due jobs, or null while the database cannot be asked. */
	async function claim(count: number): Promise<Job[] | null> {
		try {
			return await parts.database.claimJobs(parts.kinds, count, leaseSeconds);
		} catch (error) {
			parts.log('claim_failed', { error: summarize(error) });
			return null;
		}
	}
}
