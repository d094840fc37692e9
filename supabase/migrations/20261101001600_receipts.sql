-- Delivery receipts: in any order, any number of times, sometimes before we know the message.

-- What hearing of a status does to a text: kept (a word we do not know), unknown_message, applied or unchanged.
create function private.receipt_outcome(message public.messages, status text, error_code text) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
	return case
		when receipt_outcome.status is null then 'kept'
		when message.id is null then 'unknown_message'
		when private.later_status(message.status, receipt_outcome.status::public.message_status) <> message.status then 'applied'
		-- a failure whose reason was not known yet is still worth hearing of
		when message.status = 'failed' and receipt_outcome.status = 'failed' and message.error_code is null
			and receipt_outcome.error_code is not null then 'applied'
		else 'unchanged'
	end;
end
$$;

create function private.apply_receipt(
	message public.messages, carrier_message_id text, outcome text, status text, error_code text
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if apply_receipt.outcome = 'applied' then
		update public.messages m
		set status = apply_receipt.status::public.message_status, carrier_message_id = apply_receipt.carrier_message_id,
			error_code = coalesce(apply_receipt.error_code, m.error_code)
		where m.id = message.id;
	elsif message.id is not null and message.carrier_message_id is null then
		update public.messages m set carrier_message_id = apply_receipt.carrier_message_id where m.id = message.id;
	end if;
end
$$;

create function private.record_receipt(
	carrier text, carrier_message_id text, message_id uuid, status text, carrier_status text, error_code text, payload jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	key constant text := 'receipt:' || record_receipt.carrier_message_id || ':' || record_receipt.carrier_status
		|| ':' || coalesce(record_receipt.error_code, '');
	message public.messages;
	result text;
begin
	select m.* into message from public.messages m
	where m.carrier = record_receipt.carrier and m.carrier_message_id = record_receipt.carrier_message_id
	for update;
	if message.id is null then
		-- before the create call returned: our own id, from the callback's address
		select m.* into message from public.messages m
		where m.id = record_receipt.message_id and m.carrier = record_receipt.carrier
			and m.direction = 'outbound' and (m.carrier_message_id is null or m.carrier_message_id = record_receipt.carrier_message_id)
		for update;
	end if;
	if message.id is null then
		-- neither: perhaps the message learns its carrier id this very moment
		perform pg_advisory_xact_lock(hashtextextended(record_receipt.carrier_message_id, 0));
		select m.* into message from public.messages m
		where m.carrier = record_receipt.carrier and m.carrier_message_id = record_receipt.carrier_message_id
		for update;
	end if;

	result := private.receipt_outcome(message, record_receipt.status, record_receipt.error_code);
	insert into private.provider_events (provider, event_key, kind, payload, outcome, message_id, message_status, error_code)
	values (record_receipt.carrier, key, 'receipt', record_receipt.payload, result, message.id, record_receipt.status,
		record_receipt.error_code)
	on conflict (provider, event_key) do nothing;
	if not found then
		perform private.note_repeat(record_receipt.carrier, key);
		return jsonb_build_object('outcome', 'duplicate');
	end if;
	perform private.apply_receipt(message, record_receipt.carrier_message_id, result, record_receipt.status,
		record_receipt.error_code);
	return jsonb_build_object('outcome', result);
end
$$;

create function service.record_receipt(
	carrier text, carrier_message_id text, message_id uuid, status text, carrier_status text, error_code text, payload jsonb
) returns jsonb
language sql security invoker set search_path = ''
return private.record_receipt(carrier, carrier_message_id, message_id, status, carrier_status, error_code, payload);
comment on function service.record_receipt(text, text, uuid, text, text, text, jsonb) is
	'Records what became of an outbound text: applied, unchanged (it knew better already), duplicate, unknown_message (kept '
	'until the message is known) or kept (a status without a meaning for us).';

grant execute on function
	private.record_receipt(text, text, uuid, text, text, text, jsonb),
	service.record_receipt(text, text, uuid, text, text, text, jsonb)
to edge, service_role;
