import { beforeEach, expect, test } from 'vitest';
import { createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { longAgo, sent } from '../support/uncharged.ts';
import { edge } from './acting.ts';
import { chargeOf, giveMoney, walletOf } from './charging.ts';
import { compared, repaired, undone } from './repairing.ts';

const { sql, env } = stack;

let id: string;
let owner: Awaited<ReturnType<typeof createPerson>>;
beforeEach(async () => {
	owner ??= await createPerson(sql, env);
	id = (await createOrganization(sql, { owner, plan: null })).id;
});

test('a text that was sent and never charged is charged once: by the plan, by the wallet, and what is not there is owed', async () => {
	await giveMoney(id, 5_000);
	const [plain, pictures] = await sent(sql, id, longAgo, [0, 1]);
	const [covered] = await compared(sql, plain!);
	const [paid] = await compared(sql, pictures!);
	expect(covered).toMatchObject({ cause: 'text_not_charged', repair: 'settle', ended_at: null });
	expect(await Promise.all([repaired(edge, paid!), repaired(edge, paid!), repaired(edge, covered!)])).toEqual([
		'done',
		'done',
		'done'
	]);
	expect(await chargeOf(plain!)).toMatchObject({ status: 'charged', included_segments: 1, charged: 0, shortfall: 0 });
	const charge = await chargeOf(pictures!);
	expect(charge).toMatchObject({ status: 'charged', billed_segments: 1, charged: 5_000 });
	expect(charge.shortfall).toBeGreaterThan(0);
	expect(await walletOf(id)).toEqual({ free: 0, held: 0 });
	expect(await compared(sql, plain!)).toMatchObject([{ id: covered!.id, ended_at: expect.any(Date) }]);
	expect(await compared(sql, pictures!)).toMatchObject([{ id: paid!.id, ended_at: expect.any(Date) }]);
});

test('a text of just now, and one that somebody wrote down long after, are no differences', async () => {
	const [fresh] = await sent(sql, id, 10, [0]);
	const [imported] = await sent(sql, id, longAgo, [0]);
	await sql`update public.messages set created_at = created_at - interval '1 day' where id = ${imported!}`;
	expect(await compared(sql, fresh!)).toEqual([]);
	expect(await compared(sql, imported!)).toEqual([]);
});

test('a charge that stayed behind its text is brought to where the text is', async () => {
	await giveMoney(id, 50_000);
	const [message] = await sent(sql, id, longAgo, [0]);
	await sql`
		insert into public.text_charges (message_id, organization_id, phone_number_id, direction, kind, price_id, unit_micros, segments, month)
		select m.id, m.organization_id, m.phone_number_id, 'outbound', 'sms', p.id, 10000, 2, private.month_of(m.organization_id)
		from public.messages m, private.price_for('+14155550142', 'outbound', 'sms') p
		where m.id = ${message!}`;
	const [found] = await compared(sql, message!);
	expect(found).toMatchObject({ cause: 'text_not_settled', repair: 'settle' });
	expect([await repaired(edge, found!), await repaired(edge, found!)]).toEqual(['done', 'done']);
	expect(await chargeOf(message!)).toMatchObject({ status: 'charged', billed_segments: 2, charged: 20_000 });
	expect(await walletOf(id)).toEqual({ free: 30_000, held: 0 });
	expect(await compared(sql, message!)).toMatchObject([{ ended_at: expect.any(Date) }]);
});

test('an order that stands still gets a job again, or the one that was parked goes on', async () => {
	const told = await undone(async (tx) => {
		const [order] = await tx<{ id: string }[]>`
			insert into public.number_orders (organization_id, idempotency_key, e164, label, country_code, kind, capabilities, cost_micros,
				monthly_micros, setup_micros, created_at)
			values (${id}, 'stands', ${inventNumber()}, 'Stands', 'US', 'local', '{sms}', 1, 1, 0, now() - interval '2 hours') returning id`;
		const jobs = () => tx<{ parked: boolean; attempts: number }[]>`
			select parked_at is not null as parked, attempts from private.jobs
			where kind = 'provision_number' and payload ->> 'order_id' = ${order!.id}`;
		const [still] = await compared(tx, order!.id);
		const first = [await repaired(tx, still!), await jobs()];
		const [gone] = await compared(tx, order!.id);
		await tx`
			update private.jobs set parked_at = now(), attempts = 100
			where kind = 'provision_number' and payload ->> 'order_id' = ${order!.id}`;
		const parked = (await compared(tx, order!.id)).find(({ ended_at: ended }) => !ended);
		const second = [await repaired(tx, parked!), await jobs()];
		return { still, first, gone, second };
	});
	const job = [{ parked: false, attempts: 0 }];
	expect(told.still).toMatchObject({ cause: 'order_stands_still', repair: 'try_again' });
	expect(told.first).toEqual(['done', job]);
	expect(told.gone).toMatchObject({ ended_at: expect.any(Date) });
	expect(told.second).toEqual(['done', job]);
});

test('sums that are not what was booked are made anew', async () => {
	await giveMoney(id, 7_000);
	const told = await undone(async (tx) => {
		await tx`
			insert into private.ledger_sum_marks (organization_id, summed_until, complete_until)
			select ${id}, '00000000-0000-0000-0000-000000000000', private.first_id_at(clock_timestamp() + interval '1 second')
			on conflict (organization_id) do update set complete_until = excluded.complete_until`;
		await tx`select private.sum_entries(${id}, 1000)`;
		const before = await compared(tx, id);
		await tx`update private.ledger_sums set amount_micros = amount_micros + 1 where organization_id = ${id}`;
		const [found] = await compared(tx, id);
		const outcome = await repaired(tx, found!);
		const [after] = await compared(tx, id);
		await tx`select private.sum_entries(${id}, 1000)`;
		const [sum] =
			await tx`select sum(amount_micros)::int as micros from private.ledger_sums where organization_id = ${id}`;
		return { before, found, outcome, after, sum };
	});
	expect(told).toMatchObject({
		before: [],
		found: { cause: 'books_sums', repair: 'sum_again', ended_at: null },
		outcome: 'done',
		after: { ended_at: expect.any(Date) },
		sum: { micros: 7_000 }
	});
});
