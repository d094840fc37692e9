-- The people an organization texts with.

-- names found in spite of typos, and indexes that begin with the organization; both stand ready on hosted Supabase
create extension if not exists pg_trgm with schema extensions;
create extension if not exists btree_gin with schema extensions;

-- Text as it is compared: small letters without accents, full-width forms as plain ones. What is ASCII, which is most of it,
-- takes the short way. Syllables of Hangul and marks of other scripts stay what they are.
create function private.fold(text text) returns text
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
	if octet_length(text) = char_length(text) then
		return lower(text);
	end if;
	return replace(replace(replace(
		translate(normalize(regexp_replace(normalize(lower(text), nfkd), '[\u0300-\u036f]+', '', 'g'), nfkc), 'øłđı', 'oldi'),
		'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
end
$$;

create table public.contacts (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	-- what a carrier delivers is never refused for its sender's sake
	phone_number text not null check (
		phone_number ~ '^\+[1-9][0-9]{6,14}$'
		or (char_length(phone_number) between 1 and 64 and phone_number !~ '[[:cntrl:]]')),
	name text check (char_length(name) between 1 and 100),
	notes text check (char_length(notes) between 1 and 4000),
	blocked_at timestamptz,
	-- texts that came while blocked
	blocked_count bigint not null default 0,
	-- the same person under another number
	merged_into_id uuid,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (organization_id, phone_number),
	unique (organization_id, id),
	foreign key (organization_id, merged_into_id) references public.contacts (organization_id, id) on delete set null (merged_into_id)
);
comment on table public.contacts is
	'Somebody an organization texts with: E.164, or the short code or name a service signs its texts with. Shared by all members.';

create index contacts_by_name on public.contacts (organization_id, private.fold(coalesce(name, '~')), id);
create index contacts_found on public.contacts
	using gin (organization_id, private.fold(name) extensions.gin_trgm_ops, phone_number extensions.gin_trgm_ops);
create index contacts_merged on public.contacts (organization_id, merged_into_id) where merged_into_id is not null;

alter table public.contacts enable row level security;
-- (people of tests, 4050_test_mode, are no contacts of theirs)
create policy "members can read" on public.contacts for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]) and left(phone_number, 5) <> '+1555');

-- Who changes people of an organization does so one after the other, until the transaction ends: which rows are one person is known
-- only then, and two who took theirs one by one could wait for each other.
create function private.lock_people(organization_id uuid) returns void
language plpgsql set search_path = ''
as $$
begin
	perform pg_advisory_xact_lock(hashtextextended('people:' || organization_id, 0));
end
$$;

-- A contact's row, the caller's own to change: not_found for a stranger, not_allowed for who only reads.
create function private.contact_to_change(contact_id uuid) returns public.contacts
language plpgsql security definer set search_path = ''
as $$
declare
	contact public.contacts;
begin
	perform private.require_caller();
	select c.* into contact from public.contacts c where c.id = contact_to_change.contact_id;
	if contact.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('contacts:update', contact.organization_id);
	perform private.lock_people(contact.organization_id);
	-- as it is now that nobody else changes it
	select c.* into contact from public.contacts c where c.id = contact_to_change.contact_id;
	return contact;
end
$$;

-- One person may have several numbers: the rows that were merged, one of them the first. (Volatile: it is asked after a lock.)
create function private.rows_of_person(contact public.contacts) returns uuid[]
language plpgsql security definer set search_path = ''
as $$
begin
	return array(
		select c.id from public.contacts c
		where c.organization_id = contact.organization_id
			and (c.id = coalesce(contact.merged_into_id, contact.id) or c.merged_into_id = coalesce(contact.merged_into_id, contact.id))
		order by c.id);
end
$$;

-- What is shown of a person in lists changed: their conversations take a revision, and open lists hear of it.
create function private.touch_conversations(contact_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	place record;
begin
	-- in one order, so that two who change the same people never wait for each other
	for place in
		select c.id, c.phone_number_id from public.conversations c where c.contact_id = any (contact_ids) order by c.id
	loop
		perform realtime.send(
			jsonb_build_object('id', place.id, 'revision', private.next_revision(place.id)),
			'conversation', 'number:' || place.phone_number_id, true);
	end loop;
end
$$;

-- Names and notes as they are kept: without blanks around them, and nothing instead of an empty one.
create function private.clean(text text) returns text
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
	return nullif(btrim(text, E' \t\r\n'), '');
end
$$;

create function private.check_contact(name text, notes text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	if char_length(name) > 100 then
		perform private.fail(422, 'contact_name_too_long', 'A name has at most 100 characters. Nothing was changed.');
	elsif char_length(notes) > 4000 then
		perform private.fail(422, 'contact_notes_too_long', 'Notes on a person have at most 4,000 characters. Nothing was changed.');
	end if;
end
$$;

create function private.create_contact(organization_id uuid, phone_number text, name text, notes text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	contact public.contacts;
begin
	perform private.require('contacts:update', create_contact.organization_id);
	perform private.check_contact(create_contact.name, create_contact.notes);
	if coalesce(create_contact.phone_number, '') !~ '^\+[1-9][0-9]{6,14}$' then
		perform private.fail(422, 'phone_number_invalid', 'This does not look like a phone number.');
	end if;

	insert into public.contacts as c (organization_id, phone_number, name, notes)
	values (create_contact.organization_id, create_contact.phone_number, private.clean(create_contact.name),
		private.clean(create_contact.notes))
	-- somebody who texted first has a row already, without a name
	on conflict (organization_id, phone_number) do update
		set name = excluded.name, notes = coalesce(c.notes, excluded.notes), updated_at = now()
		where c.name is null or c.name is not distinct from excluded.name
	returning * into contact;
	if contact.id is null then
		perform private.fail(409, 'contact_exists', 'This number is in your contacts already. Nothing was changed.');
	end if;
	perform private.touch_conversations(array[contact.id]);
	return (select to_jsonb(v) from api.contacts v where v.id = contact.id);
end
$$;

create function private.update_contact(contact_id uuid, name text, notes text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	people constant uuid[] := private.rows_of_person(private.contact_to_change(contact_id));
begin
	perform private.check_contact(update_contact.name, update_contact.notes);
	update public.contacts c
	set name = private.clean(update_contact.name), notes = private.clean(update_contact.notes), updated_at = now()
	where c.id = any (people) and (c.name is distinct from private.clean(update_contact.name)
		or c.notes is distinct from private.clean(update_contact.notes));
	if found then
		perform private.touch_conversations(people);
	end if;
end
$$;

create view api.contacts with (security_invoker = true) as
select c.id, c.organization_id, c.phone_number, c.name, c.notes, c.blocked_at, c.blocked_count, c.merged_into_id,
	-- the order of the list: by name, the nameless after all others
	private.fold(coalesce(c.name, '~')) as sort_name, c.created_at, c.updated_at
from public.contacts c;
comment on view api.contacts is 'The people the caller''s organizations text with. Listed by sort_name, id.';

create function api.create_contact(organization_id uuid, phone_number text, name text default null, notes text default null)
returns jsonb
language sql security invoker set search_path = ''
return private.create_contact(organization_id, phone_number, name, notes);
comment on function api.create_contact(uuid, text, text, text) is
	'A new contact by its number (E.164); names one that has texted already. Answers the contact. Fails with session_ended, '
	'not_found, not_allowed, phone_number_invalid, contact_exists, contact_name_too_long, contact_notes_too_long.';

create function api.update_contact(contact_id uuid, name text, notes text) returns void
language sql security invoker set search_path = ''
return private.update_contact(contact_id, name, notes);
comment on function api.update_contact(uuid, text, text) is
	'Name and notes of a person, under all of their numbers. Fails with session_ended, not_found, not_allowed, '
	'contact_name_too_long, contact_notes_too_long.';

grant select on public.contacts, api.contacts to authenticated;
grant execute on function
	private.fold(text),
	api.create_contact(uuid, text, text, text), private.create_contact(uuid, text, text, text),
	api.update_contact(uuid, text, text), private.update_contact(uuid, text, text)
to authenticated;
