/** What time brings: renewals, attempts to collect, ends; by the real clock, or a customer's own test clock. */
import { attempt, openInvoices } from './collecting.ts';
import type { Invoice } from './invoices.ts';
import { newId, type Records } from './records.ts';
import type { Customer } from './rest/customers.ts';
import type { Store, Thing } from './store.ts';
import { lapse, renew, type Subscription } from './subscriptions.ts';

/** https://docs.stripe.com/api/test_clocks/object */
export type TestClock = Thing & { frozen_time: number; name: string | null; status: 'advancing' | 'ready' };

const hour = 3600;
const day = 24 * hour;

/** The first invoice has to be paid within this. https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
const patience = 23 * hour;

export function newClock(records: Records, frozen_time: number, name: string | null): TestClock {
	return records.add<TestClock>(
		{
			id: newId('clock'),
			object: 'test_helpers.test_clock',
			...{ deletes_after: records.at() + 30 * day, livemode: false, status_details: {} },
			created: records.at(),
			frozen_time,
			name,
			status: 'ready'
		},
		'test_helpers.test_clock.created'
	);
}

/** Moves a clock on, and all that was due on the way happens, each at its moment. */
export function advance(records: Records, clock: TestClock, to: number): TestClock {
	const customers = records.store.list<Customer>({
		kind: 'customer',
		where: [["body ->> 'test_clock' = ?", clock.id]],
		limit: 1000
	});
	for (const { id } of customers) {
		const where: [string, string][] = [["body ->> 'customer' = ?", id]];
		const all = records.store.list<Subscription>({ kind: 'subscription', where, limit: 1000 });
		for (const subscription of all.reverse()) pass(records, subscription.id, to);
	}
	return records.change(clock, { frozen_time: to }, 'test_helpers.test_clock.ready');
}

/** Whose renewal, retry or end has come by the real clock. */
export function dueSubscriptions(store: Store, at: number): string[] {
	const rows = store.all<{ id: string }>(
		`select id from objects as subscription
		where kind = 'subscription' and body ->> 'ended_at' is null and body ->> 'test_clock' is null
			and (body ->> '$.items.data[0].current_period_end' <= ?
				or body ->> 'status' = 'incomplete' and body ->> 'created' <= ?
				or exists (select 1 from objects
					where kind = 'invoice' and body ->> 'customer' = subscription.body ->> 'customer'
						and body ->> '$.parent.subscription_details.subscription' = subscription.id
						and body ->> 'status' = 'open' and body ->> 'next_payment_attempt' <= ?))
		order by seq limit 100`,
		at,
		at - patience,
		at
	);
	return rows.map(({ id }) => id);
}

/** What was due to a subscription until then, in seconds. */
export function pass(records: Records, id: string, until: number): void {
	for (;;) {
		const due = next(records, id);
		if (!due || due.at > until) return;
		due.happen(records.when(due.at));
	}
}

function next(records: Records, id: string): { at: number; happen: (records: Records) => unknown } | undefined {
	const subscription = records.store.find<Subscription>(id, 'subscription');
	if (!subscription || subscription.ended_at !== null) return undefined;
	if (subscription.status === 'incomplete') {
		return { at: subscription.created + patience, happen: (then) => lapse(then, subscription) };
	}
	const renewal = {
		at: subscription.items.data[0].current_period_end,
		happen: (then: Records) => renew(then, subscription)
	};
	const attempts = openInvoices(records, subscription)
		.filter(isToRetry)
		.map((invoice) => ({ at: invoice.next_payment_attempt, happen: (then: Records) => attempt(then, invoice) }));
	return [renewal, ...attempts].sort((a, b) => a.at - b.at)[0];
}

const isToRetry = (invoice: Invoice): invoice is Invoice & { next_payment_attempt: number } =>
	invoice.next_payment_attempt !== null;

/** The records at the time of a customer: their test clock's, where they have one. */
export function timeOf(records: Records, customer: string | null): Records {
	const owner = customer === null ? undefined : records.store.find<Customer>(customer, 'customer');
	const clock = owner?.test_clock && records.store.find<TestClock>(owner.test_clock);
	return clock ? records.when(clock.frozen_time) : records;
}
