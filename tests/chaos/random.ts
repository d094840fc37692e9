/** Numbers that look random and come again with the same seed. */
export type Random = {
	seed: number;
	/** from 0 to 1, 1 excluded */
	next: () => number;
	/** a whole number from `low` to `high`, both included */
	between: (low: number, high: number) => number;
	pick: <Thing>(things: readonly Thing[]) => Thing;
};

/** CHAOS_SEED repeats a run's choices; what the machine does with them is its own. */
export function seeded(seed = Number(process.env.CHAOS_SEED || Date.now() % 1_000_000)): Random {
	let state = seed >>> 0;
	// mulberry32
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
	return { seed, next, between, pick: (things) => things[between(0, things.length - 1)]! };
}
