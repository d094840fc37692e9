import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { sql, env } = stack;

async function subscribed() {
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner });
	await sql`select service.grant_plan(${id}, null, null)`;
	const name = randomUUID();
	await sql`insert into public.billing_customers (organization_id, provider_id) values (${id}, ${`cus_${name}`})`;
	const read = async (status: string) => {
		const [row] = await sql<{ ticket: string }[]>`select service.draw_payment_ticket() as ticket`;
		const object = {
			id: `sub_${name}`,
			customer: `cus_${name}`,
			plan: 'pro',
			billing_interval: 'month',
			status,
			current_period_start: '2026-11-01T00:00:00Z',
			current_period_end: '2026-12-01T00:00:00Z',
			cancel_at_period_end: false,
			created_at: '2026-11-01T00:00:00Z',
			ended_at: status === 'canceled' ? '2026-11-23T00:00:00Z' : null
		};
		const ticket = Number(row!.ticket);
		const apply = async () =>
			(await sql`select service.apply_payment_object('subscription', ${sql.json(object)}, ${ticket}) as said`)[0]!.said;
		return { said: await apply(), apply };
	};
	const planIn = async (days: number) => {
		const [row] = await sql<{ code: string }[]>`
			select (private.plan_of(${id}, now() + make_interval(days => ${days}))).code`;
		return row!.code;
	};
	const letters = async () =>
		(
			await sql<{ template: string }[]>`
				select payload ->> 'template' as template from private.jobs
				where kind = 'send_letter' and payload ->> 'user_id' = ${owner.userId} order by ordinal`
		).map(({ template }) => template);
	return { id, name, read, planIn, letters };
}

test('a payment that fails leaves the plan for seven days, says so, and then it is Free', async () => {
	const { name, read, planIn, letters } = await subscribed();
	expect((await read('active')).said).toBe('applied');
	expect(await planIn(0)).toBe('pro');
	const owed = await read('past_due');
	expect([await planIn(0), await planIn(6), await planIn(8)]).toEqual(['pro', 'pro', 'free']);
	expect(await owed.apply()).toBe('late');
	expect(await letters()).toEqual(['payment_failed']);

	const step = async (days: number) => {
		const [row] = await sql<{ step: { outcome: string } }[]>`
			select service.grace_step(s.id, s.past_due_since, now() + make_interval(days => ${days})) as step
			from public.subscriptions s where s.provider_id = ${`sub_${name}`}`;
		return row!.step.outcome;
	};
	expect([await step(4), await step(8)]).toEqual(['reminded', 'cancel']);
	await read('canceled');
	expect(await planIn(0)).toBe('free');
	expect(await letters()).toEqual(['payment_failed', 'payment_owed', 'plan_ended']);
});

test('a payment that comes late ends the grace, and what was planned for its end does nothing', async () => {
	const { name, read, planIn, letters } = await subscribed();
	await read('past_due');
	const [owed] = await sql`select id, past_due_since from public.subscriptions where provider_id = ${`sub_${name}`}`;
	await read('active');
	expect(await planIn(30)).toBe('pro');
	const [row] = await sql<{ step: { outcome: string } }[]>`
		select service.grace_step(${owed!.id}, ${owed!.past_due_since}, now() + interval '8 days') as step`;
	expect(row!.step.outcome).toBe('over');
	expect(await letters()).toEqual(['payment_failed', 'payment_came']);
});
