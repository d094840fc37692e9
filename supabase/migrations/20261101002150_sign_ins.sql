-- Every try to sign in by our form, and how long the next one has to wait. Written by the app's own server, which sees the
-- visitor's address.

create table private.sign_in_attempts (
	id uuid primary key default private.uuid_v7(),
	account bytea not null,
	address inet,
	user_agent text check (char_length(user_agent) <= 400),
	outcome text not null default 'pending' check (outcome in ('pending', 'delayed', 'failed', 'succeeded', 'confirmed')),
	session_id uuid,
	created_at timestamptz not null default now()
);
comment on table private.sign_in_attempts is
	'Every password that was tried in our forms, for half a year. The account is the SHA-256 of the address as typed, in lower '
	'case: strangers'' addresses are not collected. "delayed" was refused before the password was looked at; "confirmed" is '
	'somebody signed in who entered it once more; "pending" never came back and counts as failed for a minute.';
create index sign_in_attempts_account on private.sign_in_attempts (account, created_at);
create index sign_in_attempts_address on private.sign_in_attempts (address, created_at);

create function private.account_key(email text) returns bytea
language sql immutable set search_path = ''
return sha256(convert_to(lower(btrim(email)), 'UTF8'));

-- Seconds to wait after the n-th failure in a row, the first `free` of which cost nothing: 1, 2, 4 … up to `longest`.
create function private.growing_delay(failures bigint, free integer, longest integer) returns integer
language sql immutable set search_path = ''
return case when failures < free then 0 else least(power(2, least(failures - free, 20)), longest)::integer end;

-- How long this visitor has to wait before the next try for this account, in seconds. Three counts of the last hour, the
-- longest counts: this account from this address; this account from addresses that never got in (so that nobody can lock
-- a person out from elsewhere); this address whatever the account, unless it is the server's own: behind a proxy that does
-- not say for whom it asks, everybody has that one. Never more than five minutes.
create function private.sign_in_delay(account bytea, address inet) returns integer
language plpgsql stable security definer set search_path = ''
as $$
declare
	wait integer;
begin
	with recent as (
		select a.address, a.account, a.created_at,
			case a.outcome when 'pending' then 'failed' when 'confirmed' then 'succeeded' else a.outcome end as outcome
		from private.sign_in_attempts a
		where a.created_at > now() - interval '1 hour' and a.outcome <> 'delayed'
			and (a.outcome <> 'pending' or a.created_at > now() - interval '1 minute')
			and (a.account = sign_in_delay.account or a.address = sign_in_delay.address)
	), counted as (
		select
			(select coalesce(max(r.created_at), '-infinity') from recent r
				where r.outcome = 'succeeded' and r.account = sign_in_delay.account
					and r.address is not distinct from sign_in_delay.address) as got_in_at,
			exists (select from private.sign_in_attempts k
				where k.account = sign_in_delay.account and k.address = sign_in_delay.address
					and k.outcome in ('succeeded', 'confirmed')) as known
	), delays as (
		select private.growing_delay(count(*), 5, 300) as seconds, max(r.created_at) as since
		from recent r, counted c
		where r.outcome = 'failed' and r.account = sign_in_delay.account
			and r.address is not distinct from sign_in_delay.address and r.created_at > c.got_in_at
		union all
		select case when (select c.known from counted c) then 0 else private.growing_delay(count(*), 20, 60) end, max(r.created_at)
		from recent r
		where r.outcome = 'failed' and r.account = sign_in_delay.account
		union all
		select private.growing_delay(count(*), 30, 300), max(r.created_at)
		from recent r
		where r.outcome = 'failed' and r.address = sign_in_delay.address
			and not (r.address <<= inet '127.0.0.0/8' or r.address = inet '::1')
	)
	select ceil(max(extract(epoch from d.since + make_interval(secs => d.seconds) - clock_timestamp())))::integer into wait
	from delays d
	where d.seconds > 0;
	return greatest(coalesce(wait, 0), 0);
end
$$;

-- Before the password is looked at. Answers {attempt_id, retry_after}: seconds to wait, 0 to go on.
create function private.begin_sign_in(email text, address text, user_agent text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	account constant bytea := private.account_key(email);
	wait integer;
	attempt uuid;
begin
	-- one after the other for an account and for an address: a thousand at once are counted like a thousand in a row
	perform pg_advisory_xact_lock(1, hashtext(encode(account, 'hex')));
	if address is not null then
		perform pg_advisory_xact_lock(2, hashtext(address));
	end if;
	-- (ids are in the order of time)
	delete from private.sign_in_attempts a
	where a.id in (select o.id from private.sign_in_attempts o order by o.id limit 10)
		and a.created_at < now() - interval '180 days';

	wait := private.sign_in_delay(account, address::inet);
	insert into private.sign_in_attempts (account, address, user_agent, outcome)
	values (account, address::inet, left(begin_sign_in.user_agent, 400), case when wait > 0 then 'delayed' else 'pending' end)
	returning id into attempt;
	return jsonb_build_object('attempt_id', attempt, 'retry_after', wait);
end
$$;

-- Of tries that failed so many are kept at most, and those of the last hour, which delay the next ones: an attack fills no disk. Who got
-- in stays for half a year.
create function private.prune_sign_ins(at timestamptz default now(), most integer default 200000, batch integer default 50000)
returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.sign_in_attempts a
	where a.id in (
		select o.id from private.sign_in_attempts o
		where o.id < (select k.id from private.sign_in_attempts k order by k.id desc offset most limit 1)
			and o.created_at < prune_sign_ins.at - interval '1 hour' and o.outcome in ('pending', 'delayed', 'failed')
		order by o.id
		limit batch);
end
$$;
select cron.schedule('sign-ins-kept', '* * * * *', 'select private.prune_sign_ins()');

-- After it: a failure is counted; a success describes its session. Answers what the person should know of their account:
-- {previous: {at, address, user_agent} or null, failed_since}.
create function private.finish_sign_in(attempt_id uuid, session_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	attempt private.sign_in_attempts;
	previous private.sign_in_attempts;
	failed bigint;
begin
	update private.sign_in_attempts a
	set outcome = case when finish_sign_in.session_id is null then 'failed' else 'succeeded' end,
		session_id = finish_sign_in.session_id
	where a.id = attempt_id and a.outcome = 'pending'
	returning * into attempt;
	if attempt.id is null or finish_sign_in.session_id is null then
		return null;
	end if;

	perform private.describe_session(finish_sign_in.session_id, host(attempt.address), attempt.user_agent);
	perform private.record_password_entered(finish_sign_in.session_id);

	select * into previous
	from private.sign_in_attempts a
	where a.account = attempt.account and a.outcome = 'succeeded' and a.id <> attempt.id and a.created_at <= attempt.created_at
	order by a.created_at desc
	limit 1;
	select count(*) into failed
	from private.sign_in_attempts a
	where a.account = attempt.account and a.outcome in ('failed', 'delayed')
		and a.created_at > coalesce(previous.created_at, '-infinity') and a.created_at <= attempt.created_at;

	return jsonb_build_object(
		'previous', case when previous.id is not null then jsonb_build_object(
			'at', previous.created_at, 'address', host(previous.address), 'user_agent', previous.user_agent) end,
		'failed_since', failed);
end
$$;

-- After the password of somebody who is signed in was asked for once more. Answers whether their session is fresh now.
create function private.finish_confirmation(attempt_id uuid, session_id uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	update private.sign_in_attempts a
	set outcome = case when finish_confirmation.session_id is null then 'failed' else 'confirmed' end,
		session_id = finish_confirmation.session_id
	where a.id = attempt_id and a.outcome = 'pending';
	if not found or finish_confirmation.session_id is null then
		return false;
	end if;
	perform private.record_password_entered(finish_confirmation.session_id);
	return true;
end
$$;

-- The last tries to sign in as the caller, newest first, also those that failed.
create function private.my_sign_ins() returns table (
	id uuid, outcome text, user_agent text, address text, created_at timestamptz
)
language plpgsql stable security definer set search_path = ''
as $$
begin
	return query
		select a.id, a.outcome, a.user_agent, host(a.address), a.created_at
		from private.my_session mine
		join auth.users u on u.id = mine.user_id
		join private.sign_in_attempts a on a.account = private.account_key(u.email)
		where a.outcome in ('succeeded', 'failed', 'delayed') and a.created_at >= u.created_at
		order by a.created_at desc, a.id desc
		limit 30;
end
$$;

create function api.my_sign_ins() returns table (
	id uuid, outcome text, user_agent text, address text, created_at timestamptz
)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.my_sign_ins();
end;
comment on function api.my_sign_ins() is
	'The last thirty tries to sign in as the caller: "succeeded", "failed", or "delayed" (refused before the password was looked at).';

create function service.begin_sign_in(email text, address text default null, user_agent text default null) returns jsonb
language sql security invoker set search_path = ''
begin atomic
	select private.begin_sign_in(email, address, user_agent);
end;
comment on function service.begin_sign_in(text, text, text) is
	'Before a password is looked at: {attempt_id, retry_after}, seconds to wait or 0. Every try leaves a row.';

create function service.finish_sign_in(attempt_id uuid, session_id uuid default null) returns jsonb
language sql security invoker set search_path = ''
begin atomic
	select private.finish_sign_in(attempt_id, session_id);
end;
comment on function service.finish_sign_in(uuid, uuid) is
	'After it: without a session it failed. Else {previous: {at, address, user_agent} or null, failed_since}.';

create function service.finish_confirmation(attempt_id uuid, session_id uuid default null) returns boolean
language sql security invoker set search_path = ''
begin atomic
	select private.finish_confirmation(attempt_id, session_id);
end;
comment on function service.finish_confirmation(uuid, uuid) is
	'Like finish_sign_in, for somebody who is signed in and entered their password once more: true if their session is fresh now.';

grant execute on function api.my_sign_ins(), private.my_sign_ins() to authenticated;
grant execute on function
	service.begin_sign_in(text, text, text), private.begin_sign_in(text, text, text),
	service.finish_sign_in(uuid, uuid), private.finish_sign_in(uuid, uuid),
	service.finish_confirmation(uuid, uuid), private.finish_confirmation(uuid, uuid)
to edge, service_role;
