-- The tenant, who belongs to it, and the first question of every page: who am I here?

create table public.organizations (
	id uuid primary key default private.uuid_v7(),
	slug text not null unique check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and char_length(slug) <= 60),
	name text not null check (char_length(name) between 1 and 100),
	time_zone text not null default 'UTC' check (private.is_time_zone(time_zone)),
	logo_path text,
	-- how a contact's number without a country code is read
	country_code char(2) not null default 'US' check (country_code ~ '^[A-Z]{2}$'),
	-- whether a text from outside brings an archived conversation back
	reopen_archived boolean not null default true,
	-- who sees every code that was texted, and for how many hours codes are kept
	code_roles public.membership_role[] not null default '{owner,admin}',
	code_hours integer not null default 2160 check (code_hours between 1 and 87600),
	-- that codes are asked for accounts and tests of its own only
	allowed_use_confirmed_at timestamptz,
	suspended_at timestamptz,
	personal_for uuid unique references public.profiles (id) on delete set null,
	created_at timestamptz not null default now()
);

create table public.memberships (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	user_id uuid not null references public.profiles (id) on delete cascade,
	role public.membership_role not null,
	suspended_at timestamptz,
	created_at timestamptz not null default now(),
	primary key (organization_id, user_id)
);

comment on table public.organizations is
	'A tenant. Everyone has a personal one from sign-up; its slug is the first part of its pages'' addresses.';
comment on table public.memberships is
	'Who belongs to an organization and as what. A removed member''s row is deleted, and with it all they could see. '
	'suspended_at is the person''s or the organization''s, kept here by triggers so that every policy asks one row.';

create index memberships_user_id on public.memberships (user_id, organization_id) include (role, suspended_at);

alter table public.organizations enable row level security;
create policy "members can read" on public.organizations for select to authenticated
	using (id = any ((select private.my_organization_ids())::uuid[]));

alter table public.memberships enable row level security;
create policy "members can read" on public.memberships for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]));

-- the memberships a caller sees are those of their own organizations: the policy above answers for this one
create policy "members can see each other" on public.profiles for select to authenticated
	using (id = any (array(select m.user_id from public.memberships m)));

-- A suspension of a person or of an organization reaches their memberships at once, and a new membership inherits it.
create function private.suspension_of(organization_id uuid, user_id uuid) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select least(o.suspended_at, p.suspended_at)
		from public.organizations o, public.profiles p
		where o.id = suspension_of.organization_id and p.id = suspension_of.user_id);
end
$$;

create function private.on_new_membership() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	new.suspended_at := private.suspension_of(new.organization_id, new.user_id);
	return new;
end
$$;
create trigger on_new_membership before insert on public.memberships
	for each row execute function private.on_new_membership();

create function private.on_suspension() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_table_name = 'organizations' then
		update public.memberships m set suspended_at = private.suspension_of(m.organization_id, m.user_id)
		where m.organization_id = new.id;
	else
		update public.memberships m set suspended_at = private.suspension_of(m.organization_id, m.user_id)
		where m.user_id = new.id;
	end if;
	return null;
end
$$;
create trigger on_suspension after update of suspended_at on public.organizations
	for each row execute function private.on_suspension();
create trigger on_suspension after update of suspended_at on public.profiles
	for each row execute function private.on_suspension();

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
		'locale', p.locale,
		'time_zone', p.time_zone,
		'avatar_path', p.avatar_path,
		'undo_send_seconds', p.undo_send_seconds,
		'deletion_requested_at', p.deletion_requested_at,
		'session', (
			select jsonb_build_object(
				'id', s.id,
				'described_at', d.last_used_at,
				'fresh_until', d.password_entered_at + interval '15 minutes')
			from private.my_session s
			left join private.session_details d on d.session_id = s.id),
		'organizations', coalesce((
			select jsonb_agg(
				jsonb_build_object('id', o.id, 'slug', o.slug, 'name', o.name, 'role', m.role, 'logo_path', o.logo_path,
					'suspended_at', o.suspended_at, 'is_personal', o.personal_for is not null)
				order by o.personal_for is not null, o.name, o.id)
			from public.memberships m
			join public.organizations o on o.id = m.organization_id
			where m.user_id = p.id), '[]'),
		'notices', coalesce((
			select jsonb_agg(jsonb_build_object('id', n.id, 'level', n.level, 'says', n.says, 'ends_at', n.ends_at) order by n.starts_at)
			from private.notices n), '[]'))
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
			perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
		end if;
		if organization ->> 'suspended_at' is not null then
			perform private.fail(403, 'organization_suspended',
				'This organization is suspended. Its texts are kept. Write to our support to have it looked at.');
		end if;
		organization := organization || jsonb_build_object('capabilities', (
			select jsonb_agg(c.capability order by c.capability)
			from private.capabilities c
			where c.role::text = organization ->> 'role'), 'throttle', private.throttle_of((organization ->> 'id')::uuid));
	end if;
	return account || jsonb_build_object('organization', organization);
end
$$;

create view api.organizations with (security_invoker = true) as
select o.id, o.slug, o.name, o.time_zone, o.logo_path, m.role, o.country_code, o.reopen_archived,
	o.code_roles, o.code_hours, o.allowed_use_confirmed_at, o.created_at
from public.organizations o
join public.memberships m on m.organization_id = o.id and m.user_id = (select auth.uid());
comment on view api.organizations is 'The organizations the caller belongs to, and as what.';

create view api.members with (security_invoker = true) as
select m.organization_id, m.user_id, m.role, p.username, p.full_name, p.avatar_path, m.created_at as joined_at
from public.memberships m
join public.profiles p on p.id = m.user_id;
comment on view api.members is 'Everyone in the caller''s organizations.';

create function api.me(slug text default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.me(slug);
comment on function api.me(text) is
	'Who the caller is, their session and organizations, and the one with this slug, with what their role may do there. The '
	'first question of every page. Fails with session_ended or suspended; with not_found for a slug that is not theirs, '
	'organization_suspended for one that is.';

grant select on public.organizations, public.memberships, api.organizations, api.members to authenticated;
grant execute on function api.me(text), private.me(text) to authenticated;
