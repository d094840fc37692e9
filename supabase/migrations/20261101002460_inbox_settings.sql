-- How an organization's inbox works.

create function private.set_inbox_settings(organization_id uuid, country_code text, reopen_archived boolean) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	before public.organizations;
begin
	perform private.require_locked('organization:update', set_inbox_settings.organization_id);
	if coalesce(set_inbox_settings.country_code, '') !~ '^[A-Z]{2}$' or set_inbox_settings.reopen_archived is null then
		perform private.fail(422, 'country_invalid', 'Choose a country of the list. Nothing was changed.');
	end if;
	select * into before from public.organizations o where o.id = set_inbox_settings.organization_id;
	if (before.country_code, before.reopen_archived)
		= (set_inbox_settings.country_code, set_inbox_settings.reopen_archived)
	then
		return;
	end if;

	update public.organizations o
	set country_code = set_inbox_settings.country_code, reopen_archived = set_inbox_settings.reopen_archived
	where o.id = set_inbox_settings.organization_id;
	perform private.audit(set_inbox_settings.organization_id, 'organization.updated', 'organization',
		set_inbox_settings.organization_id,
		jsonb_build_object('country_code', before.country_code, 'reopen_archived', before.reopen_archived),
		jsonb_build_object('country_code', set_inbox_settings.country_code,
			'reopen_archived', set_inbox_settings.reopen_archived));
end
$$;

create function api.set_inbox_settings(organization_id uuid, country_code text, reopen_archived boolean) returns void
language sql security invoker set search_path = ''
return private.set_inbox_settings(organization_id, country_code, reopen_archived);
comment on function api.set_inbox_settings(uuid, text, boolean) is
	'In which country numbers without a country code are (ISO 3166, two letters), and whether a new text brings an archived '
	'conversation back. Fails with session_ended, not_found, not_allowed, country_invalid.';

-- Deletes conversations for good, with all that was said in them. Who may not be texted is not forgotten with it.
create function private.delete_conversations(conversation_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_conversations('conversations:delete', delete_conversations.conversation_ids);
	if exists (
		select from public.conversations c
		where c.id = any (delete_conversations.conversation_ids)
			and (c.archived_at is null or c.archived_at > now() - interval '30 days'))
	then
		perform private.fail(409, 'not_long_archived',
			'Only what has been in the archive for 30 days can be deleted. Nothing was deleted.');
	end if;
	perform private.require_fresh_session();

	perform private.audit(c.organization_id, 'conversation.deleted', 'conversation', c.id,
		jsonb_build_object('contact', t.phone_number, 'number', n.e164, 'title', c.title, 'texts', c.last_seq,
			'archived_at', c.archived_at), null)
	from public.conversations c
	left join public.contacts t on t.id = c.contact_id
	left join public.phone_numbers n on n.id = c.phone_number_id
	where c.id = any (delete_conversations.conversation_ids);
	-- what the carrier told of these texts holds their words
	delete from private.provider_events e
	using public.messages m
	where m.conversation_id = any (delete_conversations.conversation_ids) and e.message_id = m.id;
	delete from public.conversations c where c.id = any (delete_conversations.conversation_ids);
end
$$;

create function api.delete_conversations(conversation_ids uuid[]) returns void
language sql security invoker set search_path = ''
return private.delete_conversations(conversation_ids);
comment on function api.delete_conversations(uuid[]) is
	'Deletes conversations that have been archived for 30 days, all or none, for good. Needs a fresh session. Fails with '
	'session_ended, not_found, not_allowed, malformed, not_long_archived, fresh_session_required.';

grant execute on function
	api.set_inbox_settings(uuid, text, boolean), private.set_inbox_settings(uuid, text, boolean),
	api.delete_conversations(uuid[]), private.delete_conversations(uuid[])
to authenticated;
