-- A person: what colleagues see of an account. The account itself is Supabase Auth's.

create table public.profiles (
	id uuid primary key references auth.users (id) on delete cascade,
	username text not null unique check (username ~ '^[a-z0-9_]{3,30}$'),
	full_name text check (char_length(full_name) between 1 and 100),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
comment on table public.profiles is 'One row for each person, made at sign-up. Seen by those who share an organization with them.';

alter table public.profiles enable row level security;
-- the "members can see each other" policy needs memberships: see organizations

create function private.username_available(username text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return username ~ '^[a-z0-9_]{3,30}$'
		and not exists (select from public.profiles p where p.username = username_available.username);
end
$$;

create function api.username_available(username text) returns boolean
language sql stable security invoker set search_path = ''
return private.username_available(username);
comment on function api.username_available(text) is
	'Whether a username is well formed (3–30 of a–z, 0–9, _) and free. For the registration form, so visitors may ask.';

grant select on public.profiles to authenticated;
grant execute on function api.username_available(text), private.username_available(text) to anon, authenticated;
