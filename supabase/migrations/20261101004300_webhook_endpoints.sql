-- Webhooks to developers: where an organization wants to be told of what, and the secrets that its deliveries are signed with.

-- What can be told, and the scope that a key needs to read the same (core/webhooks.ts is its twin).
create table private.webhook_event_types (
	type text primary key check (type ~ '^[a-z_]+\.[a-z_]+$'),
	scope text not null references private.key_scopes (scope)
);
comment on table private.webhook_event_types is 'Events that an endpoint can ask for. A key asks only for those that it may read.';

insert into private.webhook_event_types (type, scope) values
	('message.received', 'messages:read'), ('message.status_changed', 'messages:read'),
	('verification.code_received', 'verifications:read'), ('verification.ended', 'verifications:read'),
	('number.renewed', 'numbers:read'), ('number.released', 'numbers:read'),
	('opt_out.added', 'opt_outs:read'), ('opt_out.removed', 'opt_outs:read'),
	('limit.reached', 'usage:read');

create type public.webhook_order as enum ('none', 'subject', 'number', 'endpoint');
comment on type public.webhook_order is
	'What waits for what: nothing; events of one conversation, verification or number for each other; all of one number; all.';

create table public.webhook_endpoints (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	url text not null,
	description text check (char_length(description) between 1 and 200),
	event_types text[] not null check (cardinality(event_types) > 0),
	-- null: all of the organization's
	phone_number_ids uuid[] check (cardinality(phone_number_ids) > 0),
	order_by public.webhook_order not null default 'subject',
	created_by uuid references public.profiles (id) on delete set null,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	rotated_at timestamptz,
	-- until then deliveries are signed with the one before as well
	previous_ends_at timestamptz,
	disabled_at timestamptz,
	disabled_reason text check (disabled_reason in ('person', 'failing')),
	-- the person was an operator of the platform, and one of them may switch it on again
	stopped_at timestamptz,
	-- how many attempts in a row did not arrive, since when, and until when nobody tries
	failures integer not null default 0,
	failing_since timestamptz,
	blocked_until timestamptz,
	parked_told_at timestamptz,
	check ((disabled_at is null) = (disabled_reason is null)),
	unique (organization_id, id)
);
comment on table public.webhook_endpoints is
	'Where an organization is told of its events. One that fails five times in a row is only tried now and then until it is well '
	'again, and disabled after three days.';

create table private.webhook_secrets (
	endpoint_id uuid not null references public.webhook_endpoints (id) on delete cascade,
	vault_id uuid not null,
	created_at timestamptz not null default clock_timestamp(),
	ends_at timestamptz,
	primary key (endpoint_id, vault_id)
);
comment on table private.webhook_secrets is 'Which secrets of the vault sign what an endpoint gets: the newest, and the one before while both count.';

create index webhook_endpoints_created_by on public.webhook_endpoints (created_by) where created_by is not null;

alter table public.webhook_endpoints enable row level security;
create policy "those who run it can read" on public.webhook_endpoints for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('webhooks:write'))::uuid[]));
create policy "keys with its scope can read" on public.webhook_endpoints for select to api_key
	using (organization_id = any ((select private.key_organization_ids('{webhooks:read}'))::uuid[]));

-- What is no secret any more stays nobody's: the vault cannot be deleted from everywhere.
create function private.on_removed_webhook_secret() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform vault.update_secret(old.vault_id, 'removed');
	return null;
end
$$;
create trigger on_removed_webhook_secret after delete on private.webhook_secrets
	for each row execute function private.on_removed_webhook_secret();

-- A new secret of an endpoint, as standardwebhooks.com writes them: whsec_ and 32 random bytes in base64.
create function private.add_webhook_secret(endpoint_id uuid) returns text
language plpgsql security definer set search_path = ''
as $$
declare
	secret constant text := 'whsec_' || encode(sha256(
		uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64');
begin
	insert into private.webhook_secrets (endpoint_id, vault_id)
	values (add_webhook_secret.endpoint_id, vault.create_secret(secret));
	return secret;
end
$$;

-- The secrets that count, the newest first.
create function private.webhook_secrets_of(endpoint_id uuid) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select v.decrypted_secret
		from private.webhook_secrets s
		join vault.decrypted_secrets v on v.id = s.vault_id
		where s.endpoint_id = webhook_secrets_of.endpoint_id and (s.ends_at is null or s.ends_at > clock_timestamp())
		order by s.created_at desc);
end
$$;

-- Fails with webhook_url_invalid. The stack's own machine is taken here, and asked nowhere else: the worker decides.
create function private.webhook_url(url text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
	address constant text := btrim(coalesce(webhook_url.url, ''));
begin
	if char_length(address) > 2000
		or address !~* '^(https://[^\s/?#@\\]+|http://(127\.0\.0\.1|localhost)(:\d+)?)([/?][^\s#]*)?$'
	then
		perform private.fail(422, 'webhook_url_invalid',
			'An address begins with https:// and holds no password. Nothing was changed.');
	end if;
	return address;
end
$$;

-- Events as they are kept. Fails with webhook_events_invalid; with scope_missing for a key that may not read them.
create function private.webhook_types(event_types text[]) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
declare
	wanted constant text[] := array(select distinct w from unnest(event_types) w order by w);
	scopes constant text[] := (select k.scopes from private.my_key k);
begin
	if cardinality(wanted) = 0 or exists (
		select from unnest(wanted) w where w is null or not exists (select from private.webhook_event_types t where t.type = w))
	then
		perform private.fail(422, 'webhook_events_invalid', 'Choose what the address is to be told of. Nothing was changed.');
	end if;
	if private.by_key() and exists (
		select from private.webhook_event_types t where t.type = any (wanted) and not t.scope = any (scopes))
	then
		perform private.fail(403, 'scope_missing', 'This key has no scope for that. Nothing was changed.');
	end if;
	return wanted;
end
$$;

-- The numbers that an endpoint is for. Of a key for certain numbers, at most these. Fails with not_found.
create function private.webhook_numbers(organization_id uuid, phone_number_ids uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
	wanted uuid[] := array(select distinct n from unnest(webhook_numbers.phone_number_ids) n order by n);
	own constant uuid[] := (select k.phone_number_ids from private.my_key k);
begin
	if cardinality(wanted) = 0 then
		return own;
	end if;
	if exists (
		select from unnest(wanted) w (id)
		where own is not null and w.id <> all (own) or not exists (
			select from public.phone_numbers n
			where n.id = w.id and n.organization_id = webhook_numbers.organization_id and n.released_at is null))
	then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	return wanted;
end
$$;

create view api.webhook_endpoints with (security_invoker = true) as
select e.id, e.organization_id, e.url, e.description, e.event_types, e.phone_number_ids, e.order_by, e.created_by, e.created_at,
	e.updated_at, e.rotated_at, e.previous_ends_at, e.disabled_at, e.disabled_reason, e.failing_since, e.blocked_until
from public.webhook_endpoints e;
comment on view api.webhook_endpoints is
	'Where the organizations that the caller runs are told of their events. failing_since: nothing has arrived there since; '
	'blocked_until: nobody tries before.';

grant select on public.webhook_endpoints, api.webhook_endpoints to authenticated, api_key;
