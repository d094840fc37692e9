-- What an organization used, as its page about it and its files tell: by number, person and key between two days, and month by month.
-- The same days as everywhere else; its money are the statement's lines.

create function private.usage_figures(organization_id uuid, since date, until date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('messages:read', usage_figures.organization_id);
	mine constant uuid[] := private.my_numbers_of(usage_figures.organization_id);
	sees_money constant boolean := usage_figures.organization_id = any (private.my_organization_ids_for('billing:read'));
	sees_keys constant boolean := usage_figures.organization_id = any (private.my_organization_ids_for('keys:manage'));
	zone text;
	today date;
	founded date;
begin
	if usage_figures.since is null or usage_figures.until is null or usage_figures.until - usage_figures.since not between 0 and 92 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	select o.time_zone, (now() at time zone o.time_zone)::date, (o.created_at at time zone o.time_zone)::date
	into zone, today, founded
	from public.organizations o where o.id = usage_figures.organization_id;
	return jsonb_build_object(
		'since', usage_figures.since, 'until', usage_figures.until, 'today', today, 'founded', founded, 'time_zone', zone,
		'numbers', (
			select coalesce(jsonb_agg(to_jsonb(u) order by u.sent + u.received desc, u.label, u.id), '[]')
			from (
				select n.id, n.e164, n.label, n.color, n.released_at is not null as released,
					coalesce(t.received, 0) as received, coalesce(t.received_segments, 0) as received_segments,
					coalesce(t.sent, 0) as sent, coalesce(t.sent_segments, 0) as sent_segments,
					coalesce(t.delivered, 0) as delivered, coalesce(t.failed, 0) as failed,
					case when sees_money then coalesce(t.micros, 0) end as micros,
					coalesce(v.requested, 0) as requested, coalesce(v.code_received, 0) as code_received,
					coalesce(v.missed, 0) as missed
				from public.phone_numbers n
				left join (
					select d.phone_number_id, sum(d.received) as received, sum(d.received_segments) as received_segments,
						sum(d.sent) as sent, sum(d.sent_segments) as sent_segments, sum(d.delivered) as delivered,
						sum(d.failed) as failed, sum(d.micros) as micros
					from private.days_of_numbers(usage_figures.organization_id, usage_figures.since, usage_figures.until, mine) d
					group by 1
				) t on t.phone_number_id = n.id
				left join (
					select d.phone_number_id, sum(d.requested) as requested, sum(d.code_received) as code_received,
						sum(d.missed) as missed
					from private.days_of_verifications(usage_figures.organization_id, usage_figures.since, usage_figures.until, mine) d
					group by 1
				) v on v.phone_number_id = n.id
				where n.id = any (mine) and (n.released_at is null or t.phone_number_id is not null or v.phone_number_id is not null)
			) u),
		'callers', (
			select coalesce(jsonb_agg(to_jsonb(c) order by c.sent + c.requested + coalesce(c.requests, 0) desc, c.id), '[]')
			from (
				select u.actor as id, u.by_key,
					case when not u.by_key then coalesce(p.full_name, p.username) when sees_keys then k.name end as name,
					sum(u.sent) as sent, sum(u.sent_segments) as sent_segments, sum(u.requested) as requested,
					sum(u.code_received) as code_received, case when sees_money then sum(u.requests) end as requests
				from (
					select d.by_key, d.actor, d.sent, d.sent_segments, 0 as requested, 0 as code_received, 0 as requests
					from private.texts_by_sender(usage_figures.organization_id, usage_figures.since, usage_figures.until, mine) d
					union all
					select d.by_key, d.actor, 0, 0, d.requested, d.code_received, 0
					from private.days_of_verifications(usage_figures.organization_id, usage_figures.since, usage_figures.until, mine) d
					union all
					select d.by_key, d.caller, 0, 0, 0, 0, d.requests
					from private.days_of_requests(usage_figures.organization_id, usage_figures.since, usage_figures.until) d
					where sees_money
				) u
				left join public.profiles p on p.id = u.actor and not u.by_key
				left join public.api_keys k on k.id = u.actor and u.by_key and k.organization_id = usage_figures.organization_id
				group by 1, 2, 3
			) c),
		'money', case when sees_money then private.money_moved(usage_figures.organization_id,
			usage_figures.since::timestamp at time zone zone, (usage_figures.until + 1)::timestamp at time zone zone) end,
		'plan', (private.plan_of(usage_figures.organization_id)).code,
		'caps', private.caps_of(usage_figures.organization_id, sees_money),
		'requests_per_minute', private.requests_per_minute(usage_figures.organization_id),
		'limits', (select jsonb_agg(to_jsonb(l)) from private.limits_of(usage_figures.organization_id) l));
end
$$;

-- The last 24 calendar months, the one under way first; those before the organization was there are not.
create function private.usage_months(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('messages:read', usage_months.organization_id);
	mine constant uuid[] := private.my_numbers_of(usage_months.organization_id);
	sees_money constant boolean := usage_months.organization_id = any (private.my_organization_ids_for('billing:read'));
	zone text;
	today date;
	since date;
begin
	select o.time_zone, (now() at time zone o.time_zone)::date, date_trunc('month', greatest(o.created_at at time zone o.time_zone,
		date_trunc('month', now() at time zone o.time_zone) - interval '23 months'))::date
	into zone, today, since
	from public.organizations o where o.id = usage_months.organization_id;
	return (
		select coalesce(jsonb_agg(jsonb_build_object('month', to_char(m.first, 'YYYY-MM'),
			'received', coalesce(t.received, 0), 'sent', coalesce(t.sent, 0), 'sent_segments', coalesce(t.sent_segments, 0),
			'requested', coalesce(v.requested, 0), 'requests', case when sees_money then coalesce(r.requests, 0) end,
			'money', case when sees_money then coalesce(l.lines, '[]') end) order by m.first desc), '[]')
		from (select g::date as first from generate_series(since, today, interval '1 month') g) m
		left join (
			select date_trunc('month', d.day)::date as first, sum(d.received) as received, sum(d.sent) as sent,
				sum(d.sent_segments) as sent_segments
			from private.texts_by_day(usage_months.organization_id, since, today, mine) d group by 1
		) t on t.first = m.first
		left join (
			select date_trunc('month', d.day)::date as first, sum(d.requested) as requested
			from private.days_of_verifications(usage_months.organization_id, since, today, mine) d group by 1
		) v on v.first = m.first
		left join (
			select date_trunc('month', d.day)::date as first, sum(d.requests) as requests
			from private.days_of_requests(usage_months.organization_id, since, today) d where sees_money group by 1
		) r on r.first = m.first
		left join (
			select g.first, jsonb_agg(jsonb_build_object('reason', g.reason, 'transfers', g.transfers, 'amount_micros', g.amount_micros)
				order by g.reason) as lines
			from (
				select date_trunc('month', w.at at time zone zone)::date as first, w.reason, sum(w.transfers) as transfers,
					sum(w.amount_micros) as amount_micros
				from private.money_moves(usage_months.organization_id, since::timestamp at time zone zone, now() + interval '1 day') w
				where sees_money
				group by 1, 2
			) g
			group by 1
		) l on l.first = m.first);
end
$$;

create function api.usage_figures(organization_id uuid, since date, until date) returns jsonb
language sql stable security invoker set search_path = ''
return private.usage_figures(organization_id, since, until);
comment on function api.usage_figures(uuid, date, date) is
	'What was used from one day to another of the organization''s clock, 93 at most, of what the caller may see: {numbers: [{id, …, '
	'received, received_segments, sent, sent_segments, delivered, failed, micros, requested, code_received, missed}], callers: people '
	'and keys [{id, by_key, name, sent, sent_segments, requested, code_received, requests}], money: the statement''s lines, plan, '
	'caps: what the organization allows itself [{name, most, stops, by, at, used}], limits, '
	'requests_per_minute}. Money and requests are null for who may not see them. Fails with session_ended, not_found, malformed.';

create function api.usage_months(organization_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.usage_months(organization_id);
comment on function api.usage_months(uuid) is
	'The same by calendar month, of the last 24, the latest first: [{month, received, sent, sent_segments, requested, requests, money}]. '
	'Fails with session_ended, not_found.';

grant execute on function
	api.usage_figures(uuid, date, date), private.usage_figures(uuid, date, date),
	api.usage_months(uuid), private.usage_months(uuid)
to authenticated;
