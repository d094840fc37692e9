import { Hono } from 'hono';
import { test } from '../_shared/carriers/test.ts';
import { twilio } from '../_shared/carriers/twilio.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { Database, Job } from '../_shared/database.ts';
import { hasBearer } from '../_shared/http/bearer.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';
import { answerErrors, problem } from '../_shared/http/problem.ts';
import { smtp } from '../_shared/mail/smtp.ts';
import { post } from '../_shared/outbound/post.ts';
import { paymentsOf } from '../_shared/payments/client.ts';
import { webPush } from '../_shared/push/web-push.ts';
import { applyRetention } from './apply-retention.ts';
import { autoTopUp } from './auto-top-up.ts';
import { checkAttachment, fetchMedia } from './check-attachment.ts';
import { checkHealth } from './check-health.ts';
import { checkUpload, removeObject } from './check-upload.ts';
import { compareBooks, giveNumberBack } from './compare-books.ts';
import { comparePayments } from './compare-payments.ts';
import { compareUsage } from './compare-usage.ts';
import { deleteAccount } from './delete-account.ts';
import { collectCosts } from './collect-costs.ts';
import { webhookDeliverer } from './deliver-webhooks.ts';
import { createBell, leaseSeconds } from './drain.ts';
import { expireVerification } from './expire-verification.ts';
import { exportVerifications } from './export-verifications.ts';
import { looksOf } from './looks.ts';
import { objectsOf } from './objects.ts';
import { playTest } from './play-test.ts';
import { provisionNumber } from './provision-number.ts';
import { reconcile } from './reconcile.ts';
import { refreshPrices } from './refresh-prices.ts';
import { releaseNumber } from './release-number.ts';
import { renewNumbers } from './renew-numbers.ts';
import { replayEvent } from './replay-event.ts';
import { sendDigest, sendInvitation, sendLetter } from './send-letter.ts';
import { sendPush } from './send-push.ts';
import { sendScheduled } from './send-scheduled.ts';
import { retry, sendText, type Ending } from './send-text.ts';
import { cancelDuplicate, endGrace, reconcilePayments, syncPayment } from './sync-payment.ts';

export type Parts = {
	env: Readonly<Record<string, string | undefined>>;
	database: Database;
	log: Log;
	fetch?: typeof fetch;
	now?: () => Date;
	chance?: () => number;
	pause?: (milliseconds: number) => Promise<unknown>;
	/** All addresses of a name. */
	resolve?: (host: string) => Promise<readonly string[]>;
};

/** In ms. A text whose outcome is unknown after it is looked for, so this may be short. */
const carrierPatience = 8000;
/** In ms, from the look-up of the name to the end of the answer. */
const webhookPatience = 10_000;
/** How long the carrier has to fetch a text's files, in seconds: it does so at once, or when its queue has room. */
const mediaSeconds = 3600;
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
	pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
	resolve
}: Parts): Hono {
	const carrier = twilio({
		accountSid: env.TWILIO_ACCOUNT_SID ?? '',
		// while the token is being changed there are two; the first is the one to use
		authToken: env.TWILIO_AUTH_TOKEN?.split(',')[0]?.trim() ?? '',
		baseUrl: env.CARRIER_URL,
		fetch,
		timeoutMilliseconds: carrierPatience,
		...(env.CARRIER_MEDIA_HOSTS && { mediaHosts: env.CARRIER_MEDIA_HOSTS.split(',').map((host) => host.trim()) }),
		...(resolve && { resolve })
	});
	const callbackUrl = (messageId: string) => callbackOf(env.TWILIO_STATUS_URL ?? '', messageId);
	const inboundUrl = withOptions(env.TWILIO_INBOUND_URL ?? '');
	const objects = objectsOf(env, fetch);
	const signedUrl = (path: string) => objects.sign({ bucket_id: 'attachments', path }, mediaSeconds);
	const testCarrier = test(() => crypto.randomUUID());
	const parts = { database, carrier, testCarrier, callbackUrl, signedUrl, now, chance };
	const letterParts = {
		database,
		post: smtp({ url: env.SMTP_URL, from: env.MAIL_FROM }),
		appUrl: env.APP_URL,
		support: env.PUBLIC_SUPPORT_ADDRESS,
		unsubscribeUrl: `${env.SUPABASE_URL ?? ''}/functions/v1/letters/unsubscribe`,
		now,
		chance
	};
	const uploads = { database, objects };
	const attachments = { database, objects, carrier };
	const payments = { database, stripe: paymentsOf(env, fetch), log };
	const looks = looksOf({ env, database, carrier, stripe: payments.stripe, fetch });
	const ownNumbers = twoOf(env.PLATFORM_NUMBERS);
	const outbound = {
		resolve: resolve ?? (async () => []),
		ownHosts: (env.WEBHOOK_OWN_HOSTS ?? '').split(',').filter((host) => host !== ''),
		timeoutMilliseconds: webhookPatience
	};
	const webhooks = {
		database,
		now,
		post: (...[url, headers, body]: [string, Readonly<Record<string, string>>, string]) =>
			post(url, headers, body, outbound)
	};
	const devices = webPush({
		publicKey: env.VAPID_PUBLIC_KEY,
		privateKey: env.VAPID_PRIVATE_KEY,
		subject: env.VAPID_SUBJECT,
		post: (url, headers, body) => post(url, headers, body, outbound)
	});
	const handlers: Readonly<Record<string, (job: Job) => Promise<Ending>>> = {
		send_message: (job) => sendText(job, parts),
		send_scheduled: (job) => sendScheduled(job, { database }),
		play_test: (job) => playTest(job, parts),
		expire_verification: (job) => expireVerification(job, { database }),
		export_verifications: (job) => exportVerifications(job, uploads),
		provision_number: (job) => provisionNumber(job, { ...parts, inboundUrl, statusUrl: env.TWILIO_STATUS_URL ?? '' }),
		reconcile: (job) => reconcile(job, { database, carrier, log }),
		replay_event: (job) => replayEvent(job, { database, accountSid: env.TWILIO_ACCOUNT_SID, carrier }),
		collect_costs: (job) => collectCosts(job, { database, carrier, log }),
		refresh_prices: (job) => refreshPrices(job, { database, carrier, log }),
		compare_books: (job) => compareBooks(job, { database, carrier, log, ownNumbers }),
		compare_payments: (job) => comparePayments(job, payments),
		compare_usage: (job) => compareUsage(job, { database, carrier, log }),
		give_number_back: (job) => giveNumberBack(job, { database, carrier, log }),
		check_health: (job) => checkHealth(job, { database, looks, ownNumbers, log }),
		check_upload: (job) => checkUpload(job, uploads),
		check_attachment: (job) => checkAttachment(job, attachments),
		fetch_media: (job) => fetchMedia(job, attachments),
		remove_object: (job) => removeObject(job, uploads),
		apply_retention: (job) => applyRetention(job, { database }),
		delete_account: (job) => deleteAccount(job, { database }),
		send_invitation: (job) => sendInvitation(job, letterParts),
		send_letter: (job) => sendLetter(job, letterParts),
		send_digest: (job) => sendDigest(job, letterParts),
		send_push: (job) => sendPush(job, { database, devices, now, chance }),
		renew_numbers: (job) => renewNumbers(job, { database }),
		release_number: (job) => releaseNumber(job, { database, market: carrier }),
		sync_payment: (job) => syncPayment(job, payments),
		cancel_duplicate: (job) => cancelDuplicate(job, payments),
		end_grace: (job) => endGrace(job, payments),
		auto_top_up: (job) => autoTopUp(job, payments),
		deliver_webhooks: webhookDeliverer(webhooks),
		reconcile_payments: (job) => reconcilePayments(job, payments)
	};

	async function work(job: Job): Promise<void> {
		const started = now().getTime();
		const ending = await attempt(job);
		const request_id = job.request_id ?? job.id;
		const fields = { request_id, job: job.id, kind: job.kind, attempt: job.attempts, ms: now().getTime() - started };
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

/** The platform's own numbers, where there are two. */
function twoOf(numbers = ''): readonly [string, string] | null {
	const [from = '', to = ''] = numbers.split(',').map((number) => number.trim());
	return from && to ? [from, to] : null;
}

/** Keeps a hosted function alive until a promise settles; elsewhere processes live on by themselves. */
function inBackground(promise: Promise<void>): void {
	const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil(promise: Promise<void>): void } };
	EdgeRuntime?.waitUntil(promise);
}

/** The carrier's connection options stand in the fragment of an address; where the configured one has none, ours. */
function withOptions(url: string): string {
	// without them it tries again only if it could not connect
	return url.includes('#') ? url : `${url}#rc=5&rp=all`;
}

/** Where a message's receipts go. */
function callbackOf(url: string, messageId: string): string {
	const [address = '', fragment = ''] = withOptions(url).split('#', 2);
	return `${address}${address.includes('?') ? '&' : '?'}message=${encodeURIComponent(messageId)}#${fragment}`;
}
