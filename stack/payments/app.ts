/** The payment provider as one Hono app over one folder: Stripe's REST API, Checkout's pages, and webhooks. */
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { loopbackOnly, sameOriginOnly } from '../carrier/same-origin.ts';
import { dueSubscriptions, pass } from './clocks.ts';
import { expire, overdue } from './checkout.ts';
import { createControl } from './control.ts';
import { createFaults } from './faults.ts';
import { createPages } from './page.ts';
import { createRecords, type Asker, type Records } from './records.ts';
import { reactions } from './reactions.ts';
import { createApi } from './rest/api.ts';
import { openStore } from './store.ts';
import { createWebhooks, type Endpoint, type WebhookPace } from './webhooks.ts';

/** Milliseconds; Stripe's own pauses between attempts are hours. */
export const usualPace: WebhookPace = {
	scatter: 150,
	duplicate: 0.1,
	timeout: 15_000,
	retries: [1000, 5000, 30_000, 120_000, 600_000]
};

export type Settings = {
	secretKey: string;
	/** Where events are told; nowhere if null. */
	endpoint: Endpoint | null;
	/** Where this keeps its memory; null: nowhere. */
	folder: string | null;
	/** Where this is reached, without a slash at the end. */
	origin: () => string;
	pace?: Partial<WebhookPace>;
	/** Milliseconds since 1970. */
	now?: () => number;
	chance?: () => number;
	log?: (line: string) => void;
};

const clock: Asker = { id: null, idempotency_key: null };

/** Starts the payment provider; what an earlier run left undone goes on. `stop` leaves everything for the next one. */
export function createPayments(settings: Settings) {
	const { secretKey, endpoint, folder, origin, now = Date.now, chance = Math.random, log = console.log } = settings;
	const ended = new AbortController();
	const store = openStore(folder);
	const faults = createFaults();
	const webhooks = createWebhooks({ store, faults, endpoint, pace: { ...usualPace, ...settings.pace }, chance, log });

	/** One transaction; what is to be told leaves when it is through. */
	function work<Result>(asker: Asker, what: (records: Records) => Result): Result {
		const result = store.transaction(() => what(createRecords({ store, webhooks, now, origin, reactions }, asker)));
		webhooks.wake();
		return result;
	}
	function lapse(): void {
		const at = Math.floor(now() / 1000);
		const late = overdue(store, at);
		const due = dueSubscriptions(store, at);
		if (late.length + due.length === 0) return;
		work(clock, (records) => {
			for (const session of late) expire(records, session);
			for (const id of due) pass(records, id, at);
		});
	}
	const lapsing = setInterval(lapse, 10_000).unref();

	const app = new Hono<{ Bindings: HttpBindings }>();
	app.use(bodyLimit({ maxSize: 256 * 1024 }), async (_c, next) => {
		lapse();
		await next();
	});
	app.route('/v1', createApi({ secretKey, store, webhooks, faults, work, now, log, ended: ended.signal }));
	app.use(loopbackOnly);
	for (const path of ['/faults', '/clock']) app.use(path, sameOriginOnly);
	const pages = { store, work, now };
	app.route('/', createControl(faults, pages));
	app.route('/', createPages(pages));

	webhooks.wake();
	return {
		app,
		stop(): void {
			ended.abort();
			clearInterval(lapsing);
			webhooks.stop();
			store.close();
		}
	};
}
