-- A person: what colleagues see of an account. The account itself is Supabase Auth's.

-- Whether Postgres knows a time zone by this name: only such a name is stored.
create function private.is_time_zone(name text) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
	return char_length(name) <= 64 and (timestamptz 'epoch' at time zone name) is not null;
exception when invalid_parameter_value then
	return false;
end
$$;

create table public.profiles (
	id uuid primary key references auth.users (id) on delete cascade,
	username text not null unique check (username ~ '^[a-z0-9_]{3,30}$'),
	full_name text check (char_length(full_name) between 1 and 100),
	locale text not null default 'en' check (locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$'),
	time_zone text not null default 'UTC' check (private.is_time_zone(time_zone)),
	avatar_path text,
	-- how long a text that this person sends can be taken back
	undo_send_seconds smallint not null default 5 check (undo_send_seconds between 0 and 30),
	suspended_at timestamptz,
	deletion_requested_at timestamptz,
	anonymized_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
comment on table public.profiles is
	'One row for each person, made at sign-up. Seen by those who share an organization with them. A deleted account''s row stays, '
	'without anything that says whose it was.';

-- Words that no person and no organization can be called: they are parts of our own addresses, or would mislead.
create table private.reserved_words (word text primary key);
comment on table private.reserved_words is 'Words that are neither usernames nor slugs.';
insert into private.reserved_words (word)
select unnest(array[
	'about', 'account', 'accounts', 'admin', 'administrator', 'all', 'anonymous', 'api', 'app', 'assets', 'auth', 'avatars',
	'billing', 'blog', 'channel', 'check-mail', 'contact', 'cumapp', 'dashboard', 'deleted', 'developers', 'docs', 'everyone',
	'files', 'forgot-password', 'functions', 'health', 'help', 'here', 'home', 'inbox', 'invitation', 'invitations', 'invite',
	'legal', 'login', 'logout', 'mail', 'me', 'more', 'new', 'noreply', 'null', 'numbers', 'operator', 'operators',
	'organization', 'organizations', 'owner', 'plans', 'postmaster', 'pricing', 'privacy', 'profile', 'public', 'realtime',
	'register', 'reset-password', 'rest', 'root', 'security', 'session', 'sessions', 'settings', 'sign-in', 'sign-out',
	'sign-up', 'static', 'status', 'storage', 'support', 'suspended', 'system', 'team', 'terms', 'theme', 'undefined',
	'verifications', 'verify', 'webhooks', 'well-known', 'www']);

-- Whether a word is one of them, whichever of - and _ it is written with.
create function private.is_reserved(word text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (select from private.reserved_words r where r.word = replace(lower(is_reserved.word), '_', '-'));
end
$$;

alter table public.profiles enable row level security;
-- the "members can see each other" policy needs memberships: see organizations

create function private.username_available(username text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return username ~ '^[a-z0-9_]{3,30}$'
		and not private.is_reserved(username)
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
