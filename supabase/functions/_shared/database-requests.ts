import type { Ask } from './database-ask.ts';

/** How a request ended that was opened when it was counted; `micros`: how long it took, in µs. */
export type ClosedRequest = {
	id: string;
	started_at: string;
	key_id: string | null;
	user_id: string | null;
	/** A key's own, or the one that a person's was about; it counts where it is theirs. */
	organization_id: string | null;
	endpoint: string;
	address: string | null;
	/** As how many it counted. */
	units: number;
	status: number;
	micros: number;
	/** Of a refusal: its slug. */
	code: string | null;
	made_kind: string | null;
	made_id: string | null;
	/** The one that was reached, and how many requests it allows. */
	limit: { name: string; most: number } | null;
};

/** Who is let in by nothing that could be looked up, and why. */
export type Unknown = { reason: 'malformed' | 'missing' | 'token_invalid'; address: string | null; endpoint: string };

/** The log of requests, and of those that were none. */
export function requestVerbs(ask: Ask) {
	return {
		/** Writes down how requests ended; safe to repeat. Answers how many were not closed before. */
		closeRequests: (requests: readonly [ClosedRequest, ...ClosedRequest[]]) =>
			ask<number>('close_requests', { requests }),

		/** Writes down who was not let in. Answers for how long that is held back, in ms. */
		recordFailedAuthentication: (unknown: Unknown) => ask<number>('record_failed_authentication', unknown)
	};
}
