-- Delivery receipts: in any order, any number of times, sometimes before we know the message.

create function private.record_receipt(
	carrier text, carrier_message_id text, message_id uuid, status text, carrier_status text, error_code text, payload jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message public.messages;
	next public.message_status;
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

	if record_receipt.status is null then
		result := 'kept';
	elsif message.id is null then
		result := 'unknown_message';
	else
		next := private.later_status(message.status, record_receipt.status::public.message_status);
		-- a failure whose reason was not known yet is still worth hearing of
		result := case
			when next <> message.status then 'applied'
			when next = 'failed' and record_receipt.status = 'failed' and message.error_code is null
				and record_receipt.error_code is not null then 'applied'
			else 'unchanged'
		end;
	end if;

	insert into private.provider_events (provider, event_key, kind, payload, outcome, message_id, message_status, error_code)
	values (
		record_receipt.carrier,
		'receipt:' || record_receipt.carrier_message_id || ':' || record_receipt.carrier_status
			|| ':' || coalesce(record_receipt.error_code, ''),
		'receipt', record_receipt.payload, result, message.id, record_receipt.status, record_receipt.error_code)
	on conflict (provider, event_key) do nothing;
	if not found then
		return jsonb_build_object('outcome', 'duplicate');
	end if;

	if result = 'applied' then
		update public.messages m
		set status = next, carrier_message_id = record_receipt.carrier_message_id,
			error_code = coalesce(record_receipt.error_code, m.error_code)
		where m.id = message.id;
	elsif message.id is not null and message.carrier_message_id is null then
		update public.messages m set carrier_message_id = record_receipt.carrier_message_id where m.id = message.id;
	end if;
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
