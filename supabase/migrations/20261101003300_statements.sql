-- Statements: what an organization paid for in a month, from the books, to the micro. A million texts are summed a little at a
-- time: quarters of an hour by reason, up to a mark; what came after the mark is summed when somebody looks. A statement is
-- therefore never late, and a text writes nothing for it.

create table private.ledger_sums (
	organization_id uuid not null references public.organizations (id),
	-- a quarter of an hour: the months of every time zone begin with one
	starts_at timestamptz not null,
	reason text not null,
	-- that have left the organization with more or less than before; setting aside is neither
	transfers bigint not null,
	amount_micros bigint not null,
	primary key (organization_id, starts_at, reason)
);

create table private.ledger_sum_marks (
	organization_id uuid primary key references public.organizations (id),
	-- transfers with smaller ids are in the sums, and no others
	summed_until uuid not null,
	-- up to here none can come any more
	complete_until uuid not null,
	check (summed_until <= complete_until)
);
comment on table private.ledger_sums is
	'The movements of an organization''s money by quarters of an hour and reasons, up to its mark.';
comment on table private.ledger_sum_marks is 'How far the movements of an organization are in its sums.';

create index ledger_sum_marks_open on private.ledger_sum_marks (organization_id) where summed_until < complete_until;

-- A month of an organization's clock: from its first moment to the next one's. null: the one under way.
create function private.span_of_month(organization_id uuid, month date) returns tstzrange
language plpgsql stable security definer set search_path = ''
as $$
declare
	zone text;
	first timestamp;
begin
	select o.time_zone into zone from public.organizations o where o.id = span_of_month.organization_id;
	first := date_trunc('month', coalesce(span_of_month.month::timestamp, now() at time zone zone));
	return tstzrange(first at time zone zone, (first + interval '1 month') at time zone zone);
end
$$;

-- Adds about so many entries of an organization to its sums, in the order of ids. Answers whether there are more. Of ids that are newer
-- than the statistics a plan expects none, and would compare each with each: 18 s for a batch.
create function private.sum_entries(organization_id uuid, batch integer) returns boolean
language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan set enable_nestloop = off
as $$
#variable_conflict use_column
declare
	mark private.ledger_sum_marks;
	cut uuid;
begin
	select m.* into mark from private.ledger_sum_marks m
	where m.organization_id = sum_entries.organization_id
	for no key update skip locked;
	if mark.organization_id is null then
		return false;
	end if;
	-- a transfer is summed as a whole: the cut is the first one that is not
	select e.transfer_id into cut from public.ledger_entries e
	where e.organization_id = mark.organization_id and e.transfer_id >= mark.summed_until and e.transfer_id < mark.complete_until
	order by e.transfer_id
	offset batch limit 1;
	cut := coalesce(nullif(cut, mark.summed_until), mark.complete_until);

	insert into private.ledger_sums as s (organization_id, starts_at, reason, transfers, amount_micros)
	select mark.organization_id, date_bin('15 minutes', m.created_at, 'epoch'), m.reason, count(*), sum(m.amount_micros)
	from (
		select t.created_at, t.reason, sum(e.amount_micros) as amount_micros
		from public.ledger_entries e
		join public.ledger_transfers t on t.id = e.transfer_id
		where e.organization_id = mark.organization_id and e.transfer_id >= mark.summed_until and e.transfer_id < cut
			-- the same of the other table: else a plan reads all of it
			and t.organization_id = mark.organization_id and t.id >= mark.summed_until and t.id < cut
		group by t.id
		having sum(e.amount_micros) <> 0
	) m
	group by 2, 3
	on conflict (organization_id, starts_at, reason) do update
	set transfers = s.transfers + excluded.transfers, amount_micros = s.amount_micros + excluded.amount_micros;
	update private.ledger_sum_marks m set summed_until = cut where m.organization_id = mark.organization_id;
	return cut < mark.complete_until;
end
$$;

-- Marks up to where an organization's transfers are complete: they get their ids under the wallet's lock, so none that is still
-- under way has a smaller one than the moment in which the lock is held. A wallet that is busy is marked another time.
create function private.mark_entries(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	complete uuid;
begin
	perform from public.ledger_accounts a
	where a.organization_id = mark_entries.organization_id and a.kind = 'wallet'
	for no key update skip locked;
	if found then
		complete := private.first_id_at(clock_timestamp());
		insert into private.ledger_sum_marks as m (organization_id, summed_until, complete_until)
		values (mark_entries.organization_id, '00000000-0000-0000-0000-000000000000', complete)
		on conflict (organization_id) do update set complete_until = greatest(m.complete_until, complete);
	end if;
end
$$;

-- Sums what is complete, for so long at most; then marks, so that nobody waits for a wallet while sums are made.
create function private.sum_ledgers(seconds integer default 5, batch integer default 20000) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	due uuid;
begin
	for due in
		select m.organization_id from private.ledger_sum_marks m where m.summed_until < m.complete_until order by m.organization_id
	loop
		while clock_timestamp() < statement_timestamp() + make_interval(secs => seconds) and private.sum_entries(due, batch) loop
		end loop;
	end loop;
	perform private.mark_entries(d.organization_id)
	from (
		select distinct t.organization_id
		from public.ledger_transfers t
		where t.id >= private.first_id_at(now() - interval '15 minutes') and t.organization_id is not null
		order by t.organization_id
	) d;
end
$$;
select cron.schedule('statements', '* * * * *', 'select private.sum_ledgers()');

-- What is wrong with the sums: organizations whose sums and later entries are not what they own.
create function private.find_in_sums() returns table (organization_id uuid, off_by bigint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select m.organization_id, (s.amount - e.amount)::bigint
		from private.ledger_sum_marks m
		cross join lateral (
			select coalesce(sum(s.amount_micros), 0) as amount from private.ledger_sums s where s.organization_id = m.organization_id
		) s
		cross join lateral (
			select coalesce(sum(e.amount_micros), 0) as amount from public.ledger_entries e
			where e.organization_id = m.organization_id and e.transfer_id < m.summed_until
		) e
		where s.amount <> e.amount
		order by m.organization_id
		limit 100;
end
$$;

-- Makes an organization's sums anew, from its entries; until that is done its statements are summed while one looks.
create function private.sum_again(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update private.ledger_sum_marks m set summed_until = '00000000-0000-0000-0000-000000000000'
	where m.organization_id = sum_again.organization_id;
	delete from private.ledger_sums s where s.organization_id = sum_again.organization_id;
end
$$;

-- What is in the sums, what came later, and the balances, as they are at one moment: a stable function sees everything as it was when
-- it was asked. The mark is looked up first, so that the plan knows how little came later.
create function private.statement(organization_id uuid, month date) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	span tstzrange;
	mark uuid;
begin
	perform private.require('billing:read', statement.organization_id);
	span := private.span_of_month(statement.organization_id, statement.month);
	select m.summed_until into mark from private.ledger_sum_marks m where m.organization_id = statement.organization_id;
	mark := coalesce(mark, '00000000-0000-0000-0000-000000000000');
	return (
		with moved as (
			select s.starts_at as at, s.reason, s.transfers, s.amount_micros
			from private.ledger_sums s
			where s.organization_id = statement.organization_id and s.starts_at >= lower(span)
			union all
			select t.created_at, t.reason, 1, sum(e.amount_micros)
			from public.ledger_entries e
			join public.ledger_transfers t on t.id = e.transfer_id
			where e.organization_id = statement.organization_id and e.transfer_id >= mark
				-- the same of the other table: else a plan reads all of it
				and t.organization_id = statement.organization_id and t.id >= mark and t.created_at >= lower(span)
			group by t.id
			having sum(e.amount_micros) <> 0
		), lines as (
			select m.reason, sum(m.transfers) as transfers, sum(m.amount_micros) as amount_micros
			from moved m where m.at < upper(span)
			group by m.reason
		), ended as (
			select coalesce((
					select sum(a.balance_micros) from public.ledger_accounts a where a.organization_id = statement.organization_id), 0)
				- coalesce((select sum(m.amount_micros) from moved m where m.at >= upper(span)), 0) as balance
		)
		select jsonb_build_object(
			'since', lower(span), 'until', upper(span), 'time_zone', o.time_zone,
			'month', to_char(lower(span) at time zone o.time_zone, 'YYYY-MM'),
			'this_month', to_char(now() at time zone o.time_zone, 'YYYY-MM'),
			'first_month', to_char(o.created_at at time zone o.time_zone, 'YYYY-MM'),
			'opening_micros', ended.balance - coalesce((select sum(l.amount_micros) from lines l), 0),
			'closing_micros', ended.balance,
			'lines', coalesce((
				select jsonb_agg(jsonb_build_object(
					'reason', l.reason, 'transfers', l.transfers, 'amount_micros', l.amount_micros)
					order by l.amount_micros < 0, abs(l.amount_micros) desc, l.reason)
				from lines l), '[]'))
		from ended, public.organizations o
		where o.id = statement.organization_id);
end
$$;

-- What moved an organization's money from one moment until before another, by quarters of an hour and reasons as far as its sums go,
-- by transfers after that. Where a moment stands within a quarter nothing of it comes from sums.
create function private.money_moves(organization_id uuid, since timestamptz, until timestamptz)
returns table (at timestamptz, reason text, transfers bigint, amount_micros bigint)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	whole constant boolean := date_bin('15 minutes', money_moves.since, 'epoch') = money_moves.since;
	mark uuid;
begin
	select m.summed_until into mark from private.ledger_sum_marks m where m.organization_id = money_moves.organization_id;
	-- an id is made after the moment that its transfer is stamped with
	mark := case when whole then coalesce(mark, '00000000-0000-0000-0000-000000000000') else private.first_id_at(money_moves.since) end;
	return query
		select s.starts_at, s.reason, s.transfers, s.amount_micros
		from private.ledger_sums s
		where whole and s.organization_id = money_moves.organization_id and s.starts_at >= money_moves.since
			and s.starts_at < money_moves.until
		union all
		select t.created_at, t.reason, 1::bigint, sum(e.amount_micros)::bigint
		from public.ledger_entries e
		join public.ledger_transfers t on t.id = e.transfer_id
		where e.organization_id = money_moves.organization_id and e.transfer_id >= mark
			-- the same of the other table: else a plan reads all of it
			and t.organization_id = money_moves.organization_id and t.id >= mark
			and t.created_at >= money_moves.since and t.created_at < money_moves.until
		group by t.id
		having sum(e.amount_micros) <> 0;
end
$$;

-- The movements of a month, oldest first, after after_id. Together they are its lines.
create function private.statement_movements(organization_id uuid, month date, after_id uuid, batch integer)
returns table (
	id uuid, created_at timestamptz, reason text, object_kind text, object_id uuid, note text, amount_micros bigint
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	span tstzrange;
begin
	perform private.require('billing:read', statement_movements.organization_id);
	span := private.span_of_month(statement_movements.organization_id, statement_movements.month);
	return query
		select t.id, t.created_at, t.reason, t.object_kind, t.object_id, t.note, e.amount
		from (
			select e.transfer_id, sum(e.amount_micros)::bigint as amount
			from public.ledger_entries e
			where e.organization_id = statement_movements.organization_id
				-- a transfer is stamped with its transaction's beginning, its id with the moment it was written
				and e.transfer_id > coalesce(statement_movements.after_id, private.first_id_at(lower(span)))
				and e.transfer_id < private.first_id_at(upper(span) + interval '1 day')
				and e.created_at >= lower(span) and e.created_at < upper(span)
			group by e.transfer_id
			having sum(e.amount_micros) <> 0
			order by e.transfer_id
			limit least(greatest(statement_movements.batch, 1), 1000)
		) e
		join public.ledger_transfers t on t.id = e.transfer_id
		order by t.id;
end
$$;

create function api.statement(organization_id uuid, month date default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.statement(organization_id, month);
comment on function api.statement(uuid, date) is
	'What moved an organization''s money in a month of its own clock, in 10⁻⁶ USD: {month, since, until, time_zone, opening_micros, '
	'closing_micros, lines: [{reason, transfers, amount_micros}], this_month, first_month}. The lines are exactly the difference '
	'between opening and closing, what is set aside counts as there. month: any day of it; null: the one under way.';

create function api.statement_movements(
	organization_id uuid, month date default null, after_id uuid default null, batch integer default 1000
) returns table (
	id uuid, created_at timestamptz, reason text, object_kind text, object_id uuid, note text, amount_micros bigint
)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.statement_movements(organization_id, month, after_id, batch);
end;
comment on function api.statement_movements(uuid, date, uuid, integer) is
	'Each movement of a month''s statement, oldest first, at most 1,000 at a time; after_id is the last one of the batch before.';

grant execute on function
	private.statement(uuid, date), api.statement(uuid, date),
	private.statement_movements(uuid, date, uuid, integer), api.statement_movements(uuid, date, uuid, integer)
to authenticated;
