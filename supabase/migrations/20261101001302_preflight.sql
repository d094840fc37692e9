-- The gate asked beforehand.

-- What the gate would say to a text, how many segments it has, and what they cost.
create function private.preflight_message(
	body text, conversation_id uuid, phone_number_id uuid, recipient text, attachment_ids uuid[]
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_caller();
	place record;
	found text[];
	reason text;
	sentence text;
	reasons jsonb := '[]';
	counted record;
	quote record;
	files constant integer := coalesce(cardinality(attachment_ids), 0);
begin
	if preflight_message.conversation_id is not null then
		select n.id, n.organization_id, c.id as conversation_id, t.phone_number as recipient into place
		from public.conversations c
		join public.phone_numbers n on n.id = c.phone_number_id
		join public.contacts t on t.id = c.contact_id
		where c.id = preflight_message.conversation_id
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	else
		select n.id, n.organization_id, null::uuid as conversation_id, btrim(preflight_message.recipient) as recipient into place
		from public.phone_numbers n
		where n.id = preflight_message.phone_number_id and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	end if;
	if place is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	if caller is null then
		perform private.require('messages:send', place.organization_id);
	end if;

	found := private.check_sending(caller, place.id, place.recipient, preflight_message.body, files);
	if place.conversation_id is not null then
		found := array_remove(found || private.check_files(place.conversation_id, attachment_ids, caller), null);
	end if;
	foreach reason in array found loop
		begin
			perform private.refuse_sending(reason);
		exception when others then
			get stacked diagnostics sentence = pg_exception_detail;
		end;
		reasons := reasons || jsonb_build_object('slug', reason, 'says', sentence);
	end loop;
	select * into counted from private.count_segments(coalesce(preflight_message.body, ''));
	quote := private.quote_text(place.organization_id, place.recipient, preflight_message.body, files);
	return jsonb_build_object(
		'allowed', jsonb_array_length(reasons) = 0,
		'reasons', reasons,
		'encoding', counted.encoding,
		'segments', counted.segments,
		'price_micros', quote.segments * quote.unit_micros,
		'included_segments', quote.included,
		'included_left', quote.included_left,
		'cost_micros', quote.micros,
		'currency', 'USD',
		'expected_delay_seconds', ceil(private.text_delay(place.id, greatest(counted.segments, 1)))::integer);
end
$$;

create function api.preflight_message(
	body text, conversation_id uuid default null, phone_number_id uuid default null, recipient text default null,
	attachment_ids uuid[] default null
) returns jsonb
language sql stable security invoker set search_path = ''
return private.preflight_message(body, conversation_id, phone_number_id, recipient, attachment_ids);
comment on function api.preflight_message(text, uuid, uuid, text, uuid[]) is
	'What api.send_message would say: {allowed, reasons: [{slug, says}], encoding, segments, price_micros, included_segments, '
	'included_left, cost_micros, currency, expected_delay_seconds}. The plan covers included_segments of it, and included_left to there '
	'in all this month; cost_micros is '
	'what is left to pay. Sends and stores nothing. Fails with session_ended, not_found.';

grant execute on function
	api.preflight_message(text, uuid, uuid, text, uuid[]), private.preflight_message(text, uuid, uuid, text, uuid[])
to authenticated;
