-- More requests than the plan says: a day of twice as many, which a verified organization takes by itself once a month; and what the
-- platform grants until a date.

create table private.limit_grants (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	-- null: twice what there is without it
	requests_per_minute integer check (requests_per_minute between 1 and 1000000),
	starts_at timestamptz not null default now(),
	until timestamptz not null,
	granted_by uuid references public.profiles (id) on delete set null,
	-- the platform's own
	reason text check (char_length(reason) between 1 and 1000),
	check (until > starts_at)
);
comment on table private.limit_grants is
	'More requests a minute than the plan allows, until a moment: the platform''s grants, and days of twice as many (without a number).';
create index limit_grants_organization on private.limit_grants (organization_id, until);
create index limit_grants_granted_by on private.limit_grants (granted_by) where granted_by is not null;

create table private.verified_organizations (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	reason text not null check (char_length(reason) between 1 and 1000),
	verified_at timestamptz not null default now()
);
comment on table private.verified_organizations is 'Whom the platform knows, whatever else speaks against it.';

-- How many requests a minute one caller of an organization may make: the larger of its plan's and what was granted, doubled on its day.
create function private.requests_per_minute(organization_id uuid) returns integer
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select greatest((private.plan_of(requests_per_minute.organization_id)).api_requests_per_minute, max(g.requests_per_minute))
			* case when bool_or(g.requests_per_minute is null) then 2 else 1 end
		from private.limit_grants g
		where g.organization_id = requests_per_minute.organization_id and g.starts_at <= now() and g.until > now());
end
$$;

-- What was taken for current is asked for again by the next request.
create function private.forget_known_limits(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	-- in the order in which requests lock them
	update private.rate_limits l set known_until = 0
	where l.subject in (
			select 'cum_' || k.mode::text || '_' || k.public_id
			from public.api_keys k where k.organization_id = forget_known_limits.organization_id)
		or l.subject in (
			select 'user:' || m.user_id
			from public.memberships m where m.organization_id = forget_known_limits.organization_id);
	update private.rate_limits l set known_until = 0
	where l.subject = 'organization:' || forget_known_limits.organization_id;
end
$$;

-- What speaks against a day of double limits: nothing, the first of these that is so.
create function private.not_verified_because(organization_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
	return case
		when exists (
			select from private.verified_organizations v where v.organization_id = not_verified_because.organization_id) then null
		when not exists (
			select from public.memberships m
			join auth.users u on u.id = m.user_id and u.email_confirmed_at is not null
			where m.organization_id = not_verified_because.organization_id and m.role = 'owner') then 'email_unconfirmed'
		when not exists (
				select from public.top_ups t
				where t.organization_id = not_verified_because.organization_id and t.status = 'paid')
			and not exists (
				select from public.invoices i
				where i.organization_id = not_verified_because.organization_id and i.status = 'paid' and i.paid_micros > 0)
			then 'nothing_paid'
		when exists (
			select from private.suspensions s
			where (s.organization_id = not_verified_because.organization_id or s.user_id in (
					select m.user_id from public.memberships m
					where m.organization_id = not_verified_because.organization_id and m.role = 'owner'))
				and coalesce(s.resumed_at, now()) > now() - interval '90 days') then 'suspended_lately'
	end;
end
$$;

create function private.doubled_lately(organization_id uuid) returns timestamptz
language sql stable security definer set search_path = ''
begin atomic
	select max(g.starts_at) from private.limit_grants g
	where g.organization_id = doubled_lately.organization_id and g.requests_per_minute is null
		and g.starts_at > now() - interval '1 month';
end;

create function private.may_double_limits(organization_id uuid) returns boolean
language sql stable security definer set search_path = ''
return private.doubled_lately(may_double_limits.organization_id) is null
	and private.not_verified_because(may_double_limits.organization_id) is null;

create function private.request_limits(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	ignored constant uuid := private.require('keys:manage', organization_id);
	plan constant public.plans := private.plan_of(organization_id);
	granted private.limit_grants;
begin
	select g.* into granted from private.limit_grants g
	where g.organization_id = request_limits.organization_id and g.requests_per_minute > plan.api_requests_per_minute
		and g.starts_at <= now() and g.until > now()
	order by g.requests_per_minute desc, g.until desc
	limit 1;
	return jsonb_build_object(
		'plan', plan.name,
		'plan_per_minute', plan.api_requests_per_minute,
		'per_minute', private.requests_per_minute(request_limits.organization_id),
		'doubled_until', (
			select max(g.until) from private.limit_grants g
			where g.organization_id = request_limits.organization_id and g.requests_per_minute is null and g.until > now()),
		'granted_until', case when granted.until < 'infinity' then granted.until end,
		'is_granted', granted.id is not null,
		'double_from', private.doubled_lately(request_limits.organization_id) + interval '1 month',
		'not_verified', private.not_verified_because(request_limits.organization_id));
end
$$;

create function private.double_limits(organization_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	person constant uuid := private.require('keys:manage', organization_id);
	ends constant timestamptz := now() + interval '24 hours';
begin
	-- one at a time
	perform from public.organizations o where o.id = double_limits.organization_id for no key update;
	if private.not_verified_because(double_limits.organization_id) is not null then
		perform private.fail(409, 'limits_not_verified',
			'Twice as many requests are for organizations whose owner has confirmed an e-mail address, that have paid once, and that were not suspended for 90 days.');
	elsif private.doubled_lately(double_limits.organization_id) is not null then
		perform private.fail(409, 'limits_doubled_already', 'The limits were doubled within a month already. Nothing was changed.');
	end if;
	insert into private.limit_grants (organization_id, until, granted_by) values (double_limits.organization_id, ends, person);
	perform private.forget_known_limits(double_limits.organization_id);
	perform private.audit(double_limits.organization_id, 'limits.doubled', 'organization', double_limits.organization_id, null,
		jsonb_build_object('until', ends));
	return private.request_limits(double_limits.organization_id);
end
$$;

-- The platform's own: at least so many requests a minute until a moment; null takes its grants back.
create function private.grant_limit(organization_id uuid, requests_per_minute integer, until timestamptz, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	delete from private.limit_grants g
	where g.organization_id = grant_limit.organization_id and g.requests_per_minute is not null;
	if grant_limit.requests_per_minute is not null then
		insert into private.limit_grants (organization_id, requests_per_minute, until, reason)
		values (grant_limit.organization_id, grant_limit.requests_per_minute, grant_limit.until, grant_limit.reason);
	end if;
	perform private.forget_known_limits(grant_limit.organization_id);
	perform private.audit(grant_limit.organization_id, case when grant_limit.requests_per_minute is null then 'limits.withdrawn' else 'limits.granted' end,
		'organization', grant_limit.organization_id, null,
		jsonb_build_object('requests_per_minute', grant_limit.requests_per_minute, 'until', grant_limit.until));
end
$$;

create function private.verify_organization(organization_id uuid, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if verify_organization.reason is null then
		delete from private.verified_organizations v where v.organization_id = verify_organization.organization_id;
	else
		insert into private.verified_organizations (organization_id, reason)
		values (verify_organization.organization_id, verify_organization.reason)
		on conflict (organization_id) do update set reason = excluded.reason;
	end if;
end
$$;

create function api.request_limits(organization_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.request_limits(organization_id);
comment on function api.request_limits(uuid) is
	'How many API requests a minute a key may make: {plan, plan_per_minute, per_minute, doubled_until, is_granted, granted_until: null for '
	'ever, double_from: when the limits can be doubled again, not_verified: why they cannot}. Fails with not_found, not_allowed.';

create function api.double_limits(organization_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.double_limits(organization_id);
comment on function api.double_limits(uuid) is
	'Takes the 24 hours at double limits that a verified organization has once a month; answers as request_limits. Fails with '
	'not_found, not_allowed, limits_not_verified, limits_doubled_already.';

create function service.grant_limit(organization_id uuid, requests_per_minute integer, until timestamptz, reason text) returns void
language sql security invoker set search_path = ''
return private.grant_limit(organization_id, requests_per_minute, until, reason);
comment on function service.grant_limit(uuid, integer, timestamptz, text) is
	'Lets each caller of an organization make at least so many API requests a minute until a moment; null takes that back.';

create function service.verify_organization(organization_id uuid, reason text) returns void
language sql security invoker set search_path = ''
return private.verify_organization(organization_id, reason);
comment on function service.verify_organization(uuid, text) is
	'Marks an organization as known to the platform, which may double its limits; a null reason takes the mark away.';

grant execute on function
	api.request_limits(uuid), private.request_limits(uuid), api.double_limits(uuid), private.double_limits(uuid)
to authenticated;
grant execute on function
	service.grant_limit(uuid, integer, timestamptz, text), private.grant_limit(uuid, integer, timestamptz, text),
	service.verify_organization(uuid, text), private.verify_organization(uuid, text)
to edge, service_role;
