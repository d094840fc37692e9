-- Sending, first half: the one gate that every outbound text passes, whoever asks.

create function private.send_message(
	body text, idempotency_key text, conversation_id uuid, phone_number_id uuid, recipient text, seen_seq bigint, segments smallint
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller uuid;
	place record;
	conversation uuid := send_message.conversation_id;
	message public.messages;
begin
	perform private.require_session();

	-- from which number, to whom: only what the caller can see exists
	if conversation is not null then
		select n.id as number_id, n.organization_id, n.e164, n.carrier, t.phone_number as recipient into place
		from public.conversations c
		join public.phone_numbers n on n.id = c.phone_number_id
		join public.contacts t on t.id = c.contact_id
		where c.id = conversation and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	else
		select n.id as number_id, n.organization_id, n.e164, n.carrier, btrim(send_message.recipient) as recipient into place
		from public.phone_numbers n
		where n.id = send_message.phone_number_id and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	end if;
	if place is null then
		perform private.fail(404, 'not_found', 'The page was moved or deleted, or this account may not see it.');
	end if;
	caller := private.require('messages:send', place.organization_id);

	if btrim(coalesce(send_message.body, ''), E' \t\r\n') = '' then
		perform private.fail(422, 'message_empty', 'Write something first. Nothing was sent.');
	elsif char_length(send_message.body) > 1600 then
		perform private.fail(422, 'message_too_long', 'A text can have at most 1,600 characters. Yours was not sent.');
	elsif place.recipient is null or place.recipient !~ '^\+[1-9][0-9]{6,14}$' or place.recipient = place.e164 then
		perform private.fail(422, 'recipient_invalid', 'This does not look like a number that can be texted. Nothing was sent.');
	elsif coalesce(send_message.idempotency_key, '') !~ '^.{1,200}$' then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;

	-- from here on one at a time in this conversation: the same request twice, or two colleagues at once
	conversation := coalesce(conversation,
		private.open_conversation(place.organization_id, place.number_id, place.recipient));
	perform from public.conversations c where c.id = conversation for update;

	select m.* into message
	from public.messages m
	where m.organization_id = place.organization_id and m.idempotency_key = send_message.idempotency_key;
	if message.id is null then
		if exists (
			select from public.messages m
			where m.conversation_id = conversation and m.seq > send_message.seen_seq
				and m.direction = 'outbound' and m.author_id is distinct from caller
		) then
			perform private.fail(409, 'collision', 'A colleague answered first. Your text was not sent.');
		elsif exists (
			select from public.opt_outs o
			where o.phone_number_id = place.number_id and o.contact_number = place.recipient
		) then
			perform private.fail(409, 'opted_out',
				'This person wrote STOP to this number. Your text was not sent. They can start again by writing START.');
		end if;

		insert into public.messages (conversation_id, direction, status, body, segments, author_id, idempotency_key, carrier)
		values (conversation, 'outbound', 'queued', send_message.body, send_message.segments, caller,
			send_message.idempotency_key, place.carrier)
		on conflict (organization_id, idempotency_key) where idempotency_key is not null do nothing
		returning * into message;

		if message.id is not null then
			insert into private.jobs (kind, queue_key, payload)
			values ('send_message', conversation::text, jsonb_build_object('message_id', message.id));
		end if;
	end if;

	if message.id is null or message.conversation_id <> conversation or message.body <> send_message.body then
		perform private.fail(422, 'idempotency_key_reused', 'This key was used for another text before. Nothing was sent; use a new key.');
	end if;
	return (select to_jsonb(m) from api.messages m where m.id = message.id);
end
$$;

create function api.send_message(
	body text, idempotency_key text, conversation_id uuid default null, phone_number_id uuid default null,
	recipient text default null, seen_seq bigint default null, segments smallint default null
) returns jsonb
language sql security invoker set search_path = ''
return private.send_message(body, idempotency_key, conversation_id, phone_number_id, recipient, seen_seq, segments);
comment on function api.send_message(text, text, uuid, uuid, text, bigint, smallint) is
	'Sends a text into a conversation, or from a number to a recipient (E.164). The same key again answers with the same '
	'message. seen_seq: the newest place its author had seen. Fails with session_ended, not_found, not_allowed, message_empty, '
	'message_too_long, recipient_invalid, malformed, idempotency_key_reused, collision, opted_out.';

grant execute on function
	api.send_message(text, text, uuid, uuid, text, bigint, smallint),
	private.send_message(text, text, uuid, uuid, text, bigint, smallint)
to authenticated;
