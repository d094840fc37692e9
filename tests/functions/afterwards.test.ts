import { expect, test, vi } from 'vitest';
import { afterwards } from '../../supabase/functions/_shared/http/afterwards.ts';

/** What is left to do, a round for each two things. */
function chores(pause: number) {
	const left: number[] = [];
	const rounds: number[][] = [];
	const work = afterwards(async () => {
		rounds.push(left.splice(0, 2));
		return left.length > 0 ? pause : null;
	}, pause);
	const add = (...things: number[]) => {
		left.push(...things);
		work.begin();
	};
	return { add, rounds, work };
}

test('what comes within a pause is done in one round, and what is too much in the next', async () => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	const { add, rounds } = chores(100);
	add(1);
	await vi.advanceTimersByTimeAsync(99);
	add(2, 3);
	expect(rounds).toEqual([]);
	await vi.advanceTimersByTimeAsync(1);
	expect(rounds).toEqual([[1, 2]]);
	await vi.advanceTimersByTimeAsync(100);
	expect(rounds).toEqual([[1, 2], [3]]);
	vi.useRealTimers();
});

test('what comes in the moment in which the last round ends is not left lying', async () => {
	const rounds: string[] = [];
	let left = ['first'];
	const work = afterwards(async () => {
		rounds.push(...left);
		left = [];
		// between the round's end and whatever follows from it
		if (rounds.length === 1)
			void Promise.resolve().then(async () => {
				for (let turn = 0; turn < 8; turn++) {
					left.push(`${turn}`);
					work.begin();
					await null;
				}
			});
		return left.length > 0 ? 0 : null;
	}, 0);
	work.begin();
	await vi.waitFor(() => expect(rounds).toEqual(['first', '0', '1', '2', '3', '4', '5', '6', '7']));
});

test('the end does what is left without a pause, and waits for it', async () => {
	const { add, rounds, work } = chores(60_000);
	add(1, 2, 3);
	await work.end();
	expect(rounds).toEqual([[1, 2], [3]]);
});

test('who hurries it does not wait for the pause', async () => {
	const { add, rounds, work } = chores(60_000);
	add(1);
	work.hurry();
	await vi.waitFor(() => expect(rounds).toEqual([[1]]));
});
