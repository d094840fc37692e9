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
	mark uuid;
	live date;
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
	mine := array(
		select n.id from public.phone_numbers n
		where n.organization_id = usage.organization_id and n.id = any ((select private.my_phone_number_ids())::uuid[])
			and (usage.phone_number_id is null or n.id = usage.phone_number_id));
	if usage.phone_number_id is not null and cardinality(mine) = 0 then
		perform private.fail(404, 'not_found', 'The page was moved or deleted, or this account may not see it.');
	end if;
	select o.time_zone, coalesce(u.counted_until, o.created_at::date) into zone, live
	from public.organizations o
	left join private.usage_counts u on u.organization_id = o.id
	where o.id = usage.organization_id;
	begins := usage.since::timestamp at time zone zone;
	ends := (usage.until + 1)::timestamp at time zone zone;

	if usage.phone_number_id is null and usage.organization_id = any (private.my_open_organization_ids()) then
		select coalesce(m.summed_until, '00000000-0000-0000-0000-000000000000') into mark
		from (select) one left join private.ledger_sum_marks m on m.organization_id = usage.organization_id;
		select coalesce(jsonb_agg(to_jsonb(l) order by l.day, l.reason), '[]') into money
		from (
			select (m.at at time zone zone)::date as day, m.reason, sum(m.transfers)::bigint as transfers,
				sum(m.amount_micros)::bigint as amount_micros
			from (
				select s.starts_at as at, s.reason, s.transfers, s.amount_micros
				from private.ledger_sums s
				where s.organization_id = usage.organization_id and s.starts_at >= begins and s.starts_at < ends
				union all
				select t.created_at, t.reason, 1, sum(e.amount_micros)
				from public.ledger_entries e
				join public.ledger_transfers t on t.id = e.transfer_id
				where e.organization_id = usage.organization_id and e.transfer_id >= mark
					-- the same of the other table: else a plan reads all of it
					and t.organization_id = usage.organization_id and t.id >= mark and t.created_at >= begins and t.created_at < ends
				group by t.id
				having sum(e.amount_micros) <> 0
			) m
			group by 1, 2
		) l;
		select coalesce(jsonb_agg(to_jsonb(r) order by r.day, r.api_key_id), '[]') into requests
		from (
			select (s.starts_at at time zone zone)::date as day, case when s.by_key then s.caller end as api_key_id,
				sum(s.requests) as requests, sum(s.units) as units,
				coalesce(sum(s.requests) filter (where s.status between 400 and 499 and s.status <> 429), 0) as refused,
				coalesce(sum(s.requests) filter (where s.status = 429), 0) as limited,
				coalesce(sum(s.requests) filter (where s.status >= 500), 0) as failed
			from private.request_sums s
			where s.organization_id = usage.organization_id and s.span = 'day' and s.starts_at >= begins and s.starts_at < ends
			group by 1, 2
			having sum(s.requests) > 0
		) r;
	end if;

	-- what is not counted yet, of a month at most
	live := greatest(least(live, usage.until + 1), usage.since, usage.until - 35);
	select coalesce(jsonb_agg(to_jsonb(d) - '{organization_id, last_received_at}'::text[] order by d.day, d.phone_number_id), '[]')
	into texts
	from (
		select * from private.number_days s
		where s.organization_id = usage.organization_id and s.day >= usage.since and s.day < live and s.phone_number_id = any (mine)
		union all
		select * from private.count_number_days(usage.organization_id, live, usage.until + 1, mine)
	) d;

	select coalesce(jsonb_agg(to_jsonb(c) order by c.day, c.phone_number_id), '[]') into codes
	from (
		select (v.created_at at time zone zone)::date as day, v.phone_number_id, count(*) as requested,
			count(*) filter (where v.code_received_at is not null) as code_received,
			count(*) filter (where v.status = 'expired') as expired,
			count(*) filter (where v.status = 'cancelled') as cancelled
		from public.verifications v
		where v.organization_id = usage.organization_id and v.phone_number_id = any (mine)
			and v.id >= private.first_id_at(begins) and v.id < private.first_id_at(ends)
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
