-- What was asked of the developer API: a row for each request that somebody known made. The statement that counts a request opens it
-- (4250_admissions), before anything is done for it; its function tells by batches afterwards how it ended. Whatever becomes of the
-- function in between, the request is in the log; one whose end nobody told says so.

-- No key, no index and no checks: every request waits for this. Whoever reads it reads all of it.
create unlogged table private.opened_requests (
	id uuid not null,
	-- the key's prefix, or user:<id>
	caller text not null,
	-- whose plan a person used up; a key's is known by the key
	organization_id uuid,
	endpoint text not null,
	address inet,
	units integer not null,
	started_at timestamptz not null default clock_timestamp()
);
comment on table private.opened_requests is
	'Requests of the last five minutes, ended or not: those of which no end is told by then are given up. Unlogged: a crash of the database '
	'loses what its functions do not remember themselves.';

create table private.requests (
	-- x-request-id of the answer, and request_id of a refusal
	id uuid primary key,
	-- null: one that names none
	organization_id uuid,
	-- one of the two
	key_id uuid,
	user_id uuid,
	-- the method and the pattern of the path: GET /v1/messages/:id
	endpoint text not null check (char_length(endpoint) <= 200),
	address inet,
	-- how many requests it counts as
	units integer not null default 1,
	started_at timestamptz not null,
	-- 0: nobody knows how it ended
	status smallint not null,
	-- of a refusal: the slug of core/failures.ts
	code text,
	-- from its arrival to its answer's beginning, in µs
	micros integer,
	-- what it made, for what that cost: message, verification, number_order …
	made_kind text,
	made_id uuid,
	check ((made_kind is null) = (made_id is null))
);
comment on table private.requests is
	'The request log. No references: a request waits for nobody''s row, and the log outlives what it tells of.';
create index requests_newest on private.requests (organization_id, id desc);

create table private.request_sums (
	organization_id uuid not null,
	span text collate "C" not null check (span in ('minute', 'hour', 'day')),
	-- on the organization's clock
	starts_at timestamptz not null,
	by_key boolean not null,
	-- the key or person
	caller uuid not null,
	endpoint text collate "C" not null,
	status smallint not null,
	code text collate "C" not null default '',
	-- how long it took: ⌈8 · log₂ µs⌉, so that a percentile is known to 5 %; 0: nobody knows
	speed smallint not null,
	requests integer not null,
	units integer not null,
	primary key (organization_id, span, starts_at, caller, endpoint, status, code, speed)
) with (fillfactor = 70);
comment on table private.request_sums is
	'Requests by minutes, hours and days, kept up by the statement that closes them. Minutes are kept for two days, hours for 35, '
	'days for 25 months.';

create table private.request_log_days (
	plan_code text primary key references public.plans (code),
	days integer not null check (days > 0)
);
comment on table private.request_log_days is 'How long a plan keeps the request log.';
insert into private.request_log_days (plan_code, days) values ('free', 7), ('starter', 30), ('pro', 90), ('scale', 365);

-- Adds requests to the sums of their minutes, hours and days, or (by -1) takes them out again.
create function private.sum_requests(rows private.requests[], by integer default 1) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.request_sums as s
		(organization_id, span, starts_at, by_key, caller, endpoint, status, code, speed, requests, units)
	with minutes as (
		select r.organization_id, date_trunc('minute', r.started_at) as at, r.key_id is not null as by_key,
			coalesce(r.key_id, r.user_id) as caller, r.endpoint, r.status, coalesce(r.code, '') as code,
			-- a power of two is a whole number, whatever was rounded on the way
			coalesce(ceil(8 / ln(2::float8) * ln(greatest(r.micros, 1)::float8) - 1e-9), 0) as speed, count(*) as requests, sum(r.units) as units
		from unnest(sum_requests.rows) r
		where r.organization_id is not null and coalesce(r.key_id, r.user_id) is not null
		group by 1, 2, 3, 4, 5, 6, 7, 8
	)
	select m.organization_id, p.span, date_trunc(p.span, m.at, coalesce(o.time_zone, 'UTC')), m.by_key,
		m.caller, m.endpoint, m.status, m.code, m.speed, sum(m.requests) * sum_requests.by, sum(m.units) * sum_requests.by
	from minutes m
	left join public.organizations o on o.id = m.organization_id
	cross join (values ('minute'), ('hour'), ('day')) p (span)
	group by 1, 2, 3, 4, 5, 6, 7, 8, 9
	-- one order for all: nobody waits in a circle
	order by 1, 2, 3, 5, 6, 7, 8, 9
	on conflict (organization_id, span, starts_at, caller, endpoint, status, code, speed) do update
	set requests = s.requests + excluded.requests, units = s.units + excluded.units;
end
$$;

-- How requests ended: [{id, started_at, key_id or user_id, organization_id, endpoint, address, units, status, micros, code, made_kind,
-- made_id, limit: {name, most}}]. Each counts once, however often it is told; one that was given up counts as what it turns out to have
-- been. A person's may be about an organization of theirs. Answers how many were closed.
create function private.close_requests(requests jsonb) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	told constant private.requests[] := array(
		select distinct on (t.id) t from jsonb_populate_recordset(null::private.requests, close_requests.requests) t order by t.id);
	before private.requests[];
	after private.requests[];
begin
	-- a request ends once: nobody gives up meanwhile
	perform pg_advisory_xact_lock_shared(hashtextextended('requests', 0));
	before := array(
		select r from private.requests r
		where r.id = any (array(select t.id from unnest(told) t)) and r.status = 0
		order by r.id
		for update);
	with closed as (
		insert into private.requests as r
			(id, organization_id, key_id, user_id, endpoint, address, units, started_at, status, micros, code, made_kind, made_id)
		select t.id,
			case when t.key_id is not null then t.organization_id else (
				select m.organization_id from public.memberships m
				where m.organization_id = t.organization_id and m.user_id = t.user_id and m.suspended_at is null) end,
			t.key_id, t.user_id, left(t.endpoint, 200), t.address, t.units,
			-- by the function's clock, which may be fast
			least(t.started_at, clock_timestamp()),
			t.status, t.micros, left(t.code, 60), t.made_kind, t.made_id
		from unnest(told) t
		on conflict (id) do update set
			organization_id = excluded.organization_id, started_at = excluded.started_at, status = excluded.status, micros = excluded.micros,
			code = excluded.code, made_kind = excluded.made_kind, made_id = excluded.made_id
		where r.status = 0
		returning r
	)
	select coalesce(array_agg(c.r), '{}') into after from closed c;
	perform private.sum_requests(before, -1);
	perform private.sum_requests(after);
	if close_requests.requests @? '$[*].limit.name' then
		perform private.tell_of_limit(l.organization_id, l.name, l.most)
		from (
			select distinct on (a.organization_id, t -> 'limit' ->> 'name')
				a.organization_id, t -> 'limit' ->> 'name' as name, (t -> 'limit' ->> 'most')::bigint as most
			from jsonb_array_elements(close_requests.requests) t
			join unnest(after) a on a.id = (t ->> 'id')::uuid and a.organization_id is not null
			where jsonb_typeof(t -> 'limit') = 'object'
		) l;
	end if;
	return cardinality(after);
end
$$;

-- Gives up requests of which no end was told for five minutes, which is twice as long as a function may run.
create function private.give_up_requests(at timestamptz default now()) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	lost private.requests[];
begin
	perform pg_advisory_xact_lock(hashtextextended('requests', 0));
	with opened as (
		delete from private.opened_requests o where o.started_at < give_up_requests.at - interval '5 minutes'
		returning o.*
	), given_up as (
		insert into private.requests as r (id, organization_id, key_id, user_id, endpoint, address, units, started_at, status)
		select o.id, coalesce(k.organization_id, o.organization_id), k.id, p.user_id, left(o.endpoint, 200), o.address, o.units, o.started_at, 0
		from opened o
		left join public.api_keys k on o.caller like 'cum%' and k.public_id = split_part(o.caller, '_', 3)
		cross join lateral (
			select case when o.caller like 'user:%' then substr(o.caller, 6)::uuid end as user_id) p
		where coalesce(k.id, p.user_id) is not null
		on conflict (id) do nothing
		returning r
	)
	select coalesce(array_agg(g.r), '{}') into lost from given_up g;
	perform private.sum_requests(lost);
	return cardinality(lost);
end
$$;
select cron.schedule('requests-given-up', '* * * * *', 'select private.give_up_requests()');

-- Removes what is kept no longer, of so many at most: each minute another sixtieth of the organizations.
create function private.prune_requests(at timestamptz default now(), batch integer default 20000) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	removed bigint := 0;
	gone bigint;
	due record;
begin
	for due in
		select d.organization_id,
			private.first_id_at(prune_requests.at - make_interval(days => coalesce(k.days, 7))) as until
		from (
			select o.id as organization_id from public.organizations o
			where abs(hashtext(o.id::text)) % 60 = extract(minute from prune_requests.at)
			union all
			select null
		) d
		left join private.request_log_days k on k.plan_code = (private.plan_of(d.organization_id, prune_requests.at)).code
	loop
		delete from private.requests r
		where r.id in (
			select x.id from private.requests x
			where x.organization_id is not distinct from due.organization_id and x.id < due.until
			order by x.id
			limit batch - removed);
		get diagnostics gone = row_count;
		removed := removed + gone;
		delete from private.request_sums s
		where s.organization_id = due.organization_id and (
			s.span = 'minute' and s.starts_at < prune_requests.at - interval '2 days'
			or s.span = 'hour' and s.starts_at < prune_requests.at - interval '35 days'
			or s.span = 'day' and s.starts_at < prune_requests.at - interval '25 months');
		exit when removed >= batch;
	end loop;
	return removed;
end
$$;
select cron.schedule('requests-kept', '* * * * *', 'select private.prune_requests()');

create function service.close_requests(requests jsonb) returns integer
language plpgsql security invoker set search_path = ''
as $$
begin
	return private.close_requests(requests);
end
$$;
comment on function service.close_requests(jsonb) is
	'How requests ended: [{id, started_at, key_id or user_id, organization_id, endpoint, address, units, status, micros, code, made_kind, '
	'made_id, limit: {name, most}}]; micros: how long they took, in µs. Safe to repeat. Answers how many were not closed before.';

grant execute on function service.close_requests(jsonb), private.close_requests(jsonb) to edge, service_role;
