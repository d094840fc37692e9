-- What should agree and does not: the carrier's numbers, the payment provider's objects, our own rows and the books are compared
-- every night and whenever somebody asks. Each difference is a row that says why it is one, since when, what could be done about
-- it without harm, and what came of that. Nothing is repaired by itself.

create table private.differences (
	id uuid primary key default private.uuid_v7(),
	-- why: what find_in_numbers, find_in_rows, find_in_payments and find_in_usage call it
	cause text not null check (cause ~ '^[a-z]+(_[a-z]+)*$'),
	-- what it is about: an id of ours or of a provider
	subject text not null,
	organization_id uuid references public.organizations (id) on delete set null,
	details jsonb not null default '{}',
	found_at timestamptz not null default now(),
	-- when it was there the last time
	seen_at timestamptz not null default now(),
	-- the repair that is under way or was tried last, and what came of it; result is null while it is under way
	repair_asked_at timestamptz,
	result text check (char_length(result) between 1 and 500),
	-- since when it is not there any more
	ended_at timestamptz
);
comment on table private.differences is
	'What did not agree between carrier, payment provider, our rows and the books; open until a comparison does not find it any more.';

create unique index differences_open on private.differences (cause, subject) where ended_at is null;
create index differences_organization on private.differences (organization_id) where organization_id is not null;

-- The carrier's own list of our numbers, as it was read last.
create table private.carrier_numbers (
	carrier text not null,
	carrier_number_id text not null,
	e164 text not null,
	order_name text not null,
	seen_at timestamptz not null default clock_timestamp(),
	primary key (carrier, carrier_number_id)
);
comment on table private.carrier_numbers is 'The numbers that a carrier says are ours, and what each is called there.';

-- When the list was read to its end the last time: only then is a number that is not in it missing.
create table private.carrier_readings (
	carrier text primary key,
	began_at timestamptz not null,
	-- where it goes on; null with ended_at: it has not begun to be read, or is through
	page text,
	ended_at timestamptz
);
comment on table private.carrier_readings is 'How far a carrier''s list of our numbers has been read.';

-- Differences with the carrier's numbers, of a list that was read to its end. What is being bought or was let go just now is none.
create function private.find_in_numbers() returns table (cause text, subject text, organization_id uuid, details jsonb)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select
			case
				when o.status = 'released' then 'number_bought_too_late'
				when n.id is not null and n.released_at is not null then 'number_not_given_back'
				else 'number_unknown'
			end,
			c.carrier_number_id, coalesce(o.organization_id, n.organization_id),
			jsonb_build_object('e164', c.e164, 'order_name', c.order_name, 'carrier', c.carrier)
		from private.carrier_numbers c
		join private.carrier_readings r on r.carrier = c.carrier and r.ended_at is not null
		left join public.number_orders o on c.order_name = 'order ' || o.id
		left join lateral (
			select n.* from public.phone_numbers n where n.e164 = c.e164 order by n.released_at desc nulls first limit 1) n on true
		where (n.id is null or n.released_at is not null)
			and coalesce(o.status, 'released') = 'released'
			and coalesce(greatest(o.ended_at, n.released_at), '-infinity') < r.began_at - interval '1 hour'
		union all
		select case when c.carrier_number_id is null then 'number_missing' else 'number_has_another_id' end,
			n.id::text, n.organization_id,
			jsonb_build_object('e164', n.e164, 'carrier_number_id', n.carrier_number_id, 'there', c.carrier_number_id)
		from public.phone_numbers n
		join private.carrier_readings r on r.carrier = n.carrier and r.ended_at is not null
		left join private.carrier_numbers c on c.carrier = n.carrier and c.e164 = n.e164
		where n.released_at is null and n.carrier_number_id is not null and n.created_at < r.began_at - interval '1 hour'
			and c.carrier_number_id is distinct from n.carrier_number_id;
end
$$;

-- Differences between our own rows and the books. What is under way has an hour.
create function private.find_in_rows() returns table (cause text, subject text, organization_id uuid, details jsonb)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	before constant timestamptz := now() - interval '1 hour';
begin
	return query
		(select 'text_not_settled', c.message_id::text, c.organization_id,
			jsonb_build_object('status', m.status, 'segments', c.segments, 'hold_id', c.hold_id)
		from public.text_charges c
		join public.messages m on m.id = c.message_id
		where c.status = 'held' and m.status not in ('queued', 'sending')
			and coalesce(m.failed_at, m.sent_at, m.created_at) < before
		limit 200)
		union all
		-- of a week, and what is known and open. What was written down later than it was sent came from elsewhere
		(select 'text_not_charged', m.id::text, m.organization_id, jsonb_build_object('status', m.status, 'segments', m.segments)
		from (
			select m.* from public.messages m
			where (m.id >= private.first_id_at(before - interval '7 days') or m.id = any (array(
					select d.subject::uuid from private.differences d where d.cause = 'text_not_charged' and d.ended_at is null)))
				and m.direction = 'outbound' and m.status in ('sent', 'delivered') and m.phone_number_id is not null
				and m.carrier <> 'test'
				and m.created_at < before
				and not exists (select from public.text_charges c where c.message_id = m.id)
			-- those few are looked at more closely, not all of a week
			offset 0) m
		where m.id < private.first_id_at(m.created_at + interval '1 hour')
		order by m.id
		limit 200)
		union all
		-- those that wait to be charged are found, too: that is done every minute
		(select 'received_text_not_charged', m.id::text, m.organization_id, jsonb_build_object('segments', m.segments)
		from (
			select m.* from public.messages m
			where (m.id >= private.first_id_at(before - interval '7 days') or m.id = any (array(
					select d.subject::uuid from private.differences d
					where d.cause = 'received_text_not_charged' and d.ended_at is null)))
				and m.direction = 'inbound' and m.phone_number_id is not null and m.created_at < before
				and not exists (select from public.text_charges c where c.message_id = m.id)
			offset 0) m
		where m.id < private.first_id_at(m.created_at + interval '1 hour')
		order by m.id
		limit 200)
		union all
		(select 'hold_not_ended', h.id::text, h.organization_id,
			jsonb_build_object('amount_micros', h.amount_micros, 'object_kind', h.object_kind, 'object_id', h.object_id)
		from public.ledger_holds h
		where h.status = 'held' and h.expires_at < before
		limit 200)
		union all
		(select 'order_stands_still', o.id::text, o.organization_id, jsonb_build_object('e164', o.e164, 'status', o.status)
		from public.number_orders o
		where o.status in ('held', 'provisioning') and o.created_at < before
			and not exists (
				select from private.jobs j
				where j.kind = 'provision_number' and j.payload ->> 'order_id' = o.id::text and j.completed_at is null
					and j.parked_at is null)
		limit 200)
		union all
		(select 'order_not_paid', o.id::text, o.organization_id, jsonb_build_object('e164', o.e164, 'hold', h.status)
		from public.number_orders o
		left join public.ledger_holds h on h.object_id = o.id and h.organization_id = o.organization_id
		where o.status = 'active' and h.status is distinct from 'captured'
		limit 200)
		union all
		(select 'top_up_not_booked', t.id::text, t.organization_id,
			jsonb_build_object('received_micros', t.received_micros, 'booked_micros', coalesce(b.micros, 0))
		from public.top_ups t
		cross join lateral (
			select sum(e.amount_micros)::bigint as micros
			from public.ledger_transfers l
			join public.ledger_entries e on e.transfer_id = l.id
			join public.ledger_accounts a on a.id = e.account_id and a.kind = 'wallet'
			where l.object_id = t.id and l.reason = 'top_up'
		) b
		where t.status = 'paid' and coalesce(b.micros, 0) <> t.received_micros
		limit 200)
		union all
		(select 'invoice_not_booked', i.id::text, i.organization_id,
			jsonb_build_object('paid_micros', i.paid_micros, 'provider_id', i.provider_id)
		from public.invoices i
		where i.status = 'paid' and i.paid_micros > 0
			and not exists (
				select from public.ledger_transfers l where l.organization_id = i.organization_id and l.idempotency_key = 'invoice:' || i.id)
		limit 200)
		union all
		(select 'payment_not_settled', p.provider_id, null::uuid, jsonb_build_object('kind', p.kind)
		from private.unsettled_payments(86400, 200) p)
		union all
		(select 'books_' || (f ->> 'check'), coalesce(f ->> 'id', 'all'), null::uuid, f - 'check' - 'id'
		from jsonb_array_elements(private.find_in_books()) f);
end
$$;

-- Compares everything that is known here: differences that are new are written down, those that are gone end. Answers how many
-- there are, and how many are new.
create function private.compare_books() returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	began constant timestamptz := clock_timestamp();
	found integer;
	fresh integer;
begin
	-- one at a time: the second would see what the first ends as new
	perform pg_advisory_xact_lock(hashtext('private.compare_books'));
	with now_there as (
		select distinct on (f.cause, f.subject) f.*
		from (
			select * from private.find_in_numbers() union all select * from private.find_in_rows()
			union all select * from private.find_in_payments() union all select * from private.find_in_usage()) f
	), written as (
		insert into private.differences as d (cause, subject, organization_id, details, found_at, seen_at)
		select t.cause, t.subject, o.id, t.details, began, began
		from now_there t
		left join public.organizations o on o.id = t.organization_id
		on conflict (cause, subject) where ended_at is null
			do update set seen_at = excluded.seen_at, details = excluded.details
		returning d.found_at
	)
	select count(*), count(*) filter (where w.found_at = began) into found, fresh from written w;
	update private.differences d
	set ended_at = began, result = coalesce(d.result, case when d.repair_asked_at is null then 'it was gone by itself' else 'repaired' end)
	where d.ended_at is null and d.seen_at < began;
	return jsonb_build_object('open', found, 'new', fresh);
end
$$;
