-- Receiving: a text from the carrier becomes a row once, however often and however concurrently it is told.

-- Whether a text that was nobody's is somebody's now that an operator has it looked at again; then its event says so.
create function private.finds_its_number(carrier text, key text, outcome text, message_id uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if finds_its_number.message_id is null or not private.is_replay(key) then
		return false;
	end if;
	update private.provider_events e
	set outcome = finds_its_number.outcome, message_id = finds_its_number.message_id
	where e.provider = finds_its_number.carrier and e.event_key = key and e.message_id is null
		and e.outcome in ('unknown_number', 'unsupported_sender');
	return found;
end
$$;

create function private.receive_message(
	carrier text, carrier_message_id text, from_number text, to_number text, body text, segments integer, keyword text, payload jsonb,
	error_code text, media jsonb, codes jsonb, doubts jsonb, sent_at timestamptz
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
	match private.code_match;
	context jsonb;
begin
	select n.organization_id, n.id, c.id into organization, number, conversation
	from public.phone_numbers n
	left join public.contacts t on t.organization_id = n.organization_id and t.phone_number = from_number
	left join public.conversations c on c.contact_id = t.id and c.phone_number_id = n.id
	where n.e164 = to_number and n.carrier = receive_message.carrier and n.status in ('active', 'grace')
		-- whose number it was when it was written; the carrier's clock counts whole seconds
		and (receive_message.sent_at is null or receive_message.sent_at >= n.created_at - interval '5 seconds');
	if number is null then
		result := 'unknown_number';
		message := null;
	elsif doubts is not null then
		context := private.code_context(organization, number, from_number, doubts);
		if context is not null then
			return jsonb_build_object('outcome', 'consider', 'context', context);
		end if;
	end if;

	-- the carrier's id is the key: a second delivery waits here for the first and then changes nothing
	insert into private.provider_events (provider, event_key, kind, payload, outcome, message_id)
	values (receive_message.carrier, key, 'message', receive_message.payload, result, message)
	on conflict (provider, event_key) do nothing;
	if not found and not private.finds_its_number(receive_message.carrier, key, result, message) then
		perform private.note_repeat(receive_message.carrier, key);
		select 'duplicate', e.message_id, m.conversation_id into result, message, conversation
		from private.provider_events e
		left join public.messages m on m.id = e.message_id
		where e.provider = receive_message.carrier and e.event_key = key;
	elsif number is null then
		perform private.keep_late_text(receive_message.carrier, receive_message.carrier_message_id, from_number, to_number,
			receive_message.body, receive_message.sent_at);
	else
		conversation := coalesce(conversation, private.open_conversation(organization, number, from_number));

		-- who waits for its code, before the conversation is locked; 30038: the carrier struck it out
		if jsonb_array_length(codes) > 0 or receive_message.error_code = '30038' then
			match := private.match_code(number, conversation, from_number, receive_message.body, codes -> 0 ->> 'service');
		end if;

		insert into public.messages (id, conversation_id, direction, status, body, segments, carrier, carrier_message_id,
			error_code, masked_body, code_reader_id)
		values (message, conversation, 'inbound', 'received', receive_message.body, receive_message.segments,
			receive_message.carrier, receive_message.carrier_message_id, receive_message.error_code,
			case when jsonb_array_length(codes) > 0 then private.mask_codes(receive_message.body, codes) end,
			case when jsonb_array_length(codes) > 0 then match.reader_id end);
		if jsonb_array_length(codes) > 0 then
			perform private.keep_codes(message, codes, match);
		elsif receive_message.error_code = '30038' then
			perform private.filter_verification(match);
		end if;
		if jsonb_array_length(receive_message.media) > 0 then
			perform private.expect_attachments(message, receive_message.media);
		end if;

		if keyword is not null then
			perform private.obey_keyword(organization, number, conversation, from_number, keyword, receive_message.payload);
		end if;
		-- who answers is not asked again what a schedule was going to ask
		update public.scheduled_messages s
		set status = 'cancelled', updated_at = now()
		where s.conversation_id = conversation and s.status = 'scheduled' and s.cancel_on_reply;
	end if;
	return jsonb_build_object('outcome', result, 'message_id', message, 'conversation_id', conversation);
end
$$;

-- the hot door: plpgsql keeps its plan on a warm connection, a SQL body would be planned anew for every text
create function service.receive_message(
	carrier text, carrier_message_id text, from_number text, to_number text, body text, segments integer, keyword text, payload jsonb,
	error_code text default null, media jsonb default '[]', codes jsonb default '[]', doubts jsonb default null,
	sent_at timestamptz default null
) returns jsonb
language plpgsql security invoker set search_path = ''
as $$
begin
	return private.receive_message(carrier, carrier_message_id, from_number, to_number, body, segments, keyword, payload,
		error_code, media, codes, doubts, sent_at);
end
$$;
comment on function service.receive_message(text, text, text, text, text, integer, text, jsonb, text, jsonb, jsonb, jsonb, timestamptz) is
	'Records an inbound text: stored, duplicate or unknown_number, with the ids of message and conversation. keyword: stop, '
	'start, help or null, as core read it. error_code: what the carrier did to it, such as 30038 for a code it struck out; else null. media: '
	'the files that came with it, as [{url, type}]; the worker fetches them. codes: what core found in it, the likeliest first, as '
	'[{code, surface, forms, from, to, score, reasons, service, valid_seconds}]. doubts: what could make other codes of it, as core says: '
	'{unsure, wordings}. Where a rule has one of these wordings, or it is unsure and somebody waits, nothing is stored and the outcome is '
	'consider, with a context: look again and call without doubts. sent_at: '
	'when it was written, where that is not now; one from before the number was its organization''s is nobody''s: kept aside.';

grant usage on schema private to edge, service_role;
grant execute on function
	private.receive_message(text, text, text, text, text, integer, text, jsonb, text, jsonb, jsonb, jsonb, timestamptz),
	service.receive_message(text, text, text, text, text, integer, text, jsonb, text, jsonb, jsonb, jsonb, timestamptz)
to edge, service_role;
