/** What every measurement shares: figures are milliseconds unless their name says otherwise. */

/** One line of the bench: `ratio` is against a floor of the same run, `bar` what it has to hold, both in words where there is no floor. */
export type Result = {
	name: string;
	/** candidate / floor, or null when the bar is absolute */
	ratio: number | null;
	bar: string;
	holds: boolean;
	figures: Record<string, number>;
};

/** The value below which a share (0…1) of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
	const sorted = [...samples].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (samples: readonly number[]) => quantile(samples, 0.5);

/** Milliseconds that one run of `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
	const start = performance.now();
	await work();
	return performance.now() - start;
}

/**
 * Runs floor and candidate in turns, so that whatever the machine does meanwhile hits both.
 * @returns the medians of each side's rounds
 */
export async function alternate(
	rounds: number,
	floor: () => Promise<number>,
	candidate: () => Promise<number>
): Promise<{ floor: number; candidate: number }> {
	const floors: number[] = [];
	const candidates: number[] = [];
	await floor();
	await candidate();
	for (let round = 0; round < rounds; round++) {
		floors.push(await floor());
		candidates.push(await candidate());
	}
	return { floor: median(floors), candidate: median(candidates) };
}
