-- Contacts that come in a file: each row by itself, tried before it is done.

-- One row of a file: made, changed, as it was, or why not. An empty cell changes nothing.
create function private.import_contact(organization_id uuid, line jsonb) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	e164 constant text := line ->> 'phone_number';
	new_name constant text := private.clean(line ->> 'name');
	new_notes constant text := private.clean(line ->> 'notes');
	known public.contacts;
	people uuid[];
begin
	if coalesce(e164, '') !~ '^\+[1-9][0-9]{6,14}$' then
		return 'phone_number_invalid';
	elsif char_length(new_name) > 100 then
		return 'contact_name_too_long';
	elsif char_length(new_notes) > 4000 then
		return 'contact_notes_too_long';
	end if;

	insert into public.contacts as c (organization_id, phone_number, name, notes)
	values (import_contact.organization_id, e164, new_name, new_notes)
	on conflict (organization_id, phone_number) do nothing;
	if found then
		return 'created';
	end if;
	select c.* into known from public.contacts c
	where c.organization_id = import_contact.organization_id and c.phone_number = e164;
	people := private.rows_of_person(known);
	update public.contacts c
	set name = coalesce(new_name, c.name), notes = coalesce(new_notes, c.notes), updated_at = now()
	where c.id = any (people) and (c.name is distinct from coalesce(new_name, c.name)
		or c.notes is distinct from coalesce(new_notes, c.notes));
	if not found then
		return 'unchanged';
	end if;
	perform private.touch_conversations(people);
	return 'updated';
end
$$;

create function private.import_contacts(organization_id uuid, rows jsonb, dry_run boolean) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	results text[] := '{}';
	line jsonb;
begin
	perform private.require('contacts:update', import_contacts.organization_id);
	if jsonb_typeof(rows) is distinct from 'array' or jsonb_array_length(rows) > 500 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform private.lock_people(import_contacts.organization_id);
	begin
		for line in select l.value from jsonb_array_elements(rows) with ordinality l (value, place) order by l.place loop
			results := results || private.import_contact(import_contacts.organization_id, line);
		end loop;
		if dry_run then
			raise exception using errcode = 'PTDRY';
		end if;
	exception when sqlstate 'PTDRY' then
		-- everything was tried, and nothing of it stays
		null;
	end;
	if not dry_run and results && array['created', 'updated'] then
		perform private.audit(import_contacts.organization_id, 'contact.imported', 'organization', import_contacts.organization_id,
			null, jsonb_build_object(
				'created', cardinality(array_positions(results, 'created')),
				'updated', cardinality(array_positions(results, 'updated'))));
	end if;
	return to_jsonb(results);
end
$$;

create function api.import_contacts(organization_id uuid, rows jsonb, dry_run boolean default true) returns jsonb
language sql security invoker set search_path = ''
return private.import_contacts(organization_id, rows, dry_run);
comment on function api.import_contacts(uuid, jsonb, boolean) is
	'At most 500 rows of {phone_number (E.164), name, notes}; answers for each, in order: created, updated, unchanged, or the slug '
	'of what is wrong with it. A dry run changes nothing. Fails with session_ended, not_found, not_allowed, malformed.';

grant execute on function
	api.import_contacts(uuid, jsonb, boolean), private.import_contacts(uuid, jsonb, boolean)
to authenticated;
