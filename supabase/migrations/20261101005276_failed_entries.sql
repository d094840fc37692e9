-- Who was not let in: by API keys, by people's and operators' forms, gathered by address, key and reason, with the worst minute of each.
-- Of people's sign-ins only how many accounts it were is known: their names are not kept.

-- Since a moment, one row each; of one table that grows with what fails, not with what is sent.
create function private.failed_entries(since timestamptz)
returns table (at timestamptz, kind text, reason text, address inet, key_prefix text, organization_id uuid, account bytea)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
	return query
		select r.created_at, 'key', r.reason, r.address, 'cum_' || k.mode::text || '_' || k.public_id, r.organization_id, null::bytea
		from public.api_key_refusals r
		join public.api_keys k on k.id = r.key_id
		where r.id >= private.first_id_at(failed_entries.since)
		union all
		select u.created_at, 'key', u.reason, u.address, u.prefix, null, null
		from private.unknown_key_refusals u
		where u.id >= private.first_id_at(failed_entries.since)
		union all
		select a.created_at, case when o.id is not null then 'operator' else 'person' end,
			case when a.outcome = 'delayed' then 'delayed' else 'wrong' end, a.address, null, null, a.account
		from private.sign_in_attempts a
		left join private.operators o
			on a.account in (private.account_key('operator:' || o.name), private.account_key('operator-code:' || o.name))
		where a.id >= private.first_id_at(failed_entries.since)
			and (a.outcome in ('failed', 'delayed') or a.outcome = 'pending' and a.created_at < now() - interval '1 minute');
end
$$;

-- {reasons, hours, addresses, keys, operators} of the last hours: an hour, a day or a week; of addresses and keys the fifty that failed
-- most. burst: as many within one minute.
create function private.operator_failures(session text, hours integer) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	told jsonb;
begin
	if hours is null or hours not in (1, 24, 168) then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	with failed as materialized (
		select f.*, date_trunc('minute', f.at) as minute from private.failed_entries(now() - make_interval(hours => operator_failures.hours)) f
	), by_address as (
		select f.address, count(*) as failures, count(*) filter (where f.kind = 'key') as keys,
			count(*) filter (where f.kind = 'person') as people, count(*) filter (where f.kind = 'operator') as operators,
			count(*) filter (where f.reason = 'delayed') as delayed, count(distinct f.account) as accounts,
			count(distinct f.key_prefix) as prefixes, min(f.at) as since, max(f.at) as latest
		from failed f
		where f.address is not null
		group by f.address
		order by count(*) desc, f.address
		limit 50
	), by_key as (
		select f.key_prefix, f.organization_id, count(*) as failures, count(distinct f.address) as addresses,
			array_agg(distinct f.reason) as reasons, max(f.at) as latest
		from failed f
		where f.key_prefix is not null
		group by f.key_prefix, f.organization_id
		order by count(*) desc, f.key_prefix
		limit 50
	)
	select jsonb_build_object(
		'reasons', (
			select coalesce(jsonb_agg(to_jsonb(r) order by r.failures desc, r.kind, r.reason), '[]')
			from (select f.kind, f.reason, count(*) as failures from failed f group by f.kind, f.reason) r),
		'hours', (
			select coalesce(jsonb_agg(to_jsonb(h) order by h.at desc), '[]')
			from (
				select date_trunc('hour', f.at) as at, count(*) as failures, count(*) filter (where f.kind = 'key') as keys,
					count(*) filter (where f.kind = 'person') as people, count(*) filter (where f.kind = 'operator') as operators
				from failed f group by 1
			) h),
		'addresses', (
			select coalesce(jsonb_agg(to_jsonb(a) || jsonb_build_object('address', host(a.address), 'burst', (
				select max(m.many) from (select count(*) as many from failed f where f.address = a.address group by f.minute) m))
				order by a.failures desc, a.address), '[]')
			from by_address a),
		'keys', (
			select coalesce(jsonb_agg(to_jsonb(k) || jsonb_build_object('organization', o.name) order by k.failures desc, k.key_prefix), '[]')
			from by_key k
			left join public.organizations o on o.id = k.organization_id),
		'operators', (
			select coalesce(jsonb_agg(to_jsonb(p) order by p.failures desc, p.name), '[]')
			from (
				select o.name, count(*) as failures, max(f.at) as latest
				from failed f
				join private.operators o
					on f.account in (private.account_key('operator:' || o.name), private.account_key('operator-code:' || o.name))
				where f.kind = 'operator'
				group by o.name
			) p))
	into told;
	return told;
end
$$;

create function service.operator_failures(session text, hours integer) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_failures(session, hours);
comment on function service.operator_failures(text, integer) is
	'Who was not let in within 1, 24 or 168 hours, by keys and by forms: {reasons, hours, addresses, keys, operators}. Fails with malformed.';

grant execute on function
	service.operator_failures(text, integer), private.operator_failures(text, integer)
to service_role;
