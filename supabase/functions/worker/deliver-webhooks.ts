import { Webhook } from 'standardwebhooks';
import type { Database, Job } from '../_shared/database.ts';
import type { WebhookAttempt, WebhookDelivery } from '../_shared/database-webhooks.ts';
import type { Posted } from '../_shared/outbound/post.ts';
import type { Ending } from './send-text.ts';

export type WebhookParts = {
	database: Database;
	/** Posts to an address that a stranger named; never throws. */
	post: (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<Posted>;
	now: () => Date;
};

/** One job looks after its endpoint for so long, in ms: with the last attempt's ten seconds it fits well into a lease. */
const longestMilliseconds = 20_000;
/** So many endpoints are looked after at once, whose answers may take their time: texts need places, too. */
const mostAtOnce = 12;
const busySeconds = 2;
const answerCharacters = 2_000;

/** Delivers what waits for an endpoint, one event after the other; several of these may be at the same one. */
export function webhookDeliverer({ database, post, now }: WebhookParts): (job: Job) => Promise<Ending> {
	let running = 0;

	return async function deliverWebhooks(job) {
		const { endpoint_id: id } = job.payload;
		if (typeof id !== 'string') {
			await database.failJob(job, 'the job names no endpoint', null);
			return { outcome: 'parked', error: 'the job names no endpoint' };
		}
		if (running >= mostAtOnce) {
			await database.wakeWebhooks(id, new Date(now().getTime() + busySeconds * 1000));
			await database.completeJob(job);
			return { outcome: 'later' };
		}
		running += 1;
		try {
			const sent = await drain(id);
			await database.completeJob(job);
			return { outcome: sent > 0 ? 'delivered' : 'nothing_to_deliver' };
		} finally {
			running -= 1;
		}
	};

	/** How many attempts it made. */
	async function drain(endpointId: string): Promise<number> {
		const end = now().getTime() + longestMilliseconds;
		let attempts = 0;
		let delivery = await database.takeWebhook(endpointId);
		while (delivery) {
			const attempt = await deliver(delivery);
			attempts += 1;
			const more = now().getTime() < end;
			const next = await database.recordWebhookAttempt(delivery, attempt, more);
			if (!more) await database.wakeWebhooks(endpointId, now());
			delivery = next;
		}
		return attempts;
	}

	async function deliver({ event_id: id, url, secrets, payload }: WebhookDelivery): Promise<WebhookAttempt> {
		const body = JSON.stringify(payload);
		const began = now();
		// while a secret is being changed there are two, and either will do
		const signature = secrets.map((secret) => new Webhook(secret).sign(id, began, body)).join(' ');
		const posted = await post(
			url,
			{
				'content-type': 'application/json',
				'user-agent': 'CumApp-Webhooks/1',
				'webhook-id': id,
				'webhook-timestamp': String(Math.floor(began.getTime() / 1000)),
				'webhook-signature': signature
			},
			body
		);
		const isTaken = posted.trouble === null && posted.status !== null && posted.status >= 200 && posted.status < 300;
		return {
			failure: posted.trouble ?? (isTaken ? null : 'answer'),
			status: posted.status,
			durationMilliseconds: Math.max(0, now().getTime() - began.getTime()),
			address: posted.address,
			answer:
				posted.answer === null ? null : keepable(posted.answer, [...secrets, signature, ...wordsOf(payload.data)]),
			retryAfterSeconds: secondsOf(posted.retryAfter)
		};
	}
}

/** What an answer may repeat of what was sent and what nobody keeps in a log: words and codes. */
function wordsOf({ body, code }: Readonly<Record<string, unknown>>): string[] {
	return [body, code].filter((word) => typeof word === 'string' && word.trim() !== '') as string[];
}

/** The beginning of an answer without these words, also where it repeats them as JSON. */
function keepable(answer: string, words: readonly string[]): string {
	const masked = words
		.flatMap((word) => [word, JSON.stringify(word).slice(1, -1)])
		.reduce((kept, word) => kept.replaceAll(word, '•••'), answer);
	return masked.slice(0, answerCharacters);
}

/** Seconds of a Retry-After; one that names a day is not for us. */
function secondsOf(retryAfter: string | null): number | null {
	return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
}
