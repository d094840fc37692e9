import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { normalizeUsername, usernamePattern, usernameTaken } from '#core/account.ts';
import { NameCheck } from '#lib/account/name-check.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A check that watches its field, and the questions it asks with the way to answer them. */
function watched() {
	const questions: { username: string; answer: (free: boolean) => void; fail: () => void; signal: AbortSignal }[] = [];
	const check = new NameCheck({
		normalize: normalizeUsername,
		pattern: usernamePattern,
		taken: usernameTaken,
		ask: (username, signal) =>
			new Promise((resolve, reject) =>
				questions.push({ username, answer: resolve, fail: () => reject(new Error('offline')), signal })
			)
	});
	const stop = $effect.root(() => {
		$effect(() => check.watch());
	});
	const type = (typed: string) => {
		check.typed = typed;
		flushSync();
	};
	flushSync();
	return { check, questions, type, stop };
}

test('R1.1 a name is asked about once the typing rests, and only when it can be one', async () => {
	const { questions, type, stop } = watched();
	for (const typed of ['n', 'no', 'noo', 'noor', 'Noor H', 'noor_h']) type(typed);
	await vi.advanceTimersByTimeAsync(1000);
	expect(questions.map(({ username }) => username)).toEqual(['noor_h']);
	stop();
});

test('the answer to an older name says nothing about the one in the field', async () => {
	const { check, questions, type, stop } = watched();
	type('noor_h');
	await vi.advanceTimersByTimeAsync(400);
	type('maya_o');
	expect(questions[0]?.signal.aborted).toBe(true);
	await vi.advanceTimersByTimeAsync(400);
	questions[1]?.answer(false);
	await vi.advanceTimersByTimeAsync(0);
	questions[0]?.answer(true);
	await vi.advanceTimersByTimeAsync(0);
	expect(check.free).toBe(false);
	type('maya_ok');
	expect(check.free).toBeUndefined();
	stop();
});

test('without an answer nobody claims to know', async () => {
	const { check, questions, type, stop } = watched();
	type('noor_h');
	await vi.advanceTimersByTimeAsync(400);
	questions[0]?.fail();
	await vi.advanceTimersByTimeAsync(0);
	expect(check.free).toBeUndefined();
	stop();
});
