-- How much the developer API takes from whom. Each subject (a key by its prefix, `user:<id>`, `organization:<id>`) has two buckets
-- that refill evenly (the generic cell rate algorithm): a burst of so many requests a minute, and a day's. A request is taken from
-- all the buckets it concerns, or from none (4250_admissions).

-- No checks and no index beside the key: every request changes rows, and few functions write them.
create unlogged table private.rate_limits (
	subject text collate "C" primary key,
	-- how many requests a minute, and until when all this is taken for current (µs since 1970, as all moments here)
	per_minute integer not null,
	known_until bigint not null,
	-- of each bucket: what one request takes and all there is, in µs; and the moment when it is full again
	burst_step bigint not null,
	burst_size bigint not null,
	burst_full_at bigint not null default 0,
	day_step bigint not null,
	day_size bigint not null,
	day_full_at bigint not null default 0,
	-- of a key that was let in: its organization's subject, what the door is told of it, by what it is recognised, and from where
	home text collate "C",
	description text,
	salt bytea,
	proof bytea,
	allowed_from cidr[]
) with (fillfactor = 50);
comment on table private.rate_limits is
	'When the buckets of those who call the API are full again, and which keys were let in within the last second. Unlogged: after a '
	'crash of the database everybody begins with full ones.';

-- What a subject may do from now on; what it has used stays used. A day's bucket holds as many as four hours at full speed.
-- A step is rounded up to a microsecond and a bucket holds whole steps, so that it is exact how many fit. Windows are arguments
-- for tests, which cannot wait for a day.
create function private.set_rate_limit(
	subject text, per_minute integer, known_until bigint, minute interval default '1 minute', day interval default '1 day'
) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	quota constant integer := greatest(set_rate_limit.per_minute, 1);
	a_minute constant bigint := ceil(extract(epoch from minute) * 1000000 / quota);
	a_day constant bigint := ceil(extract(epoch from day) * 1000000 / (quota::bigint * 240));
begin
	insert into private.rate_limits as l (subject, per_minute, known_until, burst_step, burst_size, day_step, day_size)
	values (set_rate_limit.subject, quota, set_rate_limit.known_until,
		a_minute, a_minute * quota, a_day, a_day * quota * 240)
	on conflict on constraint rate_limits_pkey do update set
		per_minute = excluded.per_minute, known_until = excluded.known_until,
		burst_step = excluded.burst_step, burst_size = excluded.burst_size,
		day_step = excluded.day_step, day_size = excluded.day_size;
end
$$;

-- An organization takes twice what one caller may, so that one that runs wild leaves half of it to the others. Asked again after
-- five seconds: so soon a new plan counts.
create function private.learn_organization_limit(organization_id uuid, now bigint) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.set_rate_limit('organization:' || learn_organization_limit.organization_id,
		2 * private.requests_per_minute(learn_organization_limit.organization_id), now + 5000000);
end
$$;

-- A person may do what the largest plan of their organizations says.
create function private.learn_person_limit(person uuid, now bigint) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.set_rate_limit('user:' || person, coalesce((
		select max(private.requests_per_minute(m.organization_id))
		from public.memberships m
		where m.user_id = person and m.suspended_at is null), private.requests_per_minute(null)), now + 5000000);
end
$$;

-- Lets a key in for a second, with the limit of its organization; otherwise it is written down why, and the answer is for how many ms
-- that is held back. What it is recognised by is kept as a hash with a salt of its own: how long a comparison takes tells nothing.
create function private.learn_key(prefix text, hash bytea, address inet, endpoint text, now bigint) returns integer
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
	told constant jsonb := private.check_api_key(prefix, encode(hash, 'hex'), address, endpoint);
	fresh constant bytea := uuid_send(gen_random_uuid());
	key public.api_keys;
begin
	if told ->> 'outcome' <> 'allowed' then
		return coalesce((told ->> 'wait_ms')::integer, 0);
	end if;
	select k.* into key from public.api_keys k where k.id = (told ->> 'key_id')::uuid;
	perform private.set_rate_limit(prefix, private.requests_per_minute(key.organization_id),
		least(now + 1000000, (extract(epoch from key.expires_at) * 1000000)::bigint));
	update private.rate_limits l
	set home = 'organization:' || key.organization_id, description = private.describe_key(key.id)::text, salt = fresh,
		proof = sha256(fresh || hash), allowed_from = key.allowed_from
	where l.subject = prefix;
	return null;
end
$$;

-- A key that changes is looked at anew, and one that is revoked is let in no more, from the moment when that is committed.
create function private.on_key_changed() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update private.rate_limits l set known_until = 0
	where l.subject = 'cum_' || old.mode::text || '_' || old.public_id;
	return null;
end
$$;
create trigger on_changed_limit
	after update of name, revoked_at, expires_at, scopes, allowed_from, phone_number_ids or delete on public.api_keys
	for each row execute function private.on_key_changed();

create function private.on_organization_suspended() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update private.rate_limits l set known_until = 0
	where l.subject in (
		select 'cum_' || k.mode::text || '_' || k.public_id from public.api_keys k where k.organization_id = new.id);
	return null;
end
$$;
create trigger on_suspended_limit after update of suspended_at on public.organizations
	for each row execute function private.on_organization_suspended();

-- Buckets that are full say nothing that is not said by their absence.
create function private.forget_rate_limits(batch integer) returns void
language sql security definer set search_path = ''
begin atomic
	delete from private.rate_limits l
	where l.subject in (
		select o.subject
		from private.rate_limits o
		where greatest(o.burst_full_at, o.day_full_at, o.known_until) < date_part('epoch', now() - interval '1 hour') * 1e6
		limit batch
		for update skip locked);
end;

select cron.schedule('rate-limits', '* * * * *', 'select private.forget_rate_limits(1000)');
