-- Files in conversations: nobody but whoever put one up sees it before the worker has read its bytes and it is sent.

-- the browser's word for a type counts for nothing: what goes in as octets is named by the worker
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('attachments', 'attachments', false, 26214400, array[
	'application/octet-stream', 'image/jpeg', 'image/png', 'image/gif', 'image/webp', 'application/pdf', 'text/vcard', 'video/mp4',
	'video/3gpp', 'text/plain'])
on conflict (id) do update
set public = excluded.public, file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types;

create type public.attachment_status as enum ('pending', 'ready', 'refused', 'expected', 'missing');
comment on type public.attachment_status is
	'Ours: pending until the worker has read the bytes, then ready, or refused and removed. Theirs: expected until the worker has '
	'fetched it from the carrier, then ready, or missing.';

create table public.attachments (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	phone_number_id uuid,
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	message_id uuid references public.messages (id) on delete cascade,
	-- with which text it is to be sent later
	scheduled_id uuid,
	uploader_id uuid references public.profiles (id) on delete set null,
	-- where no person put it up, but a program by a key
	api_key_id uuid,
	position smallint not null default 0,
	name text not null check (char_length(name) between 1 and 120),
	declared_type text check (char_length(declared_type) <= 100),
	type text,
	size bigint check (size >= 0),
	width integer,
	height integer,
	path text not null generated always as (organization_id::text || '/' || id::text) stored,
	status public.attachment_status not null default 'pending',
	reason text,
	created_at timestamptz not null default now(),
	-- when the bytes arrived, and when they were looked at
	uploaded_at timestamptz,
	checked_at timestamptz,
	-- what was not sent until then is removed
	expires_at timestamptz default now() + interval '1 day',
	check ((status in ('refused', 'missing')) = (reason is not null)),
	check (status <> 'ready' or type is not null and size is not null),
	check (message_id is null or scheduled_id is null)
);

comment on table public.attachments is
	'Files of texts, sent or scheduled, in the order of position, and those that somebody put up and did not send yet (neither), which '
	'only they see, as a key sees its own. type and size are what the bytes say, declared_type what somebody said. organization_id and phone_number_id are the '
	'conversation''s.';

create index attachments_message on public.attachments (message_id, position) where message_id is not null;
create index attachments_conversation on public.attachments (conversation_id, id desc);
create index attachments_unsent on public.attachments (expires_at) where message_id is null;
create index attachments_uploader on public.attachments (uploader_id) where uploader_id is not null;
create index attachments_key on public.attachments (organization_id, api_key_id) where api_key_id is not null;
create index attachments_key_unsent on public.attachments (api_key_id)
	where api_key_id is not null and message_id is null and scheduled_id is null;
create index attachments_path on public.attachments (path);
create index attachments_scheduled on public.attachments (scheduled_id, organization_id) where scheduled_id is not null;

alter table public.attachments enable row level security;
create policy "those with access can read what was sent or is to be" on public.attachments for select to authenticated
	using (
		(message_id is not null or scheduled_id is not null or uploader_id = (select auth.uid()))
		and organization_id = any ((select private.my_organization_ids())::uuid[])
		and (
			phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
			or (phone_number_id is null and conversation_id = any ((select private.my_team_conversation_ids())::uuid[]))));

-- May the caller put an object there? Where the verb said, once.
create function private.may_attach(path text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require_awake();
	return exists (
		select from public.attachments a
		where a.path = may_attach.path and a.status = 'pending' and a.uploaded_at is null and a.message_id is null
			and (a.uploader_id = (select s.user_id from private.my_session s) or (
				a.api_key_id = private.my_key_id()
				and a.phone_number_id = any (private.key_phone_number_ids('{messages:write}'))))
			and a.organization_id = any (private.my_organization_ids_for('messages:send')));
end
$$;

create policy "people can put up what they announced" on storage.objects for insert to authenticated
	with check (bucket_id = 'attachments' and private.may_attach(name));
create policy "people see files that were looked at, and their own" on storage.objects for select to authenticated
	using (
		bucket_id = 'attachments' and exists (
			select from public.attachments a
			where a.path = objects.name and (a.status = 'ready' or a.status = 'pending' and a.uploader_id = (select auth.uid()))));

-- A file's name as it may be shown and saved: no path, nothing invisible, nothing that turns the reading direction, and not
-- longer than can be read. Its ending stays.
create function private.file_name(raw text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
	name text := regexp_replace(normalize(coalesce(raw, ''), nfc), '^.*[/\\]', '');
begin
	name := regexp_replace(name, '[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff<>:"|?*]', '', 'g');
	name := btrim(regexp_replace(name, '\s+', ' ', 'g'), ' .');
	if char_length(name) > 120 then
		name := left(name, 100) || '…' || right(name, 19);
	end if;
	return coalesce(nullif(name, ''), 'file');
end
$$;

-- The conversation of an attachment, where the caller may send into it: its row. Others learn nothing.
create function private.attachable(conversation_id uuid) returns public.conversations
language plpgsql stable security definer set search_path = ''
as $$
declare
	place public.conversations;
begin
	perform private.require_caller();
	select c.* into place
	from public.conversations c
	where c.id = attachable.conversation_id and (
		c.phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
		or (c.phone_number_id is null and c.id = any ((select private.my_team_conversation_ids())::uuid[])));
	if place.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('messages:send', place.organization_id);
	return place;
end
$$;

create function private.begin_attachment(
	conversation_id uuid, name text, size bigint, type text, phone_number_id uuid, recipient text
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_caller();
	key constant uuid := private.my_key_id();
	place constant public.conversations := case
		when begin_attachment.conversation_id is not null then private.attachable(begin_attachment.conversation_id)
		else private.attachable_between(begin_attachment.phone_number_id, begin_attachment.recipient)
	end;
	carried constant boolean := place.phone_number_id is null or private.can_carry_media(place.id);
	attachment public.attachments;
begin
	if coalesce(begin_attachment.size, 0) <= 0 then
		perform private.fail(422, 'attachment_empty', 'This file is empty. Choose another one.');
	elsif begin_attachment.size > 26214400 then
		perform private.fail(422, 'attachment_too_large', 'A file can have at most 25 MB. Choose a smaller one.');
	elsif (
		select count(*) >= 30 from public.attachments a
		where a.conversation_id = place.id and (a.uploader_id = caller or a.api_key_id = key) and a.message_id is null
			and a.scheduled_id is null and a.status <> 'refused')
		-- a program that puts up and does not send comes to an end somewhere
		or (
			select count(*) >= 300 from public.attachments a
			where a.api_key_id = key and a.message_id is null and a.scheduled_id is null)
	then
		perform private.fail(422, 'attachments_too_many', 'A text can have at most 10 files. Remove some of them first.');
	-- people have links for what cannot be texted, programs have not
	elsif key is not null and not carried then
		perform private.refuse_files('media_unavailable');
	elsif key is not null and begin_attachment.size > 5242880 then
		perform private.refuse_files('attachments_too_large');
	end if;
	perform private.require_storage(place.organization_id, begin_attachment.size);

	insert into public.attachments (organization_id, phone_number_id, conversation_id, uploader_id, api_key_id, name, declared_type,
		size)
	values (place.organization_id, place.phone_number_id, place.id, caller, key, private.file_name(begin_attachment.name),
		nullif(left(begin_attachment.type, 100), ''), begin_attachment.size)
	returning * into attachment;
	return jsonb_build_object('id', attachment.id, 'path', attachment.path, 'name', attachment.name,
		'media', carried);
end
$$;

-- A file of the caller's own that was not sent yet. Fails with not_found.
create function private.my_unsent_attachment(attachment_id uuid) returns public.attachments
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_caller();
	key constant uuid := private.my_key_id();
	attachment public.attachments;
begin
	select a.* into attachment
	from public.attachments a
	where a.id = my_unsent_attachment.attachment_id and (a.uploader_id = caller or a.api_key_id = key) and a.message_id is null
		and a.scheduled_id is null
	for update;
	perform private.attachable(attachment.conversation_id);
	return attachment;
end
$$;

create function private.finish_attachment(attachment_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	attachment constant public.attachments := private.my_unsent_attachment(finish_attachment.attachment_id);
begin
	if attachment.uploaded_at is not null then
		return;
	end if;
	if not exists (select from storage.objects o where o.bucket_id = 'attachments' and o.name = attachment.path) then
		perform private.fail(404, 'attachment_missing', 'A file did not arrive. Nothing was sent; choose it once more.');
	end if;
	update public.attachments a set uploaded_at = now() where a.id = attachment.id;
	insert into private.jobs (kind, queue_key, payload, max_attempts)
	values ('check_attachment', 'attachment:' || attachment.id, jsonb_build_object('attachment_id', attachment.id), 6);
end
$$;

create function private.remove_attachment(attachment_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	attachment constant public.attachments := private.my_unsent_attachment(remove_attachment.attachment_id);
begin
	delete from public.attachments a where a.id = attachment.id;
end
$$;

-- Files go with their rows, whatever removes those. Storage alone can remove a file, so the worker asks it to.
create function private.forget_attachment() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.remove_object_later('attachments', old.path);
	return null;
end
$$;
create trigger forget_attachment after delete on public.attachments
	for each row when (old.status not in ('refused', 'missing')) execute function private.forget_attachment();

create view api.attachments with (security_invoker = true) as
select a.id, a.organization_id, a.phone_number_id, a.conversation_id, a.message_id, a.uploader_id, a.position, a.name, a.type, a.size,
	a.width, a.height, a.status, a.reason, a.created_at, a.scheduled_id, a.uploaded_at, a.api_key_id
from public.attachments a;
comment on view api.attachments is
	'Files of the texts that the caller may see, and what they put up themselves and did not send yet (neither message_id nor '
	'scheduled_id). uploaded_at: when its bytes had arrived. size is in '
	'bytes, width and height in pixels; reason is a slug of core/failures.ts.';

create function api.begin_attachment(
	conversation_id uuid, name text, size bigint, type text, phone_number_id uuid default null, recipient text default null
) returns jsonb
language sql security invoker set search_path = ''
return private.begin_attachment(conversation_id, name, size, type, phone_number_id, recipient);
comment on function api.begin_attachment(uuid, text, bigint, text, uuid, text) is
	'Announces a file for a conversation, or without one between a number and a recipient (E.164): {id, path, name, media}. Put it '
	'at that path of the bucket attachments, then call finish_attachment; by a key, functions/api does both. media: whether files can '
	'travel in this conversation, without which a key is refused. Fails with session_ended, not_found, not_allowed, '
	'attachment_empty, attachment_too_large, attachments_too_many, storage_full, storage_capped; a key with media_unavailable, attachments_too_large as well; '
	'between two numbers with what api.send_message fails with.';

create function api.finish_attachment(attachment_id uuid) returns void
language sql security invoker set search_path = ''
return private.finish_attachment(attachment_id);
comment on function api.finish_attachment(uuid) is
	'Has a file looked at that was put where begin_attachment said. Fails with not_found, not_allowed, attachment_missing.';

create function api.remove_attachment(attachment_id uuid) returns void
language sql security invoker set search_path = ''
return private.remove_attachment(attachment_id);
comment on function api.remove_attachment(uuid) is 'Takes a file back that was not sent. Fails with not_found, not_allowed.';

grant select on public.attachments, api.attachments to authenticated;
grant execute on function
	private.may_attach(text),
	api.begin_attachment(uuid, text, bigint, text, uuid, text), private.begin_attachment(uuid, text, bigint, text, uuid, text),
	api.finish_attachment(uuid), private.finish_attachment(uuid),
	api.remove_attachment(uuid), private.remove_attachment(uuid)
to authenticated;
