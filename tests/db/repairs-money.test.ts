import { beforeEach, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { receive } from './acting.ts';
import { chargeOf, dispatched, giveMoney, receipt, textFrom, useUpPlan, walletOf } from './charging.ts';
import { compared, repaired, undone, type Difference } from './repairing.ts';

const { sql, env } = stack;
let id: string;
let owner: Awaited<ReturnType<typeof createPerson>>;
beforeEach(async () => {
	owner ??= await createPerson(sql, env);
	id = (await createOrganization(sql, { owner, plan: null })).id;
});

type Tx = Parameters<Parameters<typeof undone>[0]>[0];

/** Finds a difference, repairs it twice and looks again: what was found, what came of it, and whether it is gone. */
async function mended(tx: Tx, subject: string) {
	const [found] = await compared(tx, subject);
	const outcomes = [await repaired(tx, found!), await repaired(tx, found!)];
	const [after] = await compared(tx, subject);
	return { cause: found!.cause, repair: found!.repair, outcomes, isGone: after!.ended_at !== null };
}

const freeIn = async (tx: Tx) => {
	const [row] = await tx<{ free: number; held: number }[]>`
		select balance_micros::float8 as free, held_micros::float8 as held from api.wallets where organization_id = ${id}`;
	return row ?? { free: 0, held: 0 };
};

test('a number that is active and was not paid is paid of what was held for it, once', async () => {
	await giveMoney(id, 5_000_000);
	const told = await undone(async (tx) => {
		const number = await createNumber(tx as unknown as typeof sql, null, { organizationId: id });
		const [order] = await tx<{ id: string }[]>`
			insert into public.number_orders (organization_id, idempotency_key, e164, label, country_code, kind, capabilities, cost_micros,
				monthly_micros, setup_micros, status, ended_at, carrier_number_id, phone_number_id)
			values (${id}, 'unpaid', ${number.e164}, 'Unpaid', 'US', 'local', '{sms}', 1150000, 1150000, 350000, 'active', now(), 'PN1', ${number.id})
			returning id`;
		await tx`select private.place_hold(${id}, 1500000, 'number', 'number_order', ${order!.id}, 'unpaid', 600)`;
		return { ...(await mended(tx, order!.id)), wallet: await freeIn(tx) };
	});
	expect(told).toEqual({
		cause: 'order_not_paid',
		repair: 'pay',
		outcomes: ['done', 'done'],
		isGone: true,
		wallet: { free: 3_500_000, held: 0 }
	});
});

test('a top-up and an invoice that were paid and not booked are booked, once, and keep the day they were paid', async () => {
	const told = await undone(async (tx) => {
		const [topUp] = await tx<{ id: string }[]>`
			insert into public.top_ups (organization_id, amount_micros, status, received_micros, paid_at, idempotency_key)
			values (${id}, 20000000, 'paid', 20000000, now() - interval '3 days', 'unbooked') returning id`;
		const [invoice] = await tx<{ id: string }[]>`
			insert into public.invoices (organization_id, provider_id, status, total_micros, due_micros, paid_micros, created_at, paid_at)
			values (${id}, ${`in_${id}`}, 'paid', 19000000, 0, 19000000, now(), now()) returning id`;
		const both = [await mended(tx, topUp!.id), await mended(tx, invoice!.id)];
		const [kept] = await tx`
			select paid_at < now() - interval '2 days' as is_old from public.top_ups where id = ${topUp!.id}`;
		const booked = await tx`
			select t.reason, count(*)::int as legs from public.ledger_transfers t
			join public.ledger_entries e on e.transfer_id = t.id
			where t.organization_id = ${id} group by t.id order by t.reason`;
		return { both, kept, booked: [...booked], wallet: await freeIn(tx) };
	});
	expect(told).toEqual({
		both: ['top_up_not_booked', 'invoice_not_booked'].map((cause) => ({
			...{ cause, repair: 'book', outcomes: ['done', 'done'], isGone: true }
		})),
		kept: { is_old: true },
		booked: [
			{ reason: 'subscription', legs: 2 },
			{ reason: 'top_up', legs: 2 }
		],
		wallet: { free: 20_000_000, held: 0 }
	});
});

test('a payment that should have ended long ago is read again, by one job', async () => {
	const told = await undone(async (tx) => {
		const session = `cs_${id}`;
		await tx`
			insert into public.top_ups (organization_id, amount_micros, status, session_id, idempotency_key, created_at)
			values (${id}, 20000000, 'open', ${session}, 'stands', now() - interval '3 days')`;
		const [found] = await compared(tx, session);
		const outcomes = [await repaired(tx, found!), await repaired(tx, found!)];
		const jobs = await tx`
			select payload ->> 'kind' as kind from private.jobs where kind = 'sync_payment' and payload ->> 'id' = ${session}`;
		const [after] = await compared(tx, session);
		return { found, outcomes, jobs: [...jobs], after };
	});
	expect(told.found).toMatchObject({ cause: 'payment_not_settled', repair: 'read_again' });
	expect(told.outcomes).toEqual(['done', 'done']);
	expect(told.jobs).toEqual([{ kind: 'checkout_session' }]);
	// it was asked for; that it is gone is said once it was read
	expect(told.after).toMatchObject({ result: 'it is read again', ended_at: null });
});

test('what the payment provider lists otherwise than we have it is a difference, until it is read again', async () => {
	const told = await undone(async (tx) => {
		const keep = async (kind: string, list: object[], after: string | null) => {
			const [row] = await tx<{ more: boolean }[]>`
				select private.keep_payment_objects(${kind}, ${tx.json({ list } as never)}, ${after}) as more`;
			return row!.more;
		};
		const place = async () => {
			const [row] = await tx<{ at: { kind: string; after: string | null } }[]>`
				select private.begin_payment_listing() as at`;
			return [row!.at.kind, row!.at.after];
		};
		await tx`delete from private.payment_listing`;
		await tx`insert into public.billing_customers (organization_id, provider_id) values (${id}, ${`cus_${id}`})`;
		const [topUp] = await tx<{ id: string }[]>`
			insert into public.top_ups (organization_id, amount_micros, status, payment_intent_id, idempotency_key)
			values (${id}, 20000000, 'open', ${`pi_${id}`}, 'lost') returning id`;
		const invoice = { id: `in_${id}`, customer: `cus_${id}`, status: 'paid', total_micros: 5, paid_micros: 5 };
		await tx`
			insert into public.invoices (organization_id, provider_id, status, total_micros, due_micros, paid_micros, created_at)
			values (${id}, ${`in_same_${id}`}, 'paid', 5, 0, 5, now())`;
		const places = [await place()];
		await keep('subscription', [], 'sub_1');
		places.push(await place());
		await keep('subscription', [{ id: 'sub_stranger', customer: 'cus_stranger', status: 'active' }], null);
		places.push(await place());
		await keep('invoice', [invoice, { ...invoice, id: `in_same_${id}` }], null);
		places.push(await place());
		const intent = { id: `pi_${id}`, metadata_id: topUp!.id, status: 'paid', received_micros: 20_000_000 };
		const more = await keep('payment_intent', [intent], null);
		const causes = async () => {
			await tx`select private.compare_books()`;
			const rows = await tx<Difference[]>`
				select * from private.differences(now() - interval '1 hour') where subject like ${`%${id}`} order by subject`;
			return rows;
		};
		const found = await causes();
		for (const difference of found) await repaired(tx, difference);
		const jobs =
			await tx`select payload ->> 'kind' as kind from private.jobs where payload ->> 'id' like ${`%${id}`} order by 1`;
		await tx`
			insert into private.payment_objects (provider_id, ticket, applied_at)
			select ${`in_${id}`}, 1, clock_timestamp()`;
		const left = (await causes()).filter(({ ended_at: ended }) => !ended);
		return { places, more, found, jobs: [...jobs], left };
	});
	expect(told.places).toEqual([
		['subscription', null],
		['subscription', 'sub_1'],
		['invoice', null],
		['payment_intent', null]
	]);
	expect(told.more).toBe(false);
	expect(told.found.map(({ cause, repair }) => [cause, repair])).toEqual([
		['invoice_unknown', 'read_again'],
		['top_up_differs', 'read_again']
	]);
	expect(told.jobs).toEqual([{ kind: 'invoice' }, { kind: 'payment_intent' }]);
	expect(told.left.map(({ cause }) => cause)).toEqual(['top_up_differs']);
});

test('a text that came in and was never charged is charged once; one that came just now is no difference', async () => {
	await giveMoney(id, 50_000);
	const number = await createNumber(sql, null, { organizationId: id });
	const told = await undone(async (tx) => {
		const from = inventNumber();
		const texts: string[] = [];
		for (const minutes of [120, 10]) {
			const [row] = await tx<{ id: string }[]>`
				insert into public.messages (id, conversation_id, direction, status, body, segments, carrier, carrier_message_id, created_at)
				select overlay(private.uuid_v7()::text placing left(private.first_id_at(at)::text, 13) from 1 for 13)::uuid,
					private.open_conversation(${id}, ${number.id}, ${from}), 'inbound', 'received', 'Hello', 2, 'twilio',
					${`SM${crypto.randomUUID().replaceAll('-', '')}`}, at
				from (select now() - make_interval(mins => ${minutes}) as at) m
				returning id`;
			texts.push(row!.id);
		}
		await tx`delete from private.received_texts where organization_id = ${id}`;
		const late: Difference[] = await compared(tx, texts[1]!);
		return { late, first: await mended(tx, texts[0]!), wallet: await freeIn(tx) };
	});
	expect(told).toEqual({
		late: [],
		first: { cause: 'received_text_not_charged', repair: 'settle', outcomes: ['done', 'done'], isGone: true },
		wallet: { free: 30_000, held: 0 }
	});
	// those that came the usual way are charged by the minute, and never found
	const { message_id: usual } = await receive(number.e164, { from: inventNumber() });
	await sql`select private.charge_received(${id}, 10)`;
	expect(await chargeOf(usual!)).toMatchObject({ status: 'charged' });
});

test('a debt that is paid is none of its hold any more', async () => {
	await useUpPlan(id);
	await giveMoney(id, 10_000);
	const number = await createNumber(sql, null, { organizationId: id });
	const { id: message } = await textFrom(owner, number.id);
	await dispatched(message, { segments: 3, status: 'sending' });
	await receipt(message, 'delivered');
	const hold = async () => {
		const [row] = await sql`
			select captured_micros::int as paid, shortfall_micros::int as owed from api.ledger_holds where object_id = ${message}`;
		return row;
	};
	expect(await hold()).toEqual({ paid: 10_000, owed: 20_000 });
	for (const micros of [5_000, 20_000]) {
		await giveMoney(id, micros);
		await sql`select private.collect_debts(${id})`;
	}
	expect(await hold()).toEqual({ paid: 30_000, owed: 0 });
	expect(await walletOf(id)).toEqual({ free: 5_000, held: 0 });
	const found = await sql`
		select f from jsonb_array_elements(private.find_in_books()) f
		where f ->> 'id' in (select a.id::text from public.ledger_accounts a where a.organization_id = ${id})`;
	expect(found).toHaveLength(0);
});

test('a wallet that cannot pay what renews within three days fills itself before, and not sooner', async () => {
	await giveMoney(id, 2_000_000);
	const told = await undone(async (tx) => {
		await tx`
			insert into public.auto_top_ups (organization_id, threshold_micros, amount_micros, monthly_ceiling_micros)
			values (${id}, 1000000, 5000000, 10000000)`;
		for (let n = 0; n < 2; n++) {
			const number = await createNumber(tx as unknown as typeof sql, null, { organizationId: id });
			await tx`
				update public.phone_numbers set monthly_micros = 1150000, auto_renew = true, renews_at = now() + interval '4 days'
				where id = ${number.id}`;
		}
		const asked = async () => {
			await tx`select private.announce_renewals(now())`;
			return (await tx`select from public.top_ups where organization_id = ${id}`).length;
		};
		const four = await asked();
		await tx`update public.phone_numbers set renews_at = now() + interval '2 days' where organization_id = ${id}`;
		return [four, await asked(), await asked()];
	});
	expect(told).toEqual([0, 1, 1]);
});
