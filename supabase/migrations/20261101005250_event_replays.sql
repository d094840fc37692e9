-- An event is looked at again, as if the provider told it now: by the worker, through what the event went through first. Whatever it
-- had done is done, so any number of times changes nothing; what nobody could take then may be taken now.

create function private.event_to_replay(provider text, event_key text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return (
		select jsonb_build_object('kind', e.kind, 'payload', e.payload, 'received_at', e.received_at)
		from private.provider_events e
		where e.provider = event_to_replay.provider and e.event_key = event_to_replay.event_key);
end
$$;

-- As private.receive_message: one that is stored is a duplicate, one that was nobody's finds its number now, if that was its own when
-- the text came.
create function private.replay_message(
	carrier text, carrier_message_id text, from_number text, to_number text, body text, segments integer, keyword text, payload jsonb,
	error_code text, media jsonb, codes jsonb, doubts jsonb, sent_at timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	key constant text := 'message:' || replay_message.carrier_message_id;
	told_at constant timestamptz := (
		select e.received_at from private.provider_events e
		where e.provider = replay_message.carrier and e.event_key = key
		for no key update);
	came jsonb;
begin
	perform set_config('private.replayed_event', key, true);
	came := private.receive_message(replay_message.carrier, replay_message.carrier_message_id, from_number, to_number,
		replay_message.body, replay_message.segments, keyword, replay_message.payload, replay_message.error_code, media, codes, doubts,
		least(replay_message.sent_at, told_at));
	perform set_config('private.replayed_event', '', true);
	if came ->> 'outcome' = 'stored' then
		delete from private.late_texts t
		where t.carrier = replay_message.carrier and t.carrier_message_id = replay_message.carrier_message_id;
	end if;
	return came;
end
$$;

-- What a receipt says of its text, once more. status: what its word means to us now.
create function private.replay_receipt(carrier text, event_key text, status text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	sid constant text := split_part(replay_receipt.event_key, ':', 2);
	event private.provider_events;
	message public.messages;
	result text;
begin
	-- in the order of private.record_receipt: the text first
	select m.* into message from public.messages m
	where m.carrier = replay_receipt.carrier and m.carrier_message_id = sid
	for update;
	if message.id is null then
		perform pg_advisory_xact_lock(hashtextextended(sid, 0));
		select m.* into message from public.messages m
		where m.carrier = replay_receipt.carrier and m.carrier_message_id = sid
		for update;
	end if;
	select e.* into event from private.provider_events e
	where e.provider = replay_receipt.carrier and e.event_key = replay_receipt.event_key
	for no key update;
	result := private.receipt_outcome(message, replay_receipt.status, event.error_code);
	perform private.apply_receipt(message, sid, result, replay_receipt.status, event.error_code);
	if result = 'applied' or event.outcome = 'kept' and result <> 'kept' then
		update private.provider_events e
		set outcome = result, message_id = message.id, message_status = replay_receipt.status
		where e.provider = event.provider and e.event_key = event.event_key;
	end if;
	return jsonb_build_object('outcome', result);
end
$$;

-- What an event of the payment provider is about is read again; nothing, where it is about nothing of ours.
create function private.replay_payment_event(event_key text, object_kind text, object_id text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if replay_payment_event.object_kind is null then
		return jsonb_build_object('outcome', 'ignored');
	end if;
	perform private.ask_payment_sync(replay_payment_event.object_kind, replay_payment_event.object_id);
	update private.provider_events e set outcome = 'stored'
	where e.provider = 'stripe' and e.event_key = replay_payment_event.event_key and e.outcome = 'ignored';
	return jsonb_build_object('outcome', 'read_again');
end
$$;

-- What came of it, counted and written beside the event.
create function private.finish_replay(provider text, event_key text, outcome text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	insert into private.event_repeats as r (provider, event_key, replays, replayed_at, replay_outcome)
	select e.provider, e.event_key, 1, now(), left(finish_replay.outcome, 100)
	from private.provider_events e
	where e.provider = finish_replay.provider and e.event_key = finish_replay.event_key
	on conflict (provider, event_key) do update
	set replays = r.replays + 1, replayed_at = excluded.replayed_at, replay_outcome = excluded.replay_outcome;
end
$$;

create function service.event_to_replay(provider text, event_key text) returns jsonb
language sql stable security invoker set search_path = ''
return private.event_to_replay(provider, event_key);
comment on function service.event_to_replay(text, text) is 'An event as it came, {kind, payload, received_at}; null for one that is gone.';

create function service.replay_message(
	carrier text, carrier_message_id text, from_number text, to_number text, body text, segments integer, keyword text, payload jsonb,
	error_code text default null, media jsonb default '[]', codes jsonb default '[]', doubts jsonb default null,
	sent_at timestamptz default null
) returns jsonb
language sql security invoker set search_path = ''
return private.replay_message(carrier, carrier_message_id, from_number, to_number, body, segments, keyword, payload, error_code,
	media, codes, doubts, sent_at);
comment on function service.replay_message(text, text, text, text, text, integer, text, jsonb, text, jsonb, jsonb, jsonb, timestamptz) is
	'As receive_message, for a text that was told before: duplicate where it is stored, stored where it was nobody''s and is somebody''s.';

create function service.replay_receipt(carrier text, event_key text, status text) returns jsonb
language sql security invoker set search_path = ''
return private.replay_receipt(carrier, event_key, status);
comment on function service.replay_receipt(text, text, text) is
	'As record_receipt, for a receipt that is kept: applied, unchanged, unknown_message or kept.';

create function service.replay_payment_event(event_key text, object_kind text, object_id text) returns jsonb
language sql security invoker set search_path = ''
return private.replay_payment_event(event_key, object_kind, object_id);
comment on function service.replay_payment_event(text, text, text) is
	'Has what an event is about read again: read_again, or ignored where that is nothing of ours.';

create function service.finish_replay(provider text, event_key text, outcome text) returns void
language sql security invoker set search_path = ''
return private.finish_replay(provider, event_key, outcome);
comment on function service.finish_replay(text, text, text) is 'Counts a replay and keeps what came of it.';

grant execute on function
	service.event_to_replay(text, text), private.event_to_replay(text, text),
	service.replay_message(text, text, text, text, text, integer, text, jsonb, text, jsonb, jsonb, jsonb, timestamptz),
	private.replay_message(text, text, text, text, text, integer, text, jsonb, text, jsonb, jsonb, jsonb, timestamptz),
	service.replay_receipt(text, text, text), private.replay_receipt(text, text, text),
	service.replay_payment_event(text, text, text), private.replay_payment_event(text, text, text),
	service.finish_replay(text, text, text), private.finish_replay(text, text, text)
to edge, service_role;
