-- The platform puts a person or an organization on hold: nothing is deleted, nothing can be read or done until it is over.

create table private.suspensions (
	id uuid primary key default private.uuid_v7(),
	user_id uuid references public.profiles (id) on delete cascade,
	organization_id uuid references public.organizations (id) on delete cascade,
	reason text not null check (char_length(reason) between 1 and 1000),
	suspended_at timestamptz not null default now(),
	resumed_at timestamptz,
	check (num_nonnulls(user_id, organization_id) = 1)
);
comment on table private.suspensions is
	'Why the platform suspended a person or an organization, and until when: for those who decide, never for the suspended.';
create unique index suspensions_person on private.suspensions (user_id) where resumed_at is null and user_id is not null;
create unique index suspensions_organization on private.suspensions (organization_id)
	where resumed_at is null and organization_id is not null;

-- In the book of every organization the person belongs to: their colleagues see that it was not one of them.
create function private.audit_person(user_id uuid, verb text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.audit(m.organization_id, audit_person.verb, 'member', audit_person.user_id)
	from public.memberships m
	where m.user_id = audit_person.user_id;
end
$$;

create function private.suspend_person(user_id uuid, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.profiles p set suspended_at = now()
	where p.id = suspend_person.user_id and p.suspended_at is null;
	if found then
		insert into private.suspensions (user_id, reason) values (suspend_person.user_id, suspend_person.reason);
		perform private.audit_person(suspend_person.user_id, 'member.suspended');
	elsif not exists (select from public.profiles p where p.id = suspend_person.user_id) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
end
$$;

create function private.resume_person(user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.profiles p set suspended_at = null
	where p.id = resume_person.user_id and p.suspended_at is not null;
	if found then
		update private.suspensions s set resumed_at = now()
		where s.user_id = resume_person.user_id and s.resumed_at is null;
		perform private.audit_person(resume_person.user_id, 'member.resumed');
	end if;
end
$$;

create function private.suspend_organization(organization_id uuid, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.organizations o set suspended_at = now()
	where o.id = suspend_organization.organization_id and o.suspended_at is null;
	if found then
		insert into private.suspensions (organization_id, reason)
		values (suspend_organization.organization_id, suspend_organization.reason);
		perform private.audit(suspend_organization.organization_id, 'organization.suspended', 'organization',
			suspend_organization.organization_id);
	elsif not exists (select from public.organizations o where o.id = suspend_organization.organization_id) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
end
$$;

create function private.resume_organization(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.organizations o set suspended_at = null
	where o.id = resume_organization.organization_id and o.suspended_at is not null;
	if found then
		update private.suspensions s set resumed_at = now()
		where s.organization_id = resume_organization.organization_id and s.resumed_at is null;
		perform private.audit(resume_organization.organization_id, 'organization.resumed', 'organization',
			resume_organization.organization_id);
	end if;
end
$$;

create function service.suspend_person(user_id uuid, reason text) returns void
language sql security invoker set search_path = ''
return private.suspend_person(user_id, reason);
comment on function service.suspend_person(uuid, text) is
	'Puts an account on hold everywhere, at once. Again: nothing changes. Fails with not_found.';

create function service.resume_person(user_id uuid) returns void
language sql security invoker set search_path = ''
return private.resume_person(user_id);
comment on function service.resume_person(uuid) is 'Ends a person''s suspension; one that is not suspended stays as it is.';

create function service.suspend_organization(organization_id uuid, reason text) returns void
language sql security invoker set search_path = ''
return private.suspend_organization(organization_id, reason);
comment on function service.suspend_organization(uuid, text) is
	'Puts an organization on hold for all its people, at once. Again: nothing changes. Fails with not_found.';

create function service.resume_organization(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.resume_organization(organization_id);
comment on function service.resume_organization(uuid) is 'Ends an organization''s suspension.';

grant execute on function
	service.suspend_person(uuid, text), private.suspend_person(uuid, text),
	service.resume_person(uuid), private.resume_person(uuid),
	service.suspend_organization(uuid, text), private.suspend_organization(uuid, text),
	service.resume_organization(uuid), private.resume_organization(uuid)
to edge, service_role;
