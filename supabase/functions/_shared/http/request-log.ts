import type { MiddlewareHandler } from 'hono';
import { afterwards } from './afterwards.ts';
import { summarize } from '../core/errors.ts';
import type { Log } from './log.ts';

/** A request that was counted, as the log has it; `organization_id`: a key's own, or the one that a person named. */
export type Opened = {
	key_id: string | null;
	user_id: string | null;
	organization_id: string | null;
	endpoint: string;
	address: string | null;
	units: number;
};

/** How a request ended; `micros`: from its arrival to its answer's beginning, in µs. */
export type Ended = Opened & {
	id: string;
	started_at: string;
	status: number;
	micros: number;
	code: string | null;
	made_kind: string | null;
	made_id: string | null;
	/** The one that was reached, and how many requests it allows. */
	limit: { name: string; most: number } | null;
};

/** What a handler says of a request for the log, by `c.set`. */
export type WithRequestLog = {
	Variables: {
		/** Set by whatever counts the request, which opens it in the log in the same statement: only then is there one to close. */
		opened?: Opened;
		/** Of a refusal: its slug. */
		refusal?: string;
		/** Of one that came too soon. */
		reached?: NonNullable<Ended['limit']>;
		/** Which organization it turned out to be about. */
		about?: string;
		/** What it made, for what that costs. */
		made?: { kind: 'message' | 'scheduled_message' | 'verification' | 'number_order'; id: string };
	};
};

export type RequestLog = ReturnType<typeof createRequestLog>;

type Parts = {
	close: (requests: readonly [Ended, ...Ended[]]) => Promise<unknown>;
	log: Log;
	/** How long a row waits for others, in ms. */
	pause?: number;
};

/** As many rows go to the database at once; and as many wait for one that is away, before the oldest are given up. */
const batch = 200;
const mostWaiting = 20_000;
/** In ms. */
const longestRest = 10_000;

/**
 * Closes requests in the log, in batches, after their clients were answered. They were opened before anything was done: what is
 * lost here with the function, or with a database that is away for long, is in the log as a request whose end nobody knows, and
 * is not missing.
 */
export function createRequestLog({ close, log, pause = 500 }: Parts) {
	let waiting: Ended[] = [];
	let rest = 0;
	const closing = afterwards(async (ending) => {
		await closeSome();
		if (waiting.length === 0 || (ending && rest > 0)) return null;
		return waiting.length >= batch ? rest : Math.max(rest, pause);
	}, pause);

	async function closeSome(): Promise<void> {
		const [first, ...others] = waiting.splice(0, batch);
		if (!first) return;
		try {
			await close([first, ...others]);
			rest = 0;
		} catch (error) {
			// whatever is wrong, the rows are there and can be closed later
			rest = Math.min(Math.max(rest * 2, pause), longestRest);
			waiting = [first, ...others, ...waiting].slice(-mostWaiting);
			log('requests_not_closed', { waiting: waiting.length, error: summarize(error) });
		}
	}

	return {
		/** Puts a request that was opened among those that are closed next. */
		add(ended: Ended): void {
			waiting.push(ended);
			closing.begin();
			if (waiting.length === batch && rest === 0) closing.hurry();
		},

		/** Closes what waits, as far as the database takes it. */
		end: closing.end
	};
}

/** Closes in the log, by and by, each request that was opened when it was counted. */
export function logRequests({
	add
}: Pick<RequestLog, 'add'>): MiddlewareHandler<WithRequestLog & { Variables: { requestId: string } }> {
	return async (c, next) => {
		const began = performance.now();
		const started_at = new Date().toISOString();
		await next();
		const opened = c.get('opened');
		if (!opened) return;
		const made = c.get('made');
		add({
			...opened,
			id: c.get('requestId'),
			started_at,
			organization_id: opened.organization_id ?? c.get('about') ?? null,
			status: c.res.status,
			micros: Math.round((performance.now() - began) * 1000),
			code: c.get('refusal') ?? null,
			made_kind: made?.kind ?? null,
			made_id: made?.id ?? null,
			limit: c.get('reached') ?? null
		});
	};
}
