-- Who may use which number: everybody of the organization, or besides owners and admins only some roles and people.

-- Members and viewers who may see a number: those whom a change of its access concerns.
create function private.people_of_number(phone_number_id uuid) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select m.user_id
		from public.phone_numbers n
		join public.memberships m on m.organization_id = n.organization_id and m.role in ('member', 'viewer')
		where n.id = people_of_number.phone_number_id and (n.restricted_at is null or exists (
			select from public.phone_number_grants g
			where g.phone_number_id = n.id and (g.user_id = m.user_id or g.role = m.role))));
end
$$;

create function private.access_to_number(phone_number_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object(
			'restricted', n.restricted_at is not null,
			'roles', coalesce(jsonb_agg(g.role order by g.role) filter (where g.role is not null), '[]'),
			'user_ids', coalesce(jsonb_agg(g.user_id order by g.user_id) filter (where g.user_id is not null), '[]'))
		from public.phone_numbers n
		left join public.phone_number_grants g on g.phone_number_id = n.id
		where n.id = access_to_number.phone_number_id
		group by n.id);
end
$$;

create function private.set_number_access(
	phone_number_id uuid, restricted boolean, roles public.membership_role[], user_ids uuid[]
) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	-- owners and admins see every number anyway
	wanted_roles constant public.membership_role[] := array(
		select distinct r from unnest(set_number_access.roles) r where r in ('member', 'viewer') and set_number_access.restricted);
	wanted_people constant uuid[] := array(
		select distinct u from unnest(set_number_access.user_ids) u where u is not null and set_number_access.restricted);
	organization constant uuid := (
		select n.organization_id from public.phone_numbers n
		where n.id = set_number_access.phone_number_id and n.released_at is null);
	was jsonb;
	becomes jsonb;
	could uuid[];
	person uuid;
begin
	perform private.require_locked('numbers:assign', organization);
	was := private.access_to_number(set_number_access.phone_number_id);
	could := private.people_of_number(set_number_access.phone_number_id);
	foreach person in array wanted_people loop
		perform private.role_of_colleague(organization, person);
	end loop;

	update public.phone_numbers n
	set restricted_at = case when set_number_access.restricted then coalesce(n.restricted_at, now()) end
	where n.id = set_number_access.phone_number_id;
	delete from public.phone_number_grants g
	where g.phone_number_id = set_number_access.phone_number_id
		and not case when g.role is null then g.user_id = any (wanted_people) else g.role = any (wanted_roles) end;
	insert into public.phone_number_grants (organization_id, phone_number_id, role, user_id)
	select organization, set_number_access.phone_number_id, r, null::uuid from unnest(wanted_roles) r
	union all
	select organization, set_number_access.phone_number_id, null, u from unnest(wanted_people) u
	on conflict do nothing;

	becomes := private.access_to_number(set_number_access.phone_number_id);
	if was = becomes then
		return;
	end if;
	perform private.audit(organization, 'number.access_changed', 'phone_number', set_number_access.phone_number_id, was, becomes);

	-- the pages of those who could or can see it ask again, and so do those where access is shown
	perform realtime.send(jsonb_build_object('id', organization), 'memberships', 'user:' || p, true)
	from unnest(could || private.people_of_number(set_number_access.phone_number_id)) p
	group by p having count(*) = 1;
	perform realtime.send(jsonb_build_object('id', organization), 'members', 'organization:' || organization, true);
end
$$;

create view api.phone_number_grants with (security_invoker = true) as
select g.id, g.organization_id, g.phone_number_id, g.role, g.user_id, g.created_at
from public.phone_number_grants g;
comment on view api.phone_number_grants is
	'Whom restricted numbers are for besides owners and admins, of the numbers that the caller may see.';

create view api.number_access with (security_invoker = true) as
select n.id as phone_number_id, n.organization_id, n.e164, n.label, n.color, n.restricted_at is not null as restricted,
	array(
		select g.role from public.phone_number_grants g
		where g.phone_number_id = n.id and g.role is not null order by g.role) as roles,
	array(
		select g.user_id from public.phone_number_grants g
		where g.phone_number_id = n.id and g.user_id is not null order by g.user_id) as user_ids
from public.phone_numbers n
where n.released_at is null;
comment on view api.number_access is 'The numbers the caller may see, and for whom each is: everybody, or these roles and people.';

create function api.set_number_access(
	phone_number_id uuid, restricted boolean, roles public.membership_role[], user_ids uuid[]
) returns void
language sql security invoker set search_path = ''
return private.set_number_access(phone_number_id, restricted, roles, user_ids);
comment on function api.set_number_access(uuid, boolean, public.membership_role[], uuid[]) is
	'Says who may use a number: everybody, or besides owners and admins only these roles and people. Lists, threads and topics '
	'follow at once. Fails with session_ended, not_found, not_allowed, member_gone.';

grant select on api.phone_number_grants, api.number_access to authenticated;
grant execute on function
	api.set_number_access(uuid, boolean, public.membership_role[], uuid[]),
	private.set_number_access(uuid, boolean, public.membership_role[], uuid[])
to authenticated;
