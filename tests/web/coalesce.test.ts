import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coalesce } from '#lib/realtime/coalesce.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('ten calls at once are two runs: one under way, one after it', async () => {
	let runs = 0;
	const run = coalesce(async () => {
		runs += 1;
		await pause(2);
	});
	await Promise.all(Array.from({ length: 10 }, run));
	expect(runs).toBe(2);
	await run();
	expect(runs).toBe(3);
});

test('what was known when somebody called is always seen by a run that began later', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 12 }), async (pauses) => {
			let known = 0;
			let seen = 0;
			const run = coalesce(async () => {
				const now = known;
				await pause(1);
				seen = Math.max(seen, now);
			});
			await Promise.all(
				pauses.map(async (ms) => {
					await pause(ms);
					const mine = ++known;
					await run();
					expect(seen).toBeGreaterThanOrEqual(mine);
				})
			);
		}),
		{ numRuns: 25 }
	);
});

test('a run that fails tells its own callers and nobody else', async () => {
	let runs = 0;
	const run = coalesce(async () => {
		runs += 1;
		await pause(1);
		if (runs === 1) throw new Error('first');
	});
	const [first, second] = [run(), run()];
	await expect(first).rejects.toThrow('first');
	await expect(second).resolves.toBeUndefined();
});
