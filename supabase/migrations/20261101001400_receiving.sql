-- Receiving: a text from the carrier becomes a row once, however often and however concurrently it is told.

create function private.receive_message(
	carrier text, carrier_message_id text, from_number text, to_number text, body text, segments integer, keyword text, payload jsonb,
	error_code text
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	key constant text := 'message:' || receive_message.carrier_message_id;
	message uuid := private.uuid_v7();
	organization uuid;
	number uuid;
	conversation uuid;
	result text := 'stored';
begin
	select n.organization_id, n.id, c.id into organization, number, conversation
	from public.phone_numbers n
	left join public.contacts t on t.organization_id = n.organization_id and t.phone_number = from_number
	left join public.conversations c on c.contact_id = t.id and c.phone_number_id = n.id
	where n.e164 = to_number and n.carrier = receive_message.carrier and n.released_at is null;
	if number is null then
		result := 'unknown_number';
		message := null;
	end if;

	-- the carrier's id is the key: a second delivery waits here for the first and then changes nothing
	insert into private.provider_events (provider, event_key, kind, payload, outcome, message_id)
	values (receive_message.carrier, key, 'message', receive_message.payload, result, message)
	on conflict (provider, event_key) do nothing;
	if not found then
		select 'duplicate', e.message_id, m.conversation_id into result, message, conversation
		from private.provider_events e
		left join public.messages m on m.id = e.message_id
		where e.provider = receive_message.carrier and e.event_key = key;
	elsif number is not null then
		conversation := coalesce(conversation, private.open_conversation(organization, number, from_number));

		insert into public.messages (id, conversation_id, direction, status, body, segments, carrier, carrier_message_id,
			error_code)
		values (message, conversation, 'inbound', 'received', receive_message.body, receive_message.segments,
			receive_message.carrier, receive_message.carrier_message_id, receive_message.error_code);

		if keyword = 'stop' then
			insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
			values (organization, number, from_number, 'keyword')
			on conflict (phone_number_id, contact_number) do nothing;
		elsif keyword = 'start' then
			delete from public.opt_outs o where o.phone_number_id = number and o.contact_number = from_number;
		end if;
	end if;
	return jsonb_build_object('outcome', result, 'message_id', message, 'conversation_id', conversation);
end
$$;

-- the hot door: plpgsql keeps its plan on a warm connection, a SQL body would be planned anew for every text
create function service.receive_message(
	carrier text, carrier_message_id text, from_number text, to_number text, body text, segments integer, keyword text, payload jsonb,
	error_code text default null
) returns jsonb
language plpgsql security invoker set search_path = ''
as $$
begin
	return private.receive_message(carrier, carrier_message_id, from_number, to_number, body, segments, keyword, payload,
		error_code);
end
$$;
comment on function service.receive_message(text, text, text, text, text, integer, text, jsonb, text) is
	'Records an inbound text: stored, duplicate or unknown_number, with the ids of message and conversation. keyword: stop, '
	'start, help or null, as core read it. error_code: what the carrier did to it, such as 30038 for a code it struck out; else null.';

grant usage on schema private to edge, service_role;
grant execute on function
	private.receive_message(text, text, text, text, text, integer, text, jsonb, text),
	service.receive_message(text, text, text, text, text, integer, text, jsonb, text)
to edge, service_role;
