-- What binds contacts to each other, and what shuts them out: merging, splitting, blocking.

-- Several numbers of one person: they share name and notes from now on. Each keeps its conversations.
create function private.merge_contacts(into_id uuid, ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	kept constant public.contacts := private.contact_to_change(into_id);
	head constant uuid := coalesce(kept.merged_into_id, kept.id);
	people uuid[];
begin
	people := array(
		select distinct m.id
		from public.contacts c
		join public.contacts m on m.organization_id = c.organization_id
			and coalesce(m.merged_into_id, m.id) = coalesce(c.merged_into_id, c.id)
		where c.organization_id = kept.organization_id and c.id = any (merge_contacts.ids || into_id));
	if cardinality(people) < 2 or exists (
		select from unnest(merge_contacts.ids) i (id) where i.id <> all (people))
	then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;

	update public.contacts c
	set merged_into_id = nullif(head, c.id),
		name = coalesce(kept.name, (select o.name from public.contacts o where o.id = any (people) and o.name is not null order by o.id limit 1)),
		-- what was noted of either is kept
		notes = (select left(string_agg(distinct o.notes, E'\n\n'), 4000) from public.contacts o where o.id = any (people)),
		updated_at = now()
	where c.id = any (people);
	perform private.audit(kept.organization_id, 'contact.merged', 'contact', head, null, jsonb_build_object('ids', people));
	perform private.touch_conversations(people);
end
$$;

create function private.split_contact(contact_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	contact constant public.contacts := private.contact_to_change(contact_id);
	others constant uuid[] := array_remove(private.rows_of_person(contact), contact.id);
begin
	if cardinality(others) = 0 then
		return;
	end if;
	-- where the first of them goes, the next is the first
	update public.contacts c
	set merged_into_id = case when c.id = contact.id or c.id = others[1] and contact.merged_into_id is null then null
			when contact.merged_into_id is null then others[1] else c.merged_into_id end,
		updated_at = now()
	where c.id = any (others || contact.id);
	perform private.touch_conversations(others || contact.id);
end
$$;

-- Texts of somebody blocked are kept and counted, but bring nothing back and tell nobody.
create function private.set_blocked(contact_id uuid, blocked boolean) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	contact constant public.contacts := private.contact_to_change(contact_id);
	people constant uuid[] := private.rows_of_person(contact);
begin
	update public.contacts c
	set blocked_at = case when blocked then now() end,
		blocked_count = case when blocked then 0 else c.blocked_count end,
		updated_at = now()
	where c.id = any (people) and (c.blocked_at is null) = blocked;
	if not found then
		return;
	end if;
	update public.conversations c set archived_at = now()
	where blocked and c.contact_id = any (people) and c.archived_at is null;
	perform private.audit(contact.organization_id, case when blocked then 'contact.blocked' else 'contact.unblocked' end,
		'contact', contact.id, null, jsonb_build_object('phone_number', contact.phone_number));
	perform private.touch_conversations(people);
end
$$;

create function private.block_contact(contact_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.set_blocked(contact_id, true);
end
$$;

create function private.unblock_contact(contact_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.set_blocked(contact_id, false);
end
$$;

create function api.merge_contacts(into_id uuid, ids uuid[]) returns void
language sql security invoker set search_path = ''
return private.merge_contacts(into_id, ids);
comment on function api.merge_contacts(uuid, uuid[]) is
	'These are one person with several numbers: they share name (that of the first) and notes. Fails with session_ended, '
	'not_found, not_allowed.';

create function api.split_contact(contact_id uuid) returns void
language sql security invoker set search_path = ''
return private.split_contact(contact_id);
comment on function api.split_contact(uuid) is
	'This number is another person''s after all; both keep name and notes. Fails with session_ended, not_found, not_allowed.';

create function api.block_contact(contact_id uuid) returns void
language sql security invoker set search_path = ''
return private.block_contact(contact_id);
comment on function api.block_contact(uuid) is
	'Texts of this person are kept and counted, but reopen nothing and notify nobody; nothing can be sent to them. Their '
	'conversations go to the archive. Fails with session_ended, not_found, not_allowed.';

create function api.unblock_contact(contact_id uuid) returns void
language sql security invoker set search_path = ''
return private.unblock_contact(contact_id);
comment on function api.unblock_contact(uuid) is 'Ends a block. Fails with session_ended, not_found, not_allowed.';

grant execute on function
	api.merge_contacts(uuid, uuid[]), private.merge_contacts(uuid, uuid[]),
	api.split_contact(uuid), private.split_contact(uuid),
	api.block_contact(uuid), private.block_contact(uuid),
	api.unblock_contact(uuid), private.unblock_contact(uuid)
to authenticated;
