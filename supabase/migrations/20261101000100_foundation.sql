-- The ground: four schemas, nobody's default privileges, and the few functions everything else stands on.

create schema api;
create schema service;
create schema private;

comment on schema api is
	'The contract with people and API keys: views to read, functions to act. Nothing here holds data or privilege.';
comment on schema service is 'What our own edge functions and server may do. Reachable by the roles edge and service_role only.';
comment on schema private is
	'How it is done: definer functions, policy helpers, triggers, jobs. Not exposed; execute is granted name by name.';

-- Whatever a host grants by default is taken back, so that every grant is one that a migration names.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;
revoke create on schema public from public, anon, authenticated, service_role;

-- The doorbell and the timer (jobs). Where a platform brings stand-ins of its own there is no extension to create.
do $$
begin
	if exists (select from pg_available_extensions where name = 'pg_net') then
		create extension if not exists pg_net with schema extensions;
	end if;
	if exists (select from pg_available_extensions where name = 'pg_cron') then
		create extension if not exists pg_cron with schema pg_catalog;
	end if;
end
$$;

-- The edge functions' own login: owns nothing, bypasses nothing, executes service functions, and may become a caller
-- for whom it acts. Login and password are given outside migrations. Roles belong to the cluster, hence the guard.
do $$
begin
	if not exists (select from pg_roles where rolname = 'edge') then
		create role edge nologin noinherit;
	end if;
end
$$;
grant authenticated to edge with inherit false, set true;
-- Where a pooler refuses custom roles: SUPABASE_DB_URL and `set local role edge`.
grant edge to postgres with inherit false, set true;

-- Refuses. The status becomes the HTTP status, the slug crosses every boundary, the sentence is for a person. The hint is the
-- moment from which on it is worth trying again, where that is known (ISO 8601, UTC).
create function private.fail(status integer, slug text, sentence text, retry_at timestamptz default null) returns void
language plpgsql set search_path = ''
as $$
begin
	if retry_at is not null then
		raise exception using errcode = 'PT' || status, message = slug, detail = sentence,
			hint = to_char(retry_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
	end if;
	raise exception using errcode = 'PT' || status, message = slug, detail = sentence;
end
$$;

-- RFC 9562 §5.7: 48 bits of Unix milliseconds, then chance. Sorts by age, so indexes grow at one end.
create function private.uuid_v7() returns uuid
language plpgsql volatile parallel safe set search_path = ''
as $$
begin
	return encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
		placing substring(int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint) from 3)
		from 1 for 6), 52, 1), 53, 1), 'hex')::uuid;
end
$$;

grant usage on schema api to anon, authenticated;
grant usage on schema service to edge, service_role;
