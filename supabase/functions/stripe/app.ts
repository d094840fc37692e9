import { Hono, type Context } from 'hono';
import type Stripe from 'stripe';
import { aboutOf } from '../_shared/core/billing.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import type { Database } from '../_shared/database.ts';
import { authenticate, type WithCaller } from '../_shared/http/authenticate.ts';
import { readText } from '../_shared/http/form.ts';
import type { Log } from '../_shared/http/log.ts';
import { answerErrors, problem } from '../_shared/http/problem.ts';
import { requestId, type WithRequestId } from '../_shared/http/request-id.ts';
import { createVerifier } from '../_shared/http/token.ts';
import { countRefused } from '../_shared/webhooks/refused.ts';
import { people } from './people.ts';

export type Parts = {
	env: Readonly<Record<string, string | undefined>>;
	database: Database;
	callers: CallerDatabase;
	stripe: Stripe;
	log: Log;
	fetch?: typeof fetch;
	now?: () => Date;
};

const largestEvent = 256 * 1024;

/**
 * What the payment provider tells us, `POST /stripe`, and what people ask of it, `POST /stripe/v1/…` with their token. An event
 * is answered 2xx only once it is stored; what it is about is read anew by the worker, since neither its order nor its time
 * proves anything.
 */
export function createApp({
	env,
	database,
	callers,
	stripe,
	log,
	fetch = globalThis.fetch,
	now = () => new Date()
}: Parts): Hono<WithCaller & WithRequestId> {
	// two while the endpoint's secret is being changed
	const secrets = (env.STRIPE_WEBHOOK_SECRET ?? '')
		.split(',')
		.map((secret) => secret.trim())
		.filter(Boolean);
	const refused = countRefused('stripe', { record: database.noteRefusedEvents, log });
	const verify = createVerifier({
		signingKey: env.TOKEN_SIGNING_KEY,
		keysUrl: `${env.SUPABASE_URL ?? ''}/auth/v1/.well-known/jwks.json`,
		fetch,
		now
	});
	const app = new Hono<WithCaller & WithRequestId>().basePath('/stripe');
	app.use(requestId(log));
	app.onError(answerErrors(log));
	app.notFound(() => problem('not_found'));

	app.post('/', async (c) => {
		const raw = await readText(c.req.raw, largestEvent);
		const event = await verified(raw, c);
		const { id, type } = event;
		const about = aboutOf(event.data.object);
		const isNew = await database.receivePaymentEvent({ id, type, payload: asJson(event), about });
		const outcome = isNew ? (about ? 'stored' : 'ignored') : 'duplicate';
		log('payment_event', { request_id: c.var.requestId, event: id, type, outcome });
		return c.json({ received: true });
	});

	app.use('/v1/*', authenticate(verify));
	app.route('/v1', people({ env, database, callers, stripe, log, now }));

	/** The event of a request that was signed for this door; everything else ends here. */
	async function verified(raw: string, c: Context): Promise<Stripe.Event> {
		const signature = c.req.header('stripe-signature') ?? '';
		for (const secret of secrets) {
			try {
				return await stripe.webhooks.constructEventAsync(raw, signature, secret);
			} catch {
				// the next secret may fit; that none does is said below, without a word of what was sent
			}
		}
		refused(secrets.length === 0 ? 'unconfigured' : signature === '' ? 'missing' : 'wrong', c);
		throw new Failure('signature_invalid');
	}

	return app;
}

function asJson(event: Stripe.Event): Readonly<Record<string, unknown>> {
	return { ...event };
}
