-- Texts wait some seconds in which their authors can take them back.

-- Takes an outbound text out of its conversation: what stands before it is the last one again.
create function private.cancel_message(message_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update public.messages m set status = 'cancelled' where m.id = cancel_message.message_id;
	update public.conversations c
	set last_message_id = earlier.id, last_message_at = coalesce(earlier.created_at, c.last_message_at)
	from public.messages m
	left join lateral (
		select e.id, e.created_at from public.messages e
		where e.conversation_id = m.conversation_id and e.status <> 'cancelled'
		order by e.seq desc
		limit 1
	) earlier on true
	where m.id = cancel_message.message_id and c.id = m.conversation_id and c.last_message_id = m.id;
end
$$;

create function private.unsend_message(message_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_caller();
	message public.messages;
begin
	select m.* into message from public.messages m
	where m.id = unsend_message.message_id and m.direction = 'outbound'
		and m.phone_number_id = any ((select private.my_phone_number_ids())::uuid[]);
	if message.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('messages:send', message.organization_id);
	if (message.author_id, message.api_key_id) is distinct from (caller, private.my_key_id()) then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;

	-- job, then text: the order in which the worker takes them. Whoever comes second finds it done
	update private.jobs j
	set completed_at = now(), lease = null, leased_until = null
	where j.queue_key = message.conversation_id::text and j.kind = 'send_message' and j.completed_at is null and j.parked_at is null
		and j.payload ->> 'message_id' = message.id::text
		and exists (select from public.messages m where m.id = message.id and m.status = 'queued');
	select m.* into message from public.messages m where m.id = message.id for update;
	if message.status = 'queued' then
		perform private.cancel_message(message.id);
	elsif message.status <> 'cancelled' then
		perform private.fail(409, 'already_sent', 'This text was on its way already. It could not be taken back.');
	end if;
	return (select to_jsonb(m) from api.messages m where m.id = message.id);
end
$$;

create function api.unsend_message(message_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.unsend_message(message_id);
comment on function api.unsend_message(uuid) is
	'Takes back a text of the caller''s that has not left: its status is cancelled and threads do not show it. Fails with '
	'session_ended, not_found, not_allowed, already_sent.';

create function private.set_undo_send(seconds smallint) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_session();
begin
	if seconds is null or seconds not between 0 and 30 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	update public.profiles p set undo_send_seconds = seconds, updated_at = now() where p.id = caller;
end
$$;

create function api.set_undo_send(seconds smallint) returns void
language sql security invoker set search_path = ''
return private.set_undo_send(seconds);
comment on function api.set_undo_send(smallint) is
	'How long a text that the caller sends waits and can be taken back, 0 to 30 seconds. Fails with session_ended, malformed.';

grant execute on function
	api.unsend_message(uuid), private.unsend_message(uuid),
	api.set_undo_send(smallint), private.set_undo_send(smallint)
to authenticated;
