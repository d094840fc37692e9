-- Tests: what test keys do. An organization has one number for it, of the carrier `test`, which texts only numbers that nobody has.
-- What belongs to that number is a test: no person sees it among their own, nothing is sent, charged or counted, and a live key
-- knows nothing of it. What comes of a test, core/test-numbers.ts says.

create unique index phone_numbers_test_once on public.phone_numbers (organization_id) where carrier = 'test' and released_at is null;

-- The number of an organization's tests, made when it is the first time. Recipients of tests have other digits.
create function private.open_test_number(organization_id uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	number uuid;
begin
	loop
		select n.id into number from public.phone_numbers n
		where n.organization_id = open_test_number.organization_id and n.carrier = 'test' and n.released_at is null;
		if number is not null then
			return number;
		end if;
		insert into public.phone_numbers (organization_id, e164, label, color, country_code, carrier, capabilities, auto_renew)
		values (open_test_number.organization_id, '+1555' || (2000000 + floor(random() * 8000000))::integer, 'Test number', 8, 'US',
			'test', '["sms"]', false)
		on conflict do nothing;
	end loop;
end
$$;

-- A test key makes no contact of real people, and no other makes one of a number that nobody has.
create function private.keep_contacts_apart() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if private.is_test_number(new.phone_number) <> private.key_is_test() then
		if tg_op = 'UPDATE' then
			perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
		elsif private.key_is_test() then
			perform private.fail(422, 'recipient_not_test',
				'A test key texts only test numbers, which begin with +1 555. Nothing was sent.');
		else
			perform private.fail(422, 'phone_number_invalid', 'This does not look like a phone number.');
		end if;
	end if;
	return new;
end
$$;
create trigger keep_contacts_apart before insert or update on public.contacts
	for each row when (private.by_key()) execute function private.keep_contacts_apart();

-- Labels are everybody's: a test key sets them, and changes none.
create function private.keep_labels_apart() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if private.key_is_test() then
		perform private.fail(403, 'scope_missing', 'This key has no scope for that. Nothing was changed.');
	end if;
	return coalesce(new, old);
end
$$;
create trigger keep_labels_apart before insert or update or delete on public.labels
	for each row when (private.by_key()) execute function private.keep_labels_apart();

-- Nobody is told of a test.
create function private.keep_tests_quiet() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if exists (select from public.phone_numbers n where n.id = new.phone_number_id and n.carrier = 'test') then
		return null;
	end if;
	return new;
end
$$;
create trigger keep_tests_quiet before insert on public.notifications
	for each row when (new.phone_number_id is not null) execute function private.keep_tests_quiet();

-- What comes of a test comes a second after it.
create function private.play_test_text() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, payload, run_at)
	values ('play_test', jsonb_build_object('message_id', new.id), clock_timestamp() + interval '1 second');
	return null;
end
$$;
create trigger play_test_text after update of status on public.messages
	for each row when (new.carrier = 'test' and new.status = 'sent' and old.status <> 'sent')
	execute function private.play_test_text();

create function private.play_test_verification() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, payload, run_at)
	select 'play_test', jsonb_build_object('verification_id', new.id), clock_timestamp() + interval '1 second'
	from public.phone_numbers n
	where n.id = new.phone_number_id and n.carrier = 'test';
	return null;
end
$$;
create trigger play_test_verification after insert on public.verifications
	for each row execute function private.play_test_verification();

-- What a test is about, while something is to come of it: the text that was sent, or who is waited for.
create function private.test_to_play(message_id uuid, verification_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce(
		(select jsonb_build_object('our_number', n.e164, 'their_number', t.phone_number, 'body', m.body,
			'carrier_message_id', m.carrier_message_id, 'sent_at', m.sent_at)
		from public.messages m
		join public.conversations c on c.id = m.conversation_id
		join public.contacts t on t.id = c.contact_id
		join public.phone_numbers n on n.id = m.phone_number_id
		where m.id = test_to_play.message_id and m.carrier = 'test' and m.status = 'sent'),
		(select jsonb_build_object('our_number', n.e164, 'service_name', v.service_name)
		from public.verifications v
		join public.phone_numbers n on n.id = v.phone_number_id and n.carrier = 'test'
		where v.id = test_to_play.verification_id and v.status = 'waiting'));
end
$$;

create function service.test_to_play(message_id uuid, verification_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.test_to_play(message_id, verification_id);
comment on function service.test_to_play(uuid, uuid) is
	'What a test is about while something is to come of it: {our_number, their_number, body, carrier_message_id, sent_at} of a text, or '
	'{our_number, service_name} of a request for a code. Else null.';

-- Tests of an organization, newest first, for whoever keeps its keys: what a key sent and what came of it.
create function private.list_tests(organization_id uuid, before_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require('keys:manage', list_tests.organization_id);
	return coalesce((
		select jsonb_agg(to_jsonb(f) order by f.created_at desc, f.id desc)
		from (
			select m.id, m.created_at, m.direction, m.status, m.error_code, m.body, t.phone_number as their_number, k.name as key_name
			from public.phone_numbers n
			join public.conversations c on c.phone_number_id = n.id
			join public.contacts t on t.id = c.contact_id
			join public.messages m on m.conversation_id = c.id
			left join public.api_keys k on k.id = m.api_key_id
			where n.organization_id = list_tests.organization_id and n.carrier = 'test'
				and (list_tests.before_id is null or m.id < list_tests.before_id)
			order by m.id desc
			limit 51) f), '[]'::jsonb);
end
$$;

create function api.list_tests(organization_id uuid, before_id uuid default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.list_tests(organization_id, before_id);
comment on function api.list_tests(uuid, uuid) is
	'Texts of test keys, newest first, 51 at most (the last one only says that there are more): [{id, created_at, direction, status, '
	'error_code, body, their_number, key_name}]. before_id is the last one of the page before. For '
	'owners and admins. Fails with session_ended, not_found, not_allowed.';

grant execute on function api.list_tests(uuid, uuid), private.list_tests(uuid, uuid) to authenticated;
grant execute on function service.test_to_play(uuid, uuid), private.test_to_play(uuid, uuid) to edge, service_role;
