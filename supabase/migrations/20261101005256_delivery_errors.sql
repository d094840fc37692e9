-- Which texts were not delivered, and why: by code, carrier, country and organization. Days that are over (UTC) are counted once, and
-- once more a day later; today is counted when somebody asks, from an index that holds failed texts only.

create table private.failure_days (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	-- on which they failed, UTC
	day date not null,
	carrier text not null,
	-- where they went, by their price; '': a text that had none
	country_code text not null check (country_code ~ '^([A-Z]{2})?$'),
	code text not null,
	texts integer not null,
	primary key (organization_id, day, carrier, country_code, code)
);
comment on table private.failure_days is
	'Texts that failed, by day, carrier, country, organization and the carrier''s code, without today. It outlives the texts.';
create index failure_days_day on private.failure_days (day);

create table private.failure_counts (
	-- one row
	is_one boolean primary key default true check (is_one),
	-- every day before this one is in failure_days
	counted_until date not null
);
comment on table private.failure_counts is 'How far private.failure_days is counted.';
insert into private.failure_counts (counted_until) values (((now() at time zone 'UTC')::date) - 30);

create index messages_failed on public.messages (failed_at) where status = 'failed';

-- The texts that failed from since until before `until`, as failure_days has them.
create function private.count_failures(since date, until date) returns setof private.failure_days
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
	return query
		select m.organization_id, (m.failed_at at time zone 'UTC')::date, coalesce(m.carrier, ''), coalesce(p.country_code::text, ''),
			coalesce(m.error_code, 'unknown'), count(*)::integer
		from public.messages m
		left join public.text_charges c on c.message_id = m.id
		left join public.prices p on p.id = c.price_id
		where m.status = 'failed' and m.carrier is distinct from 'test'
			and m.failed_at >= count_failures.since::timestamp at time zone 'UTC'
			and m.failed_at < count_failures.until::timestamp at time zone 'UTC'
		group by 1, 2, 3, 4, 5;
end
$$;

-- Counts the days that are over. One that was counted is counted again a day later: a reason can come after its failure.
create function private.count_failure_days(at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	today constant date := (at at time zone 'UTC')::date;
	since date;
begin
	-- in the first minutes of a day the last of the day before are still being written
	select f.counted_until - 1 into since from private.failure_counts f
	where f.counted_until < today and at > today::timestamp at time zone 'UTC' + interval '10 minutes'
	for update skip locked;
	if since is null then
		return;
	end if;
	insert into private.failure_days
	select * from private.count_failures(since, today)
	on conflict (organization_id, day, carrier, country_code, code)
		-- a text that retention has removed was there all the same
		do update set texts = greatest(failure_days.texts, excluded.texts);
	update private.failure_counts f set counted_until = today;
end
$$;
select cron.schedule('failures', '* * * * *', 'select private.count_failure_days()');

-- {since, codes: [{code, texts, organizations, countries}], places: [{code, carrier, country_code, organization_id, organization,
-- texts}]}: of so many days, today among them; places of one code where one is said, the two hundred largest.
create function private.operator_delivery_errors(session text, days integer, code text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	today constant date := (now() at time zone 'UTC')::date;
	since constant date := today - least(greatest(coalesce(operator_delivery_errors.days, 1), 1), 30) + 1;
	counted constant date := greatest(since, least(today, (select f.counted_until from private.failure_counts f)));
begin
	return (
		with failed as materialized (
			select f.organization_id, f.carrier, f.country_code, f.code, f.texts from private.failure_days f
			where f.day >= since and f.day < counted
			union all
			select f.organization_id, f.carrier, f.country_code, f.code, f.texts from private.count_failures(counted, today + 1) f
		), codes as (
			select f.code, sum(f.texts) as texts, count(distinct f.organization_id) as organizations,
				count(distinct f.country_code) as countries
			from failed f
			group by f.code
			order by 2 desc, 1
			limit 100
		), places as (
			select f.code, f.carrier, f.country_code, f.organization_id, sum(f.texts) as texts
			from failed f
			where operator_delivery_errors.code is null or f.code = operator_delivery_errors.code
			group by 1, 2, 3, 4
			order by 5 desc, 1, 2, 3, 4
			limit 200
		)
		select jsonb_build_object(
			'since', since,
			'codes', coalesce((select jsonb_agg(to_jsonb(c) order by c.texts desc, c.code) from codes c), '[]'),
			'places', coalesce((
				select jsonb_agg(to_jsonb(p) || jsonb_build_object('organization', o.name) order by p.texts desc, p.code, o.name)
				from places p
				join public.organizations o on o.id = p.organization_id), '[]')));
end
$$;

create function service.operator_delivery_errors(session text, days integer default 1, code text default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_delivery_errors(session, days, code);
comment on function service.operator_delivery_errors(text, integer, text) is
	'Texts that failed in so many days (UTC, at most 30, today among them): {since, codes, places}, by code, and by code, carrier, country '
	'and organization.';

grant execute on function
	service.operator_delivery_errors(text, integer, text), private.operator_delivery_errors(text, integer, text)
to service_role;
