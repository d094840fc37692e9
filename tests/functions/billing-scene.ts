/**
 * An organization, the payment provider and what lies between them, in one process and one transaction that is never committed:
 * no other worker sees its jobs, and a run costs milliseconds. Answers take their time at random, so that readings overtake
 * one another as they do between two workers.
 */
import type { Sql } from 'postgres';
import type Stripe from 'stripe';
import { createPayments } from '../../stack/payments/app.ts';
import { sign } from '../../stack/payments/signature.ts';
import { askerOf } from '../../supabase/functions/_shared/database-ask.ts';
import { billingVerbs } from '../../supabase/functions/_shared/database-billing.ts';
import { call } from '../../supabase/functions/_shared/database-literal.ts';
import type { CallerDatabase } from '../../supabase/functions/_shared/database-caller.ts';
import type { Database, Job } from '../../supabase/functions/_shared/database.ts';
import { paymentsOf } from '../../supabase/functions/_shared/payments/client.ts';
import { createApp } from '../../supabase/functions/stripe/app.ts';
import { autoTopUp } from '../../supabase/functions/worker/auto-top-up.ts';
import { cancelDuplicate, reconcilePayments, syncPayment } from '../../supabase/functions/worker/sync-payment.ts';
import type { Random } from '../chaos/random.ts';

const secret = 'whsec_for_tests_only';
const origin = 'http://localhost:1';
const secretKey = 'sk_test_for_tests_only';

export type Scene = ReturnType<typeof openScene>;

export function openScene(sql: Sql, organizationId: string, random: Random) {
	const provider = createPayments({
		secretKey,
		endpoint: null,
		folder: null,
		origin: () => origin,
		chance: random.next,
		log() {}
	});
	const log = () => undefined;

	async function dawdle(): Promise<void> {
		for (let turns = random.between(0, 3); turns > 0; turns -= 1) await new Promise((next) => setImmediate(next));
	}
	const fetcher: typeof fetch = async (input, init) => {
		await dawdle();
		const response = await provider.app.request(String(input), init);
		await dawdle();
		return response;
	};
	const stripe = paymentsOf({ PAYMENTS_URL: origin, STRIPE_SECRET_KEY: secretKey }, fetcher);

	const rows = <Row>(query: string) => sql.unsafe(query) as unknown as Promise<Row[]>;
	const ask = askerOf(rows);
	const verbs: Partial<Database> = {
		...billingVerbs(ask, (verb, args) => rows(`select * from ${call(verb, args)}`)),
		beginReconciliation: (carrier, overlap) => ask('begin_reconciliation', { carrier, overlap_seconds: overlap }),
		advanceReconciliation: (carrier, page) => ask('advance_reconciliation', { carrier, page }),
		completeJob: async (job) => {
			await sql`delete from private.jobs where id = ${job.id}`;
			return true;
		}
	};
	const database = verbs as Database;
	const parts = { database, stripe, log };
	const door = createApp({
		...parts,
		callers: {} as CallerDatabase,
		env: { STRIPE_WEBHOOK_SECRET: secret, TOKEN_SIGNING_KEY: JSON.stringify({ kty: 'oct', alg: 'HS256', k: 'AA' }) }
	});

	/** What a browser does with a form of the provider's pages. */
	async function submit(path: string, fields: Record<string, string>): Promise<string> {
		const answer = await provider.app.request(new URL(path, origin).href, {
			method: 'POST',
			headers: { host: 'localhost:1', 'content-type': 'application/x-www-form-urlencoded' },
			body: new URLSearchParams(fields).toString()
		});
		return answer.headers.get('location') ?? '';
	}

	async function control(path: string, body: object): Promise<void> {
		const answer = await provider.app.request(origin + path, {
			method: 'POST',
			headers: { host: 'localhost:1', 'content-type': 'application/json' },
			body: JSON.stringify(body)
		});
		if (!answer.ok) throw new Error(await answer.text());
	}

	/** A webhook, as the provider sends it. */
	async function deliver(event: Stripe.Event): Promise<void> {
		const body = JSON.stringify(event);
		const signature = sign(secret, body, Math.floor(Date.now() / 1000));
		const answer = await door.request('/stripe', { method: 'POST', headers: { 'stripe-signature': signature }, body });
		if (answer.status !== 200) throw new Error(`an event was answered ${answer.status}: ${await answer.text()}`);
	}

	/** What the worker would do now: all of it at once, or a part. Jobs of this transaction are of its moment. */
	async function work(part = 1): Promise<number> {
		const jobs = await sql<Job[]>`
			select id, kind, payload, 1 as attempts, id as lease from private.jobs
			where kind in ('sync_payment', 'cancel_duplicate') and completed_at is null and run_at <= now()
				and created_at = now()`;
		const chosen = jobs.filter(() => random.next() < part);
		await Promise.all(
			chosen.map((job) => (job.kind === 'sync_payment' ? syncPayment(job, parts) : cancelDuplicate(job, parts)))
		);
		return chosen.length;
	}
	/** The latest event that was seen. */
	let last: string | undefined;
	const job = (kind: string, payload: Job['payload']): Job => ({
		id: crypto.randomUUID(),
		kind,
		payload,
		attempts: 1,
		lease: '',
		request_id: null
	});

	return {
		sql,
		organizationId,
		random,
		stripe,
		database,
		submit,
		deliver,
		work,
		pass: (customer: string, days: number) => control('/clock', { customer, days }),
		reconcile: () => reconcilePayments(job('reconcile_payments', {}), parts),
		charge: (id: string) => autoTopUp(job('auto_top_up', { top_up_id: id }), parts),
		/** What has happened at the provider since the last time, the oldest first. */
		async news(): Promise<Stripe.Event[]> {
			const all: Stripe.Event[] = [];
			for (;;) {
				const { data, has_more } = await stripe.events.list({ limit: 100, ...(last && { ending_before: last }) });
				all.push(...data.reverse());
				last = all.at(-1)?.id ?? last;
				if (!has_more) return all;
			}
		},
		close: () => provider.stop()
	};
}
