import { Hono } from 'hono';
import { twilio } from '../_shared/carriers/twilio.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { Database, Job } from '../_shared/database.ts';
import { hasBearer } from '../_shared/http/bearer.ts';
import { summarize, type Log } from '../_shared/http/log.ts';
import { answerErrors, problem } from '../_shared/http/problem.ts';
import { smtp } from '../_shared/mail/smtp.ts';
import { checkUpload, removeObject } from './check-upload.ts';
import { deleteAccount } from './delete-account.ts';
import { createBell, leaseSeconds } from './drain.ts';
import { objectsOf } from './objects.ts';
import { reconcile } from './reconcile.ts';
import { sendInvitation, sendLetter } from './send-letter.ts';
import { retry, sendText, type Ending } from './send-text.ts';

export type Parts = {
	env: Readonly<Record<string, string | undefined>>;
	database: Database;
	log: Log;
	fetch?: typeof fetch;
	now?: () => Date;
	chance?: () => number;
	pause?: (milliseconds: number) => Promise<unknown>;
};

/** In ms. A text whose outcome is unknown after it is looked for, so this may be short. */
const carrierPatience = 8000;
/** How often a database that is away is told how a job ended, in ms. */
const tellEvery = 500;

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
	chance = Math.random,
	pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))
}: Parts): Hono {
	const carrier = twilio({
		accountSid: env.TWILIO_ACCOUNT_SID ?? '',
		// while the token is being changed there are two; the first is the one to use
		authToken: env.TWILIO_AUTH_TOKEN?.split(',')[0]?.trim() ?? '',
		baseUrl: env.CARRIER_URL,
		fetch,
		timeoutMilliseconds: carrierPatience
	});
	const callbackUrl = (messageId: string) => callbackOf(env.TWILIO_STATUS_URL ?? '', messageId);
	const parts = { database, carrier, callbackUrl, now, chance };
	const letterParts = {
		database,
		post: smtp({ url: env.SMTP_URL, from: env.MAIL_FROM }),
		appUrl: env.APP_URL,
		chance
	};
	const uploads = { database, objects: objectsOf(env, fetch) };
	const handlers: Readonly<Record<string, (job: Job) => Promise<Ending>>> = {
		send_message: (job) => sendText(job, parts),
		reconcile: (job) => reconcile(job, { database, carrier, log }),
		check_upload: (job) => checkUpload(job, uploads),
		remove_object: (job) => removeObject(job, uploads),
		delete_account: (job) => deleteAccount(job, { database }),
		send_invitation: (job) => sendInvitation(job, letterParts),
		send_letter: (job) => sendLetter(job, letterParts)
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
			return giveUp(job, summarize(error));
		}
	}

	/** Gives a job back: at once, or as soon as the database is there again, while it is still ours. */
	async function giveUp(job: Job, reason: string): Promise<Ending> {
		const end = now().getTime() + leaseSeconds * 1000;
		do {
			try {
				return await retry(job, parts, reason, null);
			} catch {
				// why it cannot be told is what `reason` says already
				await pause(tellEvery);
			}
		} while (now().getTime() < end);
		// the lease has run out: whoever claims next takes the job up again
		return { outcome: 'left', error: reason };
	}

	const ring = createBell({ database, log, kinds: Object.keys(handlers), work, now, pause });
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
