-- Texts that are to go out later. When their time comes they pass the same gate as any other, and who wrote them still has
-- to be allowed to send.

create type public.scheduled_status as enum ('scheduled', 'sent', 'cancelled', 'refused');
comment on type public.scheduled_status is
	'scheduled → sent (it became a message), cancelled (by a person, or because the contact replied) or refused (the gate said no).';

create table public.scheduled_messages (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	phone_number_id uuid not null,
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	author_id uuid references public.profiles (id) on delete set null,
	-- where no person wrote it, but a program by a key
	api_key_id uuid,
	body text not null check (char_length(body) <= 1600),
	send_at timestamptz not null,
	-- in which it was planned: the contact's, unless the author chose another
	time_zone text not null check (private.is_time_zone(time_zone)),
	cancel_on_reply boolean not null default true,
	status public.scheduled_status not null default 'scheduled',
	-- why the gate refused it
	reason text,
	message_id uuid references public.messages (id) on delete set null,
	idempotency_key text not null,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (organization_id, idempotency_key),
	unique (organization_id, id),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table public.scheduled_messages is
	'Texts with a time to be sent at. Colleagues who see the conversation see them.';

alter table public.attachments
	add foreign key (scheduled_id, organization_id) references public.scheduled_messages (id, organization_id) on delete cascade;

create index scheduled_messages_conversation on public.scheduled_messages (conversation_id) where status = 'scheduled';
create index scheduled_messages_ahead on public.scheduled_messages (organization_id, send_at, id) where status = 'scheduled';
create index scheduled_messages_number on public.scheduled_messages (organization_id, phone_number_id);
create index scheduled_messages_past on public.scheduled_messages (conversation_id, send_at);
create index scheduled_messages_author on public.scheduled_messages (author_id) where author_id is not null;
create index scheduled_messages_key on public.scheduled_messages (organization_id, api_key_id) where api_key_id is not null;
create index scheduled_messages_message on public.scheduled_messages (message_id) where message_id is not null;

alter table public.scheduled_messages enable row level security;
create policy "those with access can read" on public.scheduled_messages for select to authenticated
	using (phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

create view api.scheduled_messages with (security_invoker = true) as
select s.id, s.organization_id, s.phone_number_id, s.conversation_id, s.author_id, s.body, s.send_at, s.time_zone,
	s.cancel_on_reply, s.status, s.reason, s.message_id, s.created_at, s.updated_at,
	t.name as contact_name, t.phone_number as contact_number,
	array(select a.id from public.attachments a where a.scheduled_id = s.id order by a.position) as attachment_ids, s.api_key_id
from public.scheduled_messages s
-- a key may read texts and not see with whom
left join public.conversations c on c.id = s.conversation_id
left join public.contacts t on t.id = c.contact_id;
comment on view api.scheduled_messages is
	'Texts to be sent later in the conversations the caller may see, and what became of earlier ones. reason: the slug of the refusal. '
	'attachment_ids: the files that wait with it; a text that was sent has its own.';

-- A change of what is coming up is a change of the conversation: open pages hear of it.
create function private.on_scheduled() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	-- what will not be sent is kept for a while, for whoever wants to know what it was
	if new.status in ('cancelled', 'refused') then
		update public.attachments a set expires_at = now() + interval '7 days' where a.scheduled_id = new.id;
	end if;
	perform realtime.send(jsonb_build_object('id', new.id, 'conversation_id', new.conversation_id),
		'scheduled', 'conversation:' || new.conversation_id, true);
	return null;
end
$$;
create trigger on_scheduled after insert or update on public.scheduled_messages
	for each row execute function private.on_scheduled();

-- What may be planned: at least a few seconds ahead, at most a year.
create function private.require_time(send_at timestamptz, time_zone text) returns void
language plpgsql stable set search_path = ''
as $$
begin
	if send_at is null or send_at < now() or send_at > now() + interval '366 days' then
		perform private.fail(422, 'send_at_invalid', 'Choose a time between now and a year from now. Nothing was scheduled.');
	end if;
	if time_zone is null or not private.is_time_zone(time_zone) then
		perform private.fail(422, 'time_zone_invalid', 'Choose a time zone of the list, for example Europe/Berlin.');
	end if;
end
$$;

-- Gives a scheduled text these files and no others. Fails with the reasons of check_files.
create function private.attach_to_scheduled(planned public.scheduled_messages, attachment_ids uuid[], caller uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	reason text;
begin
	perform from public.attachments a where a.id = any (attachment_ids) or a.scheduled_id = planned.id order by a.id for update;
	reason := private.check_files(planned.conversation_id, attachment_ids, caller, planned.id);
	if reason is not null then
		perform private.refuse_files(reason);
	end if;
	delete from public.attachments a where a.scheduled_id = planned.id and a.id <> all (attachment_ids);
	update public.attachments a
	set scheduled_id = planned.id, position = array_position(attachment_ids, a.id) - 1, expires_at = null
	where a.id = any (attachment_ids);
end
$$;

create function private.schedule_message(
	conversation_id uuid, body text, send_at timestamptz, time_zone text, idempotency_key text, cancel_on_reply boolean,
	attachment_ids uuid[], phone_number_id uuid, recipient text
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_caller();
	place record;
	conversation uuid := schedule_message.conversation_id;
	reasons text[];
	planned uuid;
begin
	if conversation is not null then
		select n.id, n.organization_id, n.e164, t.phone_number as recipient into place
		from public.conversations c
		join public.phone_numbers n on n.id = c.phone_number_id
		join public.contacts t on t.id = c.contact_id
		where c.id = conversation and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	else
		select n.id, n.organization_id, n.e164, btrim(schedule_message.recipient) as recipient into place
		from public.phone_numbers n
		where n.id = schedule_message.phone_number_id and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	end if;
	if place is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('messages:send', place.organization_id);
	if coalesce(schedule_message.idempotency_key, '') !~ '^.{1,200}$' then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;

	select s.id into planned from public.scheduled_messages s
	where s.organization_id = place.organization_id and s.idempotency_key = schedule_message.idempotency_key;
	if planned is null then
		perform private.require_time(schedule_message.send_at, schedule_message.time_zone);
		-- what the gate would refuse now is better said now
		-- (what it costs has to be there when its time comes)
		reasons := array_remove(array_remove(private.check_sending(caller, place.id, place.recipient, schedule_message.body,
			coalesce(cardinality(attachment_ids), 0)), 'balance_too_low'), 'spending_capped');
		if cardinality(reasons) > 0 then
			perform private.refuse_sending(reasons[1]);
		end if;
		-- the gate has said that it is a recipient
		conversation := coalesce(conversation, private.open_conversation(place.organization_id, place.id, place.recipient));
		insert into public.scheduled_messages (organization_id, phone_number_id, conversation_id, author_id, api_key_id, body, send_at,
			time_zone, cancel_on_reply, idempotency_key)
		values (place.organization_id, place.id, conversation, caller, private.my_key_id(), coalesce(schedule_message.body, ''),
			schedule_message.send_at, schedule_message.time_zone, coalesce(schedule_message.cancel_on_reply, true),
			schedule_message.idempotency_key)
		on conflict (organization_id, idempotency_key) do nothing
		returning id into planned;
		if planned is not null then
			perform private.attach_to_scheduled(s, attachment_ids, caller)
			from public.scheduled_messages s where s.id = planned and cardinality(attachment_ids) > 0;
			insert into private.jobs (kind, payload, run_at)
			values ('send_scheduled', jsonb_build_object('scheduled_id', planned), schedule_message.send_at);
		end if;
	end if;

	select s.id into planned from public.scheduled_messages s
	where s.organization_id = place.organization_id and s.idempotency_key = schedule_message.idempotency_key
		and (s.author_id, s.api_key_id) is not distinct from (caller, private.my_key_id())
		and s.phone_number_id = place.id and case
			when schedule_message.conversation_id is not null then s.conversation_id = schedule_message.conversation_id
			else place.recipient = (
				select t.phone_number from public.conversations c join public.contacts t on t.id = c.contact_id
				where c.id = s.conversation_id)
		end;
	if planned is null then
		perform private.fail(422, 'idempotency_key_reused', 'This key was used for another text before. Nothing was sent; use a new key.');
	end if;
	return (select to_jsonb(s) from api.scheduled_messages s where s.id = planned);
end
$$;

create function api.schedule_message(
	conversation_id uuid, body text, send_at timestamptz, time_zone text, idempotency_key text, cancel_on_reply boolean default true,
	attachment_ids uuid[] default null, phone_number_id uuid default null, recipient text default null
) returns jsonb
language sql security invoker set search_path = ''
return private.schedule_message(conversation_id, body, send_at, time_zone, idempotency_key, cancel_on_reply, attachment_ids,
	phone_number_id, recipient);
comment on function api.schedule_message(uuid, text, timestamptz, text, text, boolean, uuid[], uuid, text) is
	'Has a text sent later, at most a year ahead, with its files: into a conversation, or without one from a number to a recipient '
	'(E.164). time_zone: in which that was planned. The same key again answers with the same row. '
	'Fails with what api.send_message fails with, send_at_invalid, time_zone_invalid.';

-- One that is still to come, by who may change it: whoever may send in its conversation.
create function private.require_scheduled(scheduled_id uuid) returns public.scheduled_messages
language plpgsql security definer set search_path = ''
as $$
declare
	planned public.scheduled_messages;
begin
	perform private.require_caller();
	select s.* into planned from public.scheduled_messages s
	where s.id = scheduled_id and s.phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
	for update;
	if planned.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('messages:send', planned.organization_id);
	return planned;
end
$$;

create function private.update_scheduled_message(
	scheduled_id uuid, body text, send_at timestamptz, time_zone text, cancel_on_reply boolean, attachment_ids uuid[]
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	planned constant public.scheduled_messages := private.require_scheduled(update_scheduled_message.scheduled_id);
	caller constant uuid := private.require_caller();
	recipient text;
	reasons text[];
begin
	if planned.status <> 'scheduled' then
		perform private.fail(409, 'schedule_over', 'This text is not scheduled any more. Nothing was changed.');
	end if;
	perform private.require_time(update_scheduled_message.send_at, update_scheduled_message.time_zone);
	select t.phone_number into recipient
	from public.conversations c join public.contacts t on t.id = c.contact_id where c.id = planned.conversation_id;
	reasons := array_remove(array_remove(private.check_sending(caller, planned.phone_number_id, recipient, update_scheduled_message.body,
		cardinality(coalesce(attachment_ids,
			array(select a.id from public.attachments a where a.scheduled_id = planned.id)))), 'balance_too_low'), 'spending_capped');
	if cardinality(reasons) > 0 then
		perform private.refuse_sending(reasons[1]);
	end if;

	if attachment_ids is not null then
		perform private.attach_to_scheduled(planned, attachment_ids, caller);
	end if;

	-- whoever changes the words answers for them
	update public.scheduled_messages s
	set body = coalesce(update_scheduled_message.body, ''), send_at = update_scheduled_message.send_at,
		time_zone = update_scheduled_message.time_zone,
		cancel_on_reply = coalesce(update_scheduled_message.cancel_on_reply, s.cancel_on_reply), author_id = caller,
		api_key_id = private.my_key_id(), updated_at = now()
	where s.id = planned.id;
	-- the earlier job finds that it is not time yet, or that it is done
	insert into private.jobs (kind, payload, run_at)
	values ('send_scheduled', jsonb_build_object('scheduled_id', planned.id), update_scheduled_message.send_at);
	return (select to_jsonb(s) from api.scheduled_messages s where s.id = planned.id);
end
$$;

create function api.update_scheduled_message(
	scheduled_id uuid, body text, send_at timestamptz, time_zone text, cancel_on_reply boolean default null,
	attachment_ids uuid[] default null
) returns jsonb
language sql security invoker set search_path = ''
return private.update_scheduled_message(scheduled_id, body, send_at, time_zone, cancel_on_reply, attachment_ids);
comment on function api.update_scheduled_message(uuid, text, timestamptz, text, boolean, uuid[]) is
	'Changes a text that is still to be sent; the caller is its author from then on. attachment_ids: all its files, those that stay '
	'as well; null leaves them. Fails with not_found, not_allowed, '
	'schedule_over and what api.schedule_message fails with.';

create function private.cancel_scheduled_message(scheduled_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	planned constant public.scheduled_messages := private.require_scheduled(cancel_scheduled_message.scheduled_id);
begin
	if planned.status = 'sent' then
		perform private.fail(409, 'schedule_over', 'This text is not scheduled any more. Nothing was changed.');
	end if;
	update public.scheduled_messages s set status = 'cancelled', updated_at = now()
	where s.id = planned.id and s.status in ('scheduled', 'refused');
	return (select to_jsonb(s) from api.scheduled_messages s where s.id = planned.id);
end
$$;

create function api.cancel_scheduled_message(scheduled_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.cancel_scheduled_message(scheduled_id);
comment on function api.cancel_scheduled_message(uuid) is
	'Has a scheduled text not be sent, or puts a refused one away. Fails with session_ended, not_found, not_allowed, schedule_over.';

grant select on public.scheduled_messages, api.scheduled_messages to authenticated;
grant execute on function
	api.schedule_message(uuid, text, timestamptz, text, text, boolean, uuid[], uuid, text),
	private.schedule_message(uuid, text, timestamptz, text, text, boolean, uuid[], uuid, text),
	api.update_scheduled_message(uuid, text, timestamptz, text, boolean, uuid[]),
	private.update_scheduled_message(uuid, text, timestamptz, text, boolean, uuid[]),
	api.cancel_scheduled_message(uuid), private.cancel_scheduled_message(uuid)
to authenticated;
