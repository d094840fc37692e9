import type { Context } from 'hono';
import type { RefusedEvent } from '../database-receiving.ts';
import { addressOf } from '../http/address.ts';
import { afterwards } from '../http/afterwards.ts';
import { routeOf } from '../http/endpoint.ts';
import { summarize } from '../core/errors.ts';
import type { Log } from '../http/log.ts';

type Parts = { record: (refused: readonly [RefusedEvent, ...RefusedEvent[]]) => Promise<unknown>; log: Log };

/** In ms. What comes meanwhile is told together: a flood costs the database one statement each time, and no request waits for it. */
const pause = 1000;
/** So many of one round are told apart; all others count as one without an address. */
const most = 50;

/** Counts requests that the provider did not sign, for the operators: who came and why not, never what they brought. */
export function countRefused(provider: RefusedEvent['provider'], { record, log }: Parts) {
	let counts = new Map<string, RefusedEvent>();

	const { begin } = afterwards(async () => {
		const [first, ...others] = counts.values();
		counts = new Map();
		try {
			if (first) await record([first, ...others]);
		} catch (error) {
			// "no" needs no database
			log('refusal_not_recorded', { provider, error: summarize(error) });
		}
		return counts.size > 0 ? pause : null;
	}, pause);

	return (reason: RefusedEvent['reason'], c: Context): void => {
		log('signature_refused', { request_id: c.get('requestId') as string | undefined, route: routeOf(c), reason });
		const path = c.req.path.slice(0, 60);
		const known = counts.get(`${path} ${reason} ${addressOf(c)}`);
		const address = known || counts.size < most ? addressOf(c) : null;
		const key = `${path} ${reason} ${address}`;
		counts.set(key, { provider, path, reason, address, times: (counts.get(key)?.times ?? 0) + 1 });
		begin();
	};
}
