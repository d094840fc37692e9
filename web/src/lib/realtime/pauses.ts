/**
 * How long to wait before the n-th attempt (from 1) to get back what was lost, in ms: half a second, and two at most, so that
 * a page is well again soon after everything works. Jittered, as everybody loses it at once.
 */
export function pauseBefore(attempt: number): number {
	return Math.min(250 * 2 ** attempt, 2000) * (0.75 + Math.random() / 2);
}
