import type { Sql, TransactionSql } from 'postgres';

/** An id of the moment `at`, as SQL. */
const idAt = (at: string) => `(left(private.first_id_at(${at})::text, 24) || substr(md5(random()::text), 1, 12))::uuid`;

/**
 * What the generator leaves out of two years: clocks all over the world, keys, who asked for which codes and what became of
 * them, and what texts and numbers cost, in no order. Triggers rest, as while it generates; balances are what was booked.
 */
export async function addHistory(sql: Sql): Promise<void> {
	await sql.begin(async (tx) => {
		await tx`set local session_replication_role = replica`;
		await tx`set local work_mem = '256MB'`;
		await tx`
			update public.organizations o set time_zone = (array['UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Auckland',
				'Europe/Berlin', 'America/Los_Angeles', 'Australia/Lord_Howe', 'Pacific/Kiritimati'])[1 + (random() * 7)::int]`;
		await tx`
			insert into public.api_keys (organization_id, name, mode, public_id, scopes)
			select o.id, 'Nightly', 'live', substr(md5(o.id::text), 1, 8), '{messages:write}' from public.organizations o`;
		await tx`
			update public.messages m set api_key_id = k.id, author_id = null
			from public.api_keys k
			where k.organization_id = m.organization_id and m.direction = 'outbound' and right(m.id::text, 1) = '7'`;
		await tx.unsafe(`
			insert into public.verifications (id, organization_id, phone_number_id, service_name, requested_by, api_key_id, ttl_seconds,
				idempotency_key, status, expires_at, code_received_at, ended_at, created_at)
			select ${idAt('r.at')}, r.organization_id, r.id, 'Door', case when r.chance > 0.3 then r.user_id end,
				case when r.chance <= 0.3 then r.key_id end, 600, gen_random_uuid()::text,
				(case when r.fate = 'late' then 'expired' else r.fate end)::public.verification_status, r.at + interval '10 minutes',
				case when r.fate in ('code_received', 'completed', 'late') then r.at + interval '1 minute' end,
				case when r.fate not in ('waiting', 'code_received') then r.at + interval '10 minutes' end, r.at
			from (
				select n.id, n.organization_id, k.id as key_id, p.user_id, random() as chance,
					now() - interval '2 years' * power(random(), 2) as at,
					(array['waiting', 'code_received', 'completed', 'completed', 'expired', 'late', 'cancelled', 'filtered'])
						[1 + floor(random() * 8)::int] as fate
				from public.phone_numbers n
				join public.api_keys k on k.organization_id = n.organization_id
				join lateral (
					select m.user_id from public.memberships m where m.organization_id = n.organization_id order by random() limit 1) p on true
				cross join generate_series(1, 100)
			) r`);
		await addRequests(tx);
		await addMoney(tx);
	});
	await sql`vacuum (analyze) public.messages, public.verifications, public.ledger_transfers, public.ledger_entries,
		public.text_charges, private.requests, private.request_sums`;
}

/** What keys and people asked of the developer API, summed as the statement that closes requests does it. */
async function addRequests(tx: TransactionSql): Promise<void> {
	await tx.unsafe(`
		insert into private.requests (id, organization_id, key_id, user_id, endpoint, units, started_at, status, micros)
		select ${idAt('r.at')}, r.organization_id, case when r.chance > 0.3 then r.key_id end,
			case when r.chance <= 0.3 then r.user_id end, r.endpoint, r.units, r.at, r.status, case when r.status > 0 then r.micros end
		from (
			select k.organization_id, k.id as key_id, p.user_id, random() as chance, now() - interval '2 years' * power(random(), 2) as at,
				(array['GET /v1/messages', 'POST /v1/messages', 'GET /v1/usage'])[1 + floor(random() * 3)::int] as endpoint,
				1 + floor(random() * 3)::int as units, (random() * 900000)::int as micros,
				(array[200, 200, 202, 404, 422, 429, 500, 0])[1 + floor(random() * 8)::int] as status
			from public.api_keys k
			join lateral (
				select m.user_id from public.memberships m where m.organization_id = k.organization_id order by random() limit 1) p on true
			cross join generate_series(1, 300)
		) r`);
	await tx`select private.sum_requests(array_agg(r)) from private.requests r group by r.organization_id`;
}

async function addMoney(tx: TransactionSql): Promise<void> {
	// of every fifth text, at its moment; and what fills wallets and empties them otherwise
	await tx.unsafe(`
		create temporary table moves on commit drop as
		select ${idAt('m.created_at')} as id, m.organization_id, 'text' as reason, m.id as message_id,
			-(1 + floor(random() * 90000))::bigint as micros, m.created_at as at
		from public.messages m
		where m.phone_number_id is not null and m.status in ('received', 'sent', 'delivered') and right(m.id::text, 1) in ('1', '4', '9')
			-- the demo's texts are paid
			and not exists (select from public.text_charges c where c.message_id = m.id)
		union all
		select ${idAt('r.at')}, r.id, r.reason, null,
			(case r.reason when 'top_up' then 1 else -1 end * (1 + floor(random() * 9000000)))::bigint, r.at
		from (
			select o.id, now() - interval '2 years' * random() as at,
				(array['top_up', 'number_month', 'correction'])[1 + floor(random() * 3)::int] as reason
			from public.organizations o cross join generate_series(1, 200)
		) r`);
	await tx`
		insert into public.text_charges (message_id, organization_id, phone_number_id, direction, kind, price_id, unit_micros, segments,
			month, status, charged_micros, created_at, settled_at)
		select m.id, m.organization_id, m.phone_number_id, m.direction, 'sms', (select p.id from public.prices p limit 1), 1,
			m.segments, date_trunc('month', m.created_at)::date, 'charged', -v.micros, m.created_at, m.created_at
		from moves v join public.messages m on m.id = v.message_id`;
	await tx`
		insert into public.ledger_transfers (id, organization_id, reason, idempotency_key, created_at)
		select v.id, v.organization_id, v.reason, v.id::text, v.at from moves v order by v.id`;
	await tx`
		insert into public.ledger_entries (transfer_id, account_id, organization_id, amount_micros, created_at)
		select v.id, a.id, a.organization_id, case a.kind when 'wallet' then v.micros else -v.micros end, v.at
		from moves v
		join public.ledger_accounts a on a.kind = 'wallet' and a.organization_id = v.organization_id
			or a.kind = 'revenue' and a.organization_id is null`;
	await tx`
		update public.ledger_accounts a
		set balance_micros = s.micros, credit_micros = greatest(a.credit_micros, -s.micros)
		from (select e.account_id, sum(e.amount_micros) as micros from public.ledger_entries e group by 1) s
		where s.account_id = a.id and a.organization_id is not null`;
}
