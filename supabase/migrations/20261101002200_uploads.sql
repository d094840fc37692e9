-- Pictures of people and organizations: whoever may put one up, the worker looks at its bytes before anybody else sees it.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
	('avatars', 'avatars', false, 2097152, array['image/png', 'image/jpeg', 'image/webp']),
	('logos', 'logos', false, 2097152, array['image/png', 'image/jpeg', 'image/webp'])
on conflict (id) do update
set public = excluded.public, file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types;

create type public.upload_status as enum ('pending', 'ready', 'refused');
comment on type public.upload_status is 'Pending until the worker has read the bytes; then ready, and shown, or refused, and removed.';

create table public.uploads (
	id uuid primary key default private.uuid_v7(),
	bucket_id text not null check (bucket_id in ('avatars', 'logos')),
	user_id uuid not null references public.profiles (id) on delete cascade,
	organization_id uuid references public.organizations (id) on delete cascade,
	owner_id uuid not null generated always as (coalesce(organization_id, user_id)) stored,
	path text not null,
	status public.upload_status not null default 'pending',
	reason text,
	-- where the one who put it up sat, for the audit log
	address inet,
	created_at timestamptz not null default now(),
	checked_at timestamptz,
	check ((bucket_id = 'logos') = (organization_id is not null)),
	check ((status = 'refused') = (reason is not null)),
	unique (bucket_id, owner_id),
	unique (bucket_id, path)
);
comment on table public.uploads is
	'The latest picture somebody put up for themselves (avatars) or for an organization (logos), and what came of it. A new one '
	'takes the place of the former row. The picture that is shown is in profiles.avatar_path and organizations.logo_path.';

create index uploads_person on public.uploads (user_id);
create index uploads_organization on public.uploads (organization_id);
create unique index profiles_avatar_path on public.profiles (avatar_path) where avatar_path is not null;
create unique index organizations_logo_path on public.organizations (logo_path) where logo_path is not null;

-- The caller, while their session is alive and they are not suspended; else null.
create function private.my_user_id() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select s.user_id
		from private.my_session s
		join public.profiles p on p.id = s.user_id and p.suspended_at is null);
end
$$;

-- May the caller put an object there? `<their own id>/<uuid>` in avatars, `<an organization's id>/<uuid>` in logos where
-- their role may change it. Few at a time: what was never set is removed after an hour.
create function private.may_upload(bucket_id text, path text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
	folder uuid;
begin
	perform private.require_awake();
	if path is null or path !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
		return false;
	end if;
	folder := split_part(path, '/', 1)::uuid;
	return case may_upload.bucket_id
			when 'avatars' then folder is not distinct from private.my_user_id()
			when 'logos' then folder = any ((select private.my_organization_ids_for('organization:update'))::uuid[])
			else false
		end
		and (
			select count(*) < 20
			from storage.objects o
			where o.bucket_id = may_upload.bucket_id and o.name like folder || '/%');
end
$$;

alter table public.uploads enable row level security;
create policy "people can read their own" on public.uploads for select to authenticated
	using (user_id = (select private.my_user_id()));

create policy "people can put up their avatar" on storage.objects for insert to authenticated
	with check (bucket_id = 'avatars' and private.may_upload(bucket_id, name));
create policy "people can put up logos where their role allows it" on storage.objects for insert to authenticated
	with check (bucket_id = 'logos' and private.may_upload(bucket_id, name));

-- whom one sees is the profiles' and the organizations' own policy: only what the worker passed stands in their rows
create policy "people see avatars of colleagues and their own" on storage.objects for select to authenticated
	using (
		bucket_id = 'avatars' and (
			(storage.foldername(name))[1] = (select private.my_user_id())::text
			or exists (select from public.profiles p where p.avatar_path = objects.name)));
create policy "people see logos of their organizations and what they put up" on storage.objects for select to authenticated
	using (
		bucket_id = 'logos' and (
			owner_id = (select private.my_user_id())::text
				and (storage.foldername(name))[1]::uuid = any ((select private.my_organization_ids_for('organization:update'))::uuid[])
			or exists (select from public.organizations g where g.logo_path = objects.name)));

-- Has the worker remove a file. Storage alone can: a row deleted in SQL would leave its file behind.
create function private.remove_object_later(bucket_id text, path text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, queue_key, payload)
	values ('remove_object', 'upload:' || split_part(path, '/', 1), jsonb_build_object('bucket_id', bucket_id, 'path', path));
end
$$;

-- Forgets the latest upload for somebody; a picture that was not looked at yet goes with it. Others wait meanwhile.
create function private.give_up_upload(bucket_id text, owner_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former public.uploads;
begin
	perform pg_advisory_xact_lock(hashtextextended('upload:' || give_up_upload.bucket_id || give_up_upload.owner_id, 0));
	delete from public.uploads u
	where u.bucket_id = give_up_upload.bucket_id and u.owner_id = give_up_upload.owner_id
	returning * into former;
	if former.status = 'pending' then
		perform private.remove_object_later(former.bucket_id, former.path);
	end if;
end
$$;

-- Notes a picture that was put up, to be looked at. Again for the same picture: the same note. Returns its id.
create function private.begin_upload(bucket_id text, person uuid, organization_id uuid, path text) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	owner constant uuid := coalesce(begin_upload.organization_id, person);
	upload uuid;
begin
	if split_part(begin_upload.path, '/', 1) is distinct from owner::text or not exists (
		select from storage.objects o where o.bucket_id = begin_upload.bucket_id and o.name = begin_upload.path)
	then
		perform private.fail(404, 'picture_missing', 'The picture did not arrive. Nothing was changed; choose it once more.');
	end if;

	select u.id into upload
	from public.uploads u
	where u.bucket_id = begin_upload.bucket_id and u.path = begin_upload.path and u.status <> 'refused';
	if upload is not null then
		return upload;
	end if;

	perform private.give_up_upload(begin_upload.bucket_id, owner);
	insert into public.uploads (bucket_id, user_id, organization_id, path, address)
	values (begin_upload.bucket_id, person, begin_upload.organization_id, begin_upload.path, (
		select d.last_address from private.my_session s join private.session_details d on d.session_id = s.id))
	returning id into upload;
	insert into private.jobs (kind, queue_key, payload)
	values ('check_upload', 'upload:' || owner, jsonb_build_object('upload_id', upload));
	return upload;
end
$$;

create function private.set_avatar(path text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.begin_upload('avatars', private.require_session(), null, path);
end
$$;

create function private.set_logo(organization_id uuid, path text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.begin_upload('logos', private.require('organization:update', organization_id), organization_id, path);
end
$$;

-- Takes a person's picture away, also one that still waits.
create function private.drop_avatar(user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	former text;
begin
	perform private.give_up_upload('avatars', drop_avatar.user_id);
	select p.avatar_path into former from public.profiles p where p.id = drop_avatar.user_id for update;
	if former is not null then
		update public.profiles p set avatar_path = null, updated_at = now() where p.id = drop_avatar.user_id;
		perform private.remove_object_later('avatars', former);
	end if;
end
$$;

create function private.remove_avatar() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.drop_avatar(private.require_session());
end
$$;

create function private.remove_logo(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	former text;
begin
	perform private.require('organization:update', organization_id);
	perform private.give_up_upload('logos', remove_logo.organization_id);
	select o.logo_path into former from public.organizations o where o.id = remove_logo.organization_id for update;
	if former is not null then
		update public.organizations o set logo_path = null where o.id = remove_logo.organization_id;
		perform private.remove_object_later('logos', former);
		perform private.audit(organization_id, 'logo.changed', 'organization', organization_id,
			jsonb_build_object('logo_path', former), jsonb_build_object('logo_path', null));
	end if;
end
$$;

create view api.uploads with (security_invoker = true) as
select u.id, u.bucket_id, u.user_id, u.organization_id, u.path, u.status, u.reason, u.created_at, u.checked_at
from public.uploads u;
comment on view api.uploads is
	'What came of the pictures the caller put up: pending, ready, or refused with a reason of core/failures.ts.';

create function api.set_avatar(path text) returns void
language sql security invoker set search_path = ''
begin atomic
	select private.set_avatar(path);
end;
comment on function api.set_avatar(text) is
	'Makes an object of the caller''s folder in the bucket avatars their picture, once its bytes were looked at. Fails with picture_missing.';

create function api.remove_avatar() returns void
language sql security invoker set search_path = ''
begin atomic
	select private.remove_avatar();
end;
comment on function api.remove_avatar() is 'Takes the caller''s picture away.';

create function api.set_logo(organization_id uuid, path text) returns void
language sql security invoker set search_path = ''
begin atomic
	select private.set_logo(organization_id, path);
end;
comment on function api.set_logo(uuid, text) is
	'Makes an object of the organization''s folder in the bucket logos its logo, once its bytes were looked at. Fails with '
	'not_allowed, not_found, picture_missing.';

create function api.remove_logo(organization_id uuid) returns void
language sql security invoker set search_path = ''
begin atomic
	select private.remove_logo(organization_id);
end;
comment on function api.remove_logo(uuid) is 'Takes an organization''s logo away. Fails with not_allowed, not_found.';

grant select on public.uploads, api.uploads to authenticated;
grant execute on function
	private.my_user_id(),
	private.may_upload(text, text),
	api.set_avatar(text), private.set_avatar(text),
	api.remove_avatar(), private.remove_avatar(),
	api.set_logo(uuid, text), private.set_logo(uuid, text),
	api.remove_logo(uuid), private.remove_logo(uuid)
to authenticated;
