-- What people do with codes: show one that is masked to them, and say whose it is.

create function private.reveal_code(code_id uuid) returns text
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_session();
	found record;
begin
	select c.*, m.code_reader_id, c.organization_id = any (private.my_code_organization_ids()) as is_shown into found
	from public.message_codes c
	join public.messages m on m.id = c.message_id
	where c.id = reveal_code.code_id and c.phone_number_id = any ((select private.my_phone_number_ids())::uuid[]);
	if found.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	if found.code_reader_id is distinct from caller and not found.is_shown then
		perform private.require('codes:reveal', found.organization_id);
	end if;
	if found.code is null then
		perform private.fail(410, 'code_removed', 'This code is not kept any more.');
	end if;
	perform private.audit(found.organization_id, 'code.revealed', 'message', found.message_id, null,
		jsonb_build_object('verification_id', found.verification_id, 'service', found.service_name));
	return found.code;
end
$$;

-- Where a text fits several, or none, somebody says whose it is: whoever asked for one that it may belong to, and those who may
-- see codes anyway. Verification, then conversation: the order in which a text takes them.
create function private.choose_verification(code_id uuid, verification_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	asked constant public.verifications := private.require_verification(choose_verification.verification_id);
	caller constant uuid := private.require_session();
	is_open constant boolean := asked.status in ('waiting', 'code_received') and asked.expires_at > clock_timestamp();
	found public.message_codes;
begin
	perform private.require('verifications:request', asked.organization_id);
	perform from public.conversations o
	where o.id = (select c.conversation_id from public.message_codes c where c.id = choose_verification.code_id)
	for no key update;
	select c.* into found from public.message_codes c
	where c.id = choose_verification.code_id and c.organization_id = asked.organization_id
		and c.phone_number_id = asked.phone_number_id
	for update;
	if found.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	if asked.requested_by is distinct from caller
		or not asked.id = any (found.candidate_ids) and found.verification_id is distinct from asked.id
	then
		perform private.require('verifications:manage', asked.organization_id);
	end if;
	if found.verification_id = asked.id then
		return (select to_jsonb(v) from api.verifications v where v.id = asked.id);
	end if;
	if found.verification_id is not null or found.code is null or found.created_at < asked.created_at then
		perform private.fail(409, 'code_taken', 'This code belongs to another request, or came before this one. Nothing was changed.');
	end if;

	update public.message_codes c
	set verification_id = asked.id, candidate_ids = '{}', late = not is_open
	where c.id = found.id;
	update public.messages m set code_reader_id = asked.requested_by where m.id = found.message_id;
	perform private.attach_code(asked.id, found.code, not is_open);
	perform private.audit(asked.organization_id, 'code.chosen', 'verification', asked.id, null,
		jsonb_build_object('service', asked.service_name));
	return (select to_jsonb(v) from api.verifications v where v.id = asked.id);
end
$$;

-- The verifications that these texts are of or could be of, and then their conversations: in the order in which a text takes them.
create function private.lock_for_codes(message_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform from public.verifications v
	where v.id in (select c.verification_id from public.message_codes c where c.message_id = any (message_ids))
		or v.phone_number_id in (
			select m.phone_number_id from public.messages m
			where m.id = any (message_ids) and m.created_at > now() - interval '1 day')
		and (v.status in ('waiting', 'code_received') or v.ended_at > now() - interval '1 day')
	order by v.id
	for update;
	perform from public.conversations c
	where c.id in (select m.conversation_id from public.messages m where m.id = any (message_ids))
	order by c.id
	for no key update;
end
$$;

-- The newest code of a verification that came in time counts.
create function private.count_codes(verification_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.verifications v
	set code = (
			select c.code from public.message_codes c
			where c.organization_id = v.organization_id and c.verification_id = v.id and not c.late
			order by c.message_id desc, c.id
			limit 1),
		code_count = k.codes - k.late,
		late_count = k.late
	from (
		select count(*)::integer as codes, (count(*) filter (where c.late))::integer as late
		from public.message_codes c
		where c.verification_id = count_codes.verification_id) k
	where v.id = count_codes.verification_id;
end
$$;

create function api.reveal_code(code_id uuid) returns text
language sql security invoker set search_path = ''
return private.reveal_code(code_id);
comment on function api.reveal_code(uuid) is
	'A code found in a text, for whoever waited for it, the roles that see codes, and owners and admins. Each time is a line in the '
	'audit log. Fails with session_ended, not_found, not_allowed, code_removed.';

create function api.choose_verification(code_id uuid, verification_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.choose_verification(code_id, verification_id);
comment on function api.choose_verification(uuid, uuid) is
	'Says which verification a code belongs to: for whoever asked for one of its candidates, and for owners and admins. Fails with '
	'session_ended, not_found, not_allowed, code_taken.';

grant execute on function
	api.reveal_code(uuid), private.reveal_code(uuid),
	api.choose_verification(uuid, uuid), private.choose_verification(uuid, uuid)
to authenticated;
