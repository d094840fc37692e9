import type { explainCarrierError } from '#core/carrier-errors.ts';

type Explain = typeof explainCarrierError;

let explain = $state.raw<Explain>();

/** Has the carriers' codes in words ready for the page that is rendered next. */
export async function loadCarrierWords(): Promise<Explain> {
	explain ??= (await import('#core/carrier-errors.ts')).explainCarrierError;
	return explain;
}

/** The carriers' codes in words, or nothing while they are on their way: asking has them loaded. Reactive. */
export function carrierWords(): Explain | undefined {
	// without a connection the next that asks tries again
	if (!explain) void loadCarrierWords().catch(() => undefined);
	return explain;
}
