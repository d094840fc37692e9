import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from 'hono';
import { Failure } from '../core/failures.ts';
import { addressOf } from './address.ts';
import { endpointOf } from './endpoint.ts';
import { summarize } from '../core/errors.ts';
import type { Log } from './log.ts';

/** Why somebody is not let in who brought nothing that could be looked up. */
export type NotLetIn = 'missing' | 'malformed' | 'token_invalid';

type Parts = {
	/** Writes it down; answers for how long, in ms, the refusal is held back. */
	record: (unknown: { reason: NotLetIn; address: string | null; endpoint: string }) => Promise<number>;
	log: Log;
};

export type TurnAway = (reason: NotLetIn, c: Context) => Promise<never>;

/** As many refusals are held back at once; whoever comes beside them is refused at once. */
const mostHeld = 200;
let held = 0;

/**
 * Refuses with `unauthorized` after so many ms, so that guessing takes its time. Nobody else waits for it, and it needs no
 * more than its own connection.
 */
export async function refuseAfter(ms: number): Promise<never> {
	if (ms > 0 && held < mostHeld) {
		held++;
		try {
			await pause(ms);
		} finally {
			held--;
		}
	}
	throw new Failure('unauthorized');
}

/** Refuses whoever brought neither a key nor a valid token, and writes it down for the platform. */
export function turningAway({ record, log }: Parts): TurnAway {
	return async (reason, c) => {
		const wait = await record({ reason, address: addressOf(c), endpoint: endpointOf(c) }).catch((error: unknown) => {
			// "no" needs no database
			log('refusal_not_recorded', { reason, error: summarize(error) });
			return 0;
		});
		return refuseAfter(wait);
	};
}
