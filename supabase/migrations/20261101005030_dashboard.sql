-- What people see first: how an organization stands, as far as each may see it. From the days that are counted already, so that it
-- does not matter how many texts there were; lists stand behind every figure.

-- Who has waited longest for an answer, of the conversations about these numbers that are open; null: nobody.
create function private.longest_waiting(organization_id uuid, phone_number_ids uuid[], assignee uuid default null) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
	return (
		select jsonb_build_object('conversation_id', c.id, 'since', c.unanswered_since, 'name', t.name, 'number', t.phone_number)
		from public.conversations c
		join public.contacts t on t.id = c.contact_id and t.blocked_at is null
		where c.organization_id = longest_waiting.organization_id and c.unanswered_since is not null and c.archived_at is null
			and c.phone_number_id = any (phone_number_ids) and c.opted_out_at is null
			and (c.snoozed_until is null or c.snoozed_until <= now())
			and (longest_waiting.assignee is null or c.assignee_id = longest_waiting.assignee)
		order by c.unanswered_since
		limit 1);
end
$$;

-- The conversations that are open to the caller, as api.inbox_counts has them and each counted to a thousand like there, with the
-- numbers that are known already. Out of an index alone: a plan expects few of a large organization and would collect all of them.
create function private.open_conversations(organization_id uuid, phone_number_ids uuid[], caller uuid) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
	team constant uuid[] := private.my_team_conversation_ids();
begin
	return jsonb_build_object(
		'mine', (select count(*) from (
			select from public.conversations c
			where c.organization_id = open_conversations.organization_id and c.archived_at is null
				and c.assignee_id = open_conversations.caller and (c.snoozed_until is null or c.snoozed_until <= now())
				and (c.phone_number_id = any (phone_number_ids) or c.phone_number_id is null and c.id = any (team))
			limit 1000) mine),
		'unassigned', (select count(*) from (
			select from public.conversations c
			where c.organization_id = open_conversations.organization_id and c.archived_at is null and c.assignee_id is null
				and (c.snoozed_until is null or c.snoozed_until <= now()) and c.phone_number_id = any (phone_number_ids)
			limit 1000) unassigned),
		'open', (select count(*) from (
			select from public.conversations c
			where c.organization_id = open_conversations.organization_id and c.archived_at is null
				and (c.snoozed_until is null or c.snoozed_until <= now())
				and (c.phone_number_id = any (phone_number_ids) or c.phone_number_id is null and c.id = any (team))
			limit 1000) open));
end
$$;

-- The texts of these numbers by day, without what a chart does not show: summed out of the index of the days that are counted, and
-- counted out of the texts without their charges where they are not. Otherwise as private.days_of_numbers tells them.
create function private.texts_by_day(organization_id uuid, since date, until date, phone_number_ids uuid[])
returns table (day date, received bigint, sent bigint, sent_segments bigint, delivered bigint, failed bigint)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	live constant date := private.first_live_day(organization_id, since, until);
	zone constant text := (select o.time_zone from public.organizations o where o.id = texts_by_day.organization_id);
	begins constant timestamptz := live::timestamp at time zone zone;
	ends constant timestamptz := (texts_by_day.until + 1)::timestamp at time zone zone;
	-- known to the plan: else it reads everybody's texts of today
	first_id constant uuid := private.first_id_at(begins - interval '1 hour');
	end_id constant uuid := private.first_id_at(ends + interval '1 hour');
begin
	return query
		select s.day, sum(s.received), sum(s.sent), sum(s.sent_segments), sum(s.delivered), sum(s.failed)
		from private.number_days s
		where s.organization_id = texts_by_day.organization_id and s.day >= texts_by_day.since and s.day < live
			and s.day <= texts_by_day.until and s.phone_number_id = any (phone_number_ids)
		group by 1
		union all
		select (m.created_at at time zone zone)::date, count(*) filter (where m.direction = 'inbound'),
			count(*) filter (where m.direction = 'outbound' and m.status in ('sent', 'delivered', 'failed')),
			coalesce(sum(m.segments) filter (where m.direction = 'outbound' and m.status in ('sent', 'delivered', 'failed')), 0)::bigint,
			count(*) filter (where m.status = 'delivered'), count(*) filter (where m.status = 'failed')
		from public.messages m
		where live <= texts_by_day.until and m.organization_id = texts_by_day.organization_id
			and m.carrier is distinct from 'test'
			and m.id >= first_id and m.id < end_id and m.created_at >= begins and m.created_at < ends
			and m.phone_number_id = any (phone_number_ids)
		group by 1;
end
$$;

-- The money, for those who may see it: what is there, what moved it this month, and what will for certain.
create function private.money_now(organization_id uuid, zone text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	month constant tstzrange := private.span_of_month(organization_id, null);
begin
	return jsonb_build_object(
		'month', to_char(now() at time zone zone, 'YYYY-MM'), 'since', lower(month), 'until', upper(month),
		'lines', private.money_moved(money_now.organization_id, lower(month), upper(month)),
		'balance_micros', coalesce((
			select a.balance_micros from public.ledger_accounts a
			where a.organization_id = money_now.organization_id and a.kind = 'wallet'), 0),
		'held_micros', coalesce((
			select a.balance_micros from public.ledger_accounts a
			where a.organization_id = money_now.organization_id and a.kind = 'holds'), 0),
		'renewals_micros', coalesce((
			select sum(n.monthly_micros) from public.phone_numbers n
			where n.organization_id = money_now.organization_id and n.status = 'active' and n.auto_renew and n.ends_at is null
				and n.renews_at > now() and n.renews_at < upper(month)), 0),
		'auto_top_up', (
			select jsonb_build_object('threshold_micros', a.threshold_micros, 'amount_micros', a.amount_micros,
				'rests', a.pause_reason is not null)
			from public.auto_top_ups a where a.organization_id = money_now.organization_id));
end
$$;

-- How late the platform is with what it does for everybody, in seconds: the oldest job whose time has come and that nobody does.
create function private.seconds_late() returns integer
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select extract(epoch from now() - j.run_at)::integer
		from private.jobs j
		where j.completed_at is null and j.parked_at is null and j.run_at <= now() and j.kind = 'send_message'
			and (j.leased_until is null or j.leased_until < now())
		order by j.run_at
		limit 1), 0);
end
$$;

create function private.dashboard(organization_id uuid, days integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('messages:read', dashboard.organization_id);
	mine constant uuid[] := private.my_numbers_of(dashboard.organization_id);
	sees_money constant boolean := dashboard.organization_id = any (private.my_organization_ids_for('billing:read'));
	plan constant public.plans := private.plan_of(dashboard.organization_id);
	zone text;
	today date;
	since date;
begin
	if dashboard.days is null or dashboard.days not in (1, 7, 30, 90) then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	select o.time_zone, (now() at time zone o.time_zone)::date into zone, today
	from public.organizations o where o.id = dashboard.organization_id;
	-- a chart has a week at least
	since := today - 2 * greatest(dashboard.days, 7) + 1;
	return jsonb_build_object(
		'days', dashboard.days, 'today', today, 'time_zone', zone,
		'number_ids', (
			select coalesce(jsonb_agg(n.id order by n.id), '[]') from public.phone_numbers n
			where n.id = any (mine) and n.status <> 'released'),
		'texts', (
			select coalesce(jsonb_agg(to_jsonb(t) - 'sent_segments' order by t.day), '[]')
			from private.texts_by_day(dashboard.organization_id, since, today, mine) t),
		'verifications', (
			select coalesce(jsonb_agg(to_jsonb(t) order by t.day), '[]')
			from (
				select d.day, sum(d.requested) as requested, sum(d.code_received) as code_received, sum(d.missed) as missed
				from private.days_of_verifications(dashboard.organization_id, since, today, mine) d
				group by d.day
			) t),
		'conversations', private.open_conversations(dashboard.organization_id, mine, caller),
		'longest', private.longest_waiting(dashboard.organization_id, mine),
		'longest_mine', private.longest_waiting(dashboard.organization_id, mine, caller),
		'codes_awaited', (
			select jsonb_build_object('count', count(*), 'next_at', min(v.expires_at))
			from public.verifications v
			where v.organization_id = dashboard.organization_id and v.phone_number_id = any (mine) and v.status = 'waiting'),
		'numbers', (
			select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'label', n.label, 'color', n.color, 'status', n.status,
				'renews_at', n.renews_at, 'ends_at', n.ends_at, 'auto_renew', n.auto_renew,
				'monthly_micros', case when sees_money then n.monthly_micros end) order by n.due, n.id), '[]')
			from (
				select n.*, coalesce(n.quarantined_until, n.grace_until, n.renews_at) as due
				from public.phone_numbers n
				where n.id = any (mine) and n.status <> 'released'
					and coalesce(n.quarantined_until, n.grace_until, n.renews_at) < now() + interval '14 days'
				limit 500
			) n),
		'to_register', exists (
			select from public.phone_numbers n
			where n.id = any (mine) and n.status <> 'released' and n.country_code in ('US', 'CA') and n.capabilities ? 'sms'),
		'plan', jsonb_build_object('code', plan.code, 'name', plan.name),
		'limits', (
			select jsonb_agg(to_jsonb(l)) from private.limits_of(dashboard.organization_id) l),
		'money', case when sees_money then private.money_now(dashboard.organization_id, zone) end,
		'first_steps', private.first_steps(dashboard.organization_id, caller),
		'seconds_late', private.seconds_late());
end
$$;

create function api.dashboard(organization_id uuid, days integer default 30) returns jsonb
language sql stable security invoker set search_path = ''
return private.dashboard(organization_id, days);
comment on function api.dashboard(uuid, integer) is
	'How an organization stands, of what the caller may see, over 1, 7, 30 or 90 days with today and as many before (seven at least), '
	'by day of its zone: '
	'{days, today, time_zone, number_ids, texts: [{day, received, sent, delivered, failed}], verifications: [{day, requested, '
	'code_received, missed}], conversations: {mine, unassigned, open}, each to 1,000, longest, longest_mine: who waits longest for an '
	'answer, codes_awaited, numbers: due within 14 days, to_register, plan, limits: [{name, used, most, usual, given_until}], money: '
	'of this month, null for who may not see it, first_steps, seconds_late}. Days without anything are left out. Fails with session_ended, not_found, malformed.';

grant execute on function api.dashboard(uuid, integer), private.dashboard(uuid, integer) to authenticated;
