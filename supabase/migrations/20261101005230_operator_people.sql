-- A person, as operators see them. Whoever looks, or does something, stands in the book of each organization the person belongs to.

-- A person whom nobody said why they look at: {id, username}. Else who they are and where they belong; one look. The reason is that
-- of a visit to one of their organizations.
create function private.operator_person(session text, user_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	person public.profiles;
	visited uuid;
begin
	select p.* into person from public.profiles p where p.id = operator_person.user_id;
	if person.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	select v.organization_id into visited
	from private.operator_visits v
	join public.memberships m on m.organization_id = v.organization_id and m.user_id = person.id
	where v.hash = live.hash
	limit 1;
	if visited is null then
		return jsonb_build_object('id', person.id, 'username', person.username,
			'organizations', private.operator_memberships(person.id));
	end if;
	perform private.look(live, m.organization_id, 'person', 'member', person.id)
	from public.memberships m
	join private.operator_visits v on v.organization_id = m.organization_id and v.hash = live.hash
	where m.user_id = person.id;
	return jsonb_build_object('id', person.id, 'username', person.username, 'full_name', person.full_name,
		'email', (select u.email from auth.users u where u.id = person.id),
		'email_confirmed_at', (select u.email_confirmed_at from auth.users u where u.id = person.id),
		'time_zone', person.time_zone, 'locale', person.locale, 'created_at', person.created_at,
		'suspended_at', person.suspended_at, 'deletion_requested_at', person.deletion_requested_at, 'visited', visited,
		'organizations', private.operator_memberships(person.id),
		'sessions', (select count(*) from auth.sessions s where s.user_id = person.id),
		'suspensions', coalesce((
			select jsonb_agg(jsonb_build_object('reason', s.reason, 'at', s.suspended_at, 'resumed_at', s.resumed_at)
				order by s.suspended_at desc)
			from private.suspensions s where s.user_id = person.id), '[]'));
end
$$;

create function private.operator_memberships(user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', m.role,
			'suspended_at', o.suspended_at) order by o.name)
		from public.memberships m
		join public.organizations o on o.id = m.organization_id
		where m.user_id = operator_memberships.user_id), '[]');
end
$$;

-- Puts an account on hold, or lets it go on.
create function private.operator_hold_person(session text, user_id uuid, held boolean, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := case when held then private.require_operator_fresh(session, 'operator', reason)
		else private.require_reason(session, 'operator', reason) end;
begin
	if held then
		perform private.suspend_person(operator_hold_person.user_id, btrim(operator_hold_person.reason));
	else
		perform private.resume_person(operator_hold_person.user_id);
	end if;
	perform private.note_deed(live.operator_id, case when held then 'person.suspended' else 'person.resumed' end,
		btrim(operator_hold_person.reason), 'person', operator_hold_person.user_id::text, address => live.address);
end
$$;

create function service.operator_person(session text, user_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.operator_person(session, user_id);
comment on function service.operator_person(text, uuid) is
	'Who somebody is and where they belong, for operators who look at one of their organizations; else their username. Fails with not_found.';

create function service.operator_hold_person(session text, user_id uuid, held boolean, reason text) returns void
language sql security invoker set search_path = ''
return private.operator_hold_person(session, user_id, held, reason);
comment on function service.operator_hold_person(text, uuid, boolean, text) is
	'Puts an account on hold everywhere, or ends that; their organizations read of it. Fails with not_found, reason_missing.';

grant execute on function
	service.operator_person(text, uuid), private.operator_person(text, uuid),
	service.operator_hold_person(text, uuid, boolean, text), private.operator_hold_person(text, uuid, boolean, text)
to service_role;
