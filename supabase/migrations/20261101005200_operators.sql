-- The platform's own people: no tenant's users, a realm of their own. Who they are, which sessions they have, and the book of what they do.

create table private.operators (
	id uuid primary key default private.uuid_v7(),
	-- what they sign in with
	name text not null unique check (name ~ '^[a-z][a-z0-9._-]{1,39}$'),
	full_name text not null check (char_length(full_name) between 1 and 100),
	role text not null check (role in ('support', 'operator', 'administrator')),
	-- argon2id, in the PHC form; null until they used their link
	password_hash text,
	-- what the app's codes are made from, sealed by a key that only the app's own server has: key.nonce.words.tag
	totp_secret text check (totp_secret ~ '^[0-9A-Za-z_-]{1,20}(\.[0-9A-Za-z_-]{10,100}){3}$'),
	-- the last time step whose code was used: a code counts once
	totp_step bigint not null default 0,
	-- from where they may sign in; null: from anywhere
	allowed_from inet[] check (cardinality(allowed_from) > 0),
	-- the link by which they set their password and their codes: SHA-256 of its token
	invitation_hash bytea,
	invited_until timestamptz,
	disabled_at timestamptz,
	created_at timestamptz not null default now(),
	check (num_nonnulls(invitation_hash, invited_until) in (0, 2))
);
comment on table private.operators is
	'Who runs the platform. support looks, operator repairs, administrator does everything, other operators too. Never deleted: the book names them.';
create unique index operators_invitation on private.operators (invitation_hash) where invitation_hash is not null;

create table private.operator_recovery_codes (
	operator_id uuid not null references private.operators (id),
	-- SHA-256 of the code
	hash bytea not null check (octet_length(hash) = 32),
	primary key (operator_id, hash)
);
comment on table private.operator_recovery_codes is 'What opens once instead of a code of the app; gone when it was used.';

create table private.operator_sessions (
	-- SHA-256 of the id in the cookie
	hash bytea primary key check (octet_length(hash) = 32),
	operator_id uuid not null references private.operators (id),
	-- password: the code is still to come, and it opens nothing else
	stage text not null check (stage in ('password', 'full')),
	failed_codes smallint not null default 0,
	-- when a code of the app was entered last; what is dear asks for one of the last ten minutes
	code_at timestamptz,
	address inet,
	user_agent text check (char_length(user_agent) <= 400),
	created_at timestamptz not null default now(),
	seen_at timestamptz not null default now()
);
comment on table private.operator_sessions is
	'Operators'' sessions: over 12 hours after sign-in, after 30 idle minutes, and 10 minutes after a password without its code.';
create index operator_sessions_operator on private.operator_sessions (operator_id);

create table private.operator_log (
	id uuid primary key default private.uuid_v7(),
	operator_id uuid references private.operators (id),
	-- what they were at that moment
	role text,
	verb text not null check (verb ~ '^[a-z_]+\.[a-z_]+$'),
	reason text check (char_length(reason) between 1 and 500),
	object_kind text,
	object_id text,
	-- outlives the organization
	organization_id uuid,
	details jsonb,
	address inet,
	created_at timestamptz not null default now()
);
comment on table private.operator_log is
	'Append-only: what operators did, why, and from where; without one, what the command line did. No row is ever changed or deleted.';
create index operator_log_operator on private.operator_log (operator_id, id);
create index operator_log_organization on private.operator_log (organization_id, id) where organization_id is not null;

create trigger append_only before update or delete on private.operator_log
	for each row execute function private.refuse_change();
create trigger never_emptied before truncate on private.operator_log
	for each statement execute function private.refuse_change();
alter table private.operator_log enable always trigger append_only;
alter table private.operator_log enable always trigger never_emptied;

alter table private.operators enable row level security;
alter table private.operator_recovery_codes enable row level security;
alter table private.operator_sessions enable row level security;
alter table private.operator_log enable row level security;

-- Sessions that are alive. A disabled operator has none, nor one who comes from where they may not.
create view private.live_operator_sessions with (security_invoker = true) as
select s.hash, s.operator_id, s.stage, s.address, s.created_at, s.code_at, o.role, o.name, o.full_name, o.totp_secret,
	least(s.seen_at + interval '30 minutes', s.created_at + case s.stage when 'full' then interval '12 hours' else interval '10 minutes' end)
		as expires_at
from private.operator_sessions s
join private.operators o on o.id = s.operator_id and o.disabled_at is null
where s.seen_at > now() - interval '30 minutes'
	and s.created_at > now() - case s.stage when 'full' then interval '12 hours' else interval '10 minutes' end
	and (o.allowed_from is null or coalesce(s.address <<= any (o.allowed_from), false));
comment on view private.live_operator_sessions is 'Operators'' sessions within their limits, and when each would end.';

create function private.sha256_of(secret text) returns bytea
language sql immutable set search_path = ''
return sha256(convert_to(secret, 'UTF8'));

-- A line of the operators' book. Details hold no secret and nothing of what a tenant's people wrote.
create function private.note_deed(
	operator_id uuid, verb text, reason text default null, object_kind text default null, object_id text default null,
	organization_id uuid default null, details jsonb default null, address inet default null
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.operator_log (operator_id, role, verb, reason, object_kind, object_id, organization_id, details, address)
	values (note_deed.operator_id, (select o.role from private.operators o where o.id = note_deed.operator_id), note_deed.verb,
		note_deed.reason, note_deed.object_kind, note_deed.object_id, note_deed.organization_id, note_deed.details, note_deed.address);
end
$$;

-- The one way into the console's verbs: the operator of a session that is alive and confirmed by a code, whose role is at least this
-- one. Fails with operator_session_ended, operator_not_allowed.
create function private.require_operator(session text, role text) returns private.live_operator_sessions
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live private.live_operator_sessions;
	ranks constant text[] := '{support,operator,administrator}';
begin
	select s.* into live from private.live_operator_sessions s
	where s.hash = decode(require_operator.session, 'hex') and s.stage = 'full';
	if live.hash is null then
		perform private.fail(401, 'operator_session_ended', 'This sign-in has ended. Sign in again to go on.');
	elsif array_position(ranks, live.role) < array_position(ranks, require_operator.role) then
		perform private.fail(403, 'operator_not_allowed', 'Your role as an operator does not allow this. Nothing was changed.');
	end if;
	return live;
end
$$;

-- Who does something, and why: like require_operator, and fails with reason_missing where there is none.
create function private.require_reason(session text, role text, reason text) returns private.live_operator_sessions
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator(session, role);
begin
	if coalesce(char_length(btrim(reason)), 0) not between 3 and 500 then
		perform private.fail(422, 'reason_missing', 'Say why, in 3 to 500 characters. Nothing was changed.');
	end if;
	return live;
end
$$;

-- Before what is dear: money, suspensions, other operators, replays of many, holding back what is sent. Like require_reason, and a code of
-- the app has to have been entered within ten minutes. Fails with operator_code_needed.
create function private.require_operator_fresh(session text, role text, reason text) returns private.live_operator_sessions
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_reason(session, role, reason);
begin
	if live.code_at is null or live.code_at <= now() - interval '10 minutes' then
		perform private.fail(403, 'operator_code_needed',
			'Type the code that your app shows now: the last one was more than ten minutes ago. Nothing was changed.');
	end if;
	return live;
end
$$;
