import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { edge } from './acting.ts';

const { sql, env } = stack;
type Difference = {
	id: string;
	cause: string;
	subject: string;
	repair: string | null;
	result: string | null;
	ended_at: Date | null;
};

let id: string;
let owner: Awaited<ReturnType<typeof createPerson>>;
beforeEach(async () => {
	owner ??= await createPerson(sql, env);
	id = (await createOrganization(sql, { owner })).id;
});

/** What there is to see of an organization's differences, after everything was compared. */
async function compared(): Promise<Difference[]> {
	await edge`select service.compare_books()`;
	return seen();
}
const seen = () => edge<Difference[]>`
	select * from service.differences(now() - interval '1 hour') where organization_id = ${id} order by cause, subject`;

async function repair(difference: Difference) {
	const [row] = await edge<{ it: { outcome: string; result: string | null } }[]>`
		select service.repair_difference(${difference.id}) as it`;
	return row!.it;
}

/** A carrier of its own for a test, whose list was read to its end with these numbers. */
async function reading(carrier: string, numbers: { id: string; e164: string; order_name: string }[]): Promise<void> {
	await edge`select service.begin_carrier_reading(${carrier})`;
	await edge`select service.keep_carrier_numbers(${carrier}, ${JSON.stringify({ list: numbers })}::text::jsonb, null)`;
}

test('a hold that nobody ended is a difference once, is repaired when an operator says so, and is gone then', async () => {
	// never committed: the clock of the stack would give it back by itself
	const told = await sql
		.begin(async (tx) => {
			await tx`
				select private.transfer(${id}, array[row('payments', -1000), row('wallet', 1000)]::private.ledger_leg[], 'top_up', 'one')`;
			const [placed] = await tx<{ hold: string }[]>`
				select private.place_hold(${id}, 400, 'text', 'message', ${id}, 'stranded', 1) as hold`;
			await tx`update public.ledger_holds set expires_at = now() - interval '2 hours' where id = ${placed!.hold}`;
			const compare = async () => {
				await tx`select private.compare_books()`;
				return tx<Difference[]>`select * from private.differences(now()) where organization_id = ${id}`;
			};
			const first = await compare();
			const again = await compare();
			const repaired = await tx`select private.repair_difference(${first[0]!.id}) as it`;
			const after = await compare();
			const over = await tx`select private.repair_difference(${first[0]!.id}) as it`;
			const [wallet] = await tx`
				select balance_micros::int as free, held_micros::int as held from api.wallets where organization_id = ${id}`;
			const kept = {
				hold: placed!.hold,
				first,
				again,
				after,
				wallet,
				outcomes: [repaired[0]!.it, over[0]!.it] as unknown[]
			};
			throw Object.assign(new Error('undo'), { kept });
		})
		.catch((error: Error & { kept?: Record<string, unknown> }) => error.kept ?? Promise.reject(error));
	expect(told).toMatchObject({
		first: [{ cause: 'hold_not_ended', subject: told.hold, repair: 'release', ended_at: null }],
		again: [{ subject: told.hold }],
		after: [{ subject: told.hold, result: 'done', ended_at: expect.any(Date) }],
		wallet: { free: 1000, held: 0 },
		outcomes: [{ outcome: 'done', result: 'done' }, { outcome: 'gone' }]
	});
});

test('a payment that came in and was not booked is found, and booked once however often that is asked for', async () => {
	const [top] = await sql<{ id: string }[]>`
		insert into public.top_ups (organization_id, amount_micros, idempotency_key, status, received_micros, paid_at)
		values (${id}, 5000000, 'lost', 'paid', 5000000, now()) returning id`;
	const [found] = await compared();
	expect(found).toMatchObject({ cause: 'top_up_not_booked', subject: top!.id, repair: 'book' });
	const answers = await Promise.all([1, 2, 3].map(() => repair(found!)));
	expect(answers.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
	const [wallet] = await sql`select balance_micros::int as free from api.wallets where organization_id = ${id}`;
	expect(wallet).toEqual({ free: 5_000_000 });
	expect(await compared()).toMatchObject([{ id: found!.id, ended_at: expect.any(Date) }]);
});

test('the texts of the seeded team are paid for before anybody counts their days, and none is a difference', async () => {
	const seeded = sql`select m.id from public.messages m
		join public.organizations o on o.id = m.organization_id and o.slug = 'tidewater'
		where m.carrier = 'twilio' and m.carrier_message_id is null`;
	const [free] = await sql`
		select count(*)::int as texts from public.messages m
		where m.id in (${seeded}) and m.status in ('received', 'sent', 'delivered')
			and not exists (select from public.text_charges c where c.message_id = m.id)`;
	expect(free).toEqual({ texts: 0 });
	expect(
		await sql`select subject from private.find_in_rows() where subject in (select id::text from (${seeded}) s)`
	).toEqual([]);
	// in one transaction with the texts: nobody can have counted a day before
	const [paid] = await sql`
		select count(*)::int as texts, count(distinct c.xmin::text)::int as transactions
		from public.text_charges c where c.message_id in (${seeded})`;
	expect(paid).toEqual({ texts: expect.any(Number), transactions: 1 });
});

test('the platform’s own numbers are none that nobody knows, from the first comparison on', async () => {
	const own = [inventNumber(), inventNumber()] as const;
	const stranger = inventNumber();
	await reading(
		`test-${randomUUID()}`,
		[...own, stranger].map((e164) => ({ id: `PN${e164}`, e164, order_name: 'by hand' }))
	);
	const unknown = () => sql<{ subject: string }[]>`
		select subject from private.find_in_numbers()
		where cause = 'number_unknown' and subject = any (${[...own, stranger].map((e164) => `PN${e164}`)})`;
	expect(await unknown()).toHaveLength(3);
	const open = async () =>
		(await edge<{ ids: string[] }[]>`select service.open_path_numbers(${own[0]}, ${own[1]}) as ids`)[0]!.ids;
	const first = await open();
	expect(await open()).toEqual(first);
	expect(await unknown()).toEqual([{ subject: `PN${stranger}` }]);
});

test('numbers that carrier and we do not agree about are told apart, and what is under way is no difference', async () => {
	const carrier = `test-${randomUUID()}`;
	const long = `now() - interval '1 day'`;
	const mine = async (sid: string, at = long) => {
		const number = await createNumber(sql, null, { organizationId: id });
		await sql`
			update public.phone_numbers set carrier = ${carrier}, carrier_number_id = ${sid}, created_at = ${sql.unsafe(at)}
			where id = ${number.id}`;
		return number;
	};
	const [agreed, missing, other, fresh] = [
		await mine('PN1'),
		await mine('PN2'),
		await mine('PN3'),
		await mine('PN4', 'now()')
	];
	const late = inventNumber();
	const [order] = await sql<{ id: string }[]>`
		insert into public.number_orders (organization_id, idempotency_key, e164, label, country_code, kind, capabilities, cost_micros,
			monthly_micros, setup_micros, status, reason, ended_at)
		values (${id}, 'late', ${late}, 'Late', 'US', 'local', '{sms}', 1, 1, 0, 'released', 'carrier_unavailable',
			${sql.unsafe(long)}) returning id`;
	await reading(carrier, [
		{ id: 'PN1', e164: agreed.e164, order_name: 'one' },
		{ id: 'PN33', e164: other.e164, order_name: 'two' },
		{ id: 'PN5', e164: late, order_name: `order ${order!.id}` }
	]);
	const found = await compared();
	expect(found.map(({ cause, subject, repair: by }) => ({ cause, subject, by }))).toEqual([
		{ cause: 'number_bought_too_late', subject: 'PN5', by: 'give_back' },
		{ cause: 'number_has_another_id', subject: other.id, by: 'take_id' },
		{ cause: 'number_missing', subject: missing.id, by: null }
	]);
	expect(found.some(({ subject }) => subject === fresh.id)).toBe(false);

	expect(await repair(found[1]!)).toMatchObject({ outcome: 'done' });
	expect(await repair(found[2]!)).toEqual({ outcome: 'none' });
	const open = (await compared()).filter(({ ended_at: ended }) => !ended);
	expect(open.map(({ cause }) => cause)).toEqual(['number_bought_too_late', 'number_missing']);

	// a list that is being read says nothing yet; what is not in it any more is gone at its end
	await edge`select service.begin_carrier_reading(${carrier})`;
	await edge`select service.keep_carrier_numbers(${carrier}, '{"list": []}', 'Page=1')`;
	expect((await compared()).filter(({ ended_at: ended }) => !ended)).toEqual([]);
	await reading(carrier, []);
	expect((await compared()).filter(({ ended_at: ended }) => !ended).map(({ cause }) => cause)).toEqual([
		'number_missing',
		'number_missing',
		'number_missing'
	]);
});

test('everything is compared every night once, and on demand no more than waits already', async () => {
	const counted = await sql
		.begin(async (tx) => {
			await tx`delete from private.jobs where kind = 'compare_books'`;
			const jobs = async () =>
				(await tx`select count(*)::int as n from private.jobs where kind = 'compare_books'`)[0]!.n as number;
			const counts: number[] = [];
			await tx`select private.schedule_comparison(date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' + interval '1 hour')`;
			counts.push(await jobs());
			await tx`select private.schedule_comparison(date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' + interval '3 hours')`;
			counts.push(await jobs());
			await tx`select service.ask_comparison()`;
			counts.push(await jobs());
			throw Object.assign(new Error('undo'), { counts });
		})
		.catch((error: Error & { counts?: number[] }) => error.counts ?? Promise.reject(error));
	expect(counted).toEqual([0, 1, 1]);
});
