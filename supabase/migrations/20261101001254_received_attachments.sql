-- Files that came with texts from outside.

create table private.attachment_sources (
	attachment_id uuid primary key references public.attachments (id) on delete cascade,
	url text not null
);
comment on table private.attachment_sources is 'Where the carrier keeps a file that was texted to us. Reading it takes our credentials.';

-- Files that came with a text from outside: known by their addresses, fetched by the worker. `media`: [{url, type}].
create function private.expect_attachments(message_id uuid, media jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message public.messages;
	each record;
	attachment uuid;
begin
	select m.* into message from public.messages m where m.id = expect_attachments.message_id;
	for each in
		select e.value ->> 'url' as url, e.value ->> 'type' as type, e.ordinality - 1 as position
		from jsonb_array_elements(media) with ordinality as e
		where e.value ->> 'url' is not null and e.ordinality <= 10
	loop
		insert into public.attachments (organization_id, phone_number_id, conversation_id, message_id, position, name, declared_type,
			status, expires_at)
		values (message.organization_id, message.phone_number_id, message.conversation_id, message.id, each.position, 'file',
			nullif(left(each.type, 100), ''), 'expected', null)
		returning id into attachment;
		insert into private.attachment_sources (attachment_id, url) values (attachment, each.url);
		insert into private.jobs (kind, queue_key, payload, max_attempts)
		values ('fetch_media', 'attachment:' || attachment, jsonb_build_object('attachment_id', attachment), 8);
	end loop;
	update public.messages m
	set attachment_count = (select count(*) from public.attachments a where a.message_id = message.id)
	where m.id = message.id;
end
$$;

-- Fetches once more what could not be fetched.
create function private.retry_attachment(attachment_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	attachment public.attachments;
begin
	perform private.require_caller();
	select a.* into attachment
	from public.attachments a
	where a.id = retry_attachment.attachment_id and a.message_id is not null
	for update;
	perform private.attachable(attachment.conversation_id);
	if attachment.status = 'missing' and exists (
		select from private.attachment_sources s where s.attachment_id = attachment.id)
	then
		update public.attachments a set status = 'expected', reason = null, checked_at = null where a.id = attachment.id;
		update public.messages m set revision = m.revision + 1 where m.id = attachment.message_id;
		insert into private.jobs (kind, queue_key, payload, max_attempts)
		values ('fetch_media', 'attachment:' || attachment.id, jsonb_build_object('attachment_id', attachment.id), 8);
	end if;
end
$$;

create function api.retry_attachment(attachment_id uuid) returns void
language sql security invoker set search_path = ''
return private.retry_attachment(attachment_id);
comment on function api.retry_attachment(uuid) is
	'Fetches a file once more that could not be fetched from the carrier. Fails with not_found, not_allowed.';

grant execute on function api.retry_attachment(uuid), private.retry_attachment(uuid) to authenticated;
