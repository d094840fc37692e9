/** Stripe's REST API under /v1, as far as payments need it. https://docs.stripe.com/api */
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono, type Context } from 'hono';
import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../checkout.ts';
import type { Faults } from '../faults.ts';
import { apiVersion, newId, type Asker, type Records } from '../records.ts';
import type { Store } from '../store.ts';
import type { Webhooks } from '../webhooks.ts';
import type { Route } from './call.ts';
import { customers } from './customers.ts';
import { faultBody, invalid, Refusal } from './errors.ts';
import { events } from './events.ts';
import { expand, takePaths, type Extras } from './expand.ts';
import { parseForm } from './form.ts';
import { listOf } from './lists.ts';
import { intentOf, paymentOf, type Invoice } from '../invoices.ts';
import { invoicePayments, invoices } from './invoices.ts';
import { meters } from './meters.ts';
import { paymentIntents } from './payment-intents.ts';
import { paymentMethods } from './payment-methods.ts';
import { portal } from './portal.ts';
import { prices } from './prices.ts';
import { products } from './products.ts';
import { charges, refunds } from './refunds.ts';
import { sessions } from './sessions.ts';
import { setupIntents } from './setup-intents.ts';
import { subscriptions } from './subscriptions.ts';
import { taxIds, taxIdsOf } from './tax-ids.ts';
import { testClocks } from './test-clocks.ts';

type Env = { Bindings: HttpBindings; Variables: { requestId: string } };

type Settings = {
	secretKey: string;
	store: Store;
	webhooks: Webhooks;
	faults: Faults;
	/** Does the work in one transaction; a Refusal with 402 does not undo it. */
	work: <Result>(asker: Asker, what: (records: Records) => Result) => Result;
	now: () => number;
	log: (line: string) => void;
	ended: AbortSignal;
};

/** An answer, kept for whoever asks again with the same key. */
type Answer = { status: number; body: string; isReplayed?: true };

/** Milliseconds for which a key is remembered. https://docs.stripe.com/api/idempotent_requests */
const remembered = 24 * 3600 * 1000;

export function createApi({ secretKey, store, webhooks, faults, work, now, log, ended }: Settings): Hono<Env> {
	const things = [
		customers,
		products,
		prices,
		paymentMethods,
		paymentIntents,
		setupIntents,
		charges,
		refunds,
		sessions
	];
	const billing = [subscriptions, invoices, invoicePayments, testClocks, portal, taxIds, meters];
	const routes = [...things, ...billing, events(webhooks)].flat();
	const extras: Extras = {
		'checkout.session': {
			line_items: ({ id }) => listOf(`/v1/checkout/sessions/${id}/line_items`, store.hidden<Plan>(String(id)).items)
		},
		customer: {
			tax_ids: ({ id }) => listOf(`/v1/customers/${id}/tax_ids`, taxIdsOf({ store }, String(id)))
		},
		invoice: {
			confirmation_secret: (body) => {
				const intent = intentOf(store, body as Invoice);
				return intent ? { client_secret: intent.client_secret, type: 'payment_intent' } : null;
			},
			payments: (body) => {
				const payment = paymentOf(store, body as Invoice);
				return listOf('/v1/invoice_payments', payment ? [payment] : []);
			}
		}
	};
	const expected = ['Bearer ', 'Basic '].map((scheme) =>
		digest(scheme + (scheme === 'Basic ' ? Buffer.from(`${secretKey}:`).toString('base64') : secretKey))
	);
	const api = new Hono<Env>();

	api.use(async (c, next) => {
		c.set('requestId', newId('req', 14));
		c.header('request-id', c.var.requestId);
		c.header('stripe-version', apiVersion);
		await next();
		if (c.req.method !== 'GET') log(`${c.req.method} ${c.req.path} ${c.res.status}`);
	});

	api.use(async (c, next) => {
		const given = c.req.header('authorization');
		if (!given) {
			throw invalid(
				"You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
				{},
				401
			);
		}
		if (!expected.some((known) => timingSafeEqual(known, digest(given)))) {
			throw invalid(`Invalid API Key provided: ****${given.trim().slice(-4)}`, {}, 401);
		}
		const version = c.req.header('stripe-version') ?? apiVersion;
		if (version !== apiVersion)
			throw invalid(`Invalid Stripe API version: ${version}. Only ${apiVersion} is spoken here.`);
		await next();
	});

	for (const route of routes) {
		api.on(route.method, route.path, async (c) => {
			const raw = route.method === 'POST' ? await c.req.text() : new URL(c.req.url).search.slice(1);
			const fault = faults.takeCall(route.name);
			if (fault?.kind === 'lose') return cut(c);
			if (fault?.kind === 'status') return c.json({ error: faultBody(fault.status, fault.code) }, fault.status as 400);
			const answer = answerOnce(route, c, raw);
			if (fault?.kind === 'hang') await sleep(fault.ms, undefined, { signal: ended });
			if (fault?.kind === 'cut_after') return cut(c);
			c.header('content-type', 'application/json');
			if (answer.isReplayed) c.header('idempotent-replayed', 'true');
			return c.body(answer.body, answer.status as 200);
		});
	}

	api.all('*', (c) => {
		const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}). Please see https://stripe.com/docs.`;
		throw invalid(message, {}, 404);
	});

	api.onError((error, c) => {
		if (error instanceof Refusal) return c.json({ error: described(error, c) }, error.status as 400);
		if (!ended.aborted) log(`error ${c.req.path}: ${error.stack ?? error.message}`);
		return c.json({ error: { type: 'api_error', message: 'An unknown error occurred.' } }, 500);
	});
	return api;

	/** Under a key that has been used, the answer of that time: nothing is done again. */
	function answerOnce(route: Route, c: Context<Env>, raw: string): Answer {
		const key = route.method === 'POST' ? (c.req.header('idempotency-key') ?? null) : null;
		if (key && key.length > 255) throw invalid('Idempotency keys can be at most 255 characters long.');
		const asker: Asker = { id: c.var.requestId, idempotency_key: key };
		const fingerprint = digest(`${c.req.path}\n${raw}`).toString('hex');
		return work(asker, (records) => {
			store.run('delete from answers where created_at < ?', now() - remembered);
			const known = key
				? store.get<Answer & { fingerprint: string }>('select * from answers where key = ?', key)
				: undefined;
			if (known && known.fingerprint !== fingerprint) {
				throw new Refusal(400, {
					type: 'idempotency_error',
					message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
				});
			}
			if (known) return { status: known.status, body: known.body, isReplayed: true };
			const answer = answerNow(route, c, raw, records);
			// what was refused before anything was done may be asked again with the same key
			if (key) {
				const sql = 'insert into answers (key, fingerprint, status, body, created_at) values (?, ?, ?, ?, ?)';
				store.run(sql, key, fingerprint, answer.status, answer.body, now());
			}
			return answer;
		});
	}

	function answerNow(route: Route, c: Context<Env>, raw: string, records: Records): Answer {
		const parameters = parseForm(raw);
		const paths = takePaths(parameters);
		try {
			const call = { id: idIn(c, 'id'), part: idIn(c, 'part'), path: c.req.path, parameters, records };
			return { status: 200, body: JSON.stringify(expand(store, route.answer(call), paths, extras)) };
		} catch (error) {
			if (!(error instanceof Refusal) || error.status !== 402) throw error;
			return { status: 402, body: JSON.stringify({ error: described(error, c) }) };
		}
	}
}

const idIn = (c: Context<Env>, name: string): string => c.req.param(name) ?? '';

function described({ body }: Refusal, c: Context<Env>): object {
	const docs = body.code && `https://docs.stripe.com/error-codes/${body.code.replaceAll('_', '-')}`;
	return {
		...body,
		...(docs && { doc_url: docs }),
		request_log_url: `https://dashboard.stripe.com/test/logs/${c.var.requestId}`
	};
}

function cut(c: Context<Env>): Response {
	c.env.incoming.socket.destroy();
	return RESPONSE_ALREADY_SENT;
}

function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
