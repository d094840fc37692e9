/** What an organization sees of the requests that were made of the developer API. Pure. */

/** Of which time: the last hour by minutes, the last day or week by hours, a month by days. */
export const periods = { hour: 'Last hour', day: '24 hours', week: '7 days', month: 'Month' } as const;
export type Period = keyof typeof periods;

/** So many requests, and how long they took: half of them, 95 and 99 of 100 at most, in µs; null where nobody knows. */
export type RequestFigures = {
	requests: number;
	/** As how many they counted for the rate limits. */
	units: number;
	/** 4xx, without those that came too soon. */
	refused: number;
	/** 429 */
	limited: number;
	/** 5xx */
	failed: number;
	/** Nobody knows how they ended. */
	lost: number;
	p50: number | null;
	p95: number | null;
	p99: number | null;
};

/** How a request ended, as the log's filter asks. */
export const outcomes = {
	done: 'Answered',
	refused: 'Refused',
	limited: 'Rate limited',
	failed: 'Failed',
	lost: 'End unknown'
} as const;
export type Outcome = keyof typeof outcomes;

export function outcomeOf(status: number): Outcome {
	if (status === 0) return 'lost';
	if (status === 429) return 'limited';
	if (status >= 500) return 'failed';
	return status >= 400 ? 'refused' : 'done';
}

/** Requests that were simply answered. */
export function answered({ requests, refused, limited, failed, lost }: RequestFigures): number {
	return requests - refused - limited - failed - lost;
}

/** How long something took: "0.9 ms", "42 ms", "1.3 s". */
export function duration(micros: number | null): string {
	if (micros === null) return '–';
	if (micros === 0) return '0 ms';
	const ms = micros / 1000;
	if (ms < 9.95) return `${ms.toFixed(1)} ms`;
	return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A part of all, where there are any: "0.4 %". */
export function share(part: number, all: number): string {
	if (all === 0) return '–';
	const percent = (part / all) * 100;
	return part > 0 && percent < 0.1
		? '< 0.1 %'
		: `${percent >= 10 || part === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}

const reasons: Readonly<Record<string, string>> = {
	mistyped: 'Mistyped or cut short',
	wrong_secret: 'Right beginning, wrong secret',
	revoked: 'Revoked',
	expired: 'Expired',
	address: 'From an address that is not allowed',
	suspended: 'The organization is suspended'
};

/** Why a key was not let in, in words. */
export function refusedFor(reason: string): string {
	return reasons[reason] ?? reason;
}
