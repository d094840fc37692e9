-- What Auth does not know of a session: from where and with what it came, and when its password was last entered. Written by
-- the app's own server, which sees the visitor's address.

create table private.session_details (
	session_id uuid primary key references auth.sessions (id) on delete cascade,
	user_id uuid not null,
	user_agent text check (char_length(user_agent) <= 400),
	first_address inet,
	last_address inet,
	last_used_at timestamptz not null default now(),
	password_entered_at timestamptz,
	created_at timestamptz not null default now()
);
comment on table private.session_details is
	'Beside each row of auth.sessions that our server knows: device, addresses, last use, and when the password was entered.';
create index session_details_person on private.session_details (user_id);

-- Why a session is no session any more. "gone": somebody ended it (signed out, changed the password, was removed); nobody may
-- go on in its name. "expired": it ran into its limits; whoever sits there may go on with their password. "alive": it is one.
create function private.session_state(session_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select case when s.created_at > now() - interval '720 hours'
			and least(
				s.not_after,
				greatest(s.created_at, s.updated_at, s.refreshed_at at time zone interval '0') + interval '168 hours') > now()
			then 'alive' else 'expired' end
		from auth.sessions s
		where s.id = session_state.session_id), 'gone');
end
$$;

-- Notes from where and with what a session is used. Again and again: the first is kept, the last is replaced.
create function private.describe_session(session_id uuid, address text, user_agent text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.session_details (session_id, user_id, user_agent, first_address, last_address)
	select s.id, s.user_id, left(describe_session.user_agent, 400), address::inet, address::inet
	from auth.sessions s
	where s.id = describe_session.session_id
	on conflict on constraint session_details_pkey do update
	set first_address = coalesce(session_details.first_address, excluded.first_address),
		last_address = coalesce(excluded.last_address, session_details.last_address),
		user_agent = coalesce(excluded.user_agent, session_details.user_agent),
		last_used_at = now();
end
$$;

-- The password of this session's person was entered just now, and it was the right one.
create function private.record_password_entered(session_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.session_details (session_id, user_id, password_entered_at)
	select s.id, s.user_id, clock_timestamp()
	from auth.sessions s
	where s.id = record_password_entered.session_id
	on conflict on constraint session_details_pkey do update set password_entered_at = excluded.password_entered_at;
end
$$;

-- How a sensitive verb (money, keys, roles, exports, deletion) asks that it is really them: the password, at most 15 minutes
-- ago, in this very session. Returns the caller. Fails with session_ended, suspended, fresh_session_required.
create function private.require_fresh_session() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_caller();
begin
	-- a key is made in a fresh session, and its scope goes on standing for it
	if person is not null and not exists (
		select from private.my_session s
		join private.session_details d on d.session_id = s.id
		where d.password_entered_at > now() - interval '15 minutes')
	then
		perform private.fail(403, 'fresh_session_required', 'Enter your password once more to go on. Nothing was changed.');
	end if;
	return person;
end
$$;

-- Ends a person's sessions, all but one if it is named. Their tokens open nothing from the next statement on.
create function private.end_sessions(user_id uuid, except_session_id uuid default null) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	ended integer;
begin
	delete from auth.sessions s
	where s.user_id = end_sessions.user_id and s.id is distinct from except_session_id;
	get diagnostics ended = row_count;
	return ended;
end
$$;

create function private.my_sessions() returns table (
	id uuid, is_current boolean, user_agent text, address text, last_address text, signed_in_at timestamptz, last_used_at timestamptz
)
language plpgsql stable security definer set search_path = ''
as $$
begin
	return query
		select s.id, s.id = mine.id, d.user_agent, host(d.first_address), host(d.last_address), s.created_at,
			greatest(d.last_used_at, s.updated_at, s.created_at)
		from private.my_session mine
		join auth.sessions s on s.user_id = mine.user_id
		left join private.session_details d on d.session_id = s.id
		where private.session_state(s.id) = 'alive'
		order by s.id = mine.id desc, 7 desc;
end
$$;

-- Ends one of the caller's own sessions; one that is gone already is what was asked for.
create function private.end_session(session_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_session();
begin
	delete from auth.sessions s where s.id = end_session.session_id and s.user_id = person;
end
$$;

create function private.end_other_sessions() returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_session();
begin
	return private.end_sessions(person, (select s.id from private.my_session s));
end
$$;

create function api.my_sessions() returns table (
	id uuid, is_current boolean, user_agent text, address text, last_address text, signed_in_at timestamptz, last_used_at timestamptz
)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.my_sessions();
end;
comment on function api.my_sessions() is 'Where the caller is signed in: device, addresses, first and last use.';

create function api.end_session(session_id uuid) returns void
language sql security invoker set search_path = ''
begin atomic
	select private.end_session(session_id);
end;
comment on function api.end_session(uuid) is 'Signs one of the caller''s own devices out, at once.';

create function api.end_other_sessions() returns integer
language sql security invoker set search_path = ''
begin atomic
	select private.end_other_sessions();
end;
comment on function api.end_other_sessions() is 'Signs the caller out everywhere but here. Returns how many devices that were.';

create function service.session_state(session_id uuid) returns text
language sql stable security invoker set search_path = ''
begin atomic
	select private.session_state(session_id);
end;
comment on function service.session_state(uuid) is
	'"alive", "expired" (it ran into its limits: the password lets them go on) or "gone" (somebody ended it).';

create function service.describe_session(session_id uuid, address text default null, user_agent text default null) returns void
language sql security invoker set search_path = ''
begin atomic
	select private.describe_session(session_id, address, user_agent);
end;
comment on function service.describe_session(uuid, text, text) is 'Notes from where and with what a session is used now.';

create function service.record_password_entered(session_id uuid) returns void
language sql security invoker set search_path = ''
begin atomic
	select private.record_password_entered(session_id);
end;
comment on function service.record_password_entered(uuid) is
	'The person of this session has just proven their password: sensitive verbs are open for 15 minutes.';

grant execute on function
	api.my_sessions(), private.my_sessions(),
	api.end_session(uuid), private.end_session(uuid),
	api.end_other_sessions(), private.end_other_sessions()
to authenticated;
grant execute on function
	service.session_state(uuid), private.session_state(uuid),
	service.describe_session(uuid, text, text), private.describe_session(uuid, text, text),
	service.record_password_entered(uuid), private.record_password_entered(uuid)
to edge, service_role;
