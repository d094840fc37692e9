/** Requests to the customer: signed, kept until acknowledged, tried again when nobody answered. */
import { randomUUID } from 'node:crypto';
import { connectionOf, failureOf, isWorthAnother, type Failure } from './connection.ts';
import type { Concern, Faults } from './faults.ts';
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
	/** Told once per webhook: acknowledged with 2xx, given up, or lost without a trace. */
	settled: (webhook: Webhook, ending: Ending) => void;
};

export type Ending = 'acknowledged' | 'given up' | 'lost';

/** How an attempt went, in words, and what it failed by; null: it did not, or by nothing that is tried again. */
type Answer = { says: number | string; failure: Failure | null };

/** How many requests are under way at once; the rest waits in order. */
const limit = 64;

export type Webhooks = ReturnType<typeof createWebhooks>;

export function createWebhooks({ store, faults, authToken, pace, log, settled }: Settings) {
	const timers = createTimers();
	const ended = new AbortController();
	const busy = new Set<string>();
	/** When the first attempt was made; a restart begins anew. */
	const begun = new Map<number, number>();
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
		const fault = faults.take(webhook.kind, concernOf(webhook));
		if (fault?.kind === 'hang') return schedule({ ...webhook, due_at: Date.now() + fault.ms });
		if (fault?.kind === 'lose') return end(webhook, 'lost');
		begun.set(webhook.id, begun.get(webhook.id) ?? Date.now());
		if (fault?.kind === 'duplicate') {
			for (let copy = 0; copy < fault.copies; copy += 1) report(webhook, await request(webhook), 'copy of ');
		}
		let answer = fault?.kind === 'status' ? answerOf(fault.status) : await request(webhook);
		if (fault?.kind === 'cut_after') answer = { says: 'the answer was cut off', failure: 'rt' };
		if (ended.signal.aborted) return; // the row stays: the next start takes it up again
		report(webhook, answer);
		settle(webhook, answer);
	}

	function report(webhook: Webhook, { says }: Answer, which = ''): void {
		log(`${which}${webhook.kind} ${webhook.sid} attempt ${webhook.attempt}: ${says}, ${withoutSecrets(webhook.url)}`);
	}

	function settle(webhook: Webhook, { says, failure }: Answer): void {
		const connection = connectionOf(webhook.url);
		const pause = pace.retries[webhook.attempt - 1] ?? pace.retries.at(-1) ?? 0;
		const isInTime = Date.now() + pause - (begun.get(webhook.id) ?? Date.now()) < connection.total;
		const mayTryAgain = webhook.attempt <= connection.retries && isInTime;
		if (failure && mayTryAgain && isWorthAnother(connection, failure)) {
			const again = { ...webhook, attempt: webhook.attempt + 1, due_at: Date.now() + pause };
			store.run('update webhooks set attempt = ?, due_at = ? where id = ?', again.attempt, again.due_at, again.id);
			schedule(again);
			return;
		}
		end(webhook, typeof says === 'number' && says >= 200 && says < 300 ? 'acknowledged' : 'given up');
	}

	function end(webhook: Webhook, ending: Ending): void {
		if (ending !== 'acknowledged') log(`${webhook.kind} ${webhook.sid} ${ending} after attempt ${webhook.attempt}`);
		begun.delete(webhook.id);
		store.run('delete from webhooks where id = ?', webhook.id);
		settled(webhook, ending);
	}

	async function request(webhook: Webhook): Promise<Answer> {
		try {
			const { url, init } = signed(webhook, authToken);
			const patience = AbortSignal.timeout(Math.min(pace.timeout, connectionOf(webhook.url).patience));
			const response = await fetch(url, {
				...init,
				redirect: 'manual',
				signal: AbortSignal.any([ended.signal, patience])
			});
			await response.arrayBuffer();
			return answerOf(response.status);
		} catch (error) {
			return { says: reason(error), failure: failureOf(error) };
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

function answerOf(status: number): Answer {
	return { says: status, failure: status >= 500 ? '5xx' : status >= 400 ? '4xx' : null };
}

/** Our number and the handset a webhook is about. */
function concernOf({ kind, parameters }: Webhook): Concern {
	const { From, To } = JSON.parse(parameters) as Record<string, string>;
	return kind === 'inbound' ? { number: To, peer: From } : { number: From, peer: To };
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
