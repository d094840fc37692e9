import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Job } from '../../supabase/functions/_shared/database.ts';
import { backoffSeconds } from '../../supabase/functions/worker/backoff.ts';
import { createBell } from '../../supabase/functions/worker/drain.ts';

/** A queue in memory, whose jobs end when the test says so. */
function openQueue() {
	const due: Job[] = [];
	const working = new Map<string, () => void>();
	const claims: number[] = [];
	/** answers to when the next job is due, in ms */
	const held: number[] = [];
	let at = new Date(0);
	let broken = false;
	let pauses = 0;
	const ring = createBell({
		database: {
			claimJobs: async (_kinds, batch) => {
				claims.push(batch);
				await Promise.resolve();
				if (broken) throw new Error('the database is away');
				return due.splice(0, batch);
			},
			nextJobIn: async () => held.shift() ?? null
		},
		log: () => undefined,
		kinds: ['send_message'],
		work: (job) => new Promise((done) => working.set(job.id, done)),
		now: () => at,
		pause: () => {
			pauses += 1;
			return turn();
		}
	});
	const add = (...ids: string[]) =>
		due.push(...ids.map((id) => ({ id, kind: 'send_message', payload: {}, attempts: 1, lease: id, request_id: null })));
	return {
		ring,
		add,
		claims,
		held,
		working,
		end: (id: string) => {
			working.get(id)?.();
			working.delete(id);
		},
		pass: (milliseconds: number) => (at = new Date(at.getTime() + milliseconds)),
		breakDown: (is: boolean) => (broken = is),
		pauses: () => pauses
	};
}

const turn = () => new Promise((done) => setTimeout(done, 0));

test('rings during a drain start no second one, and none is lost', async () => {
	const queue = openQueue();
	queue.add('a');
	const drained = queue.ring();
	expect(queue.ring()).toBe(drained);
	await turn();
	queue.add('b');
	void queue.ring();
	await turn();
	expect([...queue.working.keys()]).toEqual(['a', 'b']);
	queue.end('b');
	queue.end('a');
	await drained;
	queue.add('c');
	const again = queue.ring();
	await turn();
	expect([...queue.working.keys()]).toEqual(['c']);
	queue.end('c');
	await again;
});

test('a slow job holds up nobody, and no more than eight run at once', async () => {
	const queue = openQueue();
	queue.add(...'abcdefghijkl');
	const drained = queue.ring();
	await turn();
	expect(queue.working.size).toBe(8);
	queue.end('h');
	await turn();
	expect([...queue.working.keys()]).toContain('i');
	expect([...queue.working.keys()]).toContain('a');
	while (queue.working.size > 0) {
		for (const id of [...queue.working.keys()]) queue.end(id);
		await turn();
	}
	await drained;
	expect(Math.max(...queue.claims)).toBe(8);
});

test('a database that is away is asked again until it is back, without another ring', async () => {
	const queue = openQueue();
	queue.add('a');
	queue.breakDown(true);
	const drained = queue.ring();
	while (queue.pauses() < 3) await turn();
	queue.breakDown(false);
	while (queue.working.size === 0) await turn();
	queue.end('a');
	await drained;
	expect(queue.claims.length).toBeGreaterThan(3);
});

test('a database that stays away ends the round; the next ring finds what waits', async () => {
	const queue = openQueue();
	queue.add('a');
	queue.breakDown(true);
	await queue.ring();
	queue.breakDown(false);
	const drained = queue.ring();
	await turn();
	queue.end('a');
	await drained;
	expect(queue.pauses()).toBeGreaterThan(10);
});

test('jobs that take long give their places to others, up to forty in all', async () => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	const soon = () => vi.advanceTimersByTimeAsync(1);
	try {
		const queue = openQueue();
		queue.add(...Array.from({ length: 50 }, (_, at) => `job ${at}`));
		const drained = queue.ring();
		await soon();
		expect(queue.working.size).toBe(8);
		await vi.advanceTimersByTimeAsync(3500);
		expect(queue.working.size).toBe(16);
		await vi.advanceTimersByTimeAsync(30_000);
		expect(queue.working.size).toBe(40);
		for (let ended = 0; ended < 50; ended += 1) {
			queue.end([...queue.working.keys()][0]!);
			await soon();
		}
		await drained;
	} finally {
		vi.useRealTimers();
	}
});

test('R3.4 a text that is held for some seconds is waited for, and a ring meanwhile still counts', async () => {
	const queue = openQueue();
	queue.held.push(4000, 2000);
	let ended = false;
	const drained = queue.ring().then(() => (ended = true));
	await turn();
	expect(ended).toBe(false);
	queue.add('a');
	void queue.ring();
	await turn();
	await turn();
	expect([...queue.working.keys()]).toEqual(['a']);
	queue.end('a');
	await drained;
	expect(queue.held).toEqual([]);
});

test('a round ends in time for the host’s limit, after what it began', async () => {
	const queue = openQueue();
	queue.add('a', 'b');
	const drained = queue.ring();
	await turn();
	queue.pass(100_000);
	queue.add('c');
	void queue.ring();
	queue.end('a');
	await turn();
	expect([...queue.working.keys()]).toEqual(['b']);
	queue.end('b');
	await drained;
});

test('the wait before a retry doubles at most, is jittered, and never shorter than the carrier asked', () => {
	const any = [
		fc.integer({ min: 1, max: 60 }),
		fc.integer({ min: 0, max: 600 }),
		fc.double({ min: 0, max: 0.999, noNaN: true })
	] as const;
	fc.assert(
		fc.property(...any, (attempts, retryAfter, chance) => {
			const seconds = backoffSeconds(attempts, retryAfter, chance);
			expect(Number.isInteger(seconds)).toBe(true);
			expect(seconds).toBeGreaterThanOrEqual(Math.max(1, retryAfter));
			expect(seconds - retryAfter).toBeLessThanOrEqual(Math.min(900, 2 ** attempts));
		})
	);
	expect([1, 2, 3, 4].map((attempts) => backoffSeconds(attempts, null, 0.999))).toEqual([2, 4, 8, 16]);
	expect(backoffSeconds(20, null, 0.999)).toBe(900);
	expect(backoffSeconds(1, null, 0)).toBe(1);
});
