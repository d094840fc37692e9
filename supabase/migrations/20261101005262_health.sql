-- How the platform's parts are: looked at every minute by the worker, summed up by days for the public status page.

create table private.health_checks (
	part text not null check (part in ('app', 'database', 'functions', 'realtime', 'carrier', 'payments', 'queue', 'text')),
	checked_at timestamptz not null default now(),
	-- how long it took; null where there was no answer, or nothing to measure
	ms integer check (ms >= 0),
	-- what was wrong, in words; null: it is well
	says text check (char_length(says) between 1 and 300),
	primary key (part, checked_at)
);
comment on table private.health_checks is 'Each look at a part of the platform, and what was wrong with it, for two days.';

create table private.health_days (
	part text not null,
	-- of UTC
	day date not null,
	good integer not null default 0,
	bad integer not null default 0,
	p95_ms integer,
	primary key (part, day)
);
comment on table private.health_days is
	'How many looks at a part found it well on a day, and how many not; kept for 13 months. p95_ms is known ten minutes later.';

alter table private.health_checks enable row level security;
alter table private.health_days enable row level security;

-- For how long nobody may have looked before that itself is a failure, and how long a job may wait.
create function private.health_limits(out silence interval, out longest_lag integer)
language sql immutable set search_path = ''
return (interval '150 seconds', 120);

-- Writes down how parts are: [{part, ms, says}]. Minutes in which nobody looked were bad ones of the functions, whose worker does it:
-- that is how an outage is remembered that took the one who writes along.
create function private.note_health(checks jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	today constant date := (now() at time zone 'UTC')::date;
	silent constant interval := now() - (select max(c.checked_at) from private.health_checks c where c.part = 'functions');
begin
	with looked as (
		insert into private.health_checks (part, checked_at, ms, says)
		select c ->> 'part', now(), (c ->> 'ms')::integer, left(nullif(c ->> 'says', ''), 300)
		from jsonb_array_elements(note_health.checks) c
		on conflict (part, checked_at) do nothing
		returning part, says
	)
	insert into private.health_days as d (part, day, good, bad)
	select l.part, today, (l.says is null)::integer,
		(l.says is not null)::integer
			+ case when l.part = 'functions' and silent > (private.health_limits()).silence
				then least(extract(epoch from silent)::integer / 60 - 1, 1440) else 0 end
	from looked l
	on conflict (part, day) do update set good = d.good + excluded.good, bad = d.bad + excluded.bad;
end
$$;

-- The same, with how long the oldest job has waited.
create function private.record_health(checks jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	lag constant integer := private.queue_depth() ->> 'oldest_seconds';
begin
	perform private.note_health(checks || jsonb_build_object('part', 'queue', 'ms', lag * 1000, 'says',
		case when lag > (private.health_limits()).longest_lag then format('The oldest job has waited for %s s.', lag) end));
end
$$;

-- One look at a time; what was done an hour ago is forgotten. Six times an hour the days' p95 are found, and the old let go.
create function private.schedule_health() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.jobs j where j.kind = 'check_health' and j.completed_at < now() - interval '1 hour';
	if not exists (
		select from private.jobs j where j.kind = 'check_health' and j.completed_at is null and j.parked_at is null)
	then
		insert into private.jobs (kind, queue_key, max_attempts) values ('check_health', 'check_health', 1000000);
	end if;

	if extract(minute from now()) % 10 = 9 then
		update private.health_days d set p95_ms = c.p95_ms
		from (
			select c.part, (c.checked_at at time zone 'UTC')::date as day,
				percentile_disc(0.95) within group (order by c.ms) as p95_ms
			from private.health_checks c
			where c.ms is not null
			group by 1, 2
		) c
		where d.part = c.part and d.day = c.day and d.day > (now() at time zone 'UTC')::date - 2;
		delete from private.health_checks c where c.checked_at < now() - interval '2 days';
		delete from private.health_days d where d.day < now() - interval '13 months';
	end if;
end
$$;
create index jobs_check_health on private.jobs (completed_at) where kind = 'check_health';

select cron.schedule('health', '* * * * *', 'select private.schedule_health()');

-- Each part as it was found last: {part, checked_at, ms, says, state}; state: well, failing (twice in a row), shaky (once), or
-- unknown, where nobody has looked for a while.
create function private.health_of_parts() returns table (part text, checked_at timestamptz, ms integer, says text, state text)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select p.part, l.checked_at, l.ms, l.says,
			case when l.checked_at is null or l.checked_at < now() - (private.health_limits()).silence * case p.part when 'text' then 4 else 1 end
					then 'unknown'
				when l.says is null then 'well'
				when b.says is null then 'shaky'
				else 'failing' end
		from unnest(array['app', 'database', 'functions', 'realtime', 'carrier', 'payments', 'queue', 'text']) with ordinality p (part, place)
		left join lateral (
			select c.checked_at, c.ms, c.says from private.health_checks c
			where c.part = p.part
			order by c.checked_at desc
			limit 1
		) l on true
		left join lateral (
			select c.says from private.health_checks c
			where c.part = p.part and c.checked_at < l.checked_at
			order by c.checked_at desc
			limit 1
		) b on true
		order by p.place;
end
$$;

-- What everybody may know: how the parts are now and were on each of 90 days (UTC), and what operators say of it in public. No
-- tenant, no provider's words, no number.
create function private.status() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	today constant date := (now() at time zone 'UTC')::date;
begin
	return jsonb_build_object(
		'at', now(),
		'today', today,
		'parts', (
			select jsonb_agg(jsonb_build_object('part', p.part, 'state', p.state, 'days', coalesce((
				select jsonb_agg(jsonb_build_array(today - d.day, d.good, d.bad) order by d.day)
				from private.health_days d
				where d.part = p.part and d.day > today - 90), '[]')))
			from private.health_of_parts() p),
		'notices', coalesce((
			select jsonb_agg(jsonb_build_object('level', n.level, 'says', n.says, 'starts_at', n.starts_at, 'ends_at', n.ends_at)
				order by n.starts_at desc)
			from private.notices n where n.is_public), '[]'),
		'announced', coalesce((
			select jsonb_agg(jsonb_build_object('level', a.level, 'says', a.says, 'starts_at', a.starts_at,
				'ends_at', least(a.ends_at, a.withdrawn_at)) order by a.starts_at desc)
			from private.announcements a
			-- one that was taken back before it began was none
			where a.is_public and a.ends_at > now() - interval '90 days' and a.starts_at < now() + interval '90 days'
				and (a.withdrawn_at is null or a.withdrawn_at > a.starts_at)
				and not (a.starts_at <= now() and a.ends_at > now() and a.withdrawn_at is null)), '[]'));
end
$$;

create function api.status() returns jsonb
language sql stable security invoker set search_path = ''
return private.status();
comment on function api.status() is
	'How the platform is, for everybody: {at, today, parts: [{part, state: well, shaky, failing or unknown, days: [[days ago, good looks, '
	'bad looks]] of 90}], notices: what is said in public now, announced: what was, or will be}.';

create function service.record_health(checks jsonb) returns void
language sql security invoker set search_path = ''
return private.record_health(checks);
comment on function service.record_health(jsonb) is
	'Writes down how parts of the platform are: [{part, ms, says: what is wrong, null where it is well}].';

grant execute on function service.record_health(jsonb), private.record_health(jsonb) to edge, service_role;
grant execute on function api.status(), private.status() to anon, authenticated;
