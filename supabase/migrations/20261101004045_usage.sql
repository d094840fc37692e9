-- What an organization used between two of its days: the money that its statement tells of by day, requests of the developer API by
-- day and key, texts and requests for codes by day and number.

-- Days of the organization's own clock, both counted. Money is what the statement's lines are made of, so that a month of it is that
-- month's statement; it belongs to no number, so a key for certain numbers is not told.
create function private.usage(organization_id uuid, since date, until date, phone_number_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	zone text;
	begins timestamptz;
	ends timestamptz;
	mine uuid[];
	money jsonb;
	requests jsonb;
	texts jsonb;
	codes jsonb;
begin
	perform private.require('billing:read', usage.organization_id);
	if usage.since is null or usage.until is null or usage.until - usage.since not between 0 and 92 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	mine := private.my_numbers_of(usage.organization_id, usage.phone_number_id);
	if usage.phone_number_id is not null and cardinality(mine) = 0 then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	select o.time_zone into zone from public.organizations o where o.id = usage.organization_id;
	begins := usage.since::timestamp at time zone zone;
	ends := (usage.until + 1)::timestamp at time zone zone;

	if usage.phone_number_id is null and usage.organization_id = any (private.my_open_organization_ids()) then
		select coalesce(jsonb_agg(to_jsonb(l) order by l.day, l.reason), '[]') into money
		from (
			select (m.at at time zone zone)::date as day, m.reason, sum(m.transfers)::bigint as transfers,
				sum(m.amount_micros)::bigint as amount_micros
			from private.money_moves(usage.organization_id, begins, ends) m
			group by 1, 2
		) l;
		select coalesce(jsonb_agg(to_jsonb(r) order by r.day, r.api_key_id), '[]') into requests
		from (
			select d.day, case when d.by_key then d.caller end as api_key_id, sum(d.requests) as requests, sum(d.units) as units,
				sum(d.refused) as refused, sum(d.limited) as limited, sum(d.failed) as failed
			from private.days_of_requests(usage.organization_id, usage.since, usage.until) d
			group by 1, 2
		) r;
	end if;

	select coalesce(jsonb_agg(to_jsonb(d) - '{organization_id, last_received_at}'::text[] order by d.day, d.phone_number_id), '[]')
	into texts
	from private.days_of_numbers(usage.organization_id, usage.since, usage.until, mine) d;

	select coalesce(jsonb_agg(to_jsonb(c) order by c.day, c.phone_number_id), '[]') into codes
	from (
		select d.day, d.phone_number_id, sum(d.requested) as requested, sum(d.code_received) as code_received,
			sum(d.expired) as expired, sum(d.cancelled) as cancelled
		from private.days_of_verifications(usage.organization_id, usage.since, usage.until, mine) d
		group by 1, 2
	) c;
	return jsonb_build_object('since', usage.since, 'until', usage.until, 'time_zone', zone, 'currency', 'USD',
		'money', money, 'requests', requests, 'texts', texts, 'verifications', codes);
end
$$;

create function api.usage(organization_id uuid, since date, until date, phone_number_id uuid default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.usage(organization_id, since, until, phone_number_id);
comment on function api.usage(uuid, date, date, uuid) is
	'What was used from one day to another of the organization''s clock, 93 at most: {since, until, time_zone, currency, money: [{day, '
	'reason, transfers, amount_micros}], requests: [{day, api_key_id, requests, units, refused, limited, failed}], texts: [{day, phone_number_id, received, received_segments, sent, sent_segments, delivered, '
	'failed, failures, opted_out, micros}], verifications: [{day, phone_number_id, requested, code_received, expired, cancelled}]}; '
	'what cost nothing and where nothing was has no row. money and requests are null for one number, and for keys of certain numbers. '
	'For those who may see the money. Fails with session_ended, not_found, not_allowed, malformed.';

grant execute on function
	api.usage(uuid, date, date, uuid), private.usage(uuid, date, date, uuid)
to authenticated, api_key;
