-- Schema storage as hosted has it, as far as this project and stack/storage use it. Run as supabase_admin after
-- platform.sql, at every start; idempotent. Names, columns and privileges are hosted's, so that a migration that makes a
-- bucket or a policy here does the same there.

create schema if not exists storage;
alter schema storage owner to supabase_storage_admin;
grant usage on schema storage to anon, authenticated, service_role, postgres;

create table if not exists storage.buckets (id text primary key);
alter table storage.buckets
	add column if not exists name text not null unique,
	add column if not exists owner uuid,
	add column if not exists owner_id text,
	add column if not exists public boolean default false,
	add column if not exists avif_autodetection boolean default false,
	add column if not exists file_size_limit bigint,
	add column if not exists allowed_mime_types text[],
	add column if not exists created_at timestamptz default now(),
	add column if not exists updated_at timestamptz default now();

create table if not exists storage.objects (id uuid primary key default gen_random_uuid());
alter table storage.objects
	add column if not exists bucket_id text references storage.buckets (id),
	add column if not exists name text,
	add column if not exists owner uuid,
	add column if not exists owner_id text,
	add column if not exists metadata jsonb,
	add column if not exists user_metadata jsonb,
	add column if not exists path_tokens text[] generated always as (string_to_array(name, '/')) stored,
	-- names the file under STACK_DIR/storage; a file never changes, a new content is a new version
	add column if not exists version text,
	add column if not exists created_at timestamptz default now(),
	add column if not exists updated_at timestamptz default now(),
	add column if not exists last_accessed_at timestamptz default now();
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);
create index if not exists objects_version on storage.objects (version);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role, postgres;

create or replace function storage.foldername(name text) returns text[] language plpgsql immutable as $$
declare
	_parts text[];
begin
	select string_to_array(name, '/') into _parts;
	return _parts[1 : array_length(_parts, 1) - 1];
end
$$;
create or replace function storage.filename(name text) returns text language plpgsql immutable as $$
declare
	_parts text[];
begin
	select string_to_array(name, '/') into _parts;
	return _parts[array_length(_parts, 1)];
end
$$;
create or replace function storage.extension(name text) returns text language plpgsql immutable as $$
begin
	return reverse(split_part(reverse(storage.filename(name)), '.', 1));
end
$$;
create or replace function storage.operation() returns text language plpgsql stable as $$
begin
	return current_setting('storage.operation', true);
end
$$;

-- a row that SQL deletes leaves its file behind: hosted refuses it, and so do we
create or replace function storage.protect_delete() returns trigger language plpgsql as $$
begin
	if coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' then
		raise exception 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
			using hint = 'This prevents accidental data loss from orphaned objects.', errcode = '42501';
	end if;
	return null;
end
$$;
create or replace trigger protect_objects_delete before delete on storage.objects
	for each statement execute function storage.protect_delete();
create or replace trigger protect_buckets_delete before delete on storage.buckets
	for each statement execute function storage.protect_delete();
