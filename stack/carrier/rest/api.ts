/** Twilio's REST API under /2010-04-01/Accounts/{Sid}, as far as texting needs it, and its APIs of prices and regulations. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono, type ErrorHandler, type MiddlewareHandler } from 'hono';
import type { Faults } from '../faults.ts';
import type { Network } from '../network.ts';
import type { Newsroom } from '../news.ts';
import type { Store } from '../store.ts';
import { serveAvailableNumbers } from './available-numbers.ts';
import { rfc2822 } from './dates.ts';
import { answerRefusal, Refusal } from './errors.ts';
import { serveMedia } from './media.ts';
import { serveMessages } from './messages.ts';
import { serveNumbers } from './numbers.ts';
import { createPricing } from './pricing.ts';
import { createRegulations } from './regulations.ts';
import { withFaults, type RestEnv } from './request.ts';
import { serveUsage } from './usage.ts';

type Settings = {
	accountSid: string;
	authToken: string;
	store: Store;
	network: Network;
	newsroom: Newsroom;
	faults: Faults;
	log: (line: string) => void;
	ended: AbortSignal;
};

export function createApi(settings: Settings): Hono<RestEnv> {
	const { accountSid, authToken, store, network, newsroom, faults, log, ended } = settings;
	const faulty = withFaults(faults, ended);
	const opened = Date.now();

	const api = new Hono<RestEnv>();
	const isOurs = credentials(accountSid, authToken);

	api.use(async (c, next) => {
		await next();
		if (c.req.method !== 'GET') log(`${c.req.method} ${c.req.path} ${c.res.status}`);
	});

	api.use('/Accounts/*', async (c, next) => {
		const [asked] = (c.req.path.split('/Accounts/')[1] ?? '').split(/[/.]/);
		if (!isOurs(c.req.header('authorization')) || asked !== accountSid) throw new Refusal(20003);
		c.set('account', accountSid);
		await next();
	});

	api.get(`/Accounts/${accountSid}.json`, faulty('account.fetch'), (c) => {
		const uri = `/2010-04-01/Accounts/${accountSid}`;
		return c.json({
			auth_token: authToken,
			date_created: rfc2822(opened),
			date_updated: rfc2822(opened),
			friendly_name: 'Carrier simulator',
			owner_account_sid: accountSid,
			sid: accountSid,
			status: 'active',
			subresource_uris: {
				messages: `${uri}/Messages.json`,
				incoming_phone_numbers: `${uri}/IncomingPhoneNumbers.json`
			},
			type: 'Full',
			uri: `${uri}.json`
		});
	});

	const account = new Hono<RestEnv>();
	serveMessages(account, store, network, faulty);
	serveMedia(account, store, faulty);
	serveNumbers(account, store, newsroom, faulty);
	serveAvailableNumbers(account, store, faulty);
	serveUsage(account, store, faulty);
	api.route(`/Accounts/${accountSid}`, account);

	api.all('*', (c) => answerRefusal(c, new Refusal(20404, c.req.path)));
	api.onError(answering(settings));
	return api;
}

/** What Twilio has on other hosts, under `/v1` and `/v2` of the same origin here. */
export function createOtherApis(settings: Settings): Hono<RestEnv> {
	const { accountSid, authToken, faults, ended } = settings;
	const faulty = withFaults(faults, ended);
	const isOurs = credentials(accountSid, authToken);
	const signedIn: MiddlewareHandler<RestEnv> = async (c, next) => {
		if (!isOurs(c.req.header('authorization'))) throw new Refusal(20003);
		c.set('account', accountSid);
		await next();
	};
	const apis = new Hono<RestEnv>();
	for (const path of ['/v1/*', '/v2/*']) apis.use(path, signedIn);
	apis.route('/v1', createPricing(faulty));
	apis.route('/v2', createRegulations(faulty));
	for (const path of ['/v1/*', '/v2/*']) apis.all(path, (c) => answerRefusal(c, new Refusal(20404, c.req.path)));
	apis.onError(answering(settings));
	return apis;
}

function answering({ log, ended }: Settings): ErrorHandler<RestEnv> {
	return (error, c) => {
		if (error instanceof Refusal) return answerRefusal(c, error);
		if (!ended.aborted) log(`error ${c.req.path}: ${error.stack ?? error.message}`);
		return answerRefusal(c, new Refusal(20500));
	};
}

/** Whether a request brings the account's own name and token. */
function credentials(accountSid: string, authToken: string): (authorization: string | undefined) => boolean {
	const expected = digest(`Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`);
	return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected);
}

function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
