-- What the worker makes of a file: it reads the bytes, of ours where they were put, of theirs where the carrier keeps them.

create function private.attachment_to_check(attachment_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('bucket_id', 'attachments', 'path', a.path, 'url', s.url)
		from public.attachments a
		left join private.attachment_sources s on s.attachment_id = a.id
		where a.id = attachment_to_check.attachment_id
			and (a.status = 'pending' and a.uploaded_at is not null or a.status = 'expected' and s.url is not null));
end
$$;

-- What the worker found. A text that shows the file takes the conversation's next revision, so that every thread learns of it.
create function private.finish_attachment_check(
	attachment_id uuid, type text, size bigint, width integer, height integer, ending text, reason text
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	attachment public.attachments;
begin
	select a.* into attachment
	from public.attachments a
	where a.id = finish_attachment_check.attachment_id and a.status in ('pending', 'expected')
	for update;
	if attachment.id is null then
		return jsonb_build_object('outcome', 'unchanged');
	end if;

	update public.attachments a
	set checked_at = now(), reason = finish_attachment_check.reason,
		status = case
			when finish_attachment_check.reason is null then 'ready'::public.attachment_status
			when attachment.status = 'pending' then 'refused'
			else 'missing'
		end,
		name = case when attachment.status = 'expected' and ending is not null then
			split_part(finish_attachment_check.type, '/', 1) || '-' || attachment.position + 1 || ending else a.name end,
		type = finish_attachment_check.type, size = coalesce(finish_attachment_check.size, a.size),
		width = finish_attachment_check.width, height = finish_attachment_check.height
	where a.id = attachment.id
	returning a.* into attachment;

	if attachment.status = 'refused' then
		perform private.remove_object_later('attachments', attachment.path);
	end if;
	if attachment.message_id is not null then
		update public.messages m set revision = m.revision + 1 where m.id = attachment.message_id;
	end if;
	return jsonb_build_object('outcome', attachment.status);
end
$$;

-- A check or a fetch that is given up is not silent.
create function private.on_parked_attachment() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if pg_input_is_valid(new.payload ->> 'attachment_id', 'uuid') then
		perform private.finish_attachment_check((new.payload ->> 'attachment_id')::uuid, null, null, null, null, null,
			case new.kind when 'fetch_media' then 'media_unreachable' else 'attachment_unchecked' end);
	end if;
	return null;
end
$$;
create trigger on_parked_attachment after update on private.jobs
	for each row when (old.parked_at is null and new.parked_at is not null and new.kind in ('check_attachment', 'fetch_media'))
	execute function private.on_parked_attachment();

-- What was never sent, after a day; with a link, after the link's time. Their files go with them; so do files without a row.
create function private.sweep_attachments() returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	swept integer;
begin
	delete from public.attachments a
	where a.id in (
		select old.id from public.attachments old where old.message_id is null and old.expires_at < now() limit 200);
	get diagnostics swept = row_count;

	perform private.remove_object_later('attachments', o.name)
	from storage.objects o
	where o.bucket_id = 'attachments' and o.created_at between now() - interval '2 days' and now() - interval '1 hour'
		and not exists (select from public.attachments a where a.path = o.name and a.status in ('pending', 'ready', 'expected'))
		and not exists (
			select from private.jobs j
			where j.kind = 'remove_object' and j.completed_at is null and j.parked_at is null
				and j.queue_key = 'upload:' || split_part(o.name, '/', 1) and j.payload ->> 'path' = o.name)
	limit 200;
	return swept;
end
$$;
-- once an hour; the stack's clock knows only "every minute"
select cron.schedule('attachments', '* * * * *', 'select private.sweep_attachments() where extract(minute from now()) = 37');

-- Whom a link leads to which file; null once its time is over.
create function private.linked_attachment(token text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('path', a.path, 'name', a.name, 'type', a.type, 'size', a.size, 'expires_at', l.expires_at,
			'organization', o.name)
		from private.attachment_links l
		join public.attachments a on a.id = l.attachment_id and a.status = 'ready'
		join public.organizations o on o.id = a.organization_id and o.suspended_at is null
		where l.token_hash = sha256(convert_to(linked_attachment.token, 'UTF8')) and l.expires_at > now());
end
$$;

create function service.attachment_to_check(attachment_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.attachment_to_check(attachment_id);
comment on function service.attachment_to_check(uuid) is
	'Where a file lies that waits to be looked at: {bucket_id, path, url}; url: where the carrier keeps it, null for one of ours. Else null.';

create function service.finish_attachment_check(
	attachment_id uuid, type text, size bigint, width integer, height integer, ending text, reason text
) returns jsonb
language sql security invoker set search_path = ''
return private.finish_attachment_check(attachment_id, type, size, width, height, ending, reason);
comment on function service.finish_attachment_check(uuid, text, bigint, integer, integer, text, text) is
	'Ends the wait of a file: ready with what its bytes say it is, or refused (theirs: missing) for a reason, a slug. ending: what '
	'the name of a file of theirs ends in. Once: what was decided before is left unchanged.';

create function service.linked_attachment(token text) returns jsonb
language sql stable security invoker set search_path = ''
return private.linked_attachment(token);
comment on function service.linked_attachment(text) is
	'The file that a link leads to: {path, name, type, size, expires_at, organization}; null for no link, or one whose time is over.';

grant execute on function
	service.attachment_to_check(uuid), private.attachment_to_check(uuid),
	service.finish_attachment_check(uuid, text, bigint, integer, integer, text, text),
	private.finish_attachment_check(uuid, text, bigint, integer, integer, text, text),
	service.linked_attachment(text), private.linked_attachment(text)
to edge, service_role;
