const baseSeconds = 2;
const longestSeconds = 15 * 60;

/**
 * Seconds to wait before the next attempt: exponential with full jitter, so that what failed together does not come
 * back together, and never sooner than a carrier's Retry-After.
 * `attempts` counts from 1; `chance` is a number from 0 to 1 (1 excluded).
 */
export function backoffSeconds(attempts: number, retryAfterSeconds: number | null, chance: number): number {
	const ceiling = Math.min(longestSeconds, baseSeconds * 2 ** Math.max(0, attempts - 1));
	const jittered = Math.ceil(chance * ceiling);
	return Math.max(1, jittered + (retryAfterSeconds ?? 0));
}
