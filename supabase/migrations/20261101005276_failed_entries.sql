-- Who was not let in: by API keys, by people's and operators' forms, gathered by address, key and reason, with the worst minute of each.
-- Of people's sign-ins only how many accounts it were is known: their names are not kept. What fails is summed by quarters of an hour a
-- minute after, of addresses and keys those that failed most: a page costs the same whether ten failed or ten million, and so do the sums.

create table private.failure_sums (
	-- a quarter of an hour
	starts_at timestamptz not null,
	about text not null check (about in ('reason', 'address', 'key', 'operator')),
	-- "key:unknown", an address, a key's beginning, an operator's name
	what text not null,
	organization_id uuid,
	failures integer not null,
	keys integer not null,
	people integer not null,
	operators integer not null,
	delayed integer not null,
	-- as many as that within one minute
	burst integer not null,
	accounts integer not null,
	prefixes integer not null,
	addresses integer not null,
	reasons text[] not null,
	since timestamptz not null,
	latest timestamptz not null,
	primary key (starts_at, about, what)
);
create table private.failure_mark (
	alone boolean primary key default true check (alone),
	-- what has a smaller id is in the sums, and nothing else
	summed_until timestamptz not null
);
comment on table private.failure_sums is
	'Failed entries by quarters of an hour: all by reason and operator, and of addresses and keys the fifty of each quarter that failed most, '
	'five after a day.';
comment on table private.failure_mark is 'How far failed entries are summed.';
insert into private.failure_mark (summed_until) values (date_trunc('minute', now()) - interval '7 days');

alter table private.failure_sums enable row level security;
alter table private.failure_mark enable row level security;

-- From one moment until before another, one row each; of one table that grows with what fails, not with what is sent.
create function private.failed_entries(since timestamptz, until timestamptz)
returns table (
	at timestamptz, kind text, reason text, address inet, key_prefix text, organization_id uuid, account bytea, operator text
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	first constant uuid := private.first_id_at(failed_entries.since);
	past constant uuid := private.first_id_at(failed_entries.until);
begin
	return query
		select r.created_at, 'key', r.reason, r.address, 'cum_' || k.mode::text || '_' || k.public_id, r.organization_id, null::bytea,
			null::text
		from public.api_key_refusals r
		join public.api_keys k on k.id = r.key_id
		where r.id >= first and r.id < past
		union all
		select u.created_at, 'key', u.reason, u.address, u.prefix, null, null, null
		from private.unknown_key_refusals u
		where u.id >= first and u.id < past
		union all
		select a.created_at, case when o.name is not null then 'operator' else 'person' end,
			case when a.outcome = 'delayed' then 'delayed' else 'wrong' end, a.address, null, null, a.account, o.name
		from private.sign_in_attempts a
		left join (
			select p.name, private.account_key(f.form || p.name) as account
			from private.operators p
			cross join (values ('operator:'), ('operator-code:')) f (form)
		) o on o.account = a.account
		where a.id >= first and a.id < past
			and (a.outcome in ('failed', 'delayed') or a.outcome = 'pending' and a.created_at < now() - interval '1 minute');
end
$$;

-- The same as its sums have it: of addresses and keys the `most` of each quarter that failed most, and those that are in its sums.
create function private.count_failures(since timestamptz, until timestamptz, most integer) returns setof private.failure_sums
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
	return query
		with failed as materialized (
			select f.*, date_bin('15 minutes', f.at, 'epoch') as quarter, date_trunc('minute', f.at) as minute, f.kind || ':' || f.reason as why,
				host(f.address) as place
			from private.failed_entries(count_failures.since, count_failures.until) f
		), counted as (
			select f.quarter, 'address' as about, f.place as what, count(*) as many from failed f where f.place is not null group by 1, 3
			union all
			select f.quarter, 'key', f.key_prefix, count(*) from failed f where f.key_prefix is not null group by 1, 3
		), foremost as (
			select c.quarter, c.about, c.what
			from (select n.*, row_number() over (partition by n.quarter, n.about order by n.many desc, n.what) as rank from counted n) c
			where c.rank <= most or exists (
				select from private.failure_sums s where (s.starts_at, s.about, s.what) = (c.quarter, c.about, c.what))
		), told as (
			select 'reason' as about, f.why as what, f.* from failed f
			union all
			select 'operator', f.operator, f.* from failed f where f.operator is not null
			union all
			select m.about, m.what, f.* from failed f join foremost m on m.about = 'address' and m.quarter = f.quarter and m.what = f.place
			union all
			select m.about, m.what, f.* from failed f join foremost m on m.about = 'key' and m.quarter = f.quarter and m.what = f.key_prefix
		), minutes as (
			select t.quarter, t.about, t.what, min(t.organization_id::text)::uuid as organization_id,
				count(*)::integer as failures, (count(*) filter (where t.kind = 'key'))::integer as keys,
				(count(*) filter (where t.kind = 'person'))::integer as people,
				(count(*) filter (where t.kind = 'operator'))::integer as operators,
				(count(*) filter (where t.reason = 'delayed'))::integer as delayed,
				count(distinct case when t.about = 'address' then t.account end)::integer as accounts,
				count(distinct case when t.about = 'address' then t.key_prefix end)::integer as prefixes,
				count(distinct case when t.about = 'key' then t.place end)::integer as addresses,
				string_agg(distinct t.reason, ',') as reasons, min(t.at) as since, max(t.at) as latest
			from told t
			group by t.quarter, t.about, t.what, t.minute
		)
		select m.quarter, m.about, m.what,
			-- of what nobody's keys begin with, none
			case when m.about = 'key' then min(m.organization_id::text)::uuid end, sum(m.failures)::integer, sum(m.keys)::integer,
			sum(m.people)::integer, sum(m.operators)::integer, sum(m.delayed)::integer, max(m.failures), max(m.accounts), max(m.prefixes),
			max(m.addresses), array(
				select distinct r from unnest(string_to_array(string_agg(m.reasons, ','), ',')) r order by r),
			min(m.since), max(m.latest)
		from minutes m
		group by m.quarter, m.about, m.what;
end
$$;

-- Leaves so many addresses and keys of each quarter of an hour between two moments.
create function private.fold_failures(since timestamptz, until timestamptz, most integer) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	delete from private.failure_sums s
	using (
		select f.starts_at, f.about, f.what,
			row_number() over (partition by f.starts_at, f.about order by f.failures desc, f.latest desc, f.what) as rank
		from private.failure_sums f
		where f.starts_at >= fold_failures.since and f.starts_at < fold_failures.until and f.about in ('address', 'key')
	) f
	where f.rank > most and (s.starts_at, s.about, s.what) = (f.starts_at, f.about, f.what);
end
$$;

-- Sums what failed until a minute ago, ten minutes of it at a time: who tries to sign in has come to an end by then.
create function private.sum_failures(at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	begins timestamptz;
	ends timestamptz;
begin
	select m.summed_until into begins from private.failure_mark m for no key update skip locked;
	ends := least(date_trunc('minute', sum_failures.at) - interval '1 minute', begins + interval '10 minutes');
	if begins is null or ends <= begins then
		return;
	end if;
	insert into private.failure_sums as s
	select c.* from private.count_failures(begins, ends, 50) c
	on conflict (starts_at, about, what) do update
	set failures = s.failures + excluded.failures, keys = s.keys + excluded.keys, people = s.people + excluded.people,
		operators = s.operators + excluded.operators, delayed = s.delayed + excluded.delayed, burst = greatest(s.burst, excluded.burst),
		accounts = greatest(s.accounts, excluded.accounts), prefixes = greatest(s.prefixes, excluded.prefixes),
		addresses = greatest(s.addresses, excluded.addresses),
		reasons = array(select distinct r from unnest(s.reasons || excluded.reasons) r order by r),
		since = least(s.since, excluded.since), latest = greatest(s.latest, excluded.latest);
	perform private.fold_failures(begins - interval '30 minutes', ends, 50);
	-- of a day ago
	perform private.fold_failures(sum_failures.at - interval '26 hours', sum_failures.at - interval '25 hours', 5);
	delete from private.failure_sums s where s.starts_at < sum_failures.at - interval '8 days';
	update private.failure_mark m set summed_until = ends;
end
$$;
select cron.schedule('failed-entries', '* * * * *', 'select private.sum_failures()');

-- {reasons, hours, addresses, keys, operators} of the last hours, from a quarter of an hour on: an hour, a day or a week; of addresses and
-- keys the fifty that failed most. burst, accounts, prefixes: as many within one minute.
create function private.operator_failures(session text, hours integer) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	begins constant timestamptz := date_bin('15 minutes', now() - make_interval(hours => hours), 'epoch');
	mark constant timestamptz := (select m.summed_until from private.failure_mark m);
	-- of what is not summed yet the last few thousand: of an attack the page is a minute late, and never slow
	newest timestamptz;
	told jsonb;
begin
	if hours is null or hours not in (1, 24, 168) then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	select max(l.at) into newest
	from (
		(select r.created_at as at from public.api_key_refusals r order by r.id desc offset 2000 limit 1)
		union all
		(select u.created_at from private.unknown_key_refusals u order by u.id desc offset 2000 limit 1)
		union all
		(select a.created_at from private.sign_in_attempts a order by a.id desc offset 2000 limit 1)
	) l;
	with sums as materialized (
		select s.* from private.failure_sums s where s.starts_at >= begins
		union all
		select c.* from private.count_failures(greatest(begins, mark, newest), now() + interval '1 minute', 50) c
	), whole as (
		select s.about, s.what, min(s.organization_id::text)::uuid as organization_id, sum(s.failures) as failures, sum(s.keys) as keys,
			sum(s.people) as people, sum(s.operators) as operators, sum(s.delayed) as delayed, max(s.burst) as burst,
			max(s.accounts) as accounts, max(s.prefixes) as prefixes, max(s.addresses) as addresses, min(s.since) as since,
			max(s.latest) as latest,
			row_number() over (partition by s.about order by sum(s.failures) desc, s.what) as place
		from sums s
		group by s.about, s.what
	)
	select jsonb_build_object(
		'reasons', (
			select coalesce(jsonb_agg(jsonb_build_object('kind', split_part(w.what, ':', 1), 'reason', split_part(w.what, ':', 2),
				'failures', w.failures) order by w.place), '[]')
			from whole w where w.about = 'reason'),
		'hours', (
			select coalesce(jsonb_agg(to_jsonb(h) order by h.at desc), '[]')
			from (
				select date_trunc('hour', s.starts_at) as at, sum(s.failures) as failures, sum(s.keys) as keys, sum(s.people) as people,
					sum(s.operators) as operators
				from sums s where s.about = 'reason' group by 1
			) h),
		'addresses', (
			select coalesce(jsonb_agg(jsonb_build_object('address', w.what, 'failures', w.failures, 'keys', w.keys, 'people', w.people,
				'operators', w.operators, 'delayed', w.delayed, 'accounts', w.accounts, 'prefixes', w.prefixes, 'since', w.since,
				'latest', w.latest, 'burst', w.burst) order by w.place), '[]')
			from whole w where w.about = 'address' and w.place <= 50),
		'keys', (
			select coalesce(jsonb_agg(jsonb_build_object('key_prefix', w.what, 'organization_id', w.organization_id, 'failures', w.failures,
				'addresses', w.addresses, 'latest', w.latest, 'organization', o.name, 'reasons', (
					select jsonb_agg(distinct r.reason) from sums s cross join unnest(s.reasons) r (reason)
					where s.about = 'key' and s.what = w.what)) order by w.place), '[]')
			from whole w
			left join public.organizations o on o.id = w.organization_id
			where w.about = 'key' and w.place <= 50),
		'operators', (
			select coalesce(jsonb_agg(jsonb_build_object('name', w.what, 'failures', w.failures, 'latest', w.latest) order by w.place), '[]')
			from whole w where w.about = 'operator'))
	into told;
	return told;
end
$$;

create function service.operator_failures(session text, hours integer) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_failures(session, hours);
comment on function service.operator_failures(text, integer) is
	'Who was not let in within 1, 24 or 168 hours, by keys and by forms: {reasons, hours, addresses, keys, operators}; burst, accounts, '
	'prefixes and a key''s addresses: the most within one minute. Fails with malformed.';

grant execute on function
	service.operator_failures(text, integer), private.operator_failures(text, integer)
to service_role;
