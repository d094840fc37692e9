-- What became of the verifications somebody may see: how many there are of each status, and how well codes arrive.
-- Each looks at 20,000 rows at most, the newest, and says so where there are more.

create index verifications_named on public.verifications (organization_id, service_name, id desc);
create index verifications_status on public.verifications (organization_id, status, id desc);

-- Every filter may be null; the plan is made for those that are not.
create function private.count_verifications(
	organization_id uuid, service_name text, phone_number_id uuid, requested_by uuid, since timestamptz, until timestamptz
) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
declare
	most constant integer := 20000;
	numbers constant uuid[] := private.my_phone_number_ids();
	-- stamped with its transaction's beginning, its id with the moment it was written
	first_id constant uuid := private.first_id_at(count_verifications.since);
	last_id constant uuid := private.first_id_at(count_verifications.until + interval '1 hour');
begin
	perform private.require('messages:read', count_verifications.organization_id);
	return (
		with newest as (
			select v.status
			from public.verifications v
			where v.organization_id = count_verifications.organization_id and v.phone_number_id = any (numbers)
				and (count_verifications.service_name is null or v.service_name = count_verifications.service_name)
				and (count_verifications.phone_number_id is null or v.phone_number_id = count_verifications.phone_number_id)
				and (count_verifications.requested_by is null or v.requested_by = count_verifications.requested_by)
				and (count_verifications.since is null or v.id >= first_id and v.created_at >= count_verifications.since)
				and (count_verifications.until is null or v.id < last_id and v.created_at < count_verifications.until)
			order by v.id desc
			limit most + 1
		), counted as (
			select n.status, count(*) as rows from newest n group by n.status
		)
		select jsonb_build_object(
			'counts', coalesce(jsonb_object_agg(c.status, c.rows), '{}'), 'capped', coalesce(sum(c.rows), 0) > most)
		from counted c);
end
$$;

-- A code that came in time is a success, used or not. What still waits has not ended either way, and what was cancelled before
-- its code says nothing about its service: neither counts. The rest failed: expired, filtered.
create function private.verification_rates(organization_id uuid, hours integer) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
declare
	most constant integer := 20000;
	shown constant integer := 6;
	numbers constant uuid[] := private.my_phone_number_ids();
	since constant timestamptz := now() - make_interval(hours => verification_rates.hours);
	first_id constant uuid := private.first_id_at(now() - make_interval(hours => verification_rates.hours));
begin
	perform private.require('messages:read', verification_rates.organization_id);
	if verification_rates.hours is null or verification_rates.hours not between 1 and 720 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	return (
		with newest as (
			select v.service_id, v.service_name, v.phone_number_id, v.status, v.code_received_at is not null as came,
				extract(epoch from v.code_received_at - v.created_at)::double precision as seconds
			from public.verifications v
			where v.organization_id = verification_rates.organization_id and v.phone_number_id = any (numbers)
				and v.id >= first_id and v.created_at >= since
			order by v.id desc
			limit most + 1
		), ended as (
			select * from newest n where n.came or n.status in ('expired', 'filtered')
		), grouped as (
			select grouping(e.phone_number_id) as of_service, e.service_name, max(e.service_id) as service_id, e.phone_number_id,
				count(*) as asked, count(*) filter (where e.came) as received,
				percentile_cont(array[0.25, 0.5, 0.75]) within group (order by e.seconds) as times,
				row_number() over (
					partition by grouping(e.phone_number_id) order by count(*) desc, e.service_name, e.phone_number_id) as place
			from ended e
			group by grouping sets ((e.service_name), (e.phone_number_id))
		)
		select jsonb_build_object(
			'asked', (select count(*) from newest), 'capped', (select count(*) from newest) > most,
			'services', coalesce(jsonb_agg(
				jsonb_build_object('id', g.service_id, 'name', g.service_name, 'asked', g.asked, 'received', g.received,
					'quartiles', g.times)
				order by g.place) filter (where g.of_service = 1), '[]'),
			'numbers', coalesce(jsonb_agg(
				jsonb_build_object('id', g.phone_number_id, 'name', n.label, 'e164', n.e164, 'color', n.color, 'asked', g.asked,
					'received', g.received, 'quartiles', g.times)
				order by g.place) filter (where g.of_service = 0), '[]'))
		from grouped g
		left join public.phone_numbers n on n.id = g.phone_number_id
		where g.place <= shown);
end
$$;

-- From name to name along the index, however many verifications there are of each.
create function private.services_asked_of(organization_id uuid) returns setof text
language plpgsql stable security definer set search_path = ''
as $$
declare
	numbers constant uuid[] := private.my_phone_number_ids();
	name text := '';
begin
	perform private.require('messages:read', services_asked_of.organization_id);
	for step in 1 .. 200 loop
		select v.service_name into name
		from public.verifications v
		where v.organization_id = services_asked_of.organization_id and v.service_name > name
			and v.phone_number_id = any (numbers)
		order by v.service_name
		limit 1;
		exit when not found;
		return next name;
	end loop;
end
$$;

create function api.count_verifications(
	organization_id uuid, service_name text default null, phone_number_id uuid default null, requested_by uuid default null,
	since timestamptz default null, until timestamptz default null
) returns jsonb
language sql stable security invoker set search_path = ''
return private.count_verifications(organization_id, service_name, phone_number_id, requested_by, since, until);
comment on function api.count_verifications(uuid, text, uuid, uuid, timestamptz, timestamptz) is
	'How many verifications the caller may see have which status: {counts: {expired: 3 …}, capped}. capped: only the newest 20,000 '
	'were counted. Fails with session_ended, not_found.';

create function api.verification_rates(organization_id uuid, hours integer default 168) returns jsonb
language sql stable security invoker set search_path = ''
return private.verification_rates(organization_id, hours);
comment on function api.verification_rates(uuid, integer) is
	'How many codes came in time and how long they took, of what was asked for in the last so many hours (at most 720), for the six '
	'services and the six numbers of which most was asked. asked: without what still waits or was cancelled before its code. '
	'quartiles: seconds to the code. capped: only the newest 20,000 were looked at. Fails with session_ended, not_found, malformed.';

create function api.services_asked_of(organization_id uuid) returns setof text
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.services_asked_of(organization_id);
end;
comment on function api.services_asked_of(uuid) is
	'The names of the services whose verifications the caller may see, in order, at most 200. Fails with session_ended, not_found.';

grant execute on function
	api.count_verifications(uuid, text, uuid, uuid, timestamptz, timestamptz),
	private.count_verifications(uuid, text, uuid, uuid, timestamptz, timestamptz),
	api.verification_rates(uuid, integer), private.verification_rates(uuid, integer),
	api.services_asked_of(uuid), private.services_asked_of(uuid)
to authenticated;
