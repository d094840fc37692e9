-- API keys: who may ask by them, and what they may. A key belongs to the organization, not to a person. Its requests run as the
-- role api_key, which may read and call what is granted to it below, name by name: a table or verb that nobody thought of here
-- is no key's. What of that a key may, its row says at every statement, whatever transport it comes by.

do $$
begin
	if not exists (select from pg_roles where rolname = 'api_key') then
		create role api_key nologin noinherit;
	end if;
end
$$;
comment on role api_key is 'Requests by an API key. The claims name it: key_id, and the address that it is used from.';
-- postgres: as which functions come where a pooler refuses custom roles
grant api_key to authenticator, edge, postgres with inherit false, set true;
grant usage on schema api to api_key;

create type public.api_key_mode as enum ('live', 'test');
comment on type public.api_key_mode is 'Texts of test keys are never sent and never billed.';

-- Which scopes there are, and the capability that a scope stands for in verbs (core/key-scopes.ts is its twin).
create table private.key_scopes (
	scope text primary key check (scope ~ '^[a-z_]+:(read|write)$'),
	capability text,
	-- whether a test key may act by it: where that stays among tests
	in_tests boolean not null generated always as (coalesce(capability in ('messages:read', 'messages:send',
		'conversations:update', 'contacts:update', 'opt_outs:update', 'verifications:request'), false)) stored
);
comment on table private.key_scopes is
	'What a key may be allowed. Rows are asked for by the scope itself, verbs by its capability: what is not in here no key may.';

insert into private.key_scopes (scope, capability) values
	('messages:read', 'messages:read'), ('messages:write', 'messages:send'),
	('conversations:read', null), ('conversations:write', 'conversations:update'),
	('contacts:read', null), ('contacts:write', 'contacts:update'),
	('opt_outs:read', null), ('opt_outs:write', 'opt_outs:update'),
	('numbers:read', 'numbers:read'), ('numbers:write', 'numbers:assign'),
	('number_orders:write', 'numbers:buy'),
	('verifications:read', null), ('verifications:write', 'verifications:request'),
	('usage:read', 'billing:read'),
	('webhooks:read', null), ('webhooks:write', 'webhooks:write');

create table public.api_keys (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	name text not null check (char_length(name) between 1 and 60),
	mode public.api_key_mode not null,
	-- what it is known by: cum_<mode>_<public_id>
	public_id text not null check (public_id ~ '^[0-9A-Za-z]{8}$'),
	scopes text[] not null check (cardinality(scopes) > 0),
	-- null: all of the organization's
	phone_number_ids uuid[] check (cardinality(phone_number_ids) > 0),
	-- null: from anywhere
	allowed_from cidr[] check (cardinality(allowed_from) > 0),
	expires_at timestamptz,
	-- the key in whose place it was made
	replaces uuid,
	created_by uuid references public.profiles (id) on delete set null,
	created_at timestamptz not null default now(),
	rotated_at timestamptz,
	revoked_at timestamptz,
	revoked_by uuid references public.profiles (id) on delete set null,
	-- kept at most once a minute
	last_used_at timestamptz,
	last_used_address inet,
	last_used_endpoint text,
	-- {scope: when it was last needed}, kept at most once an hour
	scope_uses jsonb not null default '{}',
	unique (organization_id, id),
	constraint api_keys_public_id unique (public_id),
	foreign key (organization_id, replaces) references public.api_keys (organization_id, id)
);

create table private.api_key_secrets (
	key_id uuid primary key references public.api_keys (id) on delete cascade,
	-- SHA-256 of the whole key
	hash bytea not null check (octet_length(hash) = 32)
);

create table public.api_key_refusals (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	key_id uuid not null,
	reason text not null check (reason in ('mistyped', 'wrong_secret', 'revoked', 'expired', 'address', 'suspended')),
	address inet,
	endpoint text,
	created_at timestamptz not null default now(),
	foreign key (organization_id, key_id) references public.api_keys (organization_id, id) on delete cascade
);

create table private.unknown_key_refusals (
	id uuid primary key default private.uuid_v7(),
	-- as far as it may be written down: cum_live_ and the id, or nothing
	prefix text check (prefix ~ '^cum_(live|test)_[0-9A-Za-z]{8}$'),
	address inet,
	endpoint text,
	created_at timestamptz not null default now()
);

comment on table public.api_keys is
	'Keys of an organization. Of what a key is made, only its id is here; the rest nobody can show. A rotated key goes on until '
	'expires_at beside the one that replaces it.';
comment on table private.api_key_secrets is 'By what a key is recognised.';
comment on table public.api_key_refusals is 'Requests by a key that was known and not let in: when, from where and why.';
comment on table private.unknown_key_refusals is 'Requests by what looks like a key and is nobody''s: for the platform.';

create index api_keys_organization on public.api_keys (organization_id, id);
create index api_keys_replaces on public.api_keys (organization_id, replaces) where replaces is not null;
create index api_key_refusals_newest on public.api_key_refusals (organization_id, id desc);
create index api_key_refusals_key on public.api_key_refusals (organization_id, key_id);

alter table public.messages add foreign key (organization_id, api_key_id) references public.api_keys (organization_id, id);
alter table public.scheduled_messages add foreign key (organization_id, api_key_id) references public.api_keys (organization_id, id);
alter table public.attachments add foreign key (organization_id, api_key_id) references public.api_keys (organization_id, id);
alter table public.verifications add foreign key (organization_id, api_key_id) references public.api_keys (organization_id, id);

alter table public.api_keys enable row level security;
create policy "those who run it can read" on public.api_keys for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('keys:manage'))::uuid[]));
alter table public.api_key_refusals enable row level security;
create policy "those who run it can read" on public.api_key_refusals for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('keys:manage'))::uuid[]));

-- The caller's key, while it is one: at most one row, none for people.
create view private.my_key with (security_invoker = true) as
select k.id, k.organization_id, k.scopes, k.phone_number_ids, k.mode
from (select nullif(current_setting('request.jwt.claims', true), '')::json as told) c
join public.api_keys k on k.id = (c.told ->> 'key_id')::uuid
join public.organizations o on o.id = k.organization_id and o.suspended_at is null
where c.told ->> 'role' = 'api_key'
	and k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp())
	and (k.allowed_from is null or coalesce((c.told ->> 'address')::inet <<= any (k.allowed_from), false));
comment on view private.my_key is
	'The caller''s key while it is neither revoked nor expired, its organization is not suspended, and it is used from where it may.';

-- Whether a token names a key at all, alive or not.
create function private.by_key() returns boolean
language plpgsql stable set search_path = ''
as $$
begin
	return nullif(current_setting('request.jwt.claims', true), '')::json ->> 'key_id' is not null;
end
$$;

create function private.my_key_id() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (select k.id from private.my_key k);
end
$$;

-- The organization of the caller's key, if it has one of these scopes; of any key, where none is named.
create function private.key_organization_ids(scopes text[] default null) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select k.organization_id from private.my_key k
		where key_organization_ids.scopes is null or k.scopes && key_organization_ids.scopes);
end
$$;

-- The numbers that the caller's key is for (a test key's is the organization's test number), if it has one of these scopes; of any key, where none is named.
create function private.key_phone_number_ids(scopes text[] default null) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select n.id
		from private.my_key k
		join public.phone_numbers n on n.organization_id = k.organization_id
			and case k.mode
				when 'test' then n.carrier = 'test'
				else n.carrier <> 'test' and (k.phone_number_ids is null or n.id = any (k.phone_number_ids))
			end
		where key_phone_number_ids.scopes is null or k.scopes && key_phone_number_ids.scopes);
end
$$;

-- What the lists of 0200_access say of a key: asked where they have nothing to say of a person.
create function private.key_organization_ids_for(capability text) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select k.organization_id from private.my_key k
		where exists (
			select from private.key_scopes s
			where s.scope = any (k.scopes) and s.capability = key_organization_ids_for.capability
				and (k.mode = 'live' or s.in_tests)));
end
$$;

create function private.key_open_organization_ids() returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(select k.organization_id from private.my_key k where k.phone_number_ids is null and k.mode = 'live');
end
$$;

-- Whether the caller is a test key: it sees and makes nothing but tests.
create function private.key_is_test() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((select k.mode = 'test' from private.my_key k), false);
end
$$;

-- private.require for a key. Fails with unauthorized; with not_found for what is another organization's; with scope_missing.
create function private.require_of_key(capability text, organization_id uuid) returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
	home uuid;
	resting boolean;
begin
	select k.organization_id, exists (select from private.maintenance) into home, resting from private.my_key k;
	if home is null then
		perform private.fail(401, 'unauthorized', 'This needs a valid key or token.');
	elsif home is distinct from require_of_key.organization_id then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	elsif cardinality(private.key_organization_ids_for(require_of_key.capability)) = 0 then
		perform private.fail(403, 'scope_missing', 'This key has no scope for that. Nothing was changed.');
	elsif resting then
		perform private.only_read();
	end if;
end
$$;

-- What keys may read, by scope. Whatever else a view joins is empty for them.
create policy "keys with its scope can read" on public.messages for select to api_key
	using (phone_number_id = any ((select private.key_phone_number_ids('{messages:read}'))::uuid[]));
create policy "keys with its scope can read what was sent or is to be, and their own" on public.attachments for select to api_key
	using (
		((message_id is not null or scheduled_id is not null)
			and phone_number_id = any ((select private.key_phone_number_ids('{messages:read}'))::uuid[]))
		or (api_key_id = (select private.my_key_id())
			and phone_number_id = any ((select private.key_phone_number_ids('{messages:read, messages:write}'))::uuid[])));
create policy "keys with its scope can read" on public.conversations for select to api_key
	using (phone_number_id = any ((select private.key_phone_number_ids('{conversations:read}'))::uuid[]));
create policy "keys with its scope can read" on public.labels for select to api_key
	using (organization_id = any ((select private.key_organization_ids('{conversations:read}'))::uuid[]));
create policy "keys with its scope can read" on public.contacts for select to api_key
	using (organization_id = any ((select private.key_organization_ids('{contacts:read}'))::uuid[])
		and (left(phone_number, 5) = '+1555') = (select private.key_is_test()));
create policy "keys with its scope can read" on public.opt_outs for select to api_key
	using (phone_number_id = any ((select private.key_phone_number_ids('{opt_outs:read}'))::uuid[]));
create policy "keys with its scope can read" on public.verifications for select to api_key
	using (phone_number_id = any ((select private.key_phone_number_ids('{verifications:read}'))::uuid[]));
create policy "keys with its scope can read" on public.services for select to api_key
	using (cardinality((select private.key_organization_ids('{verifications:read, verifications:write}'))::uuid[]) > 0);
create policy "keys that read or use them can read" on public.phone_numbers for select to api_key
	using (id = any ((select private.key_phone_number_ids(
		'{numbers:read, numbers:write, number_orders:write, messages:read, messages:write, conversations:read, opt_outs:read, opt_outs:write,
			verifications:read, verifications:write}'))::uuid[]));
create policy "keys with its scope can read" on public.scheduled_messages for select to api_key
	using (phone_number_id = any ((select private.key_phone_number_ids('{messages:read}'))::uuid[]));
-- what was ordered is a certain number's only in the end
create policy "keys with its scope can read" on public.number_orders for select to api_key
	using (
		organization_id = any ((select private.key_organization_ids('{numbers:read, number_orders:write}'))::uuid[])
		and (
			organization_id = any ((select private.key_open_organization_ids())::uuid[])
			or phone_number_id = any ((select private.key_phone_number_ids())::uuid[])));
create policy "keys with its scope can read" on public.segment_allowances for select to api_key
	using (organization_id = any ((select private.key_organization_ids('{usage:read}'))::uuid[])
		and not (select private.key_is_test()));

create view api.api_keys with (security_invoker = true) as
select k.id, k.organization_id, k.name, k.mode, 'cum_' || k.mode::text || '_' || k.public_id as prefix, k.scopes, k.phone_number_ids,
	k.allowed_from::text[] as allowed_from, k.expires_at, k.replaces, k.created_by, k.created_at, k.rotated_at, k.revoked_at,
	k.last_used_at, host(k.last_used_address) as last_used_address, k.last_used_endpoint, k.scope_uses
from public.api_keys k;
comment on view api.api_keys is
	'The keys of the organizations that the caller runs, also those that are over. prefix may be shown and logged. scope_uses says '
	'when each scope was last needed; one that is not in it never was.';

create view api.api_key_refusals with (security_invoker = true) as
select r.id, r.organization_id, r.key_id, r.reason, host(r.address) as address, r.endpoint, r.created_at
from public.api_key_refusals r;
comment on view api.api_key_refusals is
	'Requests by keys of the organizations that the caller runs that were not let in. Ids sort by time.';

grant select on public.api_keys, public.api_key_refusals, api.api_keys, api.api_key_refusals to authenticated;

grant select on
	public.messages, public.attachments, public.conversations, public.labels, public.contacts, public.opt_outs,
	public.verifications, public.services, public.phone_numbers, public.segment_allowances,
	public.scheduled_messages, public.number_orders,
	-- joined by views of these; they have no policy for keys
	public.conversation_participants, public.conversation_reads, public.profiles, public.default_numbers,
	api.messages, api.attachments, api.conversations, api.labels, api.contacts, api.opt_outs, api.verifications, api.services,
	api.phone_numbers, api.segment_allowances, api.scheduled_messages, api.number_orders, api.owned_numbers
to api_key;
grant execute on function
	private.key_organization_ids(text[]), private.key_phone_number_ids(text[]), private.key_open_organization_ids(),
	private.key_is_test(), private.my_key_id(),
	private.my_code_organization_ids(), private.fold(text)
to api_key;
