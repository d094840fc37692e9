-- Signs of abuse, by organization: how much it sends against its own past and its plan, who wants no more, what carriers filter, whom
-- nobody reaches, how many are new. Counted every five minutes for those who sent anything within a day.

create table private.abuse_rules (
	signal text not null check (signal in ('velocity', 'opt_outs', 'filtered', 'unreachable', 'new_recipients')),
	step text not null check (step in ('watch', 'slow', 'hold')),
	-- velocity: how many times its usual hour; the others: percent of what it sent within a day
	value numeric not null check (value > 0),
	-- and so many of them at least
	least integer not null check (least > 0),
	-- what its owners read where the rule itself slows it down; null: it only proposes
	message text,
	primary key (signal, step, value),
	check (message is null or step = 'slow')
);
comment on table private.abuse_rules is
	'From when on a signal speaks for a step. With a message it slows an organization down by itself, for a day: no rule does more.';
insert into private.abuse_rules (signal, step, value, least, message) values
	('velocity', 'watch', 5, 200, null),
	('velocity', 'slow', 20, 1000, null),
	('opt_outs', 'watch', 2, 5, null),
	('opt_outs', 'slow', 5, 15, null),
	('opt_outs', 'slow', 10, 40,
		'More than one in ten of the people you texted today answered STOP. Texts go out slower until a person here has looked at it.'),
	('filtered', 'watch', 1, 5, null),
	('filtered', 'slow', 3, 20, null),
	('filtered', 'slow', 10, 60,
		'Carriers held back more than one in ten of your texts of today as unwanted. Texts go out slower until a person here has looked at it.'),
	('filtered', 'hold', 15, 100, null),
	('unreachable', 'watch', 15, 30, null),
	('unreachable', 'slow', 35, 100, null),
	('new_recipients', 'watch', 70, 300, null),
	('new_recipients', 'slow', 90, 1500, null);

create table private.abuse_signals (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	-- texts of the last hour and of the last 24, and of a usual day: of its last 28, or as many as its plan includes
	sent_hour integer not null,
	sent integer not null,
	usual_day integer not null,
	opted_out integer not null,
	filtered integer not null,
	unreachable integer not null,
	failed integer not null,
	-- the first text to somebody
	new_recipients integer not null,
	-- [{signal, step, value, many}], the furthest step of each
	findings jsonb not null,
	proposed text check (proposed in ('watch', 'slow', 'hold')),
	-- sent on the 28 days before usual_on, of which those before counted_until were counted: as long as neither moves, it is that many
	sent_before bigint not null,
	usual_on date not null,
	counted_until date
);
create table private.abuse_count (
	alone boolean primary key default true check (alone),
	counted_at timestamptz not null
);
comment on table private.abuse_signals is
	'What an organization sent within 24 hours, the signs of abuse in it, and the step that they speak for.';
comment on table private.abuse_count is 'When private.abuse_signals were last counted.';
create index abuse_signals_most on private.abuse_signals (sent desc, organization_id desc);
create index abuse_signals_proposed on private.abuse_signals (sent desc, organization_id desc) where proposed is not null;

alter table private.abuse_rules enable row level security;
alter table private.abuse_signals enable row level security;
alter table private.abuse_count enable row level security;

-- who wants no more since yesterday, whoever it was told
create index opt_outs_lately on public.opt_outs (opted_out_at);

-- The measures by organization, each read once for all: one range of the messages' ids, one of the opt-outs, and days that are counted
-- already, which are summed when another one is.
create function private.measure_abuse(at timestamptz)
returns table (
	organization_id uuid, sent_hour integer, sent integer, usual_day integer, opted_out integer, filtered integer, unreachable integer,
	failed integer, new_recipients integer, sent_before bigint, usual_on date, counted_until date
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	today constant date := measure_abuse.at::date;
	day_ago constant uuid := private.first_id_at(measure_abuse.at - interval '1 day');
	hour_ago constant uuid := private.first_id_at(measure_abuse.at - interval '1 hour');
	free constant integer := (select p.included_segments from public.plans p where p.code = 'free');
begin
	return query
		with lately as materialized (
			select m.organization_id,
				(count(*) filter (where m.id >= hour_ago))::integer as sent_hour,
				count(*)::integer as sent,
				(count(*) filter (where m.error_code in ('30007', '30034', '30038')))::integer as filtered,
				(count(*) filter (where m.error_code in ('30003', '30005', '30006', '21211', '21614')))::integer as unreachable,
				(count(*) filter (where m.status = 'failed'))::integer as failed,
				(count(*) filter (where m.seq = 1))::integer as new_recipients
			from public.messages m
			where m.id >= day_ago and m.direction = 'outbound'
				and m.status <> 'cancelled' and m.phone_number_id is not null and m.carrier is distinct from 'test'
			group by m.organization_id
		), plans as (
			select distinct on (h.organization_id) h.organization_id, p.included_segments
			from private.held_plans h
			join public.plans p on p.code = h.plan_code
			where h.until > measure_abuse.at
			order by h.organization_id, p.place desc
		), stopped as (
			select o.organization_id, count(*)::integer as people
			from public.opt_outs o
			where o.opted_out_at > measure_abuse.at - interval '1 day' and o.source in ('keyword', 'carrier')
			group by o.organization_id
		), days as (
			select l.organization_id, u.counted_until, coalesce(s.sent_before, (
				select sum(d.sent) from private.number_days d
				where d.organization_id = l.organization_id and d.day > today - 29 and d.day < today), 0) as sent_before
			from lately l
			left join private.usage_counts u on u.organization_id = l.organization_id
			left join private.abuse_signals s
				on s.organization_id = l.organization_id and s.usual_on = today and s.counted_until is not distinct from u.counted_until
		)
		select l.organization_id, l.sent_hour, l.sent,
			greatest(d.sent_before / 28, coalesce(g.value, p.included_segments, free) / 28, 24)::integer, coalesce(s.people, 0),
			l.filtered, l.unreachable, l.failed, l.new_recipients, d.sent_before, today, d.counted_until
		from lately l
		join days d on d.organization_id = l.organization_id
		left join plans p on p.organization_id = l.organization_id
		left join private.limit_overrides g
			on g.organization_id = l.organization_id and g.name = 'segments' and g.until > measure_abuse.at
		left join stopped s on s.organization_id = l.organization_id;
end
$$;

-- Where several signals speak for slowing down, they speak for more.
create function private.proposed_step(findings jsonb) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select case when count(*) filter (where f.step = 'hold') > 0 or count(*) filter (where f.step = 'slow') > 1 then 'hold'
			when count(*) filter (where f.step = 'slow') > 0 then 'slow' when count(*) > 0 then 'watch' end
		from jsonb_to_recordset(findings) f (step text));
end
$$;

-- Counts anew, and slows down where a rule is as clear as that: whoever is known to us, or whom a person let go on, it leaves alone.
create function private.count_abuse(at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	clear record;
begin
	if not pg_try_advisory_xact_lock(hashtextextended('count_abuse', 0)) then
		return;
	end if;
	with measured as materialized (
		select m.* from private.measure_abuse(count_abuse.at) m
	), found as (
		-- the furthest step of each signal
		select distinct on (m.organization_id, r.signal) m.organization_id, r.signal, r.step, round(s.value, 1) as value, s.many, r.message
		from measured m
		-- a usual hour: an eighth of a usual day
		cross join lateral (values
			('velocity', 8.0 * m.sent_hour / m.usual_day, m.sent_hour),
			('opt_outs', 100.0 * m.opted_out / m.sent, m.opted_out),
			('filtered', 100.0 * m.filtered / m.sent, m.filtered),
			('unreachable', 100.0 * m.unreachable / m.sent, m.unreachable),
			('new_recipients', 100.0 * m.new_recipients / m.sent, m.new_recipients)
		) s (signal, value, many)
		join private.abuse_rules r on r.signal = s.signal and s.value >= r.value and s.many >= r.least
		order by m.organization_id, r.signal, array_position('{watch,slow,hold}', r.step) desc, r.value desc
	), judged as (
		select f.organization_id, jsonb_agg(to_jsonb(f) - 'organization_id' order by f.signal) as findings from found f group by 1
	), gone as (
		delete from private.abuse_signals s where not exists (select from measured m where m.organization_id = s.organization_id)
	)
	insert into private.abuse_signals as s (organization_id, sent_hour, sent, usual_day, opted_out, filtered, unreachable, failed,
		new_recipients, findings, proposed, sent_before, usual_on, counted_until)
	select m.organization_id, m.sent_hour, m.sent, m.usual_day, m.opted_out, m.filtered, m.unreachable, m.failed, m.new_recipients,
		coalesce(j.findings, '[]'), case when j.findings is not null then private.proposed_step(j.findings) end, m.sent_before, m.usual_on,
		m.counted_until
	from measured m
	left join judged j on j.organization_id = m.organization_id
	on conflict (organization_id) do update
	set sent_hour = excluded.sent_hour, sent = excluded.sent, usual_day = excluded.usual_day, opted_out = excluded.opted_out,
		filtered = excluded.filtered, unreachable = excluded.unreachable, failed = excluded.failed,
		new_recipients = excluded.new_recipients, findings = excluded.findings, proposed = excluded.proposed,
		sent_before = excluded.sent_before, usual_on = excluded.usual_on, counted_until = excluded.counted_until
	where s is distinct from excluded;
	insert into private.abuse_count as c (counted_at) values (count_abuse.at)
	on conflict (alone) do update set counted_at = excluded.counted_at;

	for clear in
		select s.organization_id, f.signal, f.value, f.message
		from private.abuse_signals s
		cross join lateral (
			select f.* from jsonb_to_recordset(s.findings) f (signal text, value numeric, message text)
			where f.message is not null order by f.value desc limit 1) f
		where s.proposed in ('slow', 'hold')
			and not exists (select from private.verified_organizations v where v.organization_id = s.organization_id)
			and not exists (
				select from private.throttles t
				where t.organization_id = s.organization_id and t.until > now() and t.step <> 'watch')
		order by s.organization_id
	loop
		insert into private.operator_log (role, verb, reason, object_kind, object_id, organization_id, details)
		values ('rule', 'organization.throttled', 'The rule ' || clear.signal || ' found ' || clear.value || ' percent', 'organization',
			clear.organization_id::text, clear.organization_id, jsonb_build_object('step', 'slow', 'percent', 20));
		perform private.set_throttle(row(clear.organization_id, 'slow', 20, clear.message, true, now() + interval '1 day', now())::private.throttles);
	end loop;
end
$$;
select cron.schedule('abuse-signals', '* * * * *', 'select private.count_abuse() where extract(minute from now())::integer % 5 = 0');

-- Fifty organizations, those that sent most first, on from where another answer ended (sent, id). `shown`: all, proposed, throttled.
-- Figures only: to look at anything of theirs, one says why.
create function private.operator_abuse(session text, shown text, before_sent integer, before_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return coalesce((
		select jsonb_agg(to_jsonb(a) order by a.sent desc, a.id desc)
		from (
			select o.id, o.name, o.slug, o.suspended_at is not null as suspended, (private.plan_of(o.id)).name as plan,
				coalesce(s.sent, 0) as sent, coalesce(s.sent_hour, 0) as sent_hour, s.usual_day, coalesce(s.opted_out, 0) as opted_out,
				coalesce(s.filtered, 0) as filtered, coalesce(s.unreachable, 0) as unreachable, coalesce(s.failed, 0) as failed,
				coalesce(s.new_recipients, 0) as new_recipients, s.proposed,
				case when s.organization_id is not null then (select c.counted_at from private.abuse_count c) end as counted_at,
				(select coalesce(jsonb_agg(f - 'message'), '[]') from jsonb_array_elements(s.findings) f) as findings,
				case when t.step is not null then jsonb_build_object('step', t.step, 'percent', t.percent, 'until', t.until, 'by_rule', t.by_rule)
					end as throttle
			from private.abuse_signals s
			full join (select t.* from private.throttles t where t.until > now()) t using (organization_id)
			join public.organizations o on o.id = coalesce(s.organization_id, t.organization_id)
			where (shown = 'all' or shown = 'proposed' and s.proposed is not null or shown = 'throttled' and t.step <> 'free')
				and (before_sent is null or (coalesce(s.sent, 0), o.id) < (before_sent, before_id))
			order by coalesce(s.sent, 0) desc, o.id desc
			limit 50
		) a), '[]');
end
$$;

create function service.operator_abuse(
	session text, shown text, before_sent integer default null, before_id uuid default null
) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_abuse(session, shown, before_sent, before_id);
comment on function service.operator_abuse(text, text, integer, uuid) is
	'Fifty organizations with the signs of abuse in what they sent within 24 hours, those that sent most first: all, those with a step '
	'proposed, or those throttled.';

grant execute on function
	service.operator_abuse(text, text, integer, uuid), private.operator_abuse(text, text, integer, uuid)
to service_role;
