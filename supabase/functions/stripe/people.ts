import { Hono } from 'hono';
import type Stripe from 'stripe';
import { z } from 'zod';
import { billingIntervals, centsOfMicros, type Plan } from '../_shared/core/billing.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { call, literal, type Argument } from '../_shared/database-literal.ts';
import type { Database } from '../_shared/database.ts';
import type { WithCaller } from '../_shared/http/authenticate.ts';
import { readJson } from '../_shared/http/input.ts';
import type { Log } from '../_shared/http/log.ts';
import { ask } from '../_shared/payments/client.ts';
import { sync } from '../_shared/payments/sync.ts';
import { payerOf, priceOf } from './customers.ts';
import { changePlan, previewPlan } from './plan-changes.ts';
import { openSubscription } from './subscribing.ts';

export type PeopleParts = {
	env: Readonly<Record<string, string | undefined>>;
	database: Database;
	callers: CallerDatabase;
	stripe: Stripe;
	log: Log;
	now: () => Date;
};

const Id = z.guid('This is not an id.').toLowerCase();
const About = z.strictObject({ organization_id: Id });
const TopUp = z.strictObject({
	organization_id: Id,
	amount_micros: z.int(),
	idempotency_key: z.string().min(1).max(100)
});
const PlanWish = z.strictObject({
	organization_id: Id,
	plan: z.string().max(40),
	billing_interval: z.enum(billingIntervals)
});
const PlanChange = z.strictObject({ ...PlanWish.shape, proration_at: z.int().positive() });
const Cancellation = z.strictObject({ organization_id: Id, cancelled: z.boolean() });
const Confirmation = z.strictObject({ top_up_id: Id });

export type Live = {
	provider_id: string;
	plan: string;
	billing_interval: 'month' | 'year';
	status: string;
	cancel_at_period_end: boolean;
};

/** What people ask of the payment provider. Whether they may is SQL's to say, in their name, before anything else happens. */
export function people({ env, database, callers, stripe, log, now }: PeopleParts): Hono<WithCaller> {
	const routes = new Hono<WithCaller>();
	const parts = { database, stripe };

	async function verb<Answer>(claims: Claims, name: string, args: Readonly<Record<string, Argument>>): Promise<Answer> {
		const [row] = await callers.rows<{ answer: Answer }>(
			claims,
			`select to_jsonb(${call(name, args, 'api')}) as answer`
		);
		if (!row) throw new Failure('internal', undefined, { cause: `api.${name} answered nothing` });
		return row.answer;
	}
	const live = (claims: Claims, organizationId: string) =>
		verb<Live>(claims, 'subscription_to_change', { organization_id: organizationId });
	async function planNamed(claims: Claims, code: string): Promise<Plan> {
		const [row] = await callers.rows<{ plan: Plan }>(
			claims,
			`select to_jsonb(p) as plan from api.plans p where p.code = ${literal(code)} and p.monthly_micros > 0`
		);
		if (!row) throw new Failure('plan_unknown');
		return row.plan;
	}
	const page = (slug: string, query = '') =>
		`${(env.APP_URL ?? '').replace(/\/$/, '')}/${encodeURIComponent(slug)}/settings/billing${query}`;

	routes.post('/top-ups', async (c) => {
		const wish = await readJson(c.req.raw, TopUp);
		const begun = await verb<{ id: string; amount_micros: number; status: string; checkout_url: string | null }>(
			c.var.caller,
			'begin_top_up',
			wish
		);
		if (begun.checkout_url || begun.status !== 'open') return c.json({ id: begun.id, url: begun.checkout_url });
		const { customer, slug } = await payerOf(parts, wish.organization_id);
		const session = await ask(() =>
			stripe.checkout.sessions.create(
				{
					mode: 'payment',
					customer,
					client_reference_id: wish.organization_id,
					line_items: [
						{
							quantity: 1,
							price_data: {
								currency: 'usd',
								unit_amount: centsOfMicros(begun.amount_micros),
								product_data: { name: 'Wallet top-up' }
							}
						}
					],
					// the card is kept, for automatic top-ups and plans
					payment_intent_data: {
						setup_future_usage: 'off_session',
						description: 'Wallet top-up',
						metadata: { top_up_id: begun.id, organization_id: wish.organization_id }
					},
					metadata: { kind: 'top_up', id: begun.id },
					success_url: page(slug, `?back=${begun.id}`),
					cancel_url: page(slug, `?left=${begun.id}`)
				},
				{ idempotencyKey: `top_up:${begun.id}` }
			)
		);
		await database.keepTopUpSession(begun.id, session.id, session.url);
		log('top_up', { top_up: begun.id, session: session.id });
		return c.json({ id: begun.id, url: session.url });
	});

	routes.post('/top-ups/confirmations', async (c) => {
		const { top_up_id } = await readJson(c.req.raw, Confirmation);
		const about = await verb<{ payment_intent_id: string; organization_id: string }>(
			c.var.caller,
			'top_up_to_confirm',
			{ top_up_id }
		);
		const { customer, slug } = await payerOf(parts, about.organization_id);
		const url = await confirm(about.payment_intent_id, customer, page(slug, `?back=${top_up_id}`));
		await sync(parts, 'payment_intent', about.payment_intent_id);
		return c.json({ url });
	});

	/** Has the card's owner asked by their bank: where they go for it; null: nothing is left to confirm. */
	async function confirm(id: string, customer: string, returnUrl: string): Promise<string | null> {
		const known = await ask(() => stripe.paymentIntents.retrieve(id));
		if (known.status === 'succeeded' || known.status === 'processing' || known.status === 'canceled') return null;
		if (known.next_action?.redirect_to_url?.url) return known.next_action.redirect_to_url.url;
		const { invoice_settings, deleted } = (await ask(() =>
			stripe.customers.retrieve(customer)
		)) as Partial<Stripe.Customer> & { deleted?: boolean };
		const chosen = deleted ? null : invoice_settings?.default_payment_method;
		const cards = chosen ? null : await ask(() => stripe.paymentMethods.list({ customer, type: 'card', limit: 1 }));
		const method = typeof chosen === 'string' ? chosen : (chosen?.id ?? cards?.data[0]?.id);
		if (!method) throw new Failure('payment_method_missing');
		// a second click finds what the first one began, above or by this key
		const attempt = known.latest_charge ? String(known.latest_charge) : 'first';
		const tried = await ask(() =>
			stripe.paymentIntents.confirm(
				id,
				{ payment_method: method, return_url: returnUrl },
				{ idempotencyKey: `confirm:${id}:${attempt}:${method}` }
			)
		);
		return tried.next_action?.redirect_to_url?.url ?? null;
	}

	routes.post('/subscriptions', async (c) => {
		const wish = await readJson(c.req.raw, PlanWish);
		const plan = await planNamed(c.var.caller, wish.plan);
		const url = await openSubscription(
			{ ...parts, page },
			() => verb(c.var.caller, 'begin_subscription', wish),
			async (name, interval) =>
				priceOf(stripe, name === plan.code ? plan : await planNamed(c.var.caller, name), interval)
		);
		return c.json({ url });
	});

	routes.post('/plan-previews', async (c) => {
		const wish = await readJson(c.req.raw, PlanWish);
		const [subscription, plan] = [
			await live(c.var.caller, wish.organization_id),
			await planNamed(c.var.caller, wish.plan)
		];
		const price = await priceOf(stripe, plan, wish.billing_interval);
		return c.json(await previewPlan(stripe, subscription.provider_id, price, Math.floor(now().getTime() / 1000)));
	});

	routes.post('/plan-changes', async (c) => {
		const wish = await readJson(c.req.raw, PlanChange);
		const [subscription, plan] = [
			await live(c.var.caller, wish.organization_id),
			await planNamed(c.var.caller, wish.plan)
		];
		if (Math.abs(now().getTime() / 1000 - wish.proration_at) > 3600) throw new Failure('plan_changed_meanwhile');
		const price = await priceOf(stripe, plan, wish.billing_interval);
		await changePlan(stripe, subscription.provider_id, price, wish.proration_at);
		await sync(parts, 'subscription', subscription.provider_id);
		return c.json({ plan: plan.code });
	});

	routes.post('/cancellations', async (c) => {
		const { organization_id, cancelled } = await readJson(c.req.raw, Cancellation);
		const { provider_id } = await live(c.var.caller, organization_id);
		await ask(() => stripe.subscriptions.update(provider_id, { cancel_at_period_end: cancelled }));
		await sync(parts, 'subscription', provider_id);
		return c.json({ cancelled });
	});

	routes.post('/portals', async (c) => {
		const { organization_id } = await readJson(c.req.raw, About);
		await verb(c.var.caller, 'require_billing', { organization_id });
		const { customer, slug } = await payerOf(parts, organization_id);
		const portal = await ask(() =>
			stripe.billingPortal.sessions.create({ customer, return_url: page(slug, '?back=portal') })
		);
		return c.json({ url: portal.url });
	});

	/** Reads what is under way now: somebody has come back from a page of the provider and looks at ours. */
	routes.post('/readings', async (c) => {
		const { organization_id } = await readJson(c.req.raw, About);
		const under = await verb<{ kind: string; id: string }[]>(c.var.caller, 'payments_under_way', { organization_id });
		for (const { kind, id } of under.slice(0, 10)) await sync(parts, kind, id);
		// what a session led to: its payment, its subscription
		const next = await verb<{ kind: string; id: string }[]>(c.var.caller, 'payments_under_way', { organization_id });
		const more = next.filter(({ id }) => !under.some((one) => one.id === id));
		for (const { kind, id } of more.slice(0, 10)) await sync(parts, kind, id);
		return c.json({ read: under.length + more.length });
	});

	return routes;
}
