/** Events on their way to the customer's endpoint: signed, out of order, some twice, tried again until acknowledged. */
import { createTimers } from '../carrier/timers.ts';
import type { Faults } from './faults.ts';
import type { StripeEvent } from './records.ts';
import { sign } from './signature.ts';
import type { Delivery, Store, Thing } from './store.ts';

/**
 * Milliseconds. Each event leaves at some moment within `scatter`, so that later ones overtake it; `duplicate` is the chance
 * that it comes twice. `retries` are the pauses before the second, third … attempt, after which Stripe gives up.
 */
export type WebhookPace = { scatter: number; duplicate: number; timeout: number; retries: readonly number[] };

/** Where events go, and the secret (`whsec_…`) they are signed with. */
export type Endpoint = { url: string; secret: string };

type Settings = {
	store: Store;
	faults: Faults;
	endpoint: Endpoint | null;
	pace: WebhookPace;
	/** From 0 to 1 (1 excluded). */
	chance: () => number;
	log: (line: string) => void;
};

/** How many requests are under way at once; the rest waits. */
const limit = 16;

export type Webhooks = ReturnType<typeof createWebhooks>;

export function createWebhooks({ store, faults, endpoint, pace, chance, log }: Settings) {
	const timers = createTimers();
	const ended = new AbortController();
	let waiting: Delivery[] = [];
	let underWay = 0;
	/** The latest row that has its alarm. */
	let latest = 0;

	function schedule(delivery: Delivery): void {
		timers.at(delivery.due_at, () => {
			waiting.push(delivery);
			drain();
		});
	}

	function drain(): void {
		while (underWay < limit && !ended.signal.aborted) {
			const next = waiting[0];
			if (!next) return;
			waiting = waiting.slice(1);
			underWay += 1;
			void attempt(next).finally(() => {
				underWay -= 1;
				drain();
			});
		}
	}

	async function attempt(delivery: Delivery): Promise<void> {
		const event = store.find<StripeEvent>(delivery.event_id);
		if (!event) return forget(delivery);
		const fault = faults.takeWebhook(event.type);
		if (fault?.kind === 'late') return postpone(delivery, fault.ms);
		if (fault?.kind === 'lose') return forget(delivery);
		if (fault?.kind === 'duplicate') {
			for (let copy = 0; copy < fault.copies; copy += 1) note(event, chance() * pace.scatter);
			wake();
		}
		let says = fault?.kind === 'status' ? fault.status : await request(event);
		if (fault?.kind === 'cut_after') says = 'the answer was cut off';
		if (ended.signal.aborted) return; // the row stays: the next start takes it up again
		log(`webhook ${event.type} ${event.id} attempt ${delivery.attempt}: ${says}`);
		if (typeof says === 'number' && says >= 200 && says < 300) return forget(delivery);
		const pause = pace.retries[delivery.attempt - 1];
		if (pause === undefined) return forget(delivery);
		postpone({ ...delivery, attempt: delivery.attempt + 1 }, pause);
	}

	/** The status that was answered, or in words why there is none. */
	async function request(event: StripeEvent): Promise<number | string> {
		if (!endpoint) return 'nowhere to send it';
		const body = JSON.stringify({ ...event, pending_webhooks: pending(event) }, null, 2);
		try {
			const response = await fetch(endpoint.url, {
				method: 'POST',
				headers: {
					accept: '*/*; q=0.5, application/xml',
					'content-type': 'application/json; charset=utf-8',
					'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
					'stripe-signature': sign(endpoint.secret, body, Math.floor(Date.now() / 1000))
				},
				body,
				redirect: 'manual',
				signal: AbortSignal.any([ended.signal, AbortSignal.timeout(pace.timeout)])
			});
			await response.arrayBuffer();
			return response.status;
		} catch (error) {
			if (!(error instanceof Error)) return String(error);
			return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
		}
	}

	function postpone(delivery: Delivery, by: number): void {
		const later = { ...delivery, due_at: Date.now() + Math.ceil(by) };
		store.run('update deliveries set attempt = ?, due_at = ? where id = ?', later.attempt, later.due_at, later.id);
		schedule(later);
	}

	function forget({ id }: Delivery): void {
		store.run('delete from deliveries where id = ?', id);
	}

	function note({ id }: Thing, by: number): void {
		const due = Date.now() + Math.ceil(by);
		store.run('insert into deliveries (event_id, attempt, due_at) values (?, 1, ?)', id, due);
	}

	/** Gives every row noted since its alarm: an earlier run's, too, at the first time. */
	function wake(): void {
		for (const delivery of store.all<Delivery>('select * from deliveries where id > ? order by id', latest)) {
			latest = delivery.id;
			schedule(delivery);
		}
	}

	function pending({ id }: Thing): number {
		return store.get<{ n: number }>('select count(*) as n from deliveries where event_id = ?', id)?.n ?? 0;
	}

	return {
		/** Notes that an event is to be told; `wake` when the transaction is through. */
		record(event: Thing): void {
			if (!endpoint) return;
			note(event, chance() * pace.scatter);
			if (chance() < pace.duplicate) note(event, chance() * pace.scatter * 2);
		},
		wake,
		/** How many requests of an event are still to be acknowledged. */
		pending,
		stop(): void {
			timers.stop();
			ended.abort();
		}
	};
}
