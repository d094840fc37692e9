import { Hono } from 'hono';
import { twilio } from '../_shared/carriers/twilio.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { Database, Job } from '../_shared/database.ts';
import { hasBearer } from '../_shared/http/bearer.ts';
import { summarize, type Log } from '../_shared/http/log.ts';
import { answerErrors, problem } from '../_shared/http/problem.ts';
import { createBell } from './drain.ts';
import { reconcile } from './reconcile.ts';
import { retry, sendText, type Ending } from './send-text.ts';

export type Parts = {
	env: Readonly<Record<string, string | undefined>>;
	database: Database;
	log: Log;
	fetch?: typeof fetch;
	now?: () => Date;
	chance?: () => number;
};

/**
 * What time tells us: `POST /worker` wakes the worker, which answers at once and then empties the queue.
 * `GET /worker/health` says that it is there.
 */
export function createApp({
	env,
	database,
	log,
	fetch = globalThis.fetch,
	now = () => new Date(),
	chance = Math.random
}: Parts): Hono {
	const carrier = twilio({
		accountSid: env.TWILIO_ACCOUNT_SID ?? '',
		// while the token is being changed there are two; the first is the one to use
		authToken: env.TWILIO_AUTH_TOKEN?.split(',')[0]?.trim() ?? '',
		baseUrl: env.CARRIER_URL,
		fetch
	});
	const callbackUrl = (messageId: string) => callbackOf(env.TWILIO_STATUS_URL ?? '', messageId);
	const parts = { database, carrier, callbackUrl, now, chance };
	const handlers: Readonly<Record<string, (job: Job) => Promise<Ending>>> = {
		send_message: (job) => sendText(job, parts),
		reconcile: (job) => reconcile(job, { database, carrier, log })
	};

	async function work(job: Job): Promise<void> {
		const started = now().getTime();
		const ending = await attempt(job);
		const fields = { job: job.id, kind: job.kind, attempt: job.attempts, ms: now().getTime() - started };
		log('job', { ...fields, ...ending });
	}

	async function attempt(job: Job): Promise<Ending> {
		try {
			const handler = handlers[job.kind];
			if (!handler) throw new Error(`no handler for ${job.kind}`);
			return await handler(job);
		} catch (error) {
			const reason = summarize(error);
			// where the database cannot be told either, the lease runs out and the job is taken up again
			return retry(job, parts, reason, null).catch(() => ({ outcome: 'left', error: reason }));
		}
	}

	const ring = createBell({ database, log, kinds: Object.keys(handlers), work, now });
	const app = new Hono().basePath('/worker');
	app.onError(answerErrors(log));
	app.notFound(() => problem('not_found'));
	app.get('/health', (c) => c.json({ status: 'ok' }));
	app.post('/', (c) => {
		if (!hasBearer(c.req.header('authorization'), env.WORKER_SECRET)) {
			log('ring_refused', { path: c.req.path });
			throw new Failure('unauthorized');
		}
		inBackground(ring());
		return c.body(null, 202);
	});
	return app;
}

/** Keeps a hosted function alive until a promise settles; elsewhere processes live on by themselves. */
function inBackground(promise: Promise<void>): void {
	const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil(promise: Promise<void>): void } };
	EdgeRuntime?.waitUntil(promise);
}

/**
 * Where a message's receipts go. The fragment holds the carrier's connection options; where the configured URL has none,
 * ours: without them a receipt is tried again only if the carrier could not connect.
 */
function callbackOf(url: string, messageId: string): string {
	const [address = '', fragment = 'rc=5&rp=all'] = url.split('#', 2);
	return `${address}${address.includes('?') ? '&' : '?'}message=${encodeURIComponent(messageId)}#${fragment}`;
}
