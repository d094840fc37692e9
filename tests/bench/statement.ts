import { startDatabase } from './bare-database.ts';
import { median, timed, type Result } from './measure.ts';

const texts = 1_000_000;
/** So many of them the job itself sums; the sums of those before are written as it writes them. */
const summed = 20_000;
const readings = 9;

/**
 * The statement of a month with a million paid texts, each set aside and then paid: as it is read when the sums are made, and
 * with a minute's texts (`late`) that are not in them yet. Its lines are compared with the ledger, to the micro.
 */
export async function statement(): Promise<Result> {
	const { sql, stop } = await startDatabase();
	try {
		const [organization] = await sql<{ id: string }[]>`
			insert into public.organizations (slug, name) values ('bench-statement', 'Bench') returning id`;
		const { id } = organization!;
		await sql`select private.lock_wallet(${id})`;
		// as somebody who may; who may is measured elsewhere
		await sql.unsafe(`create or replace function private.require(capability text, organization_id uuid) returns uuid
			language sql as 'select null::uuid'`);
		await sql`set session_replication_role = replica`;
		const filling = await timed(() => sql.unsafe(filled(id)));
		await sql`set session_replication_role = origin`;
		await sql`vacuum analyze public.ledger_transfers, public.ledger_entries`;

		const summing = await timed(async () => {
			await sql`select private.mark_entries(${id})`;
			for (let more = true; more;) {
				const [row] = await sql<{ more: boolean }[]>`select private.sum_entries(${id}, 20000) as more`;
				more = row!.more;
			}
		});
		const late = 2_000;
		for (let n = 0; n < late; n++)
			await sql`
				select private.transfer(${id}, array[row('wallet', -8301), row('revenue', 8301)]::private.ledger_leg[], 'text',
					${`late ${n}`})`;

		const read = () => sql<{ told: number }[]>`
			select (select sum((l ->> 'amount_micros')::bigint) from jsonb_array_elements(private.statement(${id}, null) -> 'lines') l)::float8
				as told`;
		let told = 0;
		const times: number[] = [];
		for (let n = 0; n < readings; n++) times.push(await timed(async () => (told = (await read())[0]!.told)));
		const wrong = await sql`select * from private.find_in_sums()`;
		const [ledger] = await sql<{ sum: number }[]>`
			select sum(amount_micros)::float8 as sum from public.ledger_entries where organization_id = ${id}`;
		const off = told - ledger!.sum;
		return {
			name: 'the statement of a month with 1 M texts, 2,000 of them not in its sums yet',
			ratio: null,
			bar: '≤ 1000 ms, and not a micro off',
			holds: median(times) <= 1000 && off === 0 && wrong.length === 0 && told < -texts * 8000,
			figures: {
				...{ 'ms to read': median(times), 'micros off': off, 'sums off': wrong.length },
				...{ [`s to sum ${summed / 1000} k`]: summing / 1000, 's to fill': filling / 1000 }
			}
		};
	} finally {
		await stop();
	}
}

/**
 * A million texts of this month so far, each a transfer that sets its price aside and one that pays it: written without indexes,
 * which are made again as they were afterwards. Ids are made of moments and numbers, as `private.first_id_at` does.
 */
const filled = (id: string) => `
	create temporary table indexes as
	select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made, c.conname as constraint_name,
		i.indrelid::regclass::text as owner, pg_get_constraintdef(c.oid) as rule
	from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid
	where i.indrelid in ('public.ledger_transfers'::regclass, 'public.ledger_entries'::regclass);
	create temporary table foreign_keys as
	select conname as name, conrelid::regclass::text as owner, pg_get_constraintdef(oid) as rule
	from pg_constraint
	where contype = 'f' and confrelid = 'public.ledger_transfers'::regclass;
	do $$
	declare
		it record;
	begin
		for it in select * from foreign_keys loop
			execute format('alter table %s drop constraint %I', it.owner, it.name);
		end loop;
		for it in select * from indexes loop
			if it.constraint_name is null then
				execute 'drop index ' || it.name;
			else
				execute format('alter table %s drop constraint %I', it.owner, it.constraint_name);
			end if;
		end loop;
	end
	$$;

	create temporary table texts as
	select n, at, 8300 + n % 7 as price,
		overlay(private.first_id_at(at)::text placing '0' || lpad(to_hex(n * 2), 8, '0') from 28 for 9)::uuid as hold,
		overlay(private.first_id_at(at)::text placing '0' || lpad(to_hex(n * 2 + 1), 8, '0') from 28 for 9)::uuid as paid
	from (
		select n, m.since + (now() - m.since) * (n / ${texts}.0) as at
		from generate_series(1, ${texts}) n, (select lower(private.span_of_month('${id}', null)) as since) m
	) t;
	insert into public.ledger_transfers (id, organization_id, reason, object_kind, object_id, idempotency_key, created_at)
	select k.id, '${id}'::uuid, 'text', 'message', t.hold, k.key, t.at
	from texts t cross join lateral (values (t.hold, 'hold:' || t.hold), (t.paid, 'capture:' || t.hold)) k (id, key);
	insert into public.ledger_entries (transfer_id, account_id, organization_id, amount_micros, created_at)
	select l.transfer_id, a.id, a.organization_id, l.amount, t.at
	from texts t
	cross join lateral (values
		(t.hold, 'wallet'::public.ledger_account_kind, -t.price), (t.hold, 'holds', t.price),
		(t.paid, 'holds', -t.price), (t.paid, 'revenue', t.price)
	) l (transfer_id, kind, amount)
	join public.ledger_accounts a on a.kind = l.kind and coalesce(a.organization_id, '${id}'::uuid) = '${id}'::uuid;
	update public.ledger_accounts a
	set balance_micros = -(select sum(t.price) from texts t) + 20000000, credit_micros = 1000000000000
	where a.organization_id = '${id}' and a.kind = 'wallet';

	insert into private.ledger_sums (organization_id, starts_at, reason, transfers, amount_micros)
	select '${id}', date_bin('15 minutes', t.at, 'epoch'), 'text', count(*), -sum(t.price)
	from texts t where t.n <= ${texts - summed} group by 2;
	insert into private.ledger_sum_marks (organization_id, summed_until, complete_until)
	select '${id}', t.hold, t.hold from texts t where t.n = ${texts - summed + 1};

	do $$
	declare
		it record;
	begin
		for it in select * from indexes loop
			if it.constraint_name is null then
				execute it.made;
			else
				execute format('alter table %s add constraint %I %s', it.owner, it.constraint_name, it.rule);
			end if;
		end loop;
		for it in select * from foreign_keys loop
			execute format('alter table %s add constraint %I %s not valid', it.owner, it.name, it.rule);
		end loop;
	end
	$$`;
