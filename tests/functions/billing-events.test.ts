/** What we know of customers, plans and payments is what the provider has, whatever becomes of its events on their way. */
import { isDeepStrictEqual } from 'node:util';
import type { Sql } from 'postgres';
import type Stripe from 'stripe';
import { expect, test } from 'vitest';
import { seeded, type Random } from '../chaos/random.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { openScene } from './billing-scene.ts';
import { beginStory, step, type Story } from './billing-story.ts';

const { env, sql } = stack;

/** BILLING_RUNS=1000 is the whole proof; each run prints its seed where it fails. */
const runs = Number(process.env.BILLING_RUNS || 8);
const lanes = 3;

class Undo extends Error {}

/** One story and its events: some are lost, some come twice, all out of order and while the story goes on. */
async function run(organizationId: string, random: Random): Promise<Set<string>> {
	const types = new Set<string>();
	const undone = sql.begin(async (tx) => {
		const scene = openScene(tx as unknown as Sql, organizationId, random);
		try {
			const story = await beginStory(scene);
			let underWay: Stripe.Event[] = [];
			for (let left = random.between(3, 8); left > 0; left -= 1) {
				await step(story);
				underWay.push(...(await spoilt(story, types)));
				underWay = await deliverSome(story, underWay);
				if (random.next() < 0.6) await story.work(0.5);
			}
			while (underWay.length > 0 || (await story.work()) > 0) {
				underWay.push(...(await spoilt(story, types)));
				underWay = await deliverSome(story, underWay);
			}
			// what nobody told of is found
			for (;;) {
				await story.reconcile();
				const worked = await story.work();
				await spoilt(story, types);
				if (worked === 0) break;
			}
			const [is, should] = [await ours(story), await theirs(story)];
			const differs = Object.keys(should).filter((name) => !isDeepStrictEqual(at(is, name), at(should, name)));
			const says = differs.map(
				(name) => `${name} ${JSON.stringify(at(is, name))} instead of ${JSON.stringify(at(should, name))}`
			);
			if (says.length > 0) throw new Error(says.join('; '));
		} finally {
			scene.close();
		}
		throw new Undo();
	});
	await undone.catch((error: unknown) => {
		if (!(error instanceof Undo)) throw error;
	});
	return types;
}

/** What there is of news: one in six is never told, one in four twice. */
async function spoilt({ news, random }: Story, types: Set<string>): Promise<Stripe.Event[]> {
	const events = await news();
	for (const { type } of events) types.add(type);
	return events.flatMap((event) => (random.next() < 1 / 6 ? [] : random.next() < 0.25 ? [event, event] : [event]));
}

/** Delivers some of them, in any order and several at once; gives those that are still under way. */
async function deliverSome({ deliver, random }: Story, events: Stripe.Event[]): Promise<Stripe.Event[]> {
	const shuffled = events.map((event) => ({ event, place: random.next() })).sort((a, b) => a.place - b.place);
	const now = shuffled.slice(0, random.between(1, Math.max(1, events.length)));
	await Promise.all(now.map(({ event }) => deliver(event)));
	return shuffled.slice(now.length).map(({ event }) => event);
}

const at = (state: object, name: string): unknown => (state as Record<string, unknown>)[name];
const micros = (cents: number) => cents * 10_000;
const iso = (seconds: number | null | undefined) => (seconds ? new Date(seconds * 1000).toISOString() : null);
const byId = <Row extends { id: string }>(rows: Row[]) => rows.sort((a, b) => (a.id < b.id ? -1 : 1));

async function all<Thing>(list: AsyncIterable<Thing>): Promise<Thing[]> {
	const things: Thing[] = [];
	for await (const thing of list) things.push(thing);
	return things;
}

/** The provider's objects, in the words of our tables. */
async function theirs({ stripe, customer, plans }: Story) {
	const [subscriptions, invoices, intents, charges, methods, taxIds, owner] = await Promise.all([
		all(stripe.subscriptions.list({ customer, status: 'all', limit: 100 })),
		all(stripe.invoices.list({ customer, limit: 100 })),
		all(stripe.paymentIntents.list({ customer, limit: 100 })),
		all(stripe.charges.list({ customer, limit: 100 })),
		stripe.paymentMethods.list({ customer, type: 'card', limit: 1 }),
		stripe.customers.listTaxIds(customer),
		stripe.customers.retrieve(customer) as Promise<Stripe.Customer>
	]);
	const live = subscriptions.filter(({ status }) => status === 'active' || status === 'past_due');
	const charged = charges.filter(({ status }) => status === 'succeeded');
	const paidFor = (intent: string) => charged.filter((charge) => charge.payment_intent === intent);
	const topUps = intents.filter(({ metadata }) => metadata.top_up_id);
	const planOf = ({ items }: Stripe.Subscription) =>
		plans.find(({ name }) => `plan_${name.toLowerCase()}` === items.data[0]!.price.product)?.code;
	return {
		subscriptions: byId(
			subscriptions.map((each) => ({
				id: each.id,
				status: each.status as string,
				plan: planOf(each),
				interval: each.items.data[0]!.price.recurring!.interval as string,
				from: iso(each.items.data[0]!.current_period_start),
				until: iso(each.items.data[0]!.current_period_end),
				ends: each.cancel_at_period_end,
				ended: iso(each.ended_at),
				counts: live.includes(each)
			}))
		),
		invoices: byId(
			invoices.map(({ id, status, total, amount_remaining, amount_paid }) => ({
				id,
				status: status as string,
				total: micros(total),
				due: micros(amount_remaining),
				paid: micros(amount_paid)
			}))
		),
		topUps: byId(
			topUps
				.filter(({ status }) => status === 'succeeded')
				.map(({ id, amount_received }) => ({
					id,
					received: micros(amount_received),
					refunded: micros(paidFor(id).reduce((sum, charge) => sum + charge.amount_refunded, 0))
				}))
		),
		wallet: micros(
			topUps.flatMap(({ id }) => paidFor(id)).reduce((sum, { amount, amount_refunded: back }) => sum + amount - back, 0)
		),
		paid: micros(charged.reduce((sum, { amount, amount_refunded: back }) => sum + amount - back, 0)),
		plan: live[0] ? planOf(live[0]) : 'free',
		live: Math.min(live.length, 1),
		card: owner.invoice_settings.default_payment_method ?? methods.data[0]?.id ?? null,
		taxIds: taxIds.data.map(({ value }) => value).sort()
	};
}

async function ours({ sql, organizationId: id }: Story) {
	const subscriptions = await sql<
		{ id: string; from: Date; until: Date; ended: Date | null; status: string; counts: boolean }[]
	>`
		select provider_id as id, status, plan_code as plan, billing_interval::text as interval, current_period_start as from,
			current_period_end as until, cancel_at_period_end as ends, ended_at as ended,
			not duplicate and private.is_live(status) as counts
		from public.subscriptions where organization_id = ${id}`;
	const invoices = await sql<{ id: string }[]>`
		select provider_id as id, status, total_micros::float8 as total, due_micros::float8 as due, paid_micros::float8 as paid
		from public.invoices where organization_id = ${id}`;
	const topUps = await sql<{ id: string }[]>`
		select payment_intent_id as id, received_micros::float8 as received, refunded_micros::float8 as refunded
		from public.top_ups where organization_id = ${id} and status = 'paid'`;
	const [rest] = await sql<{ wallet: number; paid: number; plan: string; card: string | null; tax_ids: string[] }[]>`
		select
			coalesce((select balance_micros from public.ledger_accounts
				where organization_id = ${id} and kind = 'wallet'), 0)::float8 as wallet,
			coalesce((select -sum(e.amount_micros) from public.ledger_entries e
				join public.ledger_accounts a on a.id = e.account_id join public.ledger_transfers t on t.id = e.transfer_id
				where t.organization_id = ${id} and a.kind = 'payments'), 0)::float8 as paid,
			(private.plan_of(${id})).code as plan, c.payment_method ->> 'id' as card,
			array(select x ->> 'value' from jsonb_array_elements(c.tax_ids) x order by 1) as tax_ids
		from public.billing_customers c where c.organization_id = ${id}`;
	const { tax_ids: taxIds, ...money } = rest!;
	return {
		subscriptions: byId(
			subscriptions.map((each) => ({
				...each,
				from: each.from.toISOString(),
				until: each.until.toISOString(),
				ended: each.ended?.toISOString() ?? null
			}))
		),
		invoices: byId([...invoices]),
		topUps: byId([...topUps]),
		...money,
		live: subscriptions.filter(({ counts }) => counts).length,
		taxIds
	};
}

test(
	`billing events shuffled, doubled, late and lost leave our state equal to the provider’s, ${runs} times of ${runs}`,
	async () => {
		const first = Number(process.env.BILLING_SEED || Date.now() % 1_000_000);
		const owner = await createPerson(sql, env);
		const teams = await Promise.all(
			Array.from({ length: lanes }, () => createOrganization(sql, { owner, plan: null }))
		);
		let next = 0;
		const types = new Set<string>();
		const failures: string[] = [];
		await Promise.all(
			teams.map(async ({ id }) => {
				for (let at = next++; at < runs; at = next++) {
					const seed = first + at;
					try {
						for (const type of await run(id, seeded(seed))) types.add(type);
					} catch (error) {
						failures.push(
							`BILLING_SEED=${seed} BILLING_RUNS=1: ${error instanceof Error ? error.message : String(error)}`
						);
					}
				}
			})
		);
		expect(failures).toEqual([]);
		if (process.env.BILLING_RUNS) console.log([...types].sort().join(' '));
	},
	60_000 + runs * 3000
);
