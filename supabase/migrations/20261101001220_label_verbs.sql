-- What is done with labels: making them, and putting them on conversations.

create function private.label_name(name text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
	plain constant text := btrim(regexp_replace(coalesce(label_name.name, ''), '\s+', ' ', 'g'));
begin
	if char_length(plain) not between 1 and 40 then
		perform private.fail(422, 'label_name_invalid', 'Give the label a name of at most 40 characters. Nothing was changed.');
	end if;
	return plain;
end
$$;

create function private.create_label(organization_id uuid, name text) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	made uuid;
begin
	perform private.require('conversations:update', create_label.organization_id);
	if (select count(*) from public.labels l where l.organization_id = create_label.organization_id) >= 200 then
		perform private.fail(409, 'labels_too_many',
			'An organization can have 200 labels, a conversation 20. Nothing was changed.');
	end if;
	insert into public.labels (organization_id, name)
	values (create_label.organization_id, private.label_name(create_label.name))
	on conflict (organization_id, lower(name)) do nothing
	returning id into made;
	if made is null then
		perform private.fail(409, 'label_taken', 'There is a label of this name already. Nothing was changed.');
	end if;
	return made;
end
$$;

-- The organization of a label that the caller may change.
create function private.require_label(label_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	place uuid;
begin
	perform private.require_caller();
	select l.organization_id into place from public.labels l where l.id = require_label.label_id;
	if place is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('conversations:update', place);
	return place;
end
$$;

create function private.change_label(label_id uuid, name text, color smallint) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_label(change_label.label_id);
	if change_label.color not between 1 and 8 then
		perform private.fail(422, 'label_color_invalid', 'Choose one of the eight colours, or none. Nothing was changed.');
	end if;
	update public.labels l set name = private.label_name(change_label.name), color = change_label.color
	where l.id = change_label.label_id;
exception
	when unique_violation then
		perform private.fail(409, 'label_taken', 'There is a label of this name already. Nothing was changed.');
end
$$;

create function private.delete_label(label_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_label(delete_label.label_id);
	delete from public.labels l where l.id = delete_label.label_id;
	update public.conversations c
	set label_ids = array_remove(c.label_ids, delete_label.label_id)
	where c.label_ids @> array[delete_label.label_id] and c.label_ids <> '{}';
end
$$;

create function private.set_labels(conversation_ids uuid[], add uuid[], remove uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	adds constant uuid[] := coalesce(set_labels.add, '{}');
begin
	perform private.require_conversations('conversations:update', set_labels.conversation_ids);
	if exists (
		select from unnest(adds) a (id), public.conversations c
		where c.id = any (set_labels.conversation_ids) and not exists (
			select from public.labels l where l.id = a.id and l.organization_id = c.organization_id))
	then
		perform private.fail(404, 'label_gone', 'This label was deleted meanwhile. Nothing was changed.');
	end if;

	update public.conversations c
	set label_ids = wanted.ids
	from public.conversations o
	cross join lateral (
		select array(
			select distinct i.id from unnest(o.label_ids || adds) i (id)
			where i.id <> all (coalesce(set_labels.remove, '{}'))
			order by i.id) as ids) wanted
	where c.id = any (set_labels.conversation_ids) and o.id = c.id and c.label_ids <> wanted.ids;
	if exists (
		select from public.conversations c
		where c.id = any (set_labels.conversation_ids) and cardinality(c.label_ids) > 20)
	then
		perform private.fail(409, 'labels_too_many',
			'An organization can have 200 labels, a conversation 20. Nothing was changed.');
	end if;
end
$$;

create function api.create_label(organization_id uuid, name text) returns uuid
language sql security invoker set search_path = ''
return private.create_label(organization_id, name);
comment on function api.create_label(uuid, text) is
	'A new label; returns its id. Fails with session_ended, not_found, not_allowed, label_name_invalid, label_taken, labels_too_many.';

create function api.change_label(label_id uuid, name text, color smallint default null) returns void
language sql security invoker set search_path = ''
return private.change_label(label_id, name, color);
comment on function api.change_label(uuid, text, smallint) is
	'Gives a label another name and colour: 1 to 8, or null for none. Fails with session_ended, not_found, not_allowed, '
	'label_name_invalid, label_color_invalid, label_taken.';

create function api.delete_label(label_id uuid) returns void
language sql security invoker set search_path = ''
return private.delete_label(label_id);
comment on function api.delete_label(uuid) is
	'Takes a label away, also from every conversation. Fails with session_ended, not_found, not_allowed.';

create function api.set_labels(conversation_ids uuid[], add uuid[] default '{}', remove uuid[] default '{}') returns void
language sql security invoker set search_path = ''
return private.set_labels(conversation_ids, add, remove);
comment on function api.set_labels(uuid[], uuid[], uuid[]) is
	'Puts labels on conversations and takes others off, all or none. Fails with session_ended, not_found, not_allowed, malformed, '
	'label_gone, labels_too_many.';

grant execute on function
	api.create_label(uuid, text), private.create_label(uuid, text),
	api.change_label(uuid, text, smallint), private.change_label(uuid, text, smallint),
	api.delete_label(uuid), private.delete_label(uuid),
	api.set_labels(uuid[], uuid[], uuid[]), private.set_labels(uuid[], uuid[], uuid[])
to authenticated;
