-- The tenant, who belongs to it, and the first question of every page: who am I here?

create table public.organizations (
	id uuid primary key default private.uuid_v7(),
	slug text not null unique check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and char_length(slug) <= 60),
	name text not null check (char_length(name) between 1 and 100),
	personal_for uuid unique references public.profiles (id) on delete set null,
	created_at timestamptz not null default now()
);

create table public.memberships (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	user_id uuid not null references public.profiles (id) on delete cascade,
	role public.membership_role not null,
	created_at timestamptz not null default now(),
	primary key (organization_id, user_id)
);

comment on table public.organizations is
	'A tenant. Everyone has a personal one from sign-up; its slug is the first part of its pages'' addresses.';
comment on table public.memberships is
	'Who belongs to an organization and as what. A removed member''s row is deleted, and with it all they could see.';

create index memberships_user_id on public.memberships (user_id, organization_id) include (role);

alter table public.organizations enable row level security;
create policy "members can read" on public.organizations for select to authenticated
	using (id = any (array(select private.my_organization_ids())));

alter table public.memberships enable row level security;
create policy "members can read" on public.memberships for select to authenticated
	using (organization_id = any (array(select private.my_organization_ids())));

-- the memberships a caller sees are those of their own organizations: the policy above answers for this one
create policy "members can see each other" on public.profiles for select to authenticated
	using (id = any (array(select m.user_id from public.memberships m)));

create function private.me(slug text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	caller uuid := private.require_session();
	account jsonb;
	organization jsonb;
begin
	select jsonb_build_object(
		'user_id', p.id,
		'email', u.email,
		'username', p.username,
		'full_name', p.full_name,
		'organizations', coalesce((
			select jsonb_agg(
				jsonb_build_object('id', o.id, 'slug', o.slug, 'name', o.name, 'role', m.role)
				order by o.personal_for is not null, o.name, o.id)
			from public.memberships m
			join public.organizations o on o.id = m.organization_id
			where m.user_id = p.id), '[]'))
	into account
	from public.profiles p
	join auth.users u on u.id = p.id
	where p.id = caller;

	if account is null then
		perform private.fail(401, 'session_ended', 'Your session has ended. Sign in again to go on.');
	end if;

	if me.slug is not null then
		select o into organization
		from jsonb_array_elements(account -> 'organizations') o
		where o ->> 'slug' = me.slug;
		if organization is null then
			perform private.fail(404, 'not_found', 'The page was moved or deleted, or this account may not see it.');
		end if;
	end if;
	return account || jsonb_build_object('organization', organization);
end
$$;

create view api.organizations with (security_invoker = true) as
select o.id, o.slug, o.name, m.role
from public.organizations o
join public.memberships m on m.organization_id = o.id and m.user_id = (select auth.uid());
comment on view api.organizations is 'The organizations the caller belongs to, and as what.';

create view api.members with (security_invoker = true) as
select m.organization_id, m.user_id, m.role, p.username, p.full_name
from public.memberships m
join public.profiles p on p.id = m.user_id;
comment on view api.members is 'Everyone in the caller''s organizations.';

create function api.me(slug text default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.me(slug);
comment on function api.me(text) is
	'Who the caller is, their organizations, and the one with this slug. The first question of every page. '
	'Fails with session_ended, or not_found for a slug that is not theirs.';

grant select on public.organizations, public.memberships, api.organizations, api.members to authenticated;
grant execute on function api.me(text), private.me(text) to authenticated;
