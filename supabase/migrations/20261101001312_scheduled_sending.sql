-- What becomes of a scheduled text when its time has come.

-- Whether a key may send from a number now, though nobody asks by it: the key itself, or one that has taken its place since.
create function private.key_may_send(key_id uuid, phone_number_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		with recursive line as (
			select k.* from public.api_keys k where k.id = key_may_send.key_id
			union
			select k.* from line l join public.api_keys k on k.organization_id = l.organization_id and k.replaces = l.id
		)
		select from line k
		join public.organizations o on o.id = k.organization_id and o.suspended_at is null
		where k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp())
			and 'messages:write' = any (k.scopes)
			and (k.phone_number_ids is null or key_may_send.phone_number_id = any (k.phone_number_ids)));
end
$$;

-- It passes the gate and becomes a message, or says why not. Once, however often it is asked.
create function private.send_scheduled(scheduled_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	planned public.scheduled_messages;
	recipient text;
	reasons text[];
	message uuid;
	files uuid[];
begin
	-- conversation, then schedule: the order in which an answer that cancels it takes them
	perform from public.conversations c
	where c.id = (select s.conversation_id from public.scheduled_messages s where s.id = send_scheduled.scheduled_id)
	for update;
	select s.* into planned from public.scheduled_messages s
	where s.id = send_scheduled.scheduled_id and s.status = 'scheduled' and s.send_at <= clock_timestamp()
	for update;
	if planned.id is null then
		return jsonb_build_object('outcome', 'nothing_to_send');
	end if;
	select t.phone_number into recipient
	from public.conversations c join public.contacts t on t.id = c.contact_id where c.id = planned.conversation_id;

	files := array(select a.id from public.attachments a where a.scheduled_id = planned.id order by a.position);
	-- whoever wrote it still has to be allowed to send
	reasons := private.check_sending(
		case when planned.api_key_id is null then coalesce(planned.author_id, '00000000-0000-0000-0000-000000000000') end,
		planned.phone_number_id, recipient, planned.body, cardinality(files));
	if planned.api_key_id is not null and not private.key_may_send(planned.api_key_id, planned.phone_number_id) then
		reasons := 'not_allowed'::text || reasons;
	end if;
	reasons := array_remove(reasons || private.check_files(planned.conversation_id, files, null, planned.id), null);
	if cardinality(reasons) = 0 then
		message := private.queue_message(planned.conversation_id, planned.body, null, planned.author_id, 'schedule',
			'schedule:' || planned.id, files => cardinality(files));
		perform private.attach_to_message(message, files, planned.id);
		update public.messages m set api_key_id = planned.api_key_id where m.id = message and planned.api_key_id is not null;
	end if;
	update public.scheduled_messages s
	set status = case when message is null then 'refused' else 'sent' end::public.scheduled_status,
		reason = reasons[1], message_id = message, updated_at = now()
	where s.id = planned.id;
	return jsonb_build_object('outcome', case when message is null then 'refused' else 'sent' end, 'reason', reasons[1],
		'message_id', message);
end
$$;

create function service.send_scheduled(scheduled_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.send_scheduled(scheduled_id);
comment on function service.send_scheduled(uuid) is
	'Turns a scheduled text whose time has come into a queued message, through the gate: sent, refused with its reason, or '
	'nothing_to_send.';

grant execute on function private.send_scheduled(uuid), service.send_scheduled(uuid) to edge, service_role;
