/** Twilio's REST API under /2010-04-01/Accounts/{Sid}, as far as texting needs it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import type { Faults } from '../faults.ts';
import type { Network } from '../network.ts';
import type { Newsroom } from '../news.ts';
import type { Store } from '../store.ts';
import { rfc2822 } from './dates.ts';
import { answerRefusal, Refusal } from './errors.ts';
import { serveMessages } from './messages.ts';
import { serveNumbers } from './numbers.ts';
import { withFaults, type RestEnv } from './request.ts';

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
	const expected = digest(`Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`);
	const faulty = withFaults(faults, ended);
	const opened = Date.now();

	const api = new Hono<RestEnv>();

	api.use(async (c, next) => {
		await next();
		if (c.req.method !== 'GET') log(`${c.req.method} ${c.req.path} ${c.res.status}`);
	});

	api.use('/Accounts/*', async (c, next) => {
		const given = digest(c.req.header('authorization') ?? '');
		const [asked] = (c.req.path.split('/Accounts/')[1] ?? '').split(/[/.]/);
		if (!timingSafeEqual(given, expected) || asked !== accountSid) throw new Refusal(20003);
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
	serveNumbers(account, store, newsroom, faulty);
	api.route(`/Accounts/${accountSid}`, account);

	api.all('*', (c) => answerRefusal(c, new Refusal(20404, c.req.path)));
	api.onError((error, c) => {
		if (error instanceof Refusal) return answerRefusal(c, error);
		if (!ended.aborted) log(`error ${c.req.path}: ${error.stack ?? error.message}`);
		return answerRefusal(c, new Refusal(20500));
	});
	return api;
}

function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
