import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepFresh } from '../../web/src/lib/numbers/keep-fresh.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('R4.4 figures are read again while somebody looks, one read at a time, and no more afterwards', async () => {
	let answer = () => {};
	const read = vi.fn(() => new Promise<void>((done) => (answer = done)));
	const stop = keepFresh(read);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(read).toHaveBeenCalledTimes(1);
	await vi.advanceTimersByTimeAsync(30_000);
	expect(read).toHaveBeenCalledTimes(1);
	answer();
	await vi.advanceTimersByTimeAsync(10_000);
	expect(read).toHaveBeenCalledTimes(2);
	answer();
	await vi.advanceTimersByTimeAsync(0);
	document.dispatchEvent(new Event('visibilitychange'));
	expect(read).toHaveBeenCalledTimes(3);
	stop();
	answer();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(read).toHaveBeenCalledTimes(3);
});

test('R4.4 a page that nobody looks at reads nothing, and one without an answer asks again', async () => {
	const visible = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
	const read = vi.fn(() => Promise.reject(new Error('no answer')));
	const stop = keepFresh(read);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(read).not.toHaveBeenCalled();
	visible.mockReturnValue('visible');
	await vi.advanceTimersByTimeAsync(20_000);
	expect(read).toHaveBeenCalledTimes(2);
	stop();
	visible.mockRestore();
});
