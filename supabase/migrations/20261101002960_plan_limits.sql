-- What a plan has room for. It is asked where something is added; what is there already stays, whatever becomes of the plan.

-- How much of it there is: members, or numbers that are not given up.
create function private.room_taken(organization_id uuid, what text) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
	return case what
		when 'members' then (
			select count(*) from public.memberships m where m.organization_id = room_taken.organization_id)
		when 'numbers' then (
			select count(*) from public.phone_numbers n
			where n.organization_id = room_taken.organization_id and n.released_at is null and n.carrier <> 'test')
	end;
end
$$;

-- Fails with members_full or numbers_full where the plan has no room for one more, and `coming` beside it; with members_capped or
-- numbers_capped where the organization allows itself none. Whoever calls holds the lock under which they are added.
create function private.require_room(organization_id uuid, what text, coming bigint default 0) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	plan constant public.plans := private.plan_of(organization_id);
	taken constant bigint := private.room_taken(organization_id, what) + coming;
begin
	if what = 'members' and taken >= plan.max_members then
		perform private.fail(409, 'members_full', 'The plan has no room for another member. Choose a larger plan, or remove somebody first.');
	elsif what = 'numbers' and taken >= plan.max_numbers then
		perform private.fail(409, 'numbers_full', 'The plan has no room for another number. Choose a larger plan, or give a number up first.');
	end if;
	perform private.require_under_cap(require_room.organization_id, what, coming + 1);
end
$$;

-- The plan that counts now, since when it is a gift, and how much of it is used.
create function private.plan_usage(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	plan public.plans;
	ignored constant uuid := private.require('members:read', organization_id);
begin
	plan := private.plan_of(plan_usage.organization_id);
	return jsonb_build_object(
		'plan', plan.code,
		'granted_until', (
			select case when g.until < 'infinity' then to_jsonb(g.until) end
			from private.plan_grants g
			where g.organization_id = plan_usage.organization_id and g.until > now() and g.plan_code = plan.code),
		'is_granted', exists (
			select from private.plan_grants g
			where g.organization_id = plan_usage.organization_id and g.until > now() and g.plan_code = plan.code),
		'members', private.room_taken(plan_usage.organization_id, 'members'),
		'numbers', private.room_taken(plan_usage.organization_id, 'numbers'),
		'most', jsonb_build_object('segments', plan.included_segments, 'numbers', plan.max_numbers, 'members', plan.max_members),
		'segments', coalesce((
			select a.used
			from public.segment_allowances a
			where a.organization_id = plan_usage.organization_id
				and a.month = private.month_of(plan_usage.organization_id)), 0));
end
$$;

create function api.plan_usage(organization_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.plan_usage(organization_id);
comment on function api.plan_usage(uuid) is
	'The plan of an organization and how much of it is used: {plan, is_granted, granted_until, members, numbers, segments: of this '
	'calendar month, most: as many of each as there may be}. Fails with not_found.';

grant execute on function api.plan_usage(uuid), private.plan_usage(uuid) to authenticated;
