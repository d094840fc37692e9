-- What is done with verifications: asked for, cancelled, completed, and ended when their time is over.

create function private.confirm_allowed_use(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require('verifications:manage', confirm_allowed_use.organization_id);
	update public.organizations o set allowed_use_confirmed_at = now()
	where o.id = confirm_allowed_use.organization_id and o.allowed_use_confirmed_at is null;
	if found then
		perform private.audit(confirm_allowed_use.organization_id, 'verification.use_confirmed', 'organization',
			confirm_allowed_use.organization_id);
	end if;
end
$$;

-- When another may be asked for; null: now. Requests of one organization wait for each other here, so that none slips through. Those
-- of test keys count among themselves.
create function private.next_verification_at(organization_id uuid) returns timestamptz
language plpgsql security definer set search_path = ''
as $$
declare
	tests constant uuid[] := array(
		select n.id from public.phone_numbers n
		where n.organization_id = next_verification_at.organization_id and n.carrier = 'test');
	in_test constant boolean := private.key_is_test();
begin
	perform pg_advisory_xact_lock(hashtextextended('verifications:' || next_verification_at.organization_id, 0));
	return (
		select max(full_at.created_at + make_interval(secs => l.seconds))
		from private.verification_limits w
		-- of a day, one of its own may be set for an organization
		cross join lateral (
			select w.seconds, case when w.seconds = 86400
				then private.verifications_a_day(next_verification_at.organization_id) else w.most end as most) l
		-- the one whose going makes room
		cross join lateral (
			select v.created_at from public.verifications v
			where v.organization_id = next_verification_at.organization_id and (v.phone_number_id = any (tests)) = in_test
			order by v.id desc
			offset l.most - 1 limit 1) full_at
		where full_at.created_at > now() - make_interval(secs => l.seconds));
end
$$;

-- Of the numbers the caller may use, the one that the fewest wait on. Fails with number_missing.
create function private.choose_number(organization_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	chosen uuid;
begin
	select n.id into chosen
	from public.phone_numbers n
	where n.organization_id = choose_number.organization_id and n.released_at is null
		and n.id = any ((select private.my_phone_number_ids())::uuid[])
	order by (
		select count(*) from public.verifications v
		where v.phone_number_id = n.id and v.status in ('waiting', 'code_received')), n.id
	limit 1;
	if chosen is null then
		perform private.fail(409, 'number_missing', 'There is no number that a code could be texted to. Nothing was asked for.');
	end if;
	return chosen;
end
$$;

create function private.request_verification(
	organization_id uuid, idempotency_key text, service_id text, service_name text, phone_number_id uuid, ttl_seconds integer,
	note text
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('verifications:request', request_verification.organization_id);
	own_words constant text := nullif(btrim(note), '');
	name text := nullif(btrim(service_name), '');
	number uuid := request_verification.phone_number_id;
	asked public.verifications;
	retry_at timestamptz;
begin
	if coalesce(request_verification.idempotency_key, '') !~ '^.{1,200}$' then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	if num_nonnulls(request_verification.service_id, name) = 1 and name is null then
		select s.name into name from public.services s where s.id = request_verification.service_id;
	elsif num_nonnulls(request_verification.service_id, name) = 2 or char_length(name) > 80 then
		name := null;
	end if;
	if name is null then
		perform private.fail(422, 'service_invalid', 'Choose a service of the list, or name one in at most 80 characters. Nothing was asked for.');
	end if;
	if request_verification.ttl_seconds is null or request_verification.ttl_seconds not between 60 and 86400 then
		perform private.fail(422, 'ttl_invalid', 'Choose how long to wait: between a minute and a day. Nothing was asked for.');
	end if;
	if char_length(own_words) > 500 then
		perform private.fail(422, 'verification_note_too_long', 'A note has at most 500 characters. Nothing was asked for.');
	end if;
	if number is not null and not exists (
		select from public.phone_numbers n
		where n.id = number and n.organization_id = request_verification.organization_id and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]))
	then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;

	-- from here on one request of this organization at a time
	retry_at := private.next_verification_at(request_verification.organization_id);
	select v.* into asked from public.verifications v
	where v.organization_id = request_verification.organization_id
		and v.idempotency_key = request_verification.idempotency_key;
	-- whoever may not see its number any more may not see what became of it
	if asked.id is not null and asked.phone_number_id <> all (private.my_phone_number_ids()) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	if asked.id is null then
		if not exists (
			select from public.organizations o
			where o.id = request_verification.organization_id and o.allowed_use_confirmed_at is not null)
		then
			perform private.fail(403, 'allowed_use_unconfirmed',
				'An owner or admin first has to confirm that codes are asked for your own accounts and tests only. Nothing was asked for.');
		end if;
		if retry_at is not null then
			perform private.fail(429, 'verifications_too_many',
				'An organization asks for at most 30 codes in a minute and 2,000 in a day. Nothing was asked for; try again later.', retry_at);
		elsif not private.key_is_test() then
			perform private.require_under_cap(request_verification.organization_id, 'verifications', 1);
		end if;
		insert into public.verifications (organization_id, phone_number_id, service_id, service_name, requested_by, api_key_id, note,
			ttl_seconds, idempotency_key, expires_at)
		values (request_verification.organization_id,
			coalesce(number, private.choose_number(request_verification.organization_id)), request_verification.service_id, name,
			caller, private.my_key_id(), own_words, request_verification.ttl_seconds, request_verification.idempotency_key,
			clock_timestamp() + make_interval(secs => request_verification.ttl_seconds))
		returning * into asked;
		insert into private.jobs (kind, payload, run_at)
		values ('expire_verification', jsonb_build_object('verification_id', asked.id), asked.expires_at);
	elsif (asked.requested_by, asked.api_key_id, asked.service_id, asked.service_name, asked.note, asked.ttl_seconds)
			is distinct from (caller, private.my_key_id(), request_verification.service_id, name, own_words,
				request_verification.ttl_seconds)
		or asked.phone_number_id <> coalesce(number, asked.phone_number_id)
	then
		perform private.fail(422, 'verification_key_reused',
			'This key was used for another request before. Nothing was asked for; use a new key.');
	end if;
	return (select to_jsonb(v) from api.verifications v where v.id = asked.id);
end
$$;

-- One that the caller may see, locked. Fails with not_found.
create function private.require_verification(verification_id uuid) returns public.verifications
language plpgsql security definer set search_path = ''
as $$
declare
	asked public.verifications;
begin
	perform private.require_caller();
	select v.* into asked from public.verifications v
	where v.id = verification_id and v.phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
	for update;
	if asked.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	return asked;
end
$$;

-- Whether the caller, person or key, is the one who asked.
create function private.asked_by_caller(asked public.verifications) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce(asked.requested_by = auth.uid() or asked.api_key_id = private.my_key_id(), false);
end
$$;

-- Ends it, and gives back what it held: its alarm, and its claim to codes that might be somebody else's.
create function private.end_verification(
	verification_id uuid, status public.verification_status, person uuid, cancel_reason text, final_code text
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.verifications v
	set status = end_verification.status, ended_by = person, cancel_reason = end_verification.cancel_reason,
		final_code = end_verification.final_code
	where v.id = verification_id;
	delete from private.jobs j
	where j.kind = 'expire_verification' and j.payload ->> 'verification_id' = end_verification.verification_id::text
		and j.completed_at is null and j.parked_at is null and j.lease is null;
	perform private.withdraw_candidate(verification_id);
end
$$;
create index jobs_expiries on private.jobs ((payload ->> 'verification_id')) where kind = 'expire_verification';

create function private.cancel_verification(verification_id uuid, reason text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	asked constant public.verifications := private.require_verification(verification_id);
	caller constant uuid := private.require_caller();
	why constant text := nullif(btrim(reason), '');
begin
	perform private.require(
		case when private.asked_by_caller(asked) then 'verifications:request' else 'verifications:manage' end, asked.organization_id);
	if char_length(why) > 200 then
		perform private.fail(422, 'cancel_reason_too_long', 'A reason has at most 200 characters. Nothing was changed.');
	end if;
	if asked.status in ('waiting', 'code_received') then
		perform private.end_verification(asked.id, 'cancelled', caller, why, null);
		perform private.audit(asked.organization_id, 'verification.cancelled', 'verification', asked.id,
			jsonb_build_object('service', asked.service_name, 'requested_by', asked.requested_by),
			jsonb_build_object('reason', why));
		if asked.requested_by is distinct from caller then
			perform private.notify_of_verification(asked.id, caller);
		end if;
	elsif asked.status <> 'cancelled' then
		perform private.fail(409, 'verification_over', 'This request has ended already. Nothing was changed.');
	end if;
	return (select to_jsonb(v) from api.verifications v where v.id = asked.id);
end
$$;

create function private.complete_verification(verification_id uuid, code text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	asked constant public.verifications := private.require_verification(verification_id);
	caller constant uuid := private.require_caller();
	-- what is not kept any more does not come back
	used constant text := case when num_nonnulls(asked.code, asked.final_code) > 0
		then coalesce(nullif(btrim(code), ''), asked.final_code, asked.code) end;
begin
	perform private.require('verifications:request', asked.organization_id);
	if not private.asked_by_caller(asked) then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	-- as long as a code of a text may be
	if char_length(used) > 40 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	if asked.status = 'waiting' then
		perform private.fail(409, 'code_missing', 'No code has arrived yet. Nothing was changed.');
	elsif asked.status = 'code_received' then
		perform private.end_verification(asked.id, 'completed', caller, null, used);
	elsif asked.status <> 'completed' or used is distinct from asked.final_code then
		perform private.fail(409, 'verification_over', 'This request has ended already. Nothing was changed.');
	end if;
	return (select to_jsonb(v) from api.verifications v where v.id = asked.id);
end
$$;

-- Its time is over: once, and not before. Whoever asked hears of it.
create function private.expire_verification(verification_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	due uuid;
begin
	select v.id into due from public.verifications v
	where v.id = verification_id and v.status in ('waiting', 'code_received') and v.expires_at <= clock_timestamp()
	for update;
	if due is null then
		return jsonb_build_object('outcome', 'nothing_to_expire');
	end if;
	perform private.end_verification(due, 'expired', null, null, null);
	perform private.notify_of_verification(due, null);
	return jsonb_build_object('outcome', 'expired');
end
$$;

create function api.confirm_allowed_use(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.confirm_allowed_use(organization_id);
comment on function api.confirm_allowed_use(uuid) is
	'Confirms, once for an organization, that it asks for codes of its own accounts and tests only. For owners and admins. Fails with '
	'session_ended, not_found, not_allowed.';

create function api.request_verification(
	organization_id uuid, idempotency_key text, service_id text default null, service_name text default null,
	phone_number_id uuid default null, ttl_seconds integer default 600, note text default null
) returns jsonb
language sql security invoker set search_path = ''
return private.request_verification(organization_id, idempotency_key, service_id, service_name, phone_number_id, ttl_seconds, note);
comment on function api.request_verification(uuid, text, text, text, uuid, integer, text) is
	'Waits for a code of a service (of the catalogue, or named) on a number; without one, on the number of the caller''s that the '
	'fewest wait on. ttl_seconds: 60 to 86,400. The same key again answers with the same row of api.verifications. Fails with '
	'session_ended, not_found, not_allowed, malformed, service_invalid, ttl_invalid, verification_note_too_long, number_missing, '
	'allowed_use_unconfirmed, verification_key_reused, verifications_capped, verifications_too_many (its hint is the moment to try again).';

create function api.cancel_verification(verification_id uuid, reason text default null) returns jsonb
language sql security invoker set search_path = ''
return private.cancel_verification(verification_id, reason);
comment on function api.cancel_verification(uuid, text) is
	'Waits no longer: for whoever asked, and for owners and admins. Again: the same answer. Fails with session_ended, not_found, '
	'not_allowed, cancel_reason_too_long, verification_over.';

create function api.complete_verification(verification_id uuid, code text default null) returns jsonb
language sql security invoker set search_path = ''
return private.complete_verification(verification_id, code);
comment on function api.complete_verification(uuid, text) is
	'Done, with this code or else the newest that arrived. For whoever asked. Again with the same code: the same answer. Fails with '
	'session_ended, not_found, not_allowed, malformed, code_missing, verification_over.';

create function service.expire_verification(verification_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.expire_verification(verification_id);
comment on function service.expire_verification(uuid) is
	'Ends a verification whose time is over and tells whoever asked: expired, or nothing_to_expire.';

grant execute on function
	api.confirm_allowed_use(uuid), private.confirm_allowed_use(uuid),
	api.request_verification(uuid, text, text, text, uuid, integer, text),
	private.request_verification(uuid, text, text, text, uuid, integer, text),
	api.cancel_verification(uuid, text), private.cancel_verification(uuid, text),
	api.complete_verification(uuid, text), private.complete_verification(uuid, text)
to authenticated;
grant execute on function service.expire_verification(uuid), private.expire_verification(uuid) to edge, service_role;
