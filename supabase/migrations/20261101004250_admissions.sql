-- One statement for the requests of the developer API: who asks, whether they may now, and that they did. Whatever becomes of the
-- function after it, the request is in the log.

-- Why nothing was taken, in admit_request's words; null where it is worth another try, because something was not known, or there is
-- room by now.
create function private.refused_request(
	prefix text, hash bytea, person uuid, shared text, cost integer, endpoint text, address inet, now bigint
) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
	own private.rate_limits;
	home text;
	line record;
	wait integer;
	waits boolean := false;
	numbers bigint[] := '{0}';
begin
	select l.* into own from private.rate_limits l
	where l.subject = coalesce(prefix, 'user:' || person) and l.known_until >= now
		and (prefix is null or l.proof = sha256(l.salt || hash)
			and (l.allowed_from is null or address <<= any (l.allowed_from)));
	if not found and person is not null then
		perform private.learn_person_limit(person, now);
		return null;
	elsif not found then
		wait := private.learn_key(prefix, hash, address, endpoint, now);
		return '{-1,' || wait || '}';
	end if;

	home := coalesce(own.home, shared);
	if home is not null and not exists (
		select from private.rate_limits l where l.subject = home and l.known_until >= now)
	then
		perform private.learn_organization_limit(split_part(home, ':', 2)::uuid, now);
		return null;
	end if;

	for line in
		select (l.subject = home)::integer as is_shared, l.per_minute, w.burst, w.day,
			greatest(w.burst + l.burst_step * cost - l.burst_size, 0) as burst_wait,
			greatest(w.day + l.day_step * cost - l.day_size, 0) as day_wait
		from private.rate_limits l
		cross join lateral (
			select greatest(l.burst_full_at - now, 0) as burst, greatest(l.day_full_at - now, 0) as day) w
		where l.subject in (own.subject, home)
	loop
		waits := waits or line.burst_wait > 0 or line.day_wait > 0;
		numbers := numbers || array[
			coalesce(line.is_shared, 0), line.per_minute, line.burst, line.burst_wait, line.day, line.day_wait];
	end loop;
	return case when waits then numbers::text || coalesce(own.description, '') end;
end
$$;

-- Takes `cost` from the buckets of a key or person and of the organization, and answers what is left; null where one has not enough, or
-- is not known. Each update looks and takes under its row's lock; where the second has not enough, the first gets back what was taken
-- before anybody can see that. All lock in one order: the caller's row, then the organization's.
-- As few statements and as short ones as can be: each term costs more to prepare than to compute.
create function private.take_requests(
	prefix text, hash bytea, caller text, shared text, cost integer, address inet, now bigint
) returns text
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
	description text;
	quota integer; burst bigint; day bigint;
	shared_quota integer; shared_burst bigint; shared_day bigint;
begin
	update private.rate_limits l
	set burst_full_at = greatest(l.burst_full_at, now) + l.burst_step * cost,
		day_full_at = greatest(l.day_full_at, now) + l.day_step * cost
	where l.subject = caller and l.known_until >= now and l.per_minute >= cost
		and l.burst_full_at + l.burst_step * cost <= now + l.burst_size
		and l.day_full_at + l.day_step * cost <= now + l.day_size
		and (prefix is null or l.proof = sha256(l.salt || hash)
			and (l.allowed_from is null or address <<= any (l.allowed_from)))
	returning l.per_minute, l.burst_full_at - now, l.day_full_at - now, coalesce(l.home, shared), l.description
	into quota, burst, day, shared, description;
	if not found then
		return null;
	elsif shared is null then
		return concat_ws(',', quota, burst, day);
	end if;
	update private.rate_limits l
	set burst_full_at = greatest(l.burst_full_at, now) + l.burst_step * cost,
		day_full_at = greatest(l.day_full_at, now) + l.day_step * cost
	where l.subject = shared and l.known_until >= now and l.per_minute >= cost
		and l.burst_full_at + l.burst_step * cost <= now + l.burst_size
		and l.day_full_at + l.day_step * cost <= now + l.day_size
	returning l.per_minute, l.burst_full_at - now, l.day_full_at - now into shared_quota, shared_burst, shared_day;
	if found then
		return concat_ws(',', quota, burst, day, shared_quota, shared_burst, shared_day, description);
	end if;
	update private.rate_limits l
	set burst_full_at = l.burst_full_at - l.burst_step * cost, day_full_at = l.day_full_at - l.day_step * cost
	where l.subject = caller;
	return null;
end
$$;

-- The organization that a person's requests count for: one that they do not belong to is not theirs to use up.
create function private.counted_organization(person uuid, organization_id uuid) returns uuid
language sql stable security definer set search_path = ''
return (
	select m.organization_id from public.memberships m
	where m.user_id = counted_organization.person and m.organization_id = counted_organization.organization_id
		and m.suspended_at is null);

-- The log is written first, so that nobody waits for it behind the locks of the buckets.
create function private.admit_request(
	prefix text, hash bytea, person uuid, organization_id uuid, cost integer, id uuid, endpoint text, address inet, at timestamptz
) returns text
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
	now constant bigint := (date_part('epoch', coalesce(at, clock_timestamp())) * 1e6)::bigint;
	caller constant text := coalesce(prefix, 'user:' || person, '');
	place tid;
	counted uuid;
	shared text;
	answer text;
	attempts integer := 0;
begin
	if organization_id is not null then
		counted := private.counted_organization(person, organization_id);
		shared := 'organization:' || counted;
	end if;
	insert into private.opened_requests as o (id, caller, organization_id, endpoint, address, units)
	values (id, caller, counted, endpoint, address, cost)
	returning o.ctid into place;

	loop
		answer := private.take_requests(prefix, hash, caller, shared, cost, address, now);
		if answer is not null then
			return answer;
		end if;
		answer := private.refused_request(prefix, hash, person, shared, cost, endpoint, address, now);
		attempts := attempts + 1;
		exit when answer is not null or attempts = 4;
	end loop;

	if answer is null then
		-- others were faster four times over
		perform private.fail(503, 'unavailable', 'Our database took too long to answer. Nothing is lost.');
	elsif left(answer, 3) = '{-1' then
		-- nobody's request: api_key_refusals or unknown_key_refusals has it
		delete from private.opened_requests o where o.ctid = place;
	end if;
	return answer;
end
$$;

-- Requests of one caller from one address that arrived together: as one where there is room for all, else one after another.
create function private.admit_requests(
	prefix text, hash bytea, person uuid, organization_id uuid, costs integer[], ids uuid[], endpoints text[], address inet, at timestamptz
) returns text[]
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
	now constant bigint := (date_part('epoch', coalesce(at, clock_timestamp())) * 1e6)::bigint;
	caller constant text := coalesce(prefix, 'user:' || person, '');
	all_costs constant integer := (select sum(c.cost) from unnest(costs) c (cost));
	counted uuid;
	answer text;
begin
	if organization_id is not null then
		counted := private.counted_organization(person, organization_id);
	end if;
	answer := private.take_requests(prefix, hash, caller, 'organization:' || counted, all_costs, address, now);
	if answer is not null then
		insert into private.opened_requests as o (id, caller, organization_id, endpoint, address, units)
		select r.id, caller, counted, r.endpoint, address, r.cost
		from unnest(ids, endpoints, costs) r (id, endpoint, cost);
		return array_fill(answer, array[cardinality(ids)]);
	end if;
	return array(
		select private.admit_request(prefix, hash, person, organization_id, r.cost, r.id, r.endpoint, address, at)
		from unnest(ids, endpoints, costs) with ordinality r (id, endpoint, cost, place)
		order by r.place);
end
$$;

-- The smallest plan that takes more than so many requests a minute, and the slug of an organization that may double its own: a
-- key's, or one that the person belongs to.
create function private.room_for_requests(person uuid, organization_id uuid, per_minute integer) returns jsonb
language sql stable security definer set search_path = ''
begin atomic
	select jsonb_build_object(
		'plan', (
			select jsonb_build_object('code', p.code, 'name', p.name, 'requests_per_minute', p.api_requests_per_minute)
			from public.plans p
			where p.api_requests_per_minute > room_for_requests.per_minute
			order by p.place
			limit 1),
		'doubled_by', (
			select o.slug from public.organizations o
			where o.id = room_for_requests.organization_id and private.may_double_limits(o.id)
				and (room_for_requests.person is null or exists (
					select from public.memberships m
					where m.organization_id = o.id and m.user_id = room_for_requests.person and m.suspended_at is null))));
end;

-- plpgsql: a door in sql costs more than what is behind it.
create function service.admit_request(
	prefix text, hash bytea, person uuid, organization_id uuid, cost integer, id uuid, endpoint text, address inet, at timestamptz
) returns text
language plpgsql security invoker set search_path = ''
as $$
begin
	return private.admit_request(prefix, hash, person, organization_id, cost, id, endpoint, address, at);
end
$$;
comment on function service.admit_request(text, bytea, uuid, uuid, integer, uuid, text, inet, timestamptz) is
	'Counts a request of a key (prefix, and SHA-256 of the whole, null for one whose checksum does not fit) or of a person, maybe for an '
	'organization, and opens it in the log; at: null for now. Answers three numbers each for the caller and the organization (requests a '
	'minute, µs until the burst is full, the same of the day), and for a key what api.my_key tells. One that comes too '
	'soon: {0, and six each: 1 for the organization, requests a minute, µs until the burst is full, µs until it holds enough, the same of '
	'the day} and the key. A key that is not let in, which is written down: {-1, for how many ms the refusal is held back}.';

create function service.admit_requests(
	prefix text, hash bytea, person uuid, organization_id uuid, costs integer[], ids uuid[], endpoints text[], address inet, at timestamptz
) returns text[]
language plpgsql security invoker set search_path = ''
as $$
begin
	return private.admit_requests(prefix, hash, person, organization_id, costs, ids, endpoints, address, at);
end
$$;
comment on function service.admit_requests(text, bytea, uuid, uuid, integer[], uuid[], text[], inet, timestamptz) is
	'Several requests of one caller that arrived together, as service.admit_request lets in each. Answers one of its answers for each, in '
	'their order; those let in as one share theirs: what is left after all of them.';

create function service.room_for_requests(person uuid, organization_id uuid, per_minute integer) returns jsonb
language sql security invoker set search_path = ''
return private.room_for_requests(person, organization_id, per_minute);
comment on function service.room_for_requests(uuid, uuid, integer) is
	'Where more API requests are to be had, by a person or (null) a key: {plan: the smallest that takes more than so many a minute: {code, '
	'name, requests_per_minute}, or null, doubled_by: the slug of the organization, where it may double its limits for a day and the person '
	'belongs to it, or null}.';

grant execute on function
	service.admit_request(text, bytea, uuid, uuid, integer, uuid, text, inet, timestamptz),
	private.admit_request(text, bytea, uuid, uuid, integer, uuid, text, inet, timestamptz),
	service.admit_requests(text, bytea, uuid, uuid, integer[], uuid[], text[], inet, timestamptz),
	private.admit_requests(text, bytea, uuid, uuid, integer[], uuid[], text[], inet, timestamptz),
	service.room_for_requests(uuid, uuid, integer), private.room_for_requests(uuid, uuid, integer)
to edge, service_role;
