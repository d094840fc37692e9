-- More of what keys may do, scope by scope: each verb asks private.require for a capability that a scope stands for.

-- Between whom conversations are: who reads or sends texts knows that, also by a key that does not see contacts.
create function private.conversation_numbers(organization_id uuid, conversation_ids uuid[], recipient text)
returns table (conversation_id uuid, phone_number_id uuid, number_e164 text, contact_id uuid, contact_number text)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	numbers uuid[];
begin
	if conversation_numbers.organization_id <> all (
		private.key_organization_ids('{messages:read, messages:write, conversations:read}'))
	then
		perform private.require('messages:read', conversation_numbers.organization_id);
	end if;
	numbers := private.my_phone_number_ids();
	if conversation_numbers.conversation_ids is not null then
		return query
			select c.id, n.id, n.e164, t.id, t.phone_number
			from public.conversations c
			join public.phone_numbers n on n.id = c.phone_number_id
			join public.contacts t on t.id = c.contact_id
			where c.id = any (conversation_numbers.conversation_ids) and c.organization_id = conversation_numbers.organization_id
				and n.id = any (numbers)
				and (conversation_numbers.recipient is null or t.phone_number = conversation_numbers.recipient)
			order by c.id
			limit 500;
	else
		return query
			select c.id, n.id, n.e164, t.id, t.phone_number
			from public.contacts t
			join public.conversations c on c.contact_id = t.id
			join public.phone_numbers n on n.id = c.phone_number_id
			where t.organization_id = conversation_numbers.organization_id and t.phone_number = conversation_numbers.recipient
				and n.id = any (numbers)
			order by c.id
			limit 500;
	end if;
end
$$;

create function api.conversation_numbers(
	organization_id uuid, conversation_ids uuid[] default null, recipient text default null
) returns table (conversation_id uuid, phone_number_id uuid, number_e164 text, contact_id uuid, contact_number text)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.conversation_numbers(organization_id, conversation_ids, recipient);
end;
comment on function api.conversation_numbers(uuid, uuid[], text) is
	'Between which number of ours and whom conversations are, at most 500: these ones, or those with this contact (E.164). For people, '
	'and for keys that read or send texts or read conversations. Fails with session_ended, not_found, scope_missing.';

grant execute on function
	api.conversation_numbers(uuid, uuid[], text), private.conversation_numbers(uuid, uuid[], text)
to authenticated, api_key;

-- The bytes of files come and go by a token of a minute, which functions/api mints for a key and shows nobody.
create policy "keys can put up what they announced" on storage.objects for insert to api_key
	with check (bucket_id = 'attachments' and private.may_attach(name));
create policy "keys see files that were looked at" on storage.objects for select to api_key
	using (
		bucket_id = 'attachments' and exists (
			select from public.attachments a where a.path = objects.name and a.status = 'ready'));
grant usage on schema storage to api_key;
grant select, insert on storage.objects to api_key;
grant execute on function private.may_attach(text) to api_key;

grant execute on function
	-- messages:write
	api.schedule_message(uuid, text, timestamptz, text, text, boolean, uuid[], uuid, text),
	private.schedule_message(uuid, text, timestamptz, text, text, boolean, uuid[], uuid, text),
	api.update_scheduled_message(uuid, text, timestamptz, text, boolean, uuid[]),
	private.update_scheduled_message(uuid, text, timestamptz, text, boolean, uuid[]),
	api.cancel_scheduled_message(uuid), private.cancel_scheduled_message(uuid),
	api.unsend_message(uuid), private.unsend_message(uuid),
	api.begin_attachment(uuid, text, bigint, text, uuid, text), private.begin_attachment(uuid, text, bigint, text, uuid, text),
	api.finish_attachment(uuid), private.finish_attachment(uuid),
	api.remove_attachment(uuid), private.remove_attachment(uuid),
	api.retry_attachment(uuid), private.retry_attachment(uuid),
	-- conversations:write
	api.create_label(uuid, text), private.create_label(uuid, text),
	api.change_label(uuid, text, smallint), private.change_label(uuid, text, smallint),
	api.delete_label(uuid), private.delete_label(uuid),
	-- contacts:write
	api.block_contact(uuid), private.block_contact(uuid),
	api.unblock_contact(uuid), private.unblock_contact(uuid),
	api.merge_contacts(uuid, uuid[]), private.merge_contacts(uuid, uuid[]),
	api.split_contact(uuid), private.split_contact(uuid),
	api.import_contacts(uuid, jsonb, boolean), private.import_contacts(uuid, jsonb, boolean),
	-- opt_outs:write
	api.import_opt_outs(uuid, jsonb, boolean), private.import_opt_outs(uuid, jsonb, boolean),
	-- numbers:read, numbers:write, number_orders:write
	api.number_terms(uuid, text, text), private.number_terms(uuid, text, text),
	api.update_number(uuid, text, smallint), private.update_number(uuid, text, smallint),
	api.order_number(uuid, text, bigint, text, text), private.order_number(uuid, text, bigint, text, text),
	api.renew_number(uuid), private.renew_number(uuid),
	api.set_auto_renew(uuid, boolean), private.set_auto_renew(uuid, boolean),
	api.cancel_number(uuid, text, boolean), private.cancel_number(uuid, text, boolean),
	api.keep_number(uuid), private.keep_number(uuid)
to api_key;
