/** Hosted functions are stopped once their clients are answered, unless they say that they are not done. */
export function outlive(work: Promise<void>): void {
	const host = globalThis as { EdgeRuntime?: { waitUntil?: (work: Promise<void>) => void } };
	host.EdgeRuntime?.waitUntil?.(work);
}
