import type { MiddlewareHandler } from 'hono';
import type { KeyScope } from '../core/key-scopes.ts';
import type { WithCaller } from './authenticate.ts';
import { afterwards } from './afterwards.ts';
import { summarize } from '../core/errors.ts';
import type { Log } from './log.ts';

/** What a handler says of a request by a key: the scopes that it needed. */
export type WithNeeded = { Variables: { needed?: readonly KeyScope[] } };

export type ScopeNotes = ReturnType<typeof createScopeNotes>;

type Parts = {
	note: (keyId: string, scopes: readonly KeyScope[]) => Promise<unknown>;
	log: Log;
	now?: () => Date;
	/** How long a note waits for others, in ms. */
	pause?: number;
};

/** In ms; the database keeps it no finer. */
const hour = 3_600_000;
/** Of so many keys and scopes it is known when they were noted. */
const mostKnown = 20_000;

/**
 * Remembers which scopes keys need, so that those can be pointed out that they never do: once an hour for each key and scope,
 * after their clients were answered. What cannot be written down is noted by a later request.
 */
export function createScopeNotes({ note, log, now = () => new Date(), pause = 1000 }: Parts) {
	const noted = new Map<string, number>();
	let waiting = new Map<string, Set<KeyScope>>();
	const noting = afterwards(async () => {
		const due = waiting;
		waiting = new Map();
		for (const [keyId, scopes] of due) await noteOne(keyId, [...scopes]);
		return waiting.size > 0 ? pause : null;
	}, pause);

	async function noteOne(keyId: string, scopes: readonly KeyScope[]): Promise<void> {
		try {
			await note(keyId, scopes);
		} catch (error) {
			// it is there to be pointed out, nothing hangs on it
			for (const scope of scopes) noted.delete(`${keyId} ${scope}`);
			log('scopes_not_noted', { error: summarize(error) });
		}
	}

	return {
		/** A key needed these of its scopes. */
		add(keyId: string, scopes: readonly KeyScope[]): void {
			const at = now().getTime();
			for (const scope of scopes) {
				const which = `${keyId} ${scope}`;
				if (at - (noted.get(which) ?? -Infinity) < hour) continue;
				if (noted.size >= mostKnown) noted.clear();
				noted.set(which, at);
				waiting.set(keyId, (waiting.get(keyId) ?? new Set()).add(scope));
			}
			if (waiting.size > 0) noting.begin();
		},

		/** Writes down what waits. */
		end: noting.end
	};
}

/** Notes which scopes a request by a key needed. */
export function noteScopes({
	add
}: Pick<ScopeNotes, 'add'>): MiddlewareHandler<
	WithNeeded & WithCaller<{ role: 'api_key'; key_id: string } | { role: 'authenticated' }>
> {
	return async (c, next) => {
		await next();
		const needed = c.get('needed');
		const caller = c.get('caller');
		if (needed && caller.role === 'api_key') add(caller.key_id, needed);
	};
}
