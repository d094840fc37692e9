-- Files with a text: which may go, and what becomes of them.

-- Can pictures travel between our number and theirs? MMS is a thing of the United States and Canada: +1, without the
-- other countries that share it.
create function private.can_carry_media(conversation_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		select from public.conversations c
		join public.phone_numbers n on n.id = c.phone_number_id
		join public.contacts t on t.id = c.contact_id
		where c.id = can_carry_media.conversation_id and n.country_code in ('US', 'CA')
			and t.phone_number ~ '^\+1(?!242|246|264|268|284|345|441|473|649|658|664|721|758|767|784|809|829|849|868|869|876)[2-9]\d{9}$');
end
$$;

-- The conversation of an attachment between one of our numbers and a recipient (E.164): it is opened, since a text is to
-- follow. What the gate would refuse then is better said before the bytes come.
create function private.attachable_between(phone_number_id uuid, recipient text) returns public.conversations
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_caller();
	number public.phone_numbers;
	conversation uuid;
	reasons text[];
begin
	select n.* into number
	from public.phone_numbers n
	where n.id = attachable_between.phone_number_id and n.released_at is null
		and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	if number.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('messages:send', number.organization_id);
	-- without words nothing is quoted: what it costs has to be there when it is sent
	reasons := private.check_sending(caller, number.id, btrim(attachable_between.recipient), null, 1);
	if cardinality(reasons) > 0 then
		perform private.refuse_sending(reasons[1]);
	end if;
	conversation := private.open_conversation(number.organization_id, number.id, btrim(attachable_between.recipient));
	-- in a statement of its own, which sees what was opened
	return private.attachable(conversation);
end
$$;

-- Refuses with one of the reasons why files cannot go with a text.
create function private.refuse_files(reason text) returns void
language plpgsql set search_path = ''
as $$
begin
	case reason
		when 'attachments_too_many' then
			perform private.fail(422, 'attachments_too_many', 'A text can have at most 10 files. Remove some of them first.');
		when 'attachment_missing' then
			perform private.fail(404, 'attachment_missing', 'A file did not arrive. Nothing was sent; choose it once more.');
		when 'attachment_not_ready' then
			perform private.fail(409, 'attachment_not_ready', 'A file is still being looked at. Nothing was sent; try again in a moment.');
		when 'media_unavailable' then
			perform private.fail(422, 'media_unavailable',
				'Files cannot be texted between these two numbers. Nothing was sent; put a link in the text instead.');
		when 'attachment_type_unsupported' then
			perform private.fail(422, 'attachment_type_unsupported',
				'Files of this kind cannot be sent here. Choose a JPEG, PNG, GIF, WebP, PDF, vCard, MP4, 3GP or plain text file.');
		when 'attachments_too_large' then
			perform private.fail(422, 'attachments_too_large',
				'The files of a text can have 5 MB together. Nothing was sent; remove some, or put a link in the text.');
	end case;
end
$$;

-- Why these files may not go with a text of this conversation; null where they may. They are the uploader's own (no person: the
-- key's that asks), looked at, not sent before, or the files of that scheduled text.
create function private.check_files(conversation_id uuid, attachment_ids uuid[], uploader uuid, scheduled_id uuid default null)
returns text
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	wanted constant integer := coalesce(cardinality(attachment_ids), 0);
	key constant uuid := case when uploader is null then private.my_key_id() end;
	place public.conversations;
	found record;
begin
	if wanted = 0 then
		return null;
	elsif wanted > 10 or (select count(distinct each.id) from unnest(attachment_ids) as each (id)) < wanted then
		return 'attachments_too_many';
	end if;

	select c.* into place from public.conversations c where c.id = check_files.conversation_id;
	select count(*) as count, sum(a.size) as total, bool_and(a.status = 'ready') as are_ready,
		bool_and(a.type in ('image/jpeg', 'image/png', 'image/gif', 'application/pdf', 'text/vcard', 'video/mp4', 'video/3gpp')) as are_media
	into found
	from public.attachments a
	where a.id = any (attachment_ids) and a.conversation_id = place.id and a.message_id is null and a.status in ('pending', 'ready')
		and (a.scheduled_id = check_files.scheduled_id or a.scheduled_id is null
			and (a.uploader_id = check_files.uploader or a.api_key_id = key));

	return case
		when found.count < wanted then 'attachment_missing'
		when not found.are_ready then 'attachment_not_ready'
		when place.phone_number_id is null then null
		when not private.can_carry_media(place.id) then 'media_unavailable'
		when not found.are_media then 'attachment_type_unsupported'
		when found.total > 5242880 then 'attachments_too_large'
	end;
end
$$;

-- Puts files under a text, in their order. To be called in the transaction that writes the text. Fails with the reasons of
-- check_files.
create function private.attach_to_message(message_id uuid, attachment_ids uuid[], scheduled_id uuid default null) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message public.messages;
	reason text;
begin
	if coalesce(cardinality(attachment_ids), 0) = 0 then
		return;
	end if;
	select m.* into message from public.messages m where m.id = attach_to_message.message_id;
	perform from public.attachments a where a.id = any (attachment_ids) order by a.id for update;
	reason := private.check_files(message.conversation_id, attachment_ids, message.author_id, attach_to_message.scheduled_id);
	if reason is not null then
		perform private.refuse_files(reason);
	end if;

	update public.attachments a
	set message_id = message.id, scheduled_id = null, position = array_position(attachment_ids, a.id) - 1, expires_at = null
	where a.id = any (attachment_ids);
	update public.messages m set attachment_count = cardinality(attachment_ids) where m.id = message.id;
end
$$;

-- A text that was taken back gives its files back to whoever wrote it.
create function private.release_attachments() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.attachments a set message_id = null, expires_at = now() + interval '1 day' where a.message_id = new.id;
	return null;
end
$$;
create trigger release_attachments after update on public.messages
	for each row when (old.status <> 'cancelled' and new.status = 'cancelled' and new.attachment_count > 0)
	execute function private.release_attachments();
