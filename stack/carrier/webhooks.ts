/** Requests to the customer: signed, kept until acknowledged, tried again when nobody answered. */
import { randomUUID } from 'node:crypto';
import type { Faults } from './faults.ts';
import { sign } from './signature.ts';
import type { Store, Webhook } from './store.ts';
import { createTimers } from './timers.ts';

/** Milliseconds. `retries` are the pauses before the second, third … attempt. */
export type WebhookPace = { timeout: number; retries: readonly number[] };

type Settings = {
	store: Store;
	faults: Faults;
	authToken: string;
	pace: WebhookPace;
	log: (line: string) => void;
	/** Told once per webhook: acknowledged with 2xx, or given up. */
	settled: (webhook: Webhook, acknowledged: boolean) => void;
};

/** How many requests are under way at once; the rest waits in order. */
const limit = 64;

export type Webhooks = ReturnType<typeof createWebhooks>;

export function createWebhooks({ store, faults, authToken, pace, log, settled }: Settings) {
	const timers = createTimers();
	const ended = new AbortController();
	const busy = new Set<string>();
	let waiting: Webhook[] = [];

	function schedule(webhook: Webhook): void {
		timers.at(webhook.due_at, () => {
			waiting.push(webhook);
			drain();
		});
	}

	/** Begins what may begin: one request per lane, so that the texts of one pair leave in their order. */
	function drain(): void {
		while (busy.size < limit && !ended.signal.aborted) {
			const next = waiting.find((webhook) => !busy.has(webhook.lane));
			if (!next) return;
			waiting = waiting.filter((webhook) => webhook !== next);
			busy.add(next.lane);
			void attempt(next).finally(() => {
				busy.delete(next.lane);
				drain();
			});
		}
	}

	async function attempt(webhook: Webhook): Promise<void> {
		const fault = faults.take(webhook.kind);
		if (fault?.kind === 'hang') return schedule({ ...webhook, due_at: Date.now() + fault.ms });
		const started = Date.now();
		let answer = fault?.kind === 'status' ? fault.status : await request(webhook);
		if (fault?.kind === 'cut_after') answer = 'the answer was cut off';
		if (ended.signal.aborted) return; // the row stays: the next start takes it up again
		const place = `${webhook.kind} ${webhook.sid} attempt ${webhook.attempt}`;
		log(`${place}: ${answer} in ${Date.now() - started} ms, ${withoutSecrets(webhook.url)}`);
		settle(webhook, answer);
	}

	function settle(webhook: Webhook, answer: number | string): void {
		const acknowledged = typeof answer === 'number' && answer >= 200 && answer < 300;
		const worthAnother = typeof answer === 'string' || answer >= 500;
		if (worthAnother && webhook.attempt <= retryCount(webhook.url)) {
			const pause = pace.retries[webhook.attempt - 1] ?? pace.retries.at(-1) ?? 0;
			const again = { ...webhook, attempt: webhook.attempt + 1, due_at: Date.now() + pause };
			store.run('update webhooks set attempt = ?, due_at = ? where id = ?', again.attempt, again.due_at, again.id);
			schedule(again);
			return;
		}
		if (!acknowledged) log(`${webhook.kind} ${webhook.sid} given up after attempt ${webhook.attempt}`);
		store.run('delete from webhooks where id = ?', webhook.id);
		settled(webhook, acknowledged);
	}

	/** The status answered, or in words why there was none. */
	async function request(webhook: Webhook): Promise<number | string> {
		try {
			const { url, init } = signed(webhook, authToken);
			const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(pace.timeout)]);
			const response = await fetch(url, { ...init, redirect: 'manual', signal });
			await response.arrayBuffer();
			return response.status;
		} catch (error) {
			return reason(error);
		}
	}

	return {
		/** Notes a request to be made at once; hand it to `schedule` when the transaction is through. */
		record(webhook: Pick<Webhook, 'kind' | 'sid' | 'lane' | 'url' | 'method'>, parameters: object): Webhook {
			return store.insert<Webhook>('webhooks', {
				...webhook,
				parameters: JSON.stringify(parameters),
				token: randomUUID(),
				attempt: 1,
				due_at: Date.now()
			});
		},
		schedule,
		/** Takes up what an earlier run left behind. */
		resume(): void {
			for (const webhook of store.all<Webhook>('select * from webhooks order by due_at, id')) schedule(webhook);
		},
		stop(): void {
			timers.stop();
			ended.abort();
		}
	};
}

/** The request as Twilio makes it: POST as a form, GET with the parameters in the query. */
function signed(webhook: Webhook, authToken: string): { url: string; init: RequestInit } {
	const parameters = JSON.parse(webhook.parameters) as Record<string, string>;
	const form = new URLSearchParams(parameters).toString();
	const [bare = ''] = webhook.url.split('#');
	const get = webhook.method === 'GET';
	const url = get ? `${bare}${bare.includes('?') ? '&' : '?'}${form}` : bare;
	const headers: Record<string, string> = {
		accept: '*/*',
		'user-agent': 'TwilioProxy/1.1',
		'i-twilio-idempotency-token': webhook.token,
		'x-twilio-signature': sign(authToken, url, get ? {} : parameters)
	};
	if (get) return { url, init: { method: 'GET', headers } };
	headers['content-type'] = 'application/x-www-form-urlencoded; charset=utf-8';
	return { url, init: { method: 'POST', headers, body: form } };
}

/**
 * How often a webhook is tried again: `#rc=` of the URL's fragment (0 to 5, as Twilio's connection overrides), else 3.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
function retryCount(url: string): number {
	const fragment = url.includes('#') ? url.slice(url.indexOf('#') + 1) : '';
	const asked = new URLSearchParams(fragment).get('rc');
	if (asked === null || !/^\d+$/.test(asked)) return 3;
	return Math.min(Number(asked), 5);
}

function withoutSecrets(url: string): string {
	const { origin, pathname } = new URL(url);
	return origin + pathname;
}

function reason(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	if (error.name === 'TimeoutError') return 'no answer in time';
	const { cause } = error;
	return cause instanceof Error && cause.message ? cause.message : error.message;
}
