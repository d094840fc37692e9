-- What hosted Supabase has and a plain Postgres lacks, as far as this project uses it. Never part of a migration.
-- Run as supabase_admin after roles.sql and lite's system schema, before the migrations, at every start; idempotent.
-- Where hosted and this differ, this must be the stricter one: what works here has to work there.

-- ---------------------------------------------------------------------------------------------------------------------
-- the database: postgres owns it, and only named roles make temporary tables
do $$
begin
	execute format('alter database %I owner to postgres', current_database());
	execute format('revoke temporary on database %I from public', current_database());
end
$$;

create schema if not exists extensions;
grant usage on schema extensions to public;
grant create on schema extensions to postgres;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
alter role postgres set search_path = "$user", public, extensions;

-- the Supabase CLI keeps its history here and comes as postgres
create schema if not exists supabase_migrations;
alter schema supabase_migrations owner to postgres;
do $$
declare
	name text;
begin
	for name in select tablename from pg_catalog.pg_tables where schemaname = 'supabase_migrations' loop
		execute format('alter table supabase_migrations.%I owner to postgres', name);
	end loop;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- auth: lite makes the tables (as superuser); on hosted supabase_auth_admin owns them, so a sign-up trigger that forgot
-- "security definer" fails here as it would there
create or replace function auth.uid() returns uuid language sql stable as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.sub', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
	)::uuid
$$;
create or replace function auth.role() returns text language sql stable as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.role', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
	)
$$;
create or replace function auth.email() returns text language sql stable as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.email', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
	)
$$;
create or replace function auth.jwt() returns jsonb language sql stable as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim', true), ''),
		nullif(current_setting('request.jwt.claims', true), ''),
		'{}'
	)::jsonb
$$;

-- how a session began: lite does not keep it, stack/auth does, where hosted has it
create table if not exists auth.mfa_amr_claims (
	id uuid primary key,
	session_id uuid not null references auth.sessions (id) on delete cascade,
	created_at timestamptz not null,
	updated_at timestamptz not null,
	authentication_method text not null,
	unique (session_id, authentication_method)
);

alter schema auth owner to supabase_auth_admin;
do $$
declare
	object text;
begin
	for object in select format('table auth.%I', tablename) from pg_catalog.pg_tables where schemaname = 'auth'
		union all
		select format('function %s', oid::regprocedure) from pg_catalog.pg_proc where pronamespace = 'auth'::regnamespace
	loop
		execute format('alter %s owner to supabase_auth_admin', object);
	end loop;
end
$$;
grant usage on schema auth to anon, authenticated, service_role, postgres;
grant all on all tables in schema auth to postgres;

-- ---------------------------------------------------------------------------------------------------------------------
-- realtime: the table, its functions, and the bell for stack/realtime (hosted reads the write-ahead log instead)
create schema if not exists realtime;
grant usage on schema realtime to anon, authenticated, service_role, postgres;

create table if not exists realtime.messages (
	topic text not null,
	extension text not null,
	payload jsonb,
	event text,
	private boolean default false,
	updated_at timestamp not null default now(),
	inserted_at timestamp not null default now(),
	id uuid not null default gen_random_uuid(),
	binary_payload bytea,
	primary key (id)
);
-- ours: until when a client wanted its broadcast kept; how hosted notes that is not documented
alter table realtime.messages add column if not exists expires_at timestamp;
create index if not exists messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
	where extension = 'broadcast' and private is true;
alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

create or replace function realtime.topic() returns text language sql stable as $$
	select nullif(current_setting('realtime.topic', true), '')::text
$$;

-- as hosted: not security definer, and every error becomes a warning
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language plpgsql as $$
declare
	generated_id uuid;
	final_payload jsonb;
begin
	begin
		generated_id := gen_random_uuid();
		if payload ? 'id' then
			final_payload := payload;
		else
			final_payload := jsonb_set(payload, '{id}', to_jsonb(generated_id));
		end if;
		perform set_config('realtime.topic', topic, true);
		insert into realtime.messages (id, payload, event, topic, private, extension)
		values (generated_id, final_payload, event, topic, private, 'broadcast');
	exception when others then
		raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
	end;
end
$$;

create or replace function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
returns void language plpgsql as $$
begin
	begin
		perform set_config('realtime.topic', topic, true);
		insert into realtime.messages (binary_payload, event, topic, private, extension)
		values (payload, event, topic, private, 'broadcast');
	exception when others then
		raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
	end;
end
$$;

-- a row's change, from a trigger for each row; unlike send it raises, with hosted's sentences
create or replace function realtime.broadcast_changes(
	topic_name text,
	event_name text,
	operation text,
	table_name text,
	table_schema text,
	new record,
	old record,
	level text default 'ROW'
) returns void language plpgsql as $$
begin
	if level = 'STATEMENT' then
		raise exception 'function can only be triggered for each row, not for each statement';
	elsif coalesce(operation, '') not in ('INSERT', 'UPDATE', 'DELETE') then
		raise exception 'Unexpected operation type: %', operation;
	end if;
	perform realtime.send(
		jsonb_build_object('schema', table_schema, 'table', table_name, 'operation', operation,
			'record', new, 'old_record', old),
		event_name, topic_name);
exception when others then
	raise exception 'Failed to process the row: %', sqlerrm;
end
$$;

-- NOTIFY carries 8,000 bytes: a long message is named and read by the server
create or replace function realtime.notify_message() returns trigger language plpgsql set search_path = '' as $$
declare
	message text := json_build_object('id', new.id, 'topic', new.topic, 'event', new.event, 'private', new.private,
		'payload', new.payload, 'binary', encode(new.binary_payload, 'base64'))::text;
begin
	if octet_length(message) > 7000 then
		message := json_build_object('id', new.id)::text;
	end if;
	perform pg_catalog.pg_notify('realtime_messages', message);
	return null;
end
$$;
create or replace trigger notify_message after insert on realtime.messages
	for each row when (new.extension = 'broadcast') execute function realtime.notify_message();

create or replace function realtime.notify_session_ended() returns trigger language plpgsql set search_path = '' as $$
begin
	perform pg_catalog.pg_notify('session_ended', old.id::text);
	return null;
end
$$;
create or replace trigger notify_session_ended after delete on auth.sessions
	for each row execute function realtime.notify_session_ended();

-- ---------------------------------------------------------------------------------------------------------------------
-- net (pg_net): the request leaves when the transaction commits; stack/clock.ts makes it
create schema if not exists net;
grant usage on schema net to postgres;
create sequence if not exists net.http_request_id;
grant usage on sequence net.http_request_id to postgres;

create or replace function net.http_post(
	url text,
	body jsonb default '{}',
	params jsonb default '{}',
	headers jsonb default '{"content-type": "application/json"}',
	timeout_milliseconds int default 5000
) returns bigint language plpgsql set search_path = '' as $$
declare
	request_id bigint := nextval('net.http_request_id');
begin
	perform pg_catalog.pg_notify('net_http_post', json_build_object('id', request_id, 'url', url, 'body', body,
		'params', params, 'headers', headers, 'timeout_milliseconds', timeout_milliseconds)::text);
	return request_id;
end
$$;
revoke all on function net.http_post from public;
grant execute on function net.http_post to postgres;

-- ---------------------------------------------------------------------------------------------------------------------
-- cron (pg_cron): stack/clock.ts runs what stands here as the role that scheduled it
create schema if not exists cron;
grant usage on schema cron to postgres;
create table if not exists cron.job (
	jobid bigint generated always as identity primary key,
	schedule text not null,
	command text not null,
	username text not null default current_user,
	active boolean not null default true,
	jobname text,
	unique (jobname, username)
);
grant select, insert, update, delete on cron.job to postgres;
-- pg_cron writes a line for each run; here each job has one, its last
create table if not exists cron.job_run_details (
	jobid bigint unique references cron.job (jobid) on delete cascade,
	runid bigint generated always as identity primary key,
	command text,
	status text,
	return_message text,
	start_time timestamptz,
	end_time timestamptz
);
grant select on cron.job_run_details to postgres;

create or replace function cron.schedule(job_name text, schedule text, command text) returns bigint
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
	id bigint;
begin
	if schedule !~ '^[1-5]?[0-9] seconds$' and schedule <> '* * * * *' then
		raise exception 'the stack''s clock knows "<n> seconds" and "* * * * *", not "%"', schedule;
	end if;
	insert into cron.job (jobname, schedule, command) values (job_name, schedule, command)
	on conflict (jobname, username) do update set schedule = excluded.schedule, command = excluded.command
	returning jobid into id;
	return id;
end
$$;
create or replace function cron.unschedule(job_name text) returns boolean language plpgsql set search_path = '' as $$
begin
	delete from cron.job where jobname = job_name and username = current_user;
	return found;
end
$$;
revoke all on all functions in schema cron from public;
grant execute on all functions in schema cron to postgres;

-- ---------------------------------------------------------------------------------------------------------------------
-- vault: same doors, no encryption (the data folder is a developer's own)
create schema if not exists vault;
grant usage on schema vault to postgres;
create table if not exists vault.secrets (
	id uuid primary key default gen_random_uuid(),
	name text unique,
	description text not null default '',
	secret text not null,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create or replace view vault.decrypted_secrets as
	select id, name, description, secret, secret as decrypted_secret, created_at, updated_at from vault.secrets;
grant select on vault.decrypted_secrets to postgres;

create or replace function vault.create_secret(new_secret text, new_name text default null, new_description text default '')
returns uuid language sql security definer set search_path = '' as $$
	insert into vault.secrets (secret, name, description) values (new_secret, new_name, new_description) returning id
$$;
create or replace function vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null,
	new_description text default null)
returns void language sql security definer set search_path = '' as $$
	update vault.secrets set
		secret = coalesce(new_secret, secret),
		name = coalesce(new_name, name),
		description = coalesce(new_description, description),
		updated_at = now()
	where id = secret_id
$$;
revoke all on all functions in schema vault from public;
grant execute on all functions in schema vault to postgres;
