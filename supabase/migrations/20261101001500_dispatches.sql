-- Sending, second half: handing a queued text to the carrier, without ever doing it twice.

create table private.dispatches (
	message_id uuid primary key references public.messages (id) on delete cascade,
	dispatched_at timestamptz not null
);
comment on table private.dispatches is
	'Texts given to the carrier whose answer is not known yet. A row found by a later attempt means: look before sending again.';

-- Marks a message as failed, whatever it was before unless that is final; an opt-out the carrier knows is ours to know.
create function private.record_send_failure(message_id uuid, error_code text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	failed public.messages;
begin
	delete from private.dispatches d where d.message_id = record_send_failure.message_id;

	-- where the carrier obeys a STOP by itself it has confirmed it, too: ours is not missed
	if record_send_failure.error_code = '21610' and exists (
		select from public.messages m
		where m.id = record_send_failure.message_id and m.origin = 'automatic' and m.status in ('queued', 'sending'))
	then
		perform private.cancel_message(record_send_failure.message_id);
		return jsonb_build_object('outcome', 'applied');
	end if;

	update public.messages m
	set status = 'failed', error_code = record_send_failure.error_code
	where m.id = record_send_failure.message_id and m.status in ('queued', 'sending', 'sent')
	returning m.* into failed;
	if failed.id is null then
		return jsonb_build_object('outcome', 'unchanged');
	end if;

	if record_send_failure.error_code = '21610' then
		insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
		select c.organization_id, c.phone_number_id, t.phone_number, 'carrier'
		from public.conversations c
		join public.contacts t on t.id = c.contact_id
		where c.id = failed.conversation_id
		on conflict (phone_number_id, contact_number) do nothing;
	end if;
	return jsonb_build_object('outcome', 'applied');
end
$$;

-- A send that is given up is not silent: its text fails, and says that nobody knows whether it arrived.
create function private.on_parked_send() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if pg_input_is_valid(new.payload ->> 'message_id', 'uuid') then
		perform private.record_send_failure((new.payload ->> 'message_id')::uuid, 'unconfirmed');
	end if;
	return null;
end
$$;

create trigger on_parked_send after update on private.jobs
	for each row when (old.parked_at is null and new.parked_at is not null and new.kind = 'send_message')
	execute function private.on_parked_send();

-- The text to hand over, if it is still this lease's to hand over and still allowed. Stamps the attempt.
create function private.begin_dispatch(message_id uuid, job_id uuid, lease uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message public.messages;
	place record;
	earlier timestamptz;
	reasons text[];
begin
	perform from private.jobs j
	where j.id = job_id and j.lease = begin_dispatch.lease and j.leased_until > clock_timestamp() and j.completed_at is null
	for update;
	if not found then
		return null;
	end if;

	select m.* into message from public.messages m
	where m.id = begin_dispatch.message_id and m.status in ('queued', 'sending') and m.carrier_message_id is null
	for update;
	if not found then
		return null;
	end if;

	select n.id as number_id, n.e164, t.phone_number as recipient into place
	from public.conversations c
	join public.phone_numbers n on n.id = c.phone_number_id
	join public.contacts t on t.id = c.contact_id
	where c.id = message.conversation_id;
	select d.dispatched_at into earlier from private.dispatches d where d.message_id = message.id;

	-- an attempt whose outcome is unknown is looked up first, even after an opt-out: the text may be on its way
	if earlier is null then
		reasons := private.check_sending(null, place.number_id, place.recipient, message.body, 1, message_id => message.id);
		-- who wrote STOP, HELP or START is answered, whatever step of the ladder its organization is on
		if message.origin = 'automatic' then
			reasons := array_remove(reasons, 'sending_stopped');
		end if;
		if reasons && array['opted_out', 'contact_blocked', 'number_frozen', 'number_released', 'sending_stopped'] then
			perform private.record_send_failure(message.id, case
				when 'opted_out' = any (reasons) then '21610'
				when 'contact_blocked' = any (reasons) then 'contact_blocked'
				when 'number_frozen' = any (reasons) then 'number_frozen'
				when 'sending_stopped' = any (reasons) then 'sending_stopped'
				else 'number_released'
			end);
			return null;
		end if;
	end if;

	-- an earlier stamp stays until its outcome is known: the look-up begins there, however often it has to be repeated
	insert into private.dispatches (message_id, dispatched_at) values (message.id, clock_timestamp())
	on conflict (message_id) do nothing;
	update public.messages m set status = 'sending' where m.id = message.id and m.status = 'queued';

	return jsonb_build_object(
		'message_id', message.id, 'carrier', message.carrier, 'from_number', place.e164, 'to_number', place.recipient, 'body', message.body,
		'status', 'sending', 'carrier_message_id', message.carrier_message_id, 'dispatched_at', earlier,
		'attachments', array(
			select a.path from public.attachments a where a.message_id = message.id and a.status = 'ready' order by a.position));
end
$$;

create function private.clear_dispatch(message_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.dispatches d where d.message_id = clear_dispatch.message_id;
	return jsonb_build_object('outcome', case when found then 'applied' else 'unchanged' end);
end
$$;

-- The carrier has the text. Receipts that came before this answer were kept under the carrier's id and count now.
create function private.record_dispatched(
	message_id uuid, carrier_message_id text, status public.message_status, error_code text, segments integer
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message public.messages;
	next public.message_status;
	receipt record;
begin
	-- a receipt that does not find this message yet waits here, or is found below
	perform pg_advisory_xact_lock(hashtextextended(record_dispatched.carrier_message_id, 0));
	delete from private.dispatches d where d.message_id = record_dispatched.message_id;

	select m.* into message from public.messages m where m.id = record_dispatched.message_id for update;
	if message.id is null
		or message.carrier_message_id is not null and message.carrier_message_id <> record_dispatched.carrier_message_id
	then
		return jsonb_build_object('outcome', 'unknown_message');
	end if;

	next := private.later_status(message.status, record_dispatched.status);
	-- one that was looked for and had failed already comes with its reason
	if record_dispatched.status = next then
		message.error_code := coalesce(record_dispatched.error_code, message.error_code);
	end if;
	for receipt in
		update private.provider_events e
		set outcome = 'applied', message_id = message.id
		where e.provider = message.carrier
			and e.event_key like 'receipt:' || replace(record_dispatched.carrier_message_id, '_', '\_') || ':%'
			and e.outcome = 'unknown_message'
		returning e.message_status::public.message_status as status, e.error_code, e.received_at
	loop
		if private.later_status(next, receipt.status) <> next then
			next := receipt.status;
			message.error_code := coalesce(receipt.error_code, message.error_code);
		end if;
	end loop;

	update public.messages m
	set carrier_message_id = record_dispatched.carrier_message_id, status = next, error_code = message.error_code,
		segments = coalesce(record_dispatched.segments, m.segments)
	where m.id = message.id;
	if record_dispatched.segments is not null then
		perform private.note_segments(message.id, record_dispatched.segments);
	end if;
	return jsonb_build_object('outcome', 'applied', 'status', next);
end
$$;

create function private.known_carrier_message_ids(carrier text, ids text[]) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select m.carrier_message_id from public.messages m
		where m.carrier = known_carrier_message_ids.carrier and m.carrier_message_id = any (ids));
end
$$;

create function service.begin_dispatch(message_id uuid, job_id uuid, lease uuid) returns jsonb
language sql security invoker set search_path = ''
return private.begin_dispatch(message_id, job_id, lease);
comment on function service.begin_dispatch(uuid, uuid, uuid) is
	'What to hand to the carrier, stamped as attempted; null when the lease is lost or the text is final, sent or opted out. '
	'dispatched_at: an earlier attempt whose outcome nobody knows, to be looked up before sending.';

create function service.clear_dispatch(message_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.clear_dispatch(message_id);
comment on function service.clear_dispatch(uuid) is 'The carrier certainly did not take the text: the next attempt need not look.';

create function service.record_dispatched(
	message_id uuid, carrier_message_id text, status public.message_status, error_code text, segments integer
) returns jsonb
language sql security invoker set search_path = ''
return private.record_dispatched(message_id, carrier_message_id, status, error_code, segments);
comment on function service.record_dispatched(uuid, text, public.message_status, text, integer) is
	'The carrier took the text under this id, and has brought it so far. Receipts kept under the id are applied as well.';

create function service.record_send_failure(message_id uuid, error_code text) returns jsonb
language sql security invoker set search_path = ''
return private.record_send_failure(message_id, error_code);
comment on function service.record_send_failure(uuid, text) is
	'The carrier refused the text for good. 21610 records the opt-out, too.';

create function service.known_carrier_message_ids(carrier text, ids text[]) returns text[]
language sql stable security invoker set search_path = ''
return private.known_carrier_message_ids(carrier, ids);
comment on function service.known_carrier_message_ids(text, text[]) is 'Which of the carrier''s ids already belong to messages.';

grant execute on function
	private.begin_dispatch(uuid, uuid, uuid), service.begin_dispatch(uuid, uuid, uuid),
	private.clear_dispatch(uuid), service.clear_dispatch(uuid),
	private.record_dispatched(uuid, text, public.message_status, text, integer),
	service.record_dispatched(uuid, text, public.message_status, text, integer),
	private.record_send_failure(uuid, text), service.record_send_failure(uuid, text),
	private.known_carrier_message_ids(text, text[]), service.known_carrier_message_ids(text, text[])
to edge, service_role;
