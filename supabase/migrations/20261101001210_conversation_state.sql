-- What a team does with a conversation: assign, snooze, archive, bring back, follow. Everyday work: it is not in the book.

-- Tells the lists that show a conversation that it changed: those of its number, or of the few who take part in it.
create function private.hint_list(conversation_id uuid, phone_number_id uuid, revision bigint) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	hint constant jsonb := jsonb_build_object('id', hint_list.conversation_id, 'revision', hint_list.revision);
begin
	if hint_list.phone_number_id is not null then
		perform realtime.send(hint, 'conversation', 'number:' || hint_list.phone_number_id, true);
	else
		perform realtime.send(hint, 'conversation', 'user:' || p.user_id, true)
		from public.conversation_participants p
		where p.conversation_id = hint_list.conversation_id;
	end if;
end
$$;

-- A change of state takes the next revision like a text does, so that no list takes the older row for the newer.
create function private.place_state() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if new.revision = old.revision then
		new.revision := old.revision + 1;
		new.updated_at := clock_timestamp();
	end if;
	return new;
end
$$;

create function private.hint_state() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.hint_list(new.id, new.phone_number_id, new.revision);
	return null;
end
$$;

create trigger place_state before update on public.conversations
	for each row when (
		(old.title, old.assignee_id, old.snoozed_until, old.label_ids, old.archived_at, old.opted_out_at)
		is distinct from
		(new.title, new.assignee_id, new.snoozed_until, new.label_ids, new.archived_at, new.opted_out_at))
	execute function private.place_state();
-- a new text says so itself
create trigger hint_state after update on public.conversations
	for each row when (
		old.last_seq = new.last_seq and
		(old.title, old.assignee_id, old.snoozed_until, old.label_ids, old.archived_at, old.opted_out_at)
		is distinct from
		(new.title, new.assignee_id, new.snoozed_until, new.label_ids, new.archived_at, new.opted_out_at))
	execute function private.hint_state();
create function private.hint_deleted() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.hint_list(old.id, old.phone_number_id, old.revision);
	return old;
end
$$;
-- before: those who take part are still known
create trigger hint_deleted before delete on public.conversations
	for each row execute function private.hint_deleted();

-- May the caller do this with every one of these conversations? From here on nobody else changes them. All or none.
-- Answers the caller's user id.
create function private.require_conversations(capability text, conversation_ids uuid[]) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_caller();
	wanted constant uuid[] := array(select distinct i.id from unnest(require_conversations.conversation_ids) i (id));
	numbers constant uuid[] := private.my_phone_number_ids();
	teams constant uuid[] := private.my_team_conversation_ids();
	organization uuid;
begin
	if cardinality(wanted) not between 1 and 500 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	if cardinality(wanted) > (
		select count(*) from public.conversations c
		where c.id = any (wanted)
			and case when c.phone_number_id is null then c.id = any (teams) else c.phone_number_id = any (numbers) end)
	then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	for organization in
		select distinct c.organization_id from public.conversations c where c.id = any (wanted)
	loop
		perform private.require(require_conversations.capability, organization);
	end loop;
	perform from public.conversations c where c.id = any (wanted) order by c.id for no key update;
	return caller;
end
$$;

-- Whether somebody could answer in a conversation: a writer who may see its number, or who takes part in it.
create function private.may_work_in(conversation_id uuid, user_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		select from public.conversations c
		join public.memberships m on m.organization_id = c.organization_id and m.user_id = may_work_in.user_id
			and m.suspended_at is null and m.role <> 'viewer'
		left join public.phone_numbers n on n.id = c.phone_number_id
		where c.id = may_work_in.conversation_id and case
			when c.phone_number_id is null then exists (
				select from public.conversation_participants p where p.conversation_id = c.id and p.user_id = m.user_id)
			else n.restricted_at is null or m.role in ('owner', 'admin') or exists (
				select from public.phone_number_grants g
				where g.organization_id = m.organization_id and g.phone_number_id = n.id
					and (g.user_id = m.user_id or g.role = m.role))
		end);
end
$$;

create function private.archive_conversations(conversation_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_conversations('conversations:update', archive_conversations.conversation_ids);
	update public.conversations c
	set archived_at = now(), snoozed_until = null
	where c.id = any (archive_conversations.conversation_ids) and c.archived_at is null;
end
$$;

create function private.restore_conversations(conversation_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_conversations('conversations:update', restore_conversations.conversation_ids);
	update public.conversations c
	set archived_at = null
	where c.id = any (restore_conversations.conversation_ids) and c.archived_at is not null;
end
$$;

create function private.assign_conversations(conversation_ids uuid[], assignee_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_conversations('conversations:update', assign_conversations.conversation_ids);
	if assign_conversations.assignee_id is not null and exists (
		select from unnest(assign_conversations.conversation_ids) i (id)
		where not private.may_work_in(i.id, assign_conversations.assignee_id))
	then
		perform private.fail(422, 'assignee_invalid', 'This colleague cannot answer here. Nothing was changed; choose somebody else.');
	end if;
	update public.conversations c
	set assignee_id = assign_conversations.assignee_id
	where c.id = any (assign_conversations.conversation_ids)
		and c.assignee_id is distinct from assign_conversations.assignee_id;
end
$$;

create function private.snooze_conversations(conversation_ids uuid[], until timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_conversations('conversations:update', snooze_conversations.conversation_ids);
	if snooze_conversations.until not between now() and now() + interval '366 days' then
		perform private.fail(422, 'snooze_invalid', 'Choose a moment in the coming year. Nothing was changed.');
	end if;
	update public.conversations c
	set snoozed_until = snooze_conversations.until
	where c.id = any (snooze_conversations.conversation_ids)
		and c.snoozed_until is distinct from snooze_conversations.until;
end
$$;

-- Whatever slept long enough is back. Lists know by the clock; this tells the open ones.
create function private.wake_conversations() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.conversations c
	set snoozed_until = null
	where c.id in (
		select s.id from public.conversations s
		where s.snoozed_until <= now()
		order by s.snoozed_until
		limit 500
		for no key update skip locked);
end
$$;
select cron.schedule('wake', '10 seconds', 'select private.wake_conversations()');

create function private.follow_conversation(conversation_id uuid, follows boolean) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_session();
	place uuid;
begin
	select c.organization_id into place
	from public.conversations c
	where c.id = follow_conversation.conversation_id
		and private.can_read_topic('conversation:' || follow_conversation.conversation_id);
	if place is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;

	if follows then
		insert into public.conversation_followers (conversation_id, organization_id, user_id)
		values (follow_conversation.conversation_id, place, caller)
		on conflict do nothing;
	else
		delete from public.conversation_followers f
		where f.conversation_id = follow_conversation.conversation_id and f.user_id = caller;
	end if;
end
$$;

create function api.archive_conversations(conversation_ids uuid[]) returns void
language sql security invoker set search_path = ''
return private.archive_conversations(conversation_ids);
comment on function api.archive_conversations(uuid[]) is
	'Puts conversations away, up to 500, all or none. They come back by api.restore_conversations, and by a new text where the '
	'organization wants it so. Fails with session_ended, not_found, not_allowed, malformed.';

create function api.restore_conversations(conversation_ids uuid[]) returns void
language sql security invoker set search_path = ''
return private.restore_conversations(conversation_ids);
comment on function api.restore_conversations(uuid[]) is
	'Brings archived conversations back, all or none. Fails with session_ended, not_found, not_allowed, malformed.';

create function api.assign_conversations(conversation_ids uuid[], assignee_id uuid default null) returns void
language sql security invoker set search_path = ''
return private.assign_conversations(conversation_ids, assignee_id);
comment on function api.assign_conversations(uuid[], uuid) is
	'Gives conversations to a colleague who may answer in each of them, or to nobody. Fails with session_ended, not_found, '
	'not_allowed, malformed, assignee_invalid.';

create function api.snooze_conversations(conversation_ids uuid[], until timestamptz default null) returns void
language sql security invoker set search_path = ''
return private.snooze_conversations(conversation_ids, until);
comment on function api.snooze_conversations(uuid[], timestamptz) is
	'Takes conversations out of the inbox until a moment within a year, or until a text comes; null wakes them. Fails with '
	'session_ended, not_found, not_allowed, malformed, snooze_invalid.';

create function api.follow_conversation(conversation_id uuid, follows boolean) returns void
language sql security invoker set search_path = ''
return private.follow_conversation(conversation_id, follows);
comment on function api.follow_conversation(uuid, boolean) is
	'The caller wants to hear of a conversation, or no more. Fails with session_ended, not_found.';

create view api.conversation_followers with (security_invoker = true) as
select f.conversation_id, f.organization_id, f.user_id, f.created_at
from public.conversation_followers f;
comment on view api.conversation_followers is 'The conversations that the caller follows.';

grant select on api.conversation_followers to authenticated;
grant execute on function
	api.archive_conversations(uuid[]), private.archive_conversations(uuid[]),
	api.restore_conversations(uuid[]), private.restore_conversations(uuid[]),
	api.assign_conversations(uuid[], uuid), private.assign_conversations(uuid[], uuid),
	api.snooze_conversations(uuid[], timestamptz), private.snooze_conversations(uuid[], timestamptz),
	api.follow_conversation(uuid, boolean), private.follow_conversation(uuid, boolean)
to authenticated;
