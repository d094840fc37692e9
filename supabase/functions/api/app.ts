import { Hono } from 'hono';
import { z } from 'zod';
import { twilio } from '../_shared/carriers/twilio.ts';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import type { DoorDatabase } from '../_shared/database-door.ts';
import type { OrderDatabase } from '../_shared/database-orders.ts';
import { authenticate, type WithCaller } from '../_shared/http/authenticate.ts';
import type { Log } from '../_shared/http/log.ts';
import { answerErrors, problem } from '../_shared/http/problem.ts';
import { limitRate, type WithStanding } from '../_shared/http/rate-limit.ts';
import { requestId, type WithRequestId } from '../_shared/http/request-id.ts';
import { logRequests, type RequestLog, type WithRequestLog } from '../_shared/http/request-log.ts';
import { noteScopes, type ScopeNotes, type WithNeeded } from '../_shared/http/scope-notes.ts';
import { createVerifier } from '../_shared/http/token.ts';
import { turningAway } from '../_shared/http/turn-away.ts';
import { admitterOf } from './admission.ts';
import { attachments } from './attachments.ts';
import type { Caller } from './caller.ts';
import { callersToken } from './callers-token.ts';
import { documentOf } from './document.ts';
import { createRoutes } from './endpoint.ts';
import { createFiles } from './files.ts';
import type { Idempotency } from './idempotency.ts';
import { createMarketplace } from './marketplace.ts';
import { me } from './me.ts';
import { contacts } from './contacts.ts';
import { conversations } from './conversations.ts';
import { labels } from './labels.ts';
import { messages } from './messages.ts';
import { optOuts } from './opt-outs.ts';
import { numberRenewals, ownedNumbers } from './owned-numbers.ts';
import { scheduledMessages } from './scheduled-messages.ts';
import { usage } from './usage.ts';
import { numberOrders } from './number-orders.ts';
import { numbers } from './numbers.ts';
import { inItsForm, passThrough } from './pass-through.ts';
import { verificationExports } from './verification-exports.ts';
import { verifications } from './verifications.ts';
import type { Waiting } from './waiting.ts';
import { webhookDeliveries } from './webhook-deliveries.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';

export type Parts = {
	env: Readonly<Record<string, string | undefined>>;
	database: CallerDatabase;
	door: DoorDatabase;
	orders: OrderDatabase;
	waiting: Waiting;
	requests: Pick<RequestLog, 'add'>;
	scopes: Pick<ScopeNotes, 'add'>;
	log: Log;
	fetch?: typeof fetch;
	now?: () => Date;
};

/** What a route finds in its context: who calls, and the request's id. */
export type Api = {
	Variables: WithCaller<Caller>['Variables'] &
		WithRequestId['Variables'] &
		WithRequestLog['Variables'] &
		WithNeeded['Variables'] &
		Partial<WithStanding['Variables']> & { idempotency: Idempotency };
};

/** In ms. A page waits for it. */
const carrierPatience = 6000;

/**
 * The developer API: `/api/v1/…`, and `/api/rest/v1/…` for clients of the Data API, for whoever brings a key or a person's access token. All rights come from SQL, which is
 * asked in the caller's name.
 */
export function createApp({
	env,
	database,
	door,
	orders,
	waiting,
	requests,
	scopes,
	log,
	fetch = globalThis.fetch,
	now = () => new Date()
}: Parts): Hono<Api> {
	const verify = createVerifier({
		signingKey: env.TOKEN_SIGNING_KEY,
		keysUrl: `${env.SUPABASE_URL ?? ''}/auth/v1/.well-known/jwks.json`,
		fetch,
		now
	});
	const market = twilio({
		accountSid: env.TWILIO_ACCOUNT_SID ?? '',
		// while the token is being changed there are two; the first is the one to use
		authToken: env.TWILIO_AUTH_TOKEN?.split(',')[0]?.trim() ?? '',
		baseUrl: env.CARRIER_URL,
		fetch,
		timeoutMilliseconds: carrierPatience
	});
	const marketplace = createMarketplace({ market, records: orders, now });
	const project = {
		supabaseUrl: env.SUPABASE_URL ?? '',
		publishableKey: publishableKeyOf(env),
		tokenOf: callersToken(env.TOKEN_SIGNING_KEY, now),
		fetch
	};
	const routes = createRoutes();
	routes.route('/v1/me', me({ database }));
	routes.route('/v1/verifications/export', verificationExports({ database, log, now }));
	routes.route('/v1/verifications', verifications({ database, waiting }));
	routes.route('/v1/messages', messages({ database }));
	routes.route('/v1/attachments', attachments({ database, files: createFiles(project) }));
	routes.route('/v1/scheduled-messages', scheduledMessages({ database }));
	routes.route('/v1/conversations', conversations({ database }));
	routes.route('/v1/labels', labels({ database }));
	routes.route('/v1/contacts', contacts({ database }));
	routes.route('/v1/opt-outs', optOuts({ database }));
	routes.route('/v1/numbers', numbers({ database, marketplace }));
	routes.route('/v1/numbers', ownedNumbers({ database }));
	routes.route('/v1/number-renewals', numberRenewals({ database }));
	routes.route('/v1/number-orders', numberOrders({ database, marketplace }));
	routes.route('/v1/webhook-endpoints', webhookEndpoints({ database }));
	routes.route('/v1/webhook-deliveries', webhookDeliveries({ database }));
	routes.route('/v1/usage', usage({ database }));

	const docs = env.APP_URL && `${env.APP_URL}/docs/errors`;
	const turnAway = turningAway({ record: door.recordFailedAuthentication, log });
	const known = authenticate(admitterOf({ verify, admit: door.admit, turnAway }), turnAway);
	const limited = limitRate({
		room: door.room,
		countedOf: (c) => ({ person: c.get('opened').user_id, organizationId: c.get('opened').organization_id }),
		appUrl: env.APP_URL,
		docs
	});

	const app = new Hono<Api>().basePath('/api');
	app.onError(answerErrors(log, docs));
	app.notFound((c) => {
		c.set('refusal', 'path_unknown');
		return problem('path_unknown', undefined, { request_id: c.var.requestId }, docs);
	});
	app.use(requestId(log));
	app.use(logRequests(requests));
	app.get('/v1/openapi.json', documentOf(routes, `${env.SUPABASE_URL ?? ''}/functions/v1/api`));
	app.use('/rest/v1/*', inItsForm);
	const noted = noteScopes(scopes);
	app.use('/v1/*', known, limited, noted);
	app.use('/rest/v1/*', known, limited, noted);
	app.use('/v1/*', async (c, next) => {
		c.set('idempotency', door);
		await next();
	});
	app.route('/', routes);
	app.route('/rest/v1', passThrough(project));
	return app;
}

/** A hosted project has several, by their names. */
function publishableKeyOf(env: Parts['env']): string {
	const keys = z.record(z.string(), z.string()).parse(JSON.parse(env.SUPABASE_PUBLISHABLE_KEYS ?? '{}'));
	return keys.default ?? Object.values(keys)[0] ?? env.SUPABASE_PUBLISHABLE_KEY ?? env.SUPABASE_ANON_KEY ?? '';
}
