/** A stream of chance that a seed decides: the same seed gives the same values on every machine. */
export type Chance = {
	/** 0 ≤ x < 1 */
	fraction: () => number;
	/** a whole number, both ends included */
	between: (least: number, most: number) => number;
	pick: <T>(choices: readonly [T, ...T[]]) => T;
	/** true for this share (0…1) of the calls */
	happens: (share: number) => boolean;
	/** a waiting time around a mean: mostly shorter, now and then far longer */
	wait: (mean: number) => number;
};

/** Chris Doty-Humphrey's sfc32, its state filled from the seed's text by FNV-1a. */
export function chanceOf(seed: string): Chance {
	let hash = 2166136261;
	for (let at = 0; at < seed.length; at++) hash = Math.imul(hash ^ seed.charCodeAt(at), 16777619);
	let [a, b, c, counter] = [hash, hash ^ 0x9e3779b9, hash ^ 0x85ebca6b, 1];
	const fraction = () => {
		const sum = (((a + b) | 0) + counter) | 0;
		counter = (counter + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (((c << 21) | (c >>> 11)) + sum) | 0;
		return (sum >>> 0) / 4294967296;
	};
	// the first values still show the seed
	for (let round = 0; round < 15; round++) fraction();
	return {
		fraction,
		between: (least, most) => least + Math.floor(fraction() * (most - least + 1)),
		pick: (choices) => choices[Math.floor(fraction() * choices.length)] ?? choices[0],
		happens: (share) => fraction() < share,
		wait: (mean) => -Math.log(1 - fraction()) * mean
	};
}
