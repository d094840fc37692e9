-- Conversations of a team with itself: people instead of a number, and nothing in them is ever sent anywhere.

create view api.conversation_participants with (security_invoker = true) as
select p.conversation_id, p.organization_id, p.user_id, p.created_at
from public.conversation_participants p;
comment on view api.conversation_participants is 'Who takes part in the team conversations that the caller takes part in.';

-- The organization of a team conversation that the caller takes part in and may write in; not_found for everybody else.
create function private.team_to_change(conversation_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	organization uuid;
begin
	perform private.require_session();
	select c.organization_id into organization
	from public.conversations c
	where c.id = team_to_change.conversation_id and c.phone_number_id is null
		and c.id = any ((select private.my_team_conversation_ids())::uuid[]);
	if organization is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('messages:send', organization);
	return organization;
end
$$;

create function private.check_title(title text) returns text
language plpgsql security definer set search_path = ''
as $$
begin
	if char_length(title) > 100 then
		perform private.fail(422, 'title_too_long', 'A title has at most 100 characters. Nothing was changed.');
	end if;
	return private.clean(title);
end
$$;

-- Fails with member_gone unless all of them belong to the organization.
create function private.check_colleagues(organization_id uuid, user_ids uuid[]) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
	if exists (
		select from unnest(user_ids) u (id)
		where not exists (
			select from public.memberships m where m.organization_id = check_colleagues.organization_id and m.user_id = u.id))
	then
		perform private.fail(404, 'member_gone', 'This person does not belong to the organization. Nothing was changed.');
	end if;
end
$$;

create function private.create_team_conversation(organization_id uuid, title text, user_ids uuid[]) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('messages:send', create_team_conversation.organization_id);
	named constant text := private.check_title(create_team_conversation.title);
	people constant uuid[] := array(select distinct u.id from unnest(user_ids || caller) u (id) where u.id is not null order by u.id);
	conversation uuid;
begin
	perform private.check_colleagues(create_team_conversation.organization_id, people);
	if cardinality(people) < 2 then
		perform private.fail(422, 'colleagues_missing', 'Pick at least one colleague. Nothing was started.');
	end if;

	-- the same people under the same title have one already: asking twice, or a form sent twice, opens that one
	perform pg_advisory_xact_lock(hashtextextended(create_team_conversation.organization_id::text || people::text, 0));
	select c.id into conversation
	from public.conversations c
	where c.id = any (private.my_team_conversation_ids()) and c.organization_id = create_team_conversation.organization_id
		and c.title is not distinct from named
		and people = array(
			select p.user_id from public.conversation_participants p where p.conversation_id = c.id order by p.user_id)
	order by c.id
	limit 1;
	if conversation is not null then
		return conversation;
	end if;

	insert into public.conversations (organization_id, title)
	values (create_team_conversation.organization_id, named)
	returning id into conversation;
	insert into public.conversation_participants (conversation_id, organization_id, user_id)
	select conversation, create_team_conversation.organization_id, p.id from unnest(people) p (id);
	perform private.hint_list(conversation, null, private.next_revision(conversation));
	return conversation;
end
$$;

create function private.rename_team_conversation(conversation_id uuid, title text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.team_to_change(conversation_id);
	update public.conversations c set title = private.check_title(rename_team_conversation.title)
	where c.id = rename_team_conversation.conversation_id;
	perform private.hint_list(conversation_id, null, private.next_revision(conversation_id));
end
$$;

create function private.add_participants(conversation_id uuid, user_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	organization constant uuid := private.team_to_change(conversation_id);
begin
	perform private.check_colleagues(organization, user_ids);
	insert into public.conversation_participants (conversation_id, organization_id, user_id)
	select add_participants.conversation_id, organization, u.id from unnest(user_ids) u (id)
	on conflict do nothing;
	perform private.hint_list(conversation_id, null, private.next_revision(conversation_id));
end
$$;

-- Oneself, to leave, or a colleague. What was written stays.
create function private.remove_participant(conversation_id uuid, user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_session();
	if remove_participant.user_id is distinct from (select s.user_id from private.my_session s)
		or not (remove_participant.conversation_id = any (private.my_team_conversation_ids()))
	then
		perform private.team_to_change(conversation_id);
	end if;
	-- whoever goes hears of it as well
	perform private.hint_list(conversation_id, null, private.next_revision(conversation_id));
	delete from public.conversation_participants p
	where p.conversation_id = remove_participant.conversation_id and p.user_id = remove_participant.user_id;
end
$$;

create function private.post_team_message(
	conversation_id uuid, body text, idempotency_key text, seen_seq bigint, attachment_ids uuid[]
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	organization constant uuid := private.team_to_change(conversation_id);
	caller constant uuid := (select s.user_id from private.my_session s);
	message public.messages;
begin
	if btrim(coalesce(post_team_message.body, ''), E' \t\r\n') = '' and coalesce(cardinality(attachment_ids), 0) = 0 then
		perform private.fail(422, 'message_empty', 'Write something first. Nothing was sent.');
	elsif char_length(post_team_message.body) > 1600 then
		perform private.fail(422, 'message_too_long', 'A text can have at most 1,600 characters. Yours was not sent.');
	elsif coalesce(post_team_message.idempotency_key, '') !~ '^.{1,200}$' then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;

	perform from public.conversations c where c.id = post_team_message.conversation_id for update;
	insert into public.messages (conversation_id, direction, status, origin, body, author_id, idempotency_key, delivered_at)
	values (post_team_message.conversation_id, 'outbound', 'delivered', 'person', coalesce(post_team_message.body, ''), caller,
		post_team_message.idempotency_key, now())
	on conflict (organization_id, idempotency_key) where idempotency_key is not null do nothing
	returning * into message;
	if message.id is null then
		select m.* into message
		from public.messages m
		where m.organization_id = organization and m.idempotency_key = post_team_message.idempotency_key;
		if message.id is null or message.conversation_id <> post_team_message.conversation_id
			or message.body <> coalesce(post_team_message.body, '') or message.author_id is distinct from caller
		then
			perform private.fail(422, 'idempotency_key_reused', 'This key was used for another text before. Nothing was sent; use a new key.');
		end if;
	else
		perform private.attach_to_message(message.id, attachment_ids);
		-- nobody's own words are new to them, nor is what they had seen before writing
		perform private.mark_read(post_team_message.conversation_id, message.seq);
	end if;
	return (select to_jsonb(v) from api.messages v where v.id = message.id);
end
$$;

create function api.create_team_conversation(organization_id uuid, title text, user_ids uuid[]) returns uuid
language sql security invoker set search_path = ''
return private.create_team_conversation(organization_id, title, user_ids);
comment on function api.create_team_conversation(uuid, text, uuid[]) is
	'A conversation of the caller with colleagues; title may be null. The same people under the same title: the one there is. '
	'Answers its id. Fails with session_ended, not_found, not_allowed, member_gone, colleagues_missing, title_too_long.';

create function api.rename_team_conversation(conversation_id uuid, title text) returns void
language sql security invoker set search_path = ''
return private.rename_team_conversation(conversation_id, title);
comment on function api.rename_team_conversation(uuid, text) is
	'Gives a team conversation another title, or none. Fails with session_ended, not_found, not_allowed, title_too_long.';

create function api.add_participants(conversation_id uuid, user_ids uuid[]) returns void
language sql security invoker set search_path = ''
return private.add_participants(conversation_id, user_ids);
comment on function api.add_participants(uuid, uuid[]) is
	'Lets colleagues into a team conversation: they see all of it. Fails with session_ended, not_found, not_allowed, member_gone.';

create function api.remove_participant(conversation_id uuid, user_id uuid) returns void
language sql security invoker set search_path = ''
return private.remove_participant(conversation_id, user_id);
comment on function api.remove_participant(uuid, uuid) is
	'Leaves a team conversation, or takes a colleague out of it. Fails with session_ended, not_found, not_allowed.';

create function api.post_team_message(
	conversation_id uuid, body text, idempotency_key text, seen_seq bigint default null, attachment_ids uuid[] default '{}'
) returns jsonb
language sql security invoker set search_path = ''
return private.post_team_message(conversation_id, body, idempotency_key, seen_seq, attachment_ids);
comment on function api.post_team_message(uuid, text, text, bigint, uuid[]) is
	'Writes into a team conversation; nothing leaves the house. The same key again answers with the same message. Fails with '
	'session_ended, not_found, not_allowed, message_empty, message_too_long, malformed, idempotency_key_reused, and what files are '
	'refused for (attachments_too_many, attachment_missing, attachment_not_ready).';

grant select on api.conversation_participants to authenticated;
grant execute on function
	api.create_team_conversation(uuid, text, uuid[]), private.create_team_conversation(uuid, text, uuid[]),
	api.rename_team_conversation(uuid, text), private.rename_team_conversation(uuid, text),
	api.add_participants(uuid, uuid[]), private.add_participants(uuid, uuid[]),
	api.remove_participant(uuid, uuid), private.remove_participant(uuid, uuid),
	api.post_team_message(uuid, text, text, bigint, uuid[]), private.post_team_message(uuid, text, text, bigint, uuid[])
to authenticated;
