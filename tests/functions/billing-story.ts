/** What may happen to an organization's money, one step at a time, each at random and as our functions ask for it. */
import type Stripe from 'stripe';
import type { Plan } from '../../supabase/functions/_shared/core/billing.ts';
import { payerOf, priceOf } from '../../supabase/functions/stripe/customers.ts';
import type { Scene } from './billing-scene.ts';

const payer = { email: 'noor@tidewater.example', name: 'Noor Haddad', expires: '11 / 29', cvc: '123' };
const visa = '4242 4242 4242 4242';
const wantsOwner = '4000 0025 0000 3155';
const declined = ['4000 0000 0000 0002', '4000 0000 0000 9995'] as const;
const refusedLater = 'pm_card_chargeCustomerFail';

export type Story = Scene & { customer: string; plans: Plan[] };

export async function beginStory(scene: Scene): Promise<Story> {
	const { customer } = await payerOf(scene, scene.organizationId);
	const plans = await scene.sql<Plan[]>`
		select code, name, monthly_micros::float8 as monthly_micros, yearly_micros::float8 as yearly_micros
		from public.plans where monthly_micros > 0`;
	return { ...scene, customer, plans };
}

/** One step. Which are likely: those that lead somewhere. */
export async function step(story: Story): Promise<void> {
	await story.random.pick(steps)(story);
}

const steps = [
	topUp,
	topUp,
	subscribe,
	subscribe,
	subscribe,
	change,
	change,
	schedule,
	pass,
	pass,
	card,
	refund,
	charge,
	end,
	tax
];

/** At a page of Checkout: cards that are declined, the bank's question, the end, or nothing at all. */
async function visit({ random, submit, stripe }: Story, session: Stripe.Checkout.Session): Promise<void> {
	const page = new URL(session.url!).pathname;
	const type = (number: string) => submit(page, { ...payer, number });
	if (random.next() < 0.3) await type(random.pick(declined));
	const way = random.next();
	if (way < 0.1) return;
	if (way < 0.2) return void (await stripe.checkout.sessions.expire(session.id));
	if (way < 0.7) return void (await type(visa));
	const bank = new URL(await type(wantsOwner), 'http://localhost:1');
	const answer = (outcome: string) => submit(bank.pathname, { secret: bank.searchParams.get('secret') ?? '', outcome });
	await answer(way < 0.8 ? 'fail' : 'complete');
}

async function topUp(story: Story): Promise<void> {
	const { sql, stripe, customer, organizationId, database, random } = story;
	const cents = random.between(500, 9000);
	const [row] = await sql<{ id: string }[]>`
		insert into public.top_ups (organization_id, amount_micros, idempotency_key)
		values (${organizationId}, ${cents * 10_000}, ${crypto.randomUUID()}) returning id`;
	const session = await stripe.checkout.sessions.create({
		mode: 'payment',
		customer,
		line_items: [
			{ quantity: 1, price_data: { currency: 'usd', unit_amount: cents, product_data: { name: 'Wallet top-up' } } }
		],
		payment_intent_data: { setup_future_usage: 'off_session', metadata: { top_up_id: row!.id } },
		metadata: { kind: 'top_up', id: row!.id },
		success_url: 'http://localhost:2/back'
	});
	await database.keepTopUpSession(row!.id, session.id, session.url);
	await visit(story, session);
}

/** Now and then in two tabs, of which both are paid. */
async function subscribe(story: Story): Promise<void> {
	const { sql, stripe, customer, organizationId, random } = story;
	const plan = random.pick(story.plans);
	const price = await priceOf(stripe, plan, random.pick(['month', 'year']));
	const tabs = random.next() < 0.3 ? 2 : 1;
	const live = await liveOf(story);
	if (live && random.next() < 0.8) return;
	for (let tab = 0; tab < tabs; tab += 1) {
		const [row] = await sql<{ id: string }[]>`
			insert into public.subscription_checkouts (organization_id, plan_code, billing_interval)
			values (${organizationId}, ${plan.code}, 'month') on conflict do nothing returning id`;
		const session = await stripe.checkout.sessions.create({
			mode: 'subscription',
			customer,
			line_items: [{ price, quantity: 1 }],
			subscription_data: { metadata: { organization_id: organizationId } },
			metadata: { kind: 'subscription', id: row?.id ?? crypto.randomUUID() },
			success_url: 'http://localhost:2/back'
		});
		await visit(story, session);
	}
}

async function liveOf({ stripe, customer }: Story): Promise<Stripe.Subscription | undefined> {
	const { data } = await stripe.subscriptions.list({ customer, status: 'all' });
	return data.find(({ status }) => status === 'active' || status === 'past_due');
}

async function change(story: Story): Promise<void> {
	const { stripe, random } = story;
	const live = await liveOf(story);
	if (!live) return;
	const price = await priceOf(stripe, random.pick(story.plans), random.pick(['month', 'year']));
	const items = [{ id: live.items.data[0]!.id, price }];
	const behaviour = random.pick(['allow_incomplete', 'error_if_incomplete'] as const);
	const asked = { items, proration_behavior: 'always_invoice', payment_behavior: behaviour } as const;
	await orDeclined(stripe.subscriptions.update(live.id, asked));
}

async function schedule(story: Story): Promise<void> {
	const live = await liveOf(story);
	if (live) await story.stripe.subscriptions.update(live.id, { cancel_at_period_end: story.random.next() < 0.5 });
}

async function end(story: Story): Promise<void> {
	const live = await liveOf(story);
	if (live && story.random.next() < 0.5) await story.stripe.subscriptions.cancel(live.id);
}

/** Days: renewals, attempts, ends. */
async function pass({ pass, customer, random }: Story): Promise<void> {
	await pass(customer, random.pick([1, 3, 8, 33, 70]));
}

/** Another card is charged from now on; it may be one that refuses. */
async function card(story: Story): Promise<void> {
	const { stripe, customer, random } = story;
	const token = random.pick([refusedLater, 'pm_card_visa', 'pm_card_mastercard', 'pm_card_authenticationRequired']);
	const { id } = await stripe.paymentMethods.attach(token, { customer });
	await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
	const live = await liveOf(story);
	if (live) await stripe.subscriptions.update(live.id, { default_payment_method: id });
}

async function refund({ stripe, customer, random }: Story): Promise<void> {
	const { data } = await stripe.paymentIntents.list({ customer });
	const paid = data.find(({ status, metadata }) => status === 'succeeded' && metadata.top_up_id);
	if (!paid) return;
	const amount = random.between(1, paid.amount);
	await orDeclined(stripe.refunds.create({ payment_intent: paid.id, amount }));
}

/** The wallet fills itself by the card that we know of. */
async function charge({ sql, organizationId, charge, random }: Story): Promise<void> {
	const [row] = await sql<{ id: string }[]>`
		insert into public.top_ups (organization_id, amount_micros, automatic, status, idempotency_key)
		values (${organizationId}, ${random.between(500, 9000) * 10_000}, true, 'processing', ${crypto.randomUUID()})
		on conflict do nothing returning id`;
	if (row) await charge(row.id);
}

async function tax({ stripe, customer, random }: Story): Promise<void> {
	const { data } = await stripe.customers.listTaxIds(customer);
	if (data[0] && random.next() < 0.5) return void (await stripe.customers.deleteTaxId(customer, data[0].id));
	await stripe.customers.createTaxId(customer, { type: 'eu_vat', value: `DE${random.between(1e8, 9e8)}` });
}

/** A card that is declined, or money that was given back before, is a story too. */
async function orDeclined(call: Promise<unknown>): Promise<void> {
	await call.catch((error: unknown) => {
		const { statusCode } = error as { statusCode?: number };
		if (statusCode !== 402 && statusCode !== 400) throw error;
	});
}
