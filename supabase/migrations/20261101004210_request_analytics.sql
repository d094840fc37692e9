-- What an organization sees of its requests: how many, how quick, what was refused and what all of it cost, up to the minute; and each
-- of them, while the plan keeps the log. From the sums, so that it does not matter how many there were.

-- A period on the organization's clock, and by what it is told: the last hour by minutes, the last 24 hours and 7 days by hours, a
-- month by days. A month is the statement's.
create function private.request_period(
	organization_id uuid, period text, month date, at timestamptz, out span text, out since timestamptz, out until timestamptz
)
language plpgsql stable security definer set search_path = ''
as $$
declare
	zone constant text := (select o.time_zone from public.organizations o where o.id = request_period.organization_id);
	whole tstzrange;
begin
	if request_period.period = 'month' then
		whole := private.span_of_month(request_period.organization_id, request_period.month);
		span := 'day';
		since := lower(whole);
		until := upper(whole);
	elsif request_period.period in ('hour', 'day', 'week') then
		span := case request_period.period when 'hour' then 'minute' else 'hour' end;
		until := date_trunc(span, request_period.at, zone) + ('1 ' || span)::interval;
		since := until - case request_period.period when 'hour' then interval '60 minutes' when 'day' then interval '24 hours'
			else interval '168 hours' end;
	else
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
end
$$;

-- What moved an organization's money between two moments, by reasons: the statement's lines for a time that is not a month. Whole
-- quarters of an hour come from its sums.
create function private.money_moved(organization_id uuid, since timestamptz, until timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return coalesce((
		select jsonb_agg(jsonb_build_object('reason', l.reason, 'transfers', l.transfers, 'amount_micros', l.amount_micros)
			order by l.amount_micros < 0, abs(l.amount_micros) desc, l.reason)
		from (
			select m.reason, sum(m.transfers) as transfers, sum(m.amount_micros) as amount_micros
			from private.money_moves(money_moved.organization_id, money_moved.since, money_moved.until) m
			group by m.reason
		) l), '[]');
end
$$;

-- The middle of what a speed stands for, in µs.
create function private.micros_of_speed(speed smallint) returns integer
language sql immutable set search_path = ''
return round(2 ^ ((speed - 0.5) / 8.0))::integer;

-- Numbers of requests by time, caller, endpoint and all together, with how long they took: half of them, 95 and 99 of 100 at most.
create function private.count_requests(organization_id uuid, span text, since timestamptz, until timestamptz)
returns table (
	kind text, at timestamptz, caller uuid, by_key boolean, endpoint text, requests bigint, units bigint, refused bigint,
	limited bigint, failed bigint, lost bigint, p50 integer, p95 integer, p99 integer
)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		with counted as (
			select case grouping(s.starts_at, s.caller, s.endpoint) when 7 then 'all' when 3 then 'time' when 5 then 'caller'
					else 'endpoint' end as kind,
				s.starts_at, s.caller, s.by_key, s.endpoint, s.speed, sum(s.requests) as requests, sum(s.units) as units,
				sum(s.requests) filter (where s.status between 400 and 499 and s.status <> 429) as refused,
				sum(s.requests) filter (where s.status = 429) as limited,
				sum(s.requests) filter (where s.status >= 500) as failed,
				sum(s.requests) filter (where s.status = 0) as lost
			from private.request_sums s
			where s.organization_id = count_requests.organization_id and s.span = count_requests.span
				and s.starts_at >= count_requests.since and s.starts_at < count_requests.until
			group by grouping sets ((s.speed), (s.starts_at, s.speed), (s.caller, s.by_key, s.speed), (s.endpoint, s.speed))
		), placed as (
			select c.*,
				sum(c.requests) filter (where c.speed > 0) over (w order by c.speed) as upto,
				sum(c.requests) filter (where c.speed > 0) over w as timed
			from counted c
			window w as (partition by c.kind, c.starts_at, c.caller, c.by_key, c.endpoint)
		)
		select p.kind, p.starts_at, p.caller, p.by_key, p.endpoint, sum(p.requests)::bigint, sum(p.units)::bigint,
			coalesce(sum(p.refused), 0)::bigint, coalesce(sum(p.limited), 0)::bigint, coalesce(sum(p.failed), 0)::bigint,
			coalesce(sum(p.lost), 0)::bigint,
			private.micros_of_speed(min(p.speed) filter (where p.speed > 0 and p.upto >= 0.5 * p.timed)),
			private.micros_of_speed(min(p.speed) filter (where p.speed > 0 and p.upto >= 0.95 * p.timed)),
			private.micros_of_speed(min(p.speed) filter (where p.speed > 0 and p.upto >= 0.99 * p.timed))
		from placed p
		group by 1, 2, 3, 4, 5
		having sum(p.requests) > 0;
end
$$;

create function private.request_analytics(organization_id uuid, period text, month date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	asked record;
	at constant timestamptz := clock_timestamp();
begin
	perform private.require('keys:manage', request_analytics.organization_id);
	select * into asked from private.request_period(request_analytics.organization_id, request_analytics.period,
		request_analytics.month, at);
	return (
		with counted as materialized (
			select c.* from private.count_requests(request_analytics.organization_id, asked.span, asked.since, asked.until) c
		), told as (
			select c.*, to_jsonb(c) - '{kind, at, caller, by_key, endpoint}'::text[] as figures from counted c
		)
		select jsonb_build_object(
			'period', request_analytics.period, 'span', asked.span, 'since', asked.since, 'until', asked.until,
			'at', at, 'time_zone', o.time_zone,
			'month', to_char(asked.since at time zone o.time_zone, 'YYYY-MM'),
			'this_month', to_char(at at time zone o.time_zone, 'YYYY-MM'),
			'first_month', to_char(o.created_at at time zone o.time_zone, 'YYYY-MM'),
			'log_days', (
				select d.days from private.request_log_days d
				where d.plan_code = (private.plan_of(request_analytics.organization_id)).code),
			'all', coalesce((select t.figures from told t where t.kind = 'all'), none.figures),
			'times', (
				select jsonb_agg(coalesce(t.figures, none.figures) || jsonb_build_object('at', g.at) order by g.at)
				from generate_series(asked.since, least(asked.until - interval '1 microsecond', at), ('1 ' || asked.span)::interval,
					o.time_zone) g (at)
				left join told t on t.kind = 'time' and t.at = g.at),
			'callers', coalesce((
				select jsonb_agg(t.figures || jsonb_build_object('id', t.caller, 'by_key', t.by_key,
						'name', case when t.by_key then k.name else coalesce(p.full_name, p.username) end,
						'prefix', 'cum_' || k.mode::text || '_' || k.public_id)
					order by t.requests desc, t.caller)
				from (select * from told where kind = 'caller' order by requests desc, caller limit 50) t
				left join public.api_keys k on k.id = t.caller and k.organization_id = request_analytics.organization_id
				left join public.profiles p on p.id = t.caller and not t.by_key), '[]'),
			'endpoints', coalesce((
				select jsonb_agg(t.figures || jsonb_build_object('endpoint', t.endpoint) order by t.requests desc, t.endpoint)
				from (select * from told where kind = 'endpoint' order by requests desc, endpoint limit 50) t), '[]'),
			'errors', coalesce((
				select jsonb_agg(to_jsonb(e) order by e.requests desc, e.status, e.code)
				from (
					select s.status, s.code, sum(s.requests) as requests
					from private.request_sums s
					where s.organization_id = request_analytics.organization_id and s.span = asked.span
						and s.starts_at >= asked.since and s.starts_at < asked.until and (s.status >= 400 or s.status = 0)
					group by s.status, s.code
					having sum(s.requests) > 0
				) e), '[]'),
			'turned_away', coalesce((
				select jsonb_agg(to_jsonb(r) order by r.requests desc, r.reason)
				from (
					select f.reason, count(*) as requests, max(f.created_at) as last_at
					from public.api_key_refusals f
					where f.organization_id = request_analytics.organization_id
						and f.id >= private.first_id_at(asked.since) and f.id < private.first_id_at(asked.until)
					group by f.reason
				) r), '[]'),
			'costs', private.money_moved(request_analytics.organization_id, asked.since, asked.until))
		from public.organizations o
		cross join (
			select jsonb '{"requests": 0, "units": 0, "refused": 0, "limited": 0, "failed": 0, "lost": 0,
				"p50": null, "p95": null, "p99": null}'
		) none (figures)
		where o.id = request_analytics.organization_id);
end
$$;

-- The log itself, newest first. What a request cost is what became of what it made.
create function private.request_log(
	organization_id uuid, caller uuid, pattern text, outcome text, since timestamptz, until timestamptz, request_id uuid, before_id uuid,
	batch integer
) returns table (
	id uuid, started_at timestamptz, endpoint text, key_id uuid, user_id uuid, caller_name text, address text, status smallint, code text,
	micros integer, units integer, made_kind text, made_id uuid, cost_micros bigint
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
	perform private.require('keys:manage', request_log.organization_id);
	return query
		select r.id, r.started_at, r.endpoint, r.key_id, r.user_id, coalesce(k.name, p.full_name, p.username), host(r.address),
			r.status, r.code, r.micros, r.units, r.made_kind, r.made_id, coalesce(c.charged_micros, b.monthly_micros + b.setup_micros)
		from (
			select r.* from private.requests r
			where r.organization_id = request_log.organization_id
				and (request_log.request_id is null or r.id = request_log.request_id)
				and (request_log.before_id is null or r.id < request_log.before_id)
				and (request_log.since is null or r.id >= private.first_id_at(request_log.since))
				and (request_log.until is null or r.id < private.first_id_at(request_log.until))
				and (request_log.caller is null or request_log.caller in (r.key_id, r.user_id))
				and (request_log.pattern is null or r.endpoint = request_log.pattern)
				and case request_log.outcome
					when 'done' then r.status between 200 and 399
					when 'refused' then r.status between 400 and 499 and r.status <> 429
					when 'limited' then r.status = 429
					when 'failed' then r.status >= 500
					when 'lost' then r.status = 0
					else true
				end
			order by r.id desc
			limit least(greatest(coalesce(request_log.batch, 50), 1), 1000)
		) r
		left join public.api_keys k on k.id = r.key_id and k.organization_id = r.organization_id
		left join public.profiles p on p.id = r.user_id
		left join public.scheduled_messages s on r.made_kind = 'scheduled_message' and s.id = r.made_id
			and s.organization_id = r.organization_id
		left join public.text_charges c on c.message_id = case r.made_kind when 'message' then r.made_id else s.message_id end
			and c.organization_id = r.organization_id
		left join public.number_orders b on r.made_kind = 'number_order' and b.id = r.made_id
			and b.organization_id = r.organization_id and b.status = 'active'
		order by r.id desc;
end
$$;

create function api.request_analytics(organization_id uuid, period text default 'day', month date default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.request_analytics(organization_id, period, month);
comment on function api.request_analytics(uuid, text, date) is
	'An organization''s requests of the last hour (by minutes), day or week (by hours), or of a month (by days) on its own clock: all, '
	'times, callers, endpoints with {requests, units, refused, limited, failed, lost, p50, p95, p99: µs}, errors, who was turned away, '
	'and costs: what moved its money then, in 10⁻⁶ USD, for a month the statement''s lines. Fails with not_found, not_allowed, malformed.';

create function api.request_log(
	organization_id uuid, caller uuid default null, pattern text default null, outcome text default null,
	since timestamptz default null, until timestamptz default null, request_id uuid default null, before_id uuid default null,
	batch integer default 50
) returns table (
	id uuid, started_at timestamptz, endpoint text, key_id uuid, user_id uuid, caller_name text, address text, status smallint, code text,
	micros integer, units integer, made_kind text, made_id uuid, cost_micros bigint
)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.request_log(organization_id, caller, pattern, outcome, since, until, request_id, before_id, batch);
end;
comment on function api.request_log(uuid, uuid, text, text, timestamptz, timestamptz, uuid, uuid, integer) is
	'An organization''s requests, newest first, at most 1,000 at a time; before_id is the last one of the page before. caller: a key or '
	'person; pattern: an endpoint. outcome: done, refused, limited, failed or lost. status: null while it is under way, 0 where nobody knows how it ended. micros: '
	'how long it took, in µs; cost_micros: of the text or number it made, in 10⁻⁶ USD. Fails with not_found, not_allowed.';

grant execute on function
	api.request_analytics(uuid, text, date), private.request_analytics(uuid, text, date),
	api.request_log(uuid, uuid, text, text, timestamptz, timestamptz, uuid, uuid, integer),
	private.request_log(uuid, uuid, text, text, timestamptz, timestamptz, uuid, uuid, integer)
to authenticated;
