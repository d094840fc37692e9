import { setTimeout as pause } from 'node:timers/promises';

/** Something that answers requests from a database, until its connections break. */
export type Answering = {
	fetch: (request: Request) => Response | Promise<Response>;
	/** Resolves with the first connection that is lost. */
	broken: Promise<unknown>;
	/** Gives up what it holds, and what it still waits for. */
	close: () => Promise<unknown>;
};

/** In ms. How long a request waits for a database that is away, and for its answer once connections have broken. */
const wait = 1500;
const grace = 500;
const again = 250;

/**
 * Keeps something answering: where a connection breaks, another one is built in its place. The driver's pool is not
 * trusted after a loss: what is reserved at that moment, it may never give back, and never answer. While the database is
 * away, `away` is the answer.
 */
export async function renewing<Kind extends Answering>(build: () => Promise<Kind>, away: () => Response) {
	let current = await build();
	let coming: Promise<Kind> = Promise.resolve(current);
	watch(current);

	function watch(kind: Kind): void {
		void kind.broken.then(() => {
			coming = rebuild();
			setTimeout(() => void kind.close().catch(complain), grace);
		});
	}

	async function rebuild(): Promise<Kind> {
		for (;;) {
			try {
				current = await build();
				watch(current);
				return current;
			} catch (error) {
				complain(error);
				await pause(again);
			}
		}
	}

	return {
		/** The one that answers now, or answered last. */
		current: () => current,
		async fetch(request: Request): Promise<Response> {
			const enough = new AbortController();
			const late = (ms: number) => pause(ms, null, { signal: enough.signal }).catch(() => null);
			try {
				const kind = await Promise.race([coming, late(wait)]);
				if (!kind) return away();
				let isBroken = false;
				const lost = kind.broken.then(() => {
					isBroken = true;
					return late(grace);
				});
				const answer = await Promise.race([kind.fetch(request), lost]);
				if (!answer) return away();
				// a schema that could not be read is 404, a lost connection 500: neither says anything of the request
				const isDubious = answer.status === 404 || answer.status >= 500;
				// the driver fails the query first, and then says why
				if (isDubious) await late(20);
				return isDubious && isBroken ? away() : answer;
			} finally {
				enough.abort();
			}
		}
	};
}

function complain(error: unknown): void {
	console.error('Not connected:', error instanceof Error ? error.message : error);
}
