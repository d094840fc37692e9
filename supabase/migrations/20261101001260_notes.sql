-- What colleagues write to each other beside a contact's texts. No function that sends reads this table, and nothing here
-- can become a text: a note has no number to go to, no status and no job.

create table public.notes (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	phone_number_id uuid not null,
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	-- written after the text in this place, so shown below it
	after_seq bigint not null,
	revision bigint not null,
	author_id uuid references public.profiles (id) on delete set null,
	body text not null,
	mentioned_ids uuid[] not null default '{}',
	idempotency_key text not null,
	created_at timestamptz not null default now(),
	edited_at timestamptz,
	deleted_at timestamptz,
	check (case when deleted_at is null then char_length(body) between 1 and 4000 else body = '' end),
	unique (organization_id, idempotency_key)
);
comment on table public.notes is
	'Internal notes in a conversation with a contact. organization_id, phone_number_id, after_seq and revision are the '
	'conversation''s to give. A removed one keeps its row, without its words, so that open pages hear of it.';

create index notes_healing on public.notes (conversation_id, revision);
create index notes_in_place on public.notes (conversation_id, after_seq, id);
create index notes_author on public.notes (author_id) where author_id is not null;

alter table public.notes enable row level security;
create policy "those with access can read" on public.notes for select to authenticated
	using (
		organization_id = any ((select private.my_open_organization_ids())::uuid[])
		or (
			organization_id = any ((select private.my_organization_ids())::uuid[])
			and phone_number_id = any ((select private.my_phone_number_ids())::uuid[])));

-- A note takes its place behind the newest text, and the conversation's next revision under its row lock.
create function private.place_note() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.conversations c
	set revision = c.revision + 1, updated_at = clock_timestamp()
	where c.id = new.conversation_id
	returning c.organization_id, c.phone_number_id, c.last_seq, c.revision
	into new.organization_id, new.phone_number_id, new.after_seq, new.revision;
	new.created_at := clock_timestamp();
	return new;
end
$$;

create function private.advance_note() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	new.revision := private.next_revision(new.conversation_id);
	return new;
end
$$;

create function private.hint_note() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(
		jsonb_build_object('id', new.id, 'conversation_id', new.conversation_id, 'after_seq', new.after_seq,
			'revision', new.revision),
		'note', 'conversation:' || new.conversation_id, true);
	return null;
end
$$;

create trigger place_note before insert on public.notes
	for each row execute function private.place_note();
create trigger advance_note before update on public.notes
	for each row when (old.* is distinct from new.*) execute function private.advance_note();
create trigger hint_new_note after insert on public.notes
	for each row execute function private.hint_note();
create trigger hint_changed_note after update on public.notes
	for each row when (old.revision <> new.revision) execute function private.hint_note();

-- What a verb answers: the note, and whom it mentions without their having access to it.
create function private.told_of_note(note_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object(
			'note', to_jsonb(v),
			'without_access', coalesce((
				select jsonb_agg(jsonb_build_object('user_id', p.id, 'username', p.username, 'full_name', p.full_name)
					order by p.username)
				from public.profiles p
				where p.id = any (v.mentioned_ids)
					and p.id <> all (private.readers_among(v.conversation_id, v.mentioned_ids))), '[]'))
		from api.notes v
		where v.id = told_of_note.note_id);
end
$$;

create function private.check_note(body text) returns void
language plpgsql set search_path = ''
as $$
begin
	if btrim(coalesce(check_note.body, ''), E' \t\r\n') = '' then
		perform private.fail(422, 'note_empty', 'Write something first. Nothing was added.');
	elsif char_length(check_note.body) > 4000 then
		perform private.fail(422, 'note_too_long', 'A note can have at most 4,000 characters. Yours was not added.');
	end if;
end
$$;

create function private.add_note(conversation_id uuid, body text, idempotency_key text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller uuid := private.require_session();
	organization uuid;
	note public.notes;
begin
	-- only what the caller can see exists; a team's own conversation is all notes already
	select c.organization_id into organization
	from public.conversations c
	where c.id = add_note.conversation_id and c.phone_number_id = any ((select private.my_phone_number_ids())::uuid[]);
	if organization is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('conversations:update', organization);
	perform private.check_note(add_note.body);
	if coalesce(add_note.idempotency_key, '') !~ '^.{1,200}$' then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;

	insert into public.notes (conversation_id, author_id, body, mentioned_ids, idempotency_key)
	values (add_note.conversation_id, caller, add_note.body,
		private.members_mentioned(add_note.conversation_id, add_note.body), add_note.idempotency_key)
	on conflict (organization_id, idempotency_key) do nothing
	returning * into note;
	if note.id is not null then
		perform private.notify_mentions(note.conversation_id, caller, note.mentioned_ids, note.id, null, note.after_seq);
	else
		select n.* into note
		from public.notes n
		where n.organization_id = organization and n.idempotency_key = add_note.idempotency_key;
		if note.conversation_id <> add_note.conversation_id or note.author_id is distinct from caller
			or note.edited_at is null and note.deleted_at is null and note.body <> add_note.body
		then
			perform private.fail(422, 'idempotency_key_reused', 'This key was used for another text before. Nothing was sent; use a new key.');
		end if;
	end if;
	return private.told_of_note(note.id);
end
$$;

-- A note that the caller may see, in a conversation they may work on. Fails with not_found, not_allowed.
create function private.note_at_hand(note_id uuid) returns public.notes
language plpgsql stable security definer set search_path = ''
as $$
declare
	note public.notes;
begin
	perform private.require_session();
	select n.* into note
	from public.notes n
	where n.id = note_at_hand.note_id and n.deleted_at is null
		and n.phone_number_id = any ((select private.my_phone_number_ids())::uuid[]);
	if note.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('conversations:update', note.organization_id);
	return note;
end
$$;

create function private.edit_note(note_id uuid, body text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	note public.notes := private.note_at_hand(edit_note.note_id);
begin
	-- nobody changes a colleague's words
	if note.author_id is distinct from auth.uid() then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	perform private.check_note(edit_note.body);
	update public.notes n
	set body = edit_note.body,
		mentioned_ids = private.members_mentioned(note.conversation_id, edit_note.body),
		edited_at = case when n.body = edit_note.body then n.edited_at else clock_timestamp() end
	where n.id = note.id
	returning n.* into note;
	-- who was told before is not told again; whoever may see it only now is
	perform private.notify_mentions(note.conversation_id, note.author_id, note.mentioned_ids, note.id, null, note.after_seq);
	return private.told_of_note(note.id);
end
$$;

create function private.remove_note(note_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	note constant public.notes := private.note_at_hand(remove_note.note_id);
begin
	if note.author_id is distinct from auth.uid()
		and private.role_in(note.organization_id, auth.uid()) not in ('owner', 'admin')
	then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	update public.notes n set body = '', mentioned_ids = '{}', deleted_at = clock_timestamp() where n.id = note.id;
	delete from public.notifications t where t.note_id = note.id;
end
$$;

create view api.notes with (security_invoker = true) as
select n.id, n.organization_id, n.phone_number_id, n.conversation_id, n.after_seq, n.revision, n.author_id, n.body,
	n.mentioned_ids, n.idempotency_key, n.created_at, n.edited_at, n.deleted_at
from public.notes n;
comment on view api.notes is
	'Internal notes of the conversations the caller may see, those removed without their words. Shown below the text in the '
	'place after_seq, then by created_at; everything changed since is revision > n, in one count with the texts''.';

create function api.add_note(conversation_id uuid, body text, idempotency_key text) returns jsonb
language sql security invoker set search_path = ''
return private.add_note(conversation_id, body, idempotency_key);
comment on function api.add_note(uuid, text, text) is
	'Adds an internal note to a conversation with a contact; whom it mentions by @username is told, if they may see it. The same '
	'key again answers with the same note: {note, without_access: [{user_id, username, full_name}]}. Fails with session_ended, '
	'not_found, not_allowed, note_empty, note_too_long, malformed, idempotency_key_reused.';

create function api.edit_note(note_id uuid, body text) returns jsonb
language sql security invoker set search_path = ''
return private.edit_note(note_id, body);
comment on function api.edit_note(uuid, text) is
	'Changes the caller''s own note and answers as add_note does; whoever it mentions and was not told yet is. With the words it '
	'has, it only does that. Fails with session_ended, not_found, not_allowed, note_empty, note_too_long.';

create function api.remove_note(note_id uuid) returns void
language sql security invoker set search_path = ''
return private.remove_note(note_id);
comment on function api.remove_note(uuid) is
	'Takes the words of a note away: the caller''s own, or for owners and admins anybody''s. Fails with session_ended, not_found, '
	'not_allowed.';

grant select on public.notes, api.notes to authenticated;
grant execute on function
	api.add_note(uuid, text, text), private.add_note(uuid, text, text),
	api.edit_note(uuid, text), private.edit_note(uuid, text),
	api.remove_note(uuid), private.remove_note(uuid)
to authenticated;
