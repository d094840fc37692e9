-- What goes through a number: texts in and out, what arrived, what failed and why, who wanted no more, what it cost. Days that are
-- over are counted once, and again for three days, because receipts come late; today is counted when somebody asks.

create table private.number_days (
	organization_id uuid not null,
	phone_number_id uuid not null,
	-- in the zone that the organization had then
	day date not null,
	received integer not null default 0,
	received_segments integer not null default 0,
	-- handed to the carrier, whatever became of them
	sent integer not null default 0,
	sent_segments integer not null default 0,
	delivered integer not null default 0,
	failed integer not null default 0,
	-- how often each of the carrier's error codes: {"30003": 2}
	failures jsonb not null default '{}',
	opted_out integer not null default 0,
	-- paid for texts in and out, in 10⁻⁶ USD
	micros bigint not null default 0,
	last_received_at timestamptz,
	primary key (phone_number_id, day),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
create table private.usage_counts (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	-- every day before this one is in number_days
	counted_until date,
	count_at timestamptz not null default now()
);
comment on table private.number_days is
	'The texts of each number by day, without today. A day without any has no row.';
comment on table private.usage_counts is 'How far the days of an organization''s numbers are counted, and when to go on.';

-- with what a page of figures sums, so that it reads nothing else
create index number_days_organization on private.number_days (organization_id, day)
	include (phone_number_id, received, sent, sent_segments, delivered, failed);
create index usage_counts_due on private.usage_counts (count_at);

create function private.expect_usage() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.usage_counts (organization_id)
	select distinct n.organization_id from new_numbers n
	on conflict do nothing;
	return null;
end
$$;
create trigger expect_usage after insert on public.phone_numbers referencing new table as new_numbers
	for each statement execute function private.expect_usage();

-- The days of an organization's numbers from since until before `until`, counted from the texts themselves. Ids begin with their
-- time, so it is one range of an index; an hour on either side, for texts that stand at another time than their id.
create function private.count_number_days(organization_id uuid, since date, until date, phone_number_ids uuid[] default null)
returns setof private.number_days
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	zone constant text := (select o.time_zone from public.organizations o where o.id = count_number_days.organization_id);
	begins constant timestamptz := count_number_days.since::timestamp at time zone zone;
	ends constant timestamptz := count_number_days.until::timestamp at time zone zone;
	-- known to the plan: else it reads everybody's texts of those days
	first_id constant uuid := private.first_id_at(begins - interval '1 hour');
	end_id constant uuid := private.first_id_at(ends + interval '1 hour');
begin
	return query
		with texts as (
			select m.phone_number_id, (m.created_at at time zone zone)::date as day, m.direction, m.status, m.segments, m.created_at,
				case when m.status = 'failed' then coalesce(m.error_code, 'unknown') end as code, c.charged_micros
			from public.messages m
			left join public.text_charges c on c.message_id = m.id
			where m.organization_id = count_number_days.organization_id and m.phone_number_id is not null
				and m.carrier is distinct from 'test'
				and m.id >= first_id and m.id < end_id
				and m.created_at >= begins and m.created_at < ends
				and (phone_number_ids is null or m.phone_number_id = any (phone_number_ids))
		), counted as (
			select t.phone_number_id, t.day,
				count(*) filter (where t.direction = 'inbound')::integer as received,
				coalesce(sum(t.segments) filter (where t.direction = 'inbound'), 0)::integer as received_segments,
				count(*) filter (where t.direction = 'outbound' and t.status in ('sent', 'delivered', 'failed'))::integer as sent,
				coalesce(sum(t.segments)
					filter (where t.direction = 'outbound' and t.status in ('sent', 'delivered', 'failed')), 0)::integer as sent_segments,
				count(*) filter (where t.status = 'delivered')::integer as delivered,
				count(*) filter (where t.status = 'failed')::integer as failed,
				coalesce(sum(t.charged_micros), 0)::bigint as micros,
				max(t.created_at) filter (where t.direction = 'inbound') as last_received_at
			from texts t
			group by 1, 2
		), failed as (
			select f.phone_number_id, f.day, jsonb_object_agg(f.code, f.times) as failures
			from (select t.phone_number_id, t.day, t.code, count(*) as times from texts t where t.code is not null group by 1, 2, 3) f
			group by 1, 2
		), silenced as (
			select o.phone_number_id, (o.opted_out_at at time zone zone)::date as day, count(*)::integer as opted_out
			from public.opt_outs o
			where o.organization_id = count_number_days.organization_id and o.opted_out_at >= begins and o.opted_out_at < ends
				and o.source in ('keyword', 'carrier')
				and (phone_number_ids is null or o.phone_number_id = any (phone_number_ids))
			group by 1, 2
		)
		select count_number_days.organization_id, d.phone_number_id, d.day, coalesce(c.received, 0), coalesce(c.received_segments, 0),
			coalesce(c.sent, 0), coalesce(c.sent_segments, 0), coalesce(c.delivered, 0), coalesce(c.failed, 0),
			coalesce(f.failures, '{}'), coalesce(s.opted_out, 0), coalesce(c.micros, 0), c.last_received_at
		from (select c.phone_number_id, c.day from counted c union select s.phone_number_id, s.day from silenced s) d
		left join counted c on c.phone_number_id = d.phone_number_id and c.day = d.day
		left join failed f on f.phone_number_id = d.phone_number_id and f.day = d.day
		left join silenced s on s.phone_number_id = d.phone_number_id and s.day = d.day;
end
$$;

-- Counts the days that are over, of so many organizations, at most a month of each at a time.
create function private.count_usage(batch integer, at timestamptz default now()) returns integer
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	due record;
	today date;
	since date;
	until date;
	done integer := 0;
begin
	for due in
		select u.organization_id, u.counted_until, o.time_zone
		from private.usage_counts u
		join public.organizations o on o.id = u.organization_id
		where u.count_at <= at
		order by u.count_at
		limit batch
		for update of u skip locked
	loop
		today := (at at time zone due.time_zone)::date;
		since := coalesce(due.counted_until - 3, (least(
			(select m.created_at from public.messages m where m.organization_id = due.organization_id order by m.id limit 1),
			(select v.created_at from public.verifications v where v.organization_id = due.organization_id order by v.id limit 1),
			(select min(s.starts_at) from private.request_sums s where s.organization_id = due.organization_id and s.span = 'day'))
			at time zone due.time_zone)::date, today);
		until := least(today, since + 35);
		insert into private.number_days
		select * from private.count_number_days(due.organization_id, since, until)
		on conflict (phone_number_id, day) do update
		set received = excluded.received, received_segments = excluded.received_segments, sent = excluded.sent,
			sent_segments = excluded.sent_segments, delivered = excluded.delivered, failed = excluded.failed,
			-- a text that retention has removed was there all the same
			failures = excluded.failures, opted_out = greatest(number_days.opted_out, excluded.opted_out), micros = excluded.micros,
			last_received_at = excluded.last_received_at;
		perform private.keep_usage_days(due.organization_id, since, until);
		update private.usage_counts u
		set counted_until = until,
			count_at = case when until < today then at
				else (today + 1)::timestamp at time zone due.time_zone + interval '10 minutes' end
		where u.organization_id = due.organization_id;
		done := done + 1;
	end loop;
	return done;
end
$$;
select cron.schedule('usage', '* * * * *', 'select private.count_usage(50)');

-- From which day on an organization's days are not counted yet, of those from since to until: of a month at most, and today always.
create function private.first_live_day(organization_id uuid, since date, until date) returns date
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select greatest(least(coalesce(u.counted_until, o.created_at::date), (now() at time zone o.time_zone)::date,
			first_live_day.until + 1), first_live_day.since, first_live_day.until - 35)
		from public.organizations o
		left join private.usage_counts u on u.organization_id = o.id
		where o.id = first_live_day.organization_id);
end
$$;

-- The days of these numbers from since to until, both among them: counted before, or now.
create function private.days_of_numbers(organization_id uuid, since date, until date, phone_number_ids uuid[])
returns setof private.number_days
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant date := private.first_live_day(organization_id, since, until);
begin
	return query
		select * from private.number_days s
		where s.organization_id = days_of_numbers.organization_id and s.day >= days_of_numbers.since
			and s.day < live and s.day <= days_of_numbers.until and s.phone_number_id = any (phone_number_ids)
		union all
		select * from private.count_number_days(days_of_numbers.organization_id, live, days_of_numbers.until + 1, phone_number_ids)
		where live <= days_of_numbers.until;
end
$$;

-- The numbers of an organization that the caller may see; given back ones too.
create function private.my_numbers_of(organization_id uuid, phone_number_id uuid default null) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select n.id from public.phone_numbers n
		where n.organization_id = my_numbers_of.organization_id and n.id = any ((select private.my_phone_number_ids())::uuid[])
			and (my_numbers_of.phone_number_id is null or n.id = my_numbers_of.phone_number_id));
end
$$;

-- What went through the caller's numbers in the last so many days, today among them: [{phone_number_id, days: [{day, …}]}], days
-- without anything left out. What it cost is for those who may see the money; null for others.
create function private.number_usage(organization_id uuid, days integer, phone_number_id uuid default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('messages:read', number_usage.organization_id);
	mine constant uuid[] := private.my_numbers_of(number_usage.organization_id, number_usage.phone_number_id);
	sees_money constant boolean := number_usage.organization_id = any (private.my_organization_ids_for('billing:read'));
	today date;
begin
	if number_usage.days is null or number_usage.days not between 1 and 400 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	select (now() at time zone o.time_zone)::date into today from public.organizations o where o.id = number_usage.organization_id;
	return coalesce((
		select jsonb_agg(jsonb_build_object('phone_number_id', u.phone_number_id, 'days', u.days))
		from (
			select d.phone_number_id, jsonb_agg(jsonb_build_object('day', d.day, 'received', d.received,
				'received_segments', d.received_segments, 'sent', d.sent, 'sent_segments', d.sent_segments,
				'delivered', d.delivered, 'failed', d.failed, 'failures', d.failures, 'opted_out', d.opted_out,
				'micros', case when sees_money then d.micros end, 'last_received_at', d.last_received_at) order by d.day) as days
			from private.days_of_numbers(number_usage.organization_id, today - number_usage.days + 1, today, mine) d
			group by d.phone_number_id
		) u), '[]');
end
$$;

create function api.number_usage(organization_id uuid, days integer, phone_number_id uuid default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.number_usage(organization_id, days, phone_number_id);
comment on function api.number_usage(uuid, integer, uuid) is
	'What went through the caller''s numbers in the last 1 to 400 days with today, by day of the organization''s zone: texts in and '
	'out, segments, what was delivered, what failed and why, who opted out; micros (10⁻⁶ USD) for those who may see the money. '
	'Fails with session_ended, not_found, malformed.';

grant execute on function api.number_usage(uuid, integer, uuid), private.number_usage(uuid, integer, uuid) to authenticated;
