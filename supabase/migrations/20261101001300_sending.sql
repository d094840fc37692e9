-- Sending, first half: the one gate that every outbound text passes, whoever asks.

-- Refuses with one of the gate's reasons. The sentences stand here once, also for who only asks beforehand.
create function private.refuse_sending(reason text) returns void
language plpgsql set search_path = ''
as $$
begin
	case reason
		when 'not_allowed' then
			perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
		when 'message_empty' then
			perform private.fail(422, 'message_empty', 'Write something first. Nothing was sent.');
		when 'message_too_long' then
			perform private.fail(422, 'message_too_long', 'A text can have at most 1,600 characters. Yours was not sent.');
		when 'placeholder_unfilled' then
			perform private.fail(422, 'placeholder_unfilled', 'Fill in what stands in {{ }} first. Nothing was sent.');
		when 'recipient_invalid' then
			perform private.fail(422, 'recipient_invalid', 'This does not look like a number that can be texted. Nothing was sent.');
		when 'recipient_not_test' then
			perform private.fail(422, 'recipient_not_test',
				'A test key texts only test numbers, which begin with +1 555. Nothing was sent.');
		when 'contact_blocked' then
			perform private.fail(409, 'contact_blocked', 'This person is blocked. Your text was not sent; unblock them first.');
		when 'opted_out' then
			perform private.fail(409, 'opted_out',
				'This person wants no texts from this number. Yours was not sent. They can start again by writing START.');
		when 'collision' then
			perform private.fail(409, 'collision', 'A colleague answered first. Your text was not sent.');
		when 'sent_twice' then
			perform private.fail(409, 'sent_twice',
				'You have sent these very words already, from another page or device. They were not sent again.');
		when 'balance_too_low' then
			perform private.fail(402, 'balance_too_low', 'The wallet does not hold enough for this. Nothing was sent or charged; top up under Billing.');
		when 'overage_stopped' then
			perform private.fail(402, 'overage_stopped',
				'The plan does not cover this text, and an owner or admin here has sending stop then. Nothing was sent; they can change that under Settings, Usage.');
		when 'spending_capped' then
			perform private.refuse_capped('spending');
		when 'sending_stopped' then
			perform private.fail(403, 'sending_stopped',
				'Our support has stopped what your organization sends. Nothing was sent; its owners have the reason by e-mail.');
		when 'recipients_held' then
			perform private.fail(403, 'recipients_held',
				'For now your organization can only text people it has texted with before. Nothing was sent; its owners have the reason by e-mail.');
		when 'number_frozen', 'number_released' then
			perform private.refuse_for_number(reason);
		else
			perform private.refuse_files(reason);
	end case;
end
$$;

-- Whether somebody may send from a number now, session or not: a schedule fires while its author sleeps.
create function private.may_send(person uuid, phone_number_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		select from public.phone_numbers n
		join public.memberships m on m.organization_id = n.organization_id and m.suspended_at is null
		join public.profiles p on p.id = m.user_id and p.suspended_at is null
		join private.capabilities c on c.role = m.role and c.capability = 'messages:send'
		where n.id = may_send.phone_number_id and m.user_id = person and n.released_at is null
			and (n.restricted_at is null or m.role in ('owner', 'admin') or exists (
				select from public.phone_number_grants g
				where g.phone_number_id = n.id and (g.user_id = person or g.role = m.role))));
end
$$;

-- Whether an organization and somebody outside have texted before.
create function private.has_texted(organization_id uuid, contact_number text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		select from public.contacts t
		join public.conversations c on c.contact_id = t.id and c.last_seq > 0
		where t.organization_id = has_texted.organization_id and t.phone_number = has_texted.contact_number);
end
$$;

-- The gate: why this text may not go from this number to this recipient now; nothing where it may. Asked when a text is
-- accepted, when a schedule fires, before an automatic reply, by preflight, and once more when a text is handed over.
-- conversation_id, seen_seq: for the collision guard. message_id: the text itself where it exists, for the one exemption:
-- the confirmation of a STOP, which its opt-out names, goes out once.
create function private.check_sending(
	author uuid, phone_number_id uuid, recipient text, body text, attachment_count integer default 0,
	conversation_id uuid default null, seen_seq bigint default null, message_id uuid default null
) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	reasons text[] := '{}';
	number record;
	quote record;
	overtaken boolean;
begin
	select n.e164, n.organization_id, n.status, n.carrier = 'test' as is_test, t.step as throttle into number
	from public.phone_numbers n
	left join private.throttles t on t.organization_id = n.organization_id and t.until > now() and n.carrier is distinct from 'test'
	where n.id = check_sending.phone_number_id;

	-- first, so that a released number is said to be released, not to be nobody's to send from
	if number.status <> 'active' then
		reasons := array[private.refuse_number(check_sending.phone_number_id)];
	end if;
	if number.throttle = 'stop' then
		reasons := reasons || 'sending_stopped'::text;
	end if;
	if author is not null and not private.may_send(author, check_sending.phone_number_id) then
		reasons := reasons || 'not_allowed'::text;
	end if;
	if attachment_count = 0 and btrim(coalesce(check_sending.body, ''), E' \t\r\n') = '' then
		reasons := reasons || 'message_empty'::text;
	elsif char_length(check_sending.body) > 1600 then
		reasons := reasons || 'message_too_long'::text;
	elsif check_sending.body ~ '\{\{[^{}]{1,60}\}\}' then
		reasons := reasons || 'placeholder_unfilled'::text;
	end if;

	if recipient is null or recipient !~ '^\+[1-9][0-9]{6,14}$' or recipient = number.e164 then
		return reasons || 'recipient_invalid'::text;
	-- nobody has such a number, and a test reaches nobody who has another
	elsif private.is_test_number(recipient) <> number.is_test then
		return reasons || case when number.is_test then 'recipient_not_test' else 'recipient_invalid' end;
	end if;
	-- what was accepted before goes
	if number.throttle = 'hold' and message_id is null and not private.has_texted(number.organization_id, recipient) then
		reasons := reasons || 'recipients_held'::text;
	end if;
	if exists (
		select from public.contacts t
		where t.organization_id = number.organization_id and t.phone_number = recipient and t.blocked_at is not null
	) then
		reasons := reasons || 'contact_blocked'::text;
	end if;
	-- by a colleague, or by oneself: a draft is on all of a person's devices, and one that was offline sends what another has sent
	if seen_seq is not null then
		select bool_or(m.author_id is distinct from author) into overtaken
		from public.messages m
		where m.conversation_id = check_sending.conversation_id and m.seq > check_sending.seen_seq
			and m.direction = 'outbound' and m.status <> 'cancelled' and m.origin <> 'automatic'
			and (m.author_id is distinct from author
				or author is not null and attachment_count = 0 and m.status <> 'failed' and m.body = check_sending.body);
		if overtaken is not null then
			reasons := reasons || case when overtaken then 'collision' else 'sent_twice' end;
		end if;
	end if;
	if exists (
		select from public.opt_outs o
		where o.phone_number_id = check_sending.phone_number_id and o.contact_number = recipient
			and (o.confirmation_id is null or o.confirmation_id is distinct from message_id)
	) then
		reasons := reasons || 'opted_out'::text;
	end if;
	-- a text that exists is paid, or set aside for; a test costs nothing
	if message_id is null and not number.is_test and char_length(check_sending.body) <= 1600 then
		select q.stopped, q.micros, private.can_pay(q) as payable into quote
		from private.quote_text(number.organization_id, recipient, check_sending.body, attachment_count) q;
		if quote.stopped then
			reasons := reasons || 'overage_stopped'::text;
		elsif quote.micros > 0 and private.is_capped(number.organization_id, 'spending', quote.micros) then
			reasons := reasons || 'spending_capped'::text;
		elsif not quote.payable then
			reasons := reasons || 'balance_too_low'::text;
		end if;
	end if;
	return reasons;
end
$$;

-- How carriers bill a text: core/segments.ts in SQL, for callers who did not count. 160 septets or 70 UTF-16 units alone,
-- 153 or 67 joined; no pair is split.
create function private.count_segments(body text, out encoding text, out segments smallint)
language plpgsql immutable set search_path = ''
as $$
declare
	basic constant text := E'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&''()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
	extension constant text := E'\f^{}\\[~]|€';
	plain constant boolean := translate(body, basic || extension, '') = '';
	joined constant integer := case when plain then 153 else 67 end;
	alone constant integer := case when plain then 160 else 70 end;
	-- signs that take two places
	pairs constant integer := char_length(body)
		- char_length(case when plain then translate(body, extension, '') else regexp_replace(body, '[\U00010000-\U0010ffff]', '', 'g') end);
	units integer := char_length(body) + pairs;
	used integer := 0;
	cost integer;
	one text;
begin
	encoding := case when plain then 'GSM-7' else 'UCS-2' end;
	if pairs = 0 or units <= alone then
		segments := case when units <= alone then (units > 0)::integer else (units + joined - 1) / joined end;
		return;
	end if;
	-- none of them is split, so where they stand counts
	segments := 1;
	foreach one in array string_to_array(body, null) loop
		cost := case when plain then case when strpos(extension, one) > 0 then 2 else 1 end
			when ascii(one) > 65535 then 2 else 1 end;
		if used + cost > joined then
			segments := segments + 1;
			used := 0;
		end if;
		used := used + cost;
	end loop;
end
$$;

-- Writes an accepted text, sets aside what it costs, and writes the job that sends it. The conversation's row is locked by the
-- caller. files: how many will go with it. Fails with balance_too_low.
create function private.queue_message(
	conversation_id uuid, body text, segments smallint, author uuid, origin public.message_origin, idempotency_key text,
	hold_seconds integer default 0, files integer default 0
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message uuid;
	billed boolean;
	due constant timestamptz := case when hold_seconds > 0 then clock_timestamp() + make_interval(secs => hold_seconds) end;
begin
	insert into public.messages (conversation_id, direction, status, origin, body, segments, author_id, api_key_id,
		idempotency_key, carrier, held_until)
	select queue_message.conversation_id, 'outbound', 'queued', queue_message.origin, queue_message.body,
		coalesce(queue_message.segments, (select s.segments from private.count_segments(queue_message.body) s)),
		queue_message.author, case when queue_message.origin = 'api_key' then private.my_key_id() end,
		queue_message.idempotency_key, n.carrier, due
	from public.conversations c
	join public.phone_numbers n on n.id = c.phone_number_id
	where c.id = queue_message.conversation_id
	on conflict (organization_id, idempotency_key) where idempotency_key is not null do nothing
	returning id, carrier <> 'test' into message, billed;

	if message is not null then
		if billed then
			perform private.charge_text(message, files);
		end if;
		insert into private.jobs (kind, queue_key, payload, run_at)
		values ('send_message', queue_message.conversation_id::text, jsonb_build_object('message_id', message), coalesce(due, now()));
	end if;
	return message;
end
$$;

create function private.send_message(
	body text, idempotency_key text, conversation_id uuid, phone_number_id uuid, recipient text, seen_seq bigint, segments smallint,
	attachment_ids uuid[], hold_seconds smallint
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller uuid;
	place record;
	conversation uuid := send_message.conversation_id;
	message public.messages;
	reasons text[];
	files constant integer := coalesce(cardinality(attachment_ids), 0);
begin
	perform private.require_caller();

	-- from which number, to whom: only what the caller can see exists
	if conversation is not null then
		select n.id as number_id, n.organization_id, n.e164, t.phone_number as recipient into place
		from public.conversations c
		join public.phone_numbers n on n.id = c.phone_number_id
		join public.contacts t on t.id = c.contact_id
		where c.id = conversation
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	else
		select n.id as number_id, n.organization_id, n.e164, btrim(send_message.recipient) as recipient into place
		from public.phone_numbers n
		where n.id = send_message.phone_number_id and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	end if;
	if place is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	caller := private.require('messages:send', place.organization_id);
	if coalesce(send_message.idempotency_key, '') !~ '^.{1,200}$' or send_message.hold_seconds not between 0 and 30 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;

	-- from here on one at a time in this conversation: the same request twice, or two colleagues at once.
	-- What cannot be a recipient has no conversation, and the gate says so
	if conversation is null and place.recipient ~ '^\+[1-9][0-9]{6,14}$' and place.recipient <> place.e164 then
		conversation := private.open_conversation(place.organization_id, place.number_id, place.recipient);
	end if;
	perform from public.conversations c where c.id = conversation for update;

	select m.* into message
	from public.messages m
	where m.organization_id = place.organization_id and m.idempotency_key = send_message.idempotency_key;
	if message.id is null then
		reasons := private.check_sending(caller, place.number_id, place.recipient, send_message.body, files, conversation,
			send_message.seen_seq);
		if cardinality(reasons) > 0 then
			perform private.refuse_sending(reasons[1]);
		end if;

		message.id := private.queue_message(conversation, coalesce(send_message.body, ''), send_message.segments, caller,
			case when caller is null then 'api_key'::public.message_origin else 'person' end, send_message.idempotency_key, send_message.hold_seconds, files);
		if message.id is not null and files > 0 then
			perform private.attach_to_message(message.id, attachment_ids);
		end if;
		select m.* into message from public.messages m where m.id = message.id;
	end if;

	if message.id is null or message.conversation_id is distinct from conversation
		or message.body <> coalesce(send_message.body, '')
	then
		perform private.fail(422, 'idempotency_key_reused', 'This key was used for another text before. Nothing was sent; use a new key.');
	end if;
	return (
		select to_jsonb(m) || jsonb_build_object('expected_delay_seconds', private.expected_delay(m.id))
		from api.messages m where m.id = message.id);
end
$$;

create function api.send_message(
	body text, idempotency_key text, conversation_id uuid default null, phone_number_id uuid default null,
	recipient text default null, seen_seq bigint default null, segments smallint default null,
	attachment_ids uuid[] default null, hold_seconds smallint default 0
) returns jsonb
language sql security invoker set search_path = ''
return private.send_message(body, idempotency_key, conversation_id, phone_number_id, recipient, seen_seq, segments,
	attachment_ids, hold_seconds);
comment on function api.send_message(text, text, uuid, uuid, text, bigint, smallint, uuid[], smallint) is
	'Sends a text into a conversation, or from a number to a recipient (E.164). The same key again answers with the same '
	'message. seen_seq: the newest place its author had seen. hold_seconds (0–30): how long it waits and can be taken back. '
	'expected_delay_seconds: how long it waits beside that, because the carrier takes no more at once. Fails '
	'with session_ended, not_found, not_allowed, malformed, message_empty, message_too_long, placeholder_unfilled, '
	'recipient_invalid, recipient_not_test, contact_blocked, collision, sent_twice, opted_out, number_frozen, balance_too_low, overage_stopped, spending_capped, '
	'sending_stopped, '
	'recipients_held, idempotency_key_reused.';

-- In how many milliseconds the next job comes due that nobody has tried yet, within half a minute: worth staying awake for.
create function private.next_job_in(kinds text[]) returns integer
language plpgsql security definer set search_path = ''
as $$
begin
	return (
		select ceil(extract(epoch from min(j.run_at) - clock_timestamp()) * 1000)::integer
		from private.jobs j
		where j.completed_at is null and j.parked_at is null and j.attempts = 0 and j.kind = any (kinds)
			and j.run_at > clock_timestamp() and j.run_at <= clock_timestamp() + interval '35 seconds');
end
$$;

create function service.next_job_in(kinds text[]) returns integer
language sql security invoker set search_path = ''
return private.next_job_in(kinds);
comment on function service.next_job_in(text[]) is
	'Milliseconds until the next untried job of these kinds is due, if that is within 35 s; else null.';

grant execute on function
	api.send_message(text, text, uuid, uuid, text, bigint, smallint, uuid[], smallint),
	private.send_message(text, text, uuid, uuid, text, bigint, smallint, uuid[], smallint)
to authenticated;
grant execute on function private.next_job_in(text[]), service.next_job_in(text[]) to edge, service_role;
