/** The carrier as one Hono app over one folder: Twilio's REST API, handsets, and the page to hold them. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMarket } from './catalogue/market.ts';
import { createDays } from './days.ts';
import { createFaults } from './faults.ts';
import { createHandsets } from './handsets.ts';
import { createNetwork, type LifePace, type Network } from './network.ts';
import { createNewsroom } from './news.ts';
import { createPage } from './page.ts';
import { createApi, createOtherApis } from './rest/api.ts';
import { createCdn } from './rest/media.ts';
import type { RestEnv } from './rest/request.ts';
import { loopbackOnly, sameOriginOnly } from './same-origin.ts';
import { openStore } from './store.ts';
import { createWebhooks, type WebhookPace } from './webhooks.ts';

/** Milliseconds. */
export type Pace = LifePace & WebhookPace;

export const usualPace: Pace = { sent: 30, delivered: 120, timeout: 15_000, retries: [500, 1000, 2000, 3000, 5000] };

export type Settings = {
	accountSid: string;
	authToken: string;
	/** Where the carrier keeps its memory. */
	folder: string;
	pace?: Partial<Pace>;
	log?: (line: string) => void;
	/** Where this is reached, without a slash at the end; Twilio's own address when not said. */
	origin?: () => string;
};

/** Starts the carrier; what an earlier run left undone goes on. `stop` leaves everything for the next one. */
export function createCarrier(settings: Settings) {
	const { accountSid, authToken, folder, log = console.log, origin = () => 'https://api.twilio.com' } = settings;
	const pace: Pace = { ...usualPace, ...settings.pace };
	const ended = new AbortController();
	const store = openStore(folder);
	const newsroom = createNewsroom();
	const faults = createFaults();
	const webhooks = createWebhooks({
		store,
		faults,
		authToken,
		pace,
		log,
		settled: (webhook, ending) => network.settle(webhook, ending)
	});
	const network: Network = createNetwork({ store, webhooks, newsroom, faults, accountSid, origin, pace });

	const app = new Hono<RestEnv>();
	app.use('/2010-04-01/*', bodyLimit({ maxSize: 256 * 1024 }));
	// a handset's files come in its text, in base64
	app.use(bodyLimit({ maxSize: 16 * 1024 * 1024 }));
	const apis = { accountSid, authToken, store, network, newsroom, faults, log, ended: ended.signal };
	app.route('/2010-04-01', createApi(apis));
	app.route('/', createOtherApis(apis));
	app.route('/cdn', createCdn(store));
	app.use(loopbackOnly);
	for (const path of ['/handsets/*', '/catalogue/*', '/faults', '/scenarios']) app.use(path, sameOriginOnly);
	app.route('/', createHandsets({ store, network, newsroom, ended: ended.signal }));
	app.route('/', createDays(faults));
	app.route('/', createMarket(store));
	app.route('/', createPage(store, faults));

	network.resume();
	webhooks.resume();
	return {
		app,
		stop(): void {
			ended.abort();
			network.stop();
			webhooks.stop();
			store.close();
		}
	};
}
