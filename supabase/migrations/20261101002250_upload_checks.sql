-- What the worker makes of an upload: it reads the bytes, and only then the picture is anybody's to see.

create function private.upload_to_check(upload_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('bucket_id', u.bucket_id, 'path', u.path)
		from public.uploads u
		where u.id = upload_id and u.status = 'pending');
end
$$;

-- What the worker found. Accepted: the picture is shown from here on, and the former one removed. Whoever put a logo up is
-- the actor in the organization's book: the worker only looked.
create function private.finish_upload(upload_id uuid, path text, reason text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	upload public.uploads;
	former text;
begin
	select u.* into upload from public.uploads u where u.id = upload_id and u.status = 'pending' for update;
	if upload.id is null then
		return jsonb_build_object('outcome', 'unchanged');
	end if;

	if finish_upload.reason is not null then
		update public.uploads u set status = 'refused', reason = finish_upload.reason, checked_at = now() where u.id = upload.id;
		perform private.remove_object_later(upload.bucket_id, upload.path);
		return jsonb_build_object('outcome', 'refused');
	end if;

	if upload.bucket_id = 'avatars' then
		select p.avatar_path into former from public.profiles p where p.id = upload.user_id for update;
		update public.profiles p set avatar_path = finish_upload.path, updated_at = now() where p.id = upload.user_id;
	else
		select o.logo_path into former from public.organizations o where o.id = upload.organization_id for update;
		update public.organizations o set logo_path = finish_upload.path where o.id = upload.organization_id;
		insert into public.audit_log (organization_id, actor_kind, actor_id, verb, object_kind, object_id, before, after, address)
		values (upload.organization_id, 'person', upload.user_id, 'logo.changed', 'organization', upload.organization_id,
			jsonb_build_object('logo_path', former), jsonb_build_object('logo_path', finish_upload.path), upload.address);
	end if;
	update public.uploads u set status = 'ready', path = finish_upload.path, checked_at = now() where u.id = upload.id;
	if former <> finish_upload.path then
		perform private.remove_object_later(upload.bucket_id, former);
	end if;
	if upload.path <> finish_upload.path then
		perform private.remove_object_later(upload.bucket_id, upload.path);
	end if;
	return jsonb_build_object('outcome', 'ready');
end
$$;

-- A check that is given up is not silent either.
create function private.on_parked_check() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if pg_input_is_valid(new.payload ->> 'upload_id', 'uuid') then
		perform private.finish_upload((new.payload ->> 'upload_id')::uuid, null, 'picture_unchecked');
	end if;
	return null;
end
$$;
create trigger on_parked_check after update on private.jobs
	for each row when (old.parked_at is null and new.parked_at is not null and new.kind = 'check_upload')
	execute function private.on_parked_check();

-- Files that were put up and never set, or left behind by a check that began anew: an hour old and nobody's.
create function private.sweep_uploads() returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	swept integer;
begin
	perform private.remove_object_later(o.bucket_id, o.name)
	from storage.objects o
	where o.bucket_id in ('avatars', 'logos') and o.created_at < now() - interval '1 hour'
		and not exists (
			select from public.uploads u where u.bucket_id = o.bucket_id and u.path = o.name and u.status <> 'refused')
		and not exists (select from public.profiles p where p.avatar_path = o.name)
		and not exists (select from public.organizations g where g.logo_path = o.name)
		and not exists (
			select from private.jobs j
			where j.kind = 'remove_object' and j.completed_at is null and j.parked_at is null
				and j.queue_key = 'upload:' || split_part(o.name, '/', 1) and j.payload ->> 'path' = o.name)
	limit 200;
	get diagnostics swept = row_count;
	return swept;
end
$$;
-- once an hour; the stack's clock knows only "every minute"
select cron.schedule('uploads', '* * * * *', 'select private.sweep_uploads() where extract(minute from now()) = 17');

-- Hints, without a word of what changed: to the person's own open pages, and to their colleagues'.
create function private.hint_upload() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(jsonb_build_object('upload_id', new.id), 'profile', 'user:' || new.user_id, true);
	return null;
end
$$;
create trigger hint_checked_upload after update on public.uploads
	for each row when (old.status <> new.status) execute function private.hint_upload();

create function private.hint_profile() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(jsonb_build_object('user_id', new.id), 'profile', 'user:' || new.id, true);
	perform realtime.send(jsonb_build_object('user_id', new.id), 'members', 'organization:' || m.organization_id, true)
	from public.memberships m
	where m.user_id = new.id;
	return null;
end
$$;
create trigger hint_profile after update on public.profiles
	for each row when (
		(old.username, old.full_name, old.avatar_path, old.locale, old.time_zone)
		is distinct from (new.username, new.full_name, new.avatar_path, new.locale, new.time_zone))
	execute function private.hint_profile();

create function private.hint_logo() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(jsonb_build_object('organization_id', new.id), 'organization', 'organization:' || new.id, true);
	return null;
end
$$;
create trigger hint_logo after update on public.organizations
	for each row when (old.logo_path is distinct from new.logo_path) execute function private.hint_logo();

create function service.upload_to_check(upload_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.upload_to_check(upload_id);
comment on function service.upload_to_check(uuid) is 'Where a picture lies that still waits to be looked at: {bucket_id, path}; else null.';

create function service.finish_upload(upload_id uuid, path text, reason text) returns jsonb
language sql security invoker set search_path = ''
return private.finish_upload(upload_id, path, reason);
comment on function service.finish_upload(uuid, text, text) is
	'Ends the wait of a picture: refused for a reason (a slug), or, where that is null, shown from the path, which is another '
	'than the uploaded one''s where it had to be cleaned. Once: what was decided or given up before is left unchanged.';

grant execute on function
	service.upload_to_check(uuid), private.upload_to_check(uuid),
	service.finish_upload(uuid, text, text), private.finish_upload(uuid, text, text)
to edge, service_role;
