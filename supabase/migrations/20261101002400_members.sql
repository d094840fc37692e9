-- Who belongs to an organization and as what: changing it, leaving, being removed. (Ownership changes hands in the next file.)

-- Asks like private.require, and from here on nobody else changes who belongs to this organization until the transaction
-- ends. The second question sees what somebody else did in between.
create function private.require_locked(capability text, organization_id uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require(require_locked.capability, require_locked.organization_id);
	perform from public.organizations o where o.id = require_locked.organization_id for no key update;
	return private.require(require_locked.capability, require_locked.organization_id);
end
$$;

create function private.role_in(organization_id uuid, user_id uuid) returns public.membership_role
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select m.role from public.memberships m
		where m.organization_id = role_in.organization_id and m.user_id = role_in.user_id);
end
$$;

-- A colleague's role. Fails with member_gone, the same for one who left, a stranger and nobody at all.
create function private.role_of_colleague(organization_id uuid, user_id uuid) returns public.membership_role
language plpgsql stable security definer set search_path = ''
as $$
declare
	theirs constant public.membership_role := private.role_in(role_of_colleague.organization_id, role_of_colleague.user_id);
begin
	if theirs is null then
		perform private.fail(404, 'member_gone', 'This person does not belong to the organization. Nothing was changed.');
	end if;
	return theirs;
end
$$;

-- Fails with last_owner where nobody else is one, with personal_organization where it is theirs from sign-up on.
create function private.require_dispensable(organization_id uuid, user_id uuid) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
	if exists (
		select from public.organizations o
		where o.id = require_dispensable.organization_id and o.personal_for = require_dispensable.user_id)
	then
		perform private.fail(409, 'personal_organization',
			'Everybody keeps their personal organization. Nothing was changed.');
	end if;
	if private.role_in(require_dispensable.organization_id, require_dispensable.user_id) = 'owner' and not exists (
		select from public.memberships m
		where m.organization_id = require_dispensable.organization_id and m.role = 'owner'
			and m.user_id <> require_dispensable.user_id)
	then
		perform private.fail(409, 'last_owner',
			'An organization always has an owner. Hand ownership over first; nothing was changed.');
	end if;
end
$$;

create function private.change_role(organization_id uuid, user_id uuid, role public.membership_role) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_locked('roles:change', change_role.organization_id);
	mine constant public.membership_role := private.role_in(change_role.organization_id, caller);
	theirs constant public.membership_role := private.role_of_colleague(change_role.organization_id, change_role.user_id);
begin
	if caller = change_role.user_id then
		perform private.fail(409, 'own_role', 'Nobody changes their own role. Ask another admin or the owner.');
	end if;
	-- core's mayAssign: only roles below one's own, and nobody makes or unmakes an owner
	if change_role.role is null or 'owner' in (theirs, change_role.role)
		or mine = 'admin' and 'admin' in (theirs, change_role.role)
	then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	perform private.require_fresh_session();
	if theirs = change_role.role then
		return;
	end if;

	update public.memberships m set role = change_role.role
	where m.organization_id = change_role.organization_id and m.user_id = change_role.user_id;
	perform private.audit(change_role.organization_id, 'role.changed', 'member', change_role.user_id,
		jsonb_build_object('role', theirs), jsonb_build_object('role', change_role.role));
end
$$;

-- What a colleague leaves: what they alone can see besides what everybody can (number grants, and team conversations with
-- their company), how many conversations are assigned to them, and in how many they have an answer begun.
create function private.left_behind(organization_id uuid, user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require('members:remove', left_behind.organization_id);
	perform private.role_of_colleague(left_behind.organization_id, left_behind.user_id);
	return jsonb_build_object(
		'assigned', (
			select count(*) from public.conversations c
			where c.organization_id = left_behind.organization_id and c.assignee_id = left_behind.user_id),
		'drafts', (
			select count(*) from public.drafts d
			where d.organization_id = left_behind.organization_id and d.user_id = left_behind.user_id),
		'numbers', coalesce((
			select jsonb_agg(jsonb_build_object('id', n.id, 'e164', n.e164, 'label', n.label) order by n.label, n.id)
			from public.phone_number_grants g
			join public.phone_numbers n on n.id = g.phone_number_id and n.released_at is null
			where g.organization_id = left_behind.organization_id and g.user_id = left_behind.user_id), '[]'),
		'team_conversations', coalesce((
			select jsonb_agg(jsonb_build_object('id', c.id, 'with', company.usernames) order by c.id)
			from public.conversation_participants p
			join public.conversations c on c.id = p.conversation_id
			cross join lateral (
				select coalesce(jsonb_agg(other.username order by other.username), '[]') as usernames
				from public.conversation_participants o
				join public.profiles other on other.id = o.user_id
				where o.conversation_id = c.id and o.user_id <> p.user_id) company
			where p.organization_id = left_behind.organization_id and p.user_id = left_behind.user_id), '[]'));
end
$$;

-- Gives a colleague what another one has, before that one's membership goes and all of it with it.
create function private.hand_over(organization_id uuid, from_user uuid, to_user uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.phone_number_grants (organization_id, phone_number_id, user_id)
	select g.organization_id, g.phone_number_id, to_user
	from public.phone_number_grants g
	where g.organization_id = hand_over.organization_id and g.user_id = from_user
	on conflict on constraint phone_number_grants_phone_number_id_user_id_key do nothing;

	insert into public.conversation_participants (conversation_id, organization_id, user_id)
	select p.conversation_id, p.organization_id, to_user
	from public.conversation_participants p
	where p.organization_id = hand_over.organization_id and p.user_id = from_user
	on conflict on constraint conversation_participants_pkey do nothing;

	-- after the grants: what the successor still may not answer becomes nobody's when the membership ends
	update public.conversations c
	set assignee_id = to_user
	where c.organization_id = hand_over.organization_id and c.assignee_id = from_user
		and private.may_work_in(c.id, to_user);

	-- an answer of the successor's own is not replaced
	with taken as (
		insert into public.drafts (conversation_id, organization_id, user_id, body)
		select d.conversation_id, d.organization_id, to_user, d.body
		from public.drafts d
		where d.organization_id = hand_over.organization_id and d.user_id = from_user and d.body <> ''
			and private.may_work_in(d.conversation_id, to_user)
		on conflict on constraint drafts_pkey do nothing
		returning conversation_id)
	insert into public.draft_marks (conversation_id, organization_id, phone_number_id, user_id)
	select c.id, c.organization_id, c.phone_number_id, to_user
	from taken
	join public.conversations c on c.id = taken.conversation_id
	on conflict on constraint draft_marks_pkey do nothing;

	perform realtime.send(jsonb_build_object('id', hand_over.organization_id), 'memberships', 'user:' || to_user, true);
end
$$;

create function private.remove_member(organization_id uuid, user_id uuid, hand_over_to uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_locked('members:remove', remove_member.organization_id);
	mine constant public.membership_role := private.role_in(remove_member.organization_id, caller);
	theirs constant public.membership_role := private.role_of_colleague(remove_member.organization_id, remove_member.user_id);
	leaves jsonb;
begin
	if caller = remove_member.user_id then
		perform private.fail(409, 'own_membership', 'Nobody removes themselves. Leave the organization instead.');
	end if;
	-- core's mayRemove: owners anybody, admins those below them
	if mine <> 'owner' and theirs in ('owner', 'admin') then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	perform private.require_dispensable(remove_member.organization_id, remove_member.user_id);

	leaves := private.left_behind(remove_member.organization_id, remove_member.user_id);
	if remove_member.hand_over_to is not null then
		if remove_member.hand_over_to = remove_member.user_id then
			perform private.fail(404, 'member_gone', 'This person does not belong to the organization. Nothing was changed.');
		end if;
		perform private.role_of_colleague(remove_member.organization_id, remove_member.hand_over_to);
		perform private.hand_over(remove_member.organization_id, remove_member.user_id, remove_member.hand_over_to);
	end if;

	delete from public.memberships m
	where m.organization_id = remove_member.organization_id and m.user_id = remove_member.user_id;
	perform private.audit(remove_member.organization_id, 'member.removed', 'member', remove_member.user_id,
		jsonb_build_object('role', theirs, 'assigned', leaves -> 'assigned', 'drafts', leaves -> 'drafts', 'numbers', jsonb_path_query_array(leaves, '$.numbers[*].e164'),
			'team_conversations', jsonb_array_length(leaves -> 'team_conversations')),
		jsonb_build_object('handed_over_to', remove_member.hand_over_to));
end
$$;

create function private.leave_organization(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_locked('members:read', leave_organization.organization_id);
	mine constant public.membership_role := private.role_in(leave_organization.organization_id, caller);
begin
	perform private.require_dispensable(leave_organization.organization_id, caller);
	perform private.audit(leave_organization.organization_id, 'member.left', 'member', caller,
		jsonb_build_object('role', mine), null);
	delete from public.memberships m
	where m.organization_id = leave_organization.organization_id and m.user_id = caller;
end
$$;

-- Open pages ask `me` again: the colleagues' because somebody came, went or changed; the person's own because they did.
create function private.hint_membership() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	organization constant uuid := coalesce(new.organization_id, old.organization_id);
	person constant uuid := coalesce(new.user_id, old.user_id);
begin
	perform realtime.send(jsonb_build_object('id', person), 'members', 'organization:' || organization, true);
	perform realtime.send(jsonb_build_object('id', organization), 'memberships', 'user:' || person, true);
	return null;
end
$$;
create trigger hint_membership after insert or delete on public.memberships
	for each row execute function private.hint_membership();
create trigger hint_changed_membership after update on public.memberships
	for each row when (old.role <> new.role or old.suspended_at is distinct from new.suspended_at)
	execute function private.hint_membership();

create function api.change_role(organization_id uuid, user_id uuid, role public.membership_role) returns void
language sql security invoker set search_path = ''
return private.change_role(organization_id, user_id, role);
comment on function api.change_role(uuid, uuid, public.membership_role) is
	'Gives a colleague another role, below the caller''s own. Needs a fresh session. Fails with session_ended, not_found, '
	'not_allowed, member_gone, own_role, fresh_session_required.';

create function api.left_behind(organization_id uuid, user_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.left_behind(organization_id, user_id);
comment on function api.left_behind(uuid, uuid) is
	'What goes with a colleague who is removed: {assigned, drafts, numbers: [{id, e164, label}], team_conversations: [{id, with: '
	'[username]}]}. assigned: how many conversations; drafts: how many answers they have begun and not sent.';

create function api.remove_member(organization_id uuid, user_id uuid, hand_over_to uuid default null) returns void
language sql security invoker set search_path = ''
return private.remove_member(organization_id, user_id, hand_over_to);
comment on function api.remove_member(uuid, uuid, uuid) is
	'Removes a colleague; what they alone could see goes to somebody else, if named. Fails with session_ended, not_found, '
	'not_allowed, member_gone, own_membership, last_owner, personal_organization.';

create function api.leave_organization(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.leave_organization(organization_id);
comment on function api.leave_organization(uuid) is
	'The caller leaves. Fails with session_ended, not_found, last_owner, personal_organization.';

grant execute on function
	api.change_role(uuid, uuid, public.membership_role), private.change_role(uuid, uuid, public.membership_role),
	api.left_behind(uuid, uuid), private.left_behind(uuid, uuid),
	api.remove_member(uuid, uuid, uuid), private.remove_member(uuid, uuid, uuid),
	api.leave_organization(uuid), private.leave_organization(uuid)
to authenticated;
