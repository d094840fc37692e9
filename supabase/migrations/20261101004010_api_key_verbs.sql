-- What is done with API keys by those who run the organization: made, renamed, rotated and revoked.

-- Writes a key down. Whoever made it (the app's own server) hands over its id and the SHA-256 of the whole, never the key.
create function private.add_api_key(
	organization_id uuid, name text, mode public.api_key_mode, public_id text, hash text, scopes text[], phone_number_ids uuid[],
	allowed_from cidr[], expires_at timestamptz, replaces uuid, person uuid
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	key uuid;
begin
	if coalesce(add_api_key.public_id, '') !~ '^[0-9A-Za-z]{8}$' or coalesce(add_api_key.hash, '') !~ '^[0-9a-f]{64}$'
		or add_api_key.mode is null
	then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	-- one at a time, so that the count holds
	perform from public.organizations o where o.id = add_api_key.organization_id for no key update;
	if (
		select count(*) from public.api_keys k
		where k.organization_id = add_api_key.organization_id and k.revoked_at is null
			and (k.expires_at is null or k.expires_at > now())) >= 100
	then
		perform private.fail(409, 'keys_too_many', 'An organization has at most 100 keys. Revoke one that is not used any more first.');
	end if;
	insert into public.api_keys (organization_id, name, mode, public_id, scopes, phone_number_ids, allowed_from, expires_at, replaces,
		created_by)
	values (add_api_key.organization_id, add_api_key.name, add_api_key.mode, add_api_key.public_id, add_api_key.scopes,
		add_api_key.phone_number_ids, add_api_key.allowed_from, add_api_key.expires_at, add_api_key.replaces, add_api_key.person)
	on conflict (public_id) do nothing
	returning id into key;
	-- one in 200,000,000,000,000 by chance; else the same form, sent twice
	if key is null then
		perform private.fail(409, 'key_made', 'This key was made already, and is shown only once. If it is lost, rotate it.');
	end if;
	insert into private.api_key_secrets (key_id, hash) values (key, decode(add_api_key.hash, 'hex'));
	return key;
end
$$;

create function private.create_api_key(
	organization_id uuid, name text, mode public.api_key_mode, public_id text, hash text, scopes text[], phone_number_ids uuid[],
	allowed_from text[], expires_at timestamptz
) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require('keys:manage', create_api_key.organization_id);
	word constant text := private.key_name(create_api_key.name);
	wanted text[];
	key uuid;
begin
	perform private.require_fresh_session();
	wanted := private.key_scopes_of(create_api_key.scopes);
	perform private.require_expiry(create_api_key.expires_at);
	if create_api_key.mode = 'test' then
		perform private.open_test_number(create_api_key.organization_id);
	end if;
	key := private.add_api_key(create_api_key.organization_id, word, create_api_key.mode, create_api_key.public_id,
		create_api_key.hash, wanted, private.key_numbers_of(create_api_key.organization_id, create_api_key.phone_number_ids),
		private.key_networks_of(create_api_key.allowed_from), create_api_key.expires_at, null, caller);
	perform private.audit(create_api_key.organization_id, 'key.created', 'api_key', key, null,
		jsonb_build_object('name', word, 'mode', create_api_key.mode, 'scopes', to_jsonb(wanted)));
	return key;
end
$$;

-- A key of an organization that the caller runs, locked. Fails with not_found, not_allowed; with key_over if it is.
create function private.key_to_change(key_id uuid) returns public.api_keys
language plpgsql security definer set search_path = ''
as $$
declare
	key public.api_keys;
begin
	perform private.require_session();
	select k.* into key from public.api_keys k where k.id = key_to_change.key_id for update;
	if key.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('keys:manage', key.organization_id);
	return key;
end
$$;

create function private.require_live_key(key public.api_keys) returns void
language plpgsql set search_path = ''
as $$
begin
	if key.revoked_at is not null or key.expires_at <= now() then
		perform private.fail(409, 'key_over', 'This key is revoked or has expired. Nothing was changed.');
	end if;
end
$$;

create function private.rename_api_key(key_id uuid, name text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	key constant public.api_keys := private.key_to_change(rename_api_key.key_id);
	word constant text := private.key_name(rename_api_key.name);
begin
	if word <> key.name then
		update public.api_keys k set name = word where k.id = key.id;
		perform private.audit(key.organization_id, 'key.renamed', 'api_key', key.id,
			jsonb_build_object('name', key.name), jsonb_build_object('name', word));
	end if;
end
$$;

create function private.change_api_key(
	key_id uuid, scopes text[], phone_number_ids uuid[], allowed_from text[], expires_at timestamptz
) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	key constant public.api_keys := private.key_to_change(change_api_key.key_id);
	wanted text[];
	numbers uuid[];
	networks cidr[];
begin
	perform private.require_live_key(key);
	wanted := private.key_scopes_of(change_api_key.scopes);
	numbers := private.key_numbers_of(key.organization_id, change_api_key.phone_number_ids);
	networks := private.key_networks_of(change_api_key.allowed_from);
	if change_api_key.expires_at is distinct from key.expires_at then
		perform private.require_expiry(change_api_key.expires_at);
		-- how long it overlaps was chosen when it was rotated
		if key.rotated_at is not null then
			perform private.fail(409, 'key_rotated', 'This key was rotated already: rotate the one that replaced it. Nothing was changed.');
		end if;
	end if;
	if private.is_wider(wanted, key.scopes) or private.is_wider(numbers::text[], key.phone_number_ids::text[])
		or private.is_wider(networks::text[], key.allowed_from::text[])
		or (key.expires_at is not null and coalesce(change_api_key.expires_at, 'infinity') > key.expires_at)
	then
		perform private.require_fresh_session();
	end if;
	if (wanted, numbers, networks, change_api_key.expires_at)
		is distinct from (key.scopes, key.phone_number_ids, key.allowed_from, key.expires_at)
	then
		update public.api_keys k
		set scopes = wanted, phone_number_ids = numbers, allowed_from = networks, expires_at = change_api_key.expires_at
		where k.id = key.id;
		perform private.audit(key.organization_id, 'key.changed', 'api_key', key.id,
			jsonb_build_object('name', key.name, 'scopes', to_jsonb(key.scopes), 'allowed_from', to_jsonb(key.allowed_from::text[]),
				'expires_at', key.expires_at),
			jsonb_build_object('name', key.name, 'scopes', to_jsonb(wanted), 'allowed_from', to_jsonb(networks::text[]),
				'expires_at', change_api_key.expires_at));
	end if;
end
$$;

create function private.rotate_api_key(key_id uuid, public_id text, hash text, overlap_seconds integer) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
	key constant public.api_keys := private.key_to_change(rotate_api_key.key_id);
	successor uuid;
	caller uuid;
begin
	caller := private.require_fresh_session();
	perform private.require_live_key(key);
	if key.rotated_at is not null then
		perform private.fail(409, 'key_rotated', 'This key was rotated already: rotate the one that replaced it. Nothing was changed.');
	end if;
	if rotate_api_key.overlap_seconds is null or rotate_api_key.overlap_seconds not between 0 and 604800 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	successor := private.add_api_key(key.organization_id, key.name, key.mode, rotate_api_key.public_id, rotate_api_key.hash, key.scopes,
		key.phone_number_ids, key.allowed_from, key.expires_at, key.id, caller);
	update public.api_keys k
	set rotated_at = now(), expires_at = least(k.expires_at, clock_timestamp() + make_interval(secs => overlap_seconds))
	where k.id = key.id;
	perform private.audit(key.organization_id, 'key.rotated', 'api_key', key.id, null,
		jsonb_build_object('name', key.name, 'overlap_seconds', rotate_api_key.overlap_seconds));
	return successor;
end
$$;

create function private.revoke_api_key(key_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	key constant public.api_keys := private.key_to_change(revoke_api_key.key_id);
begin
	if key.revoked_at is null then
		update public.api_keys k set revoked_at = clock_timestamp(), revoked_by = auth.uid() where k.id = key.id;
		perform private.audit(key.organization_id, 'key.revoked', 'api_key', key.id, jsonb_build_object('name', key.name));
	end if;
end
$$;

create function api.create_api_key(
	organization_id uuid, name text, mode public.api_key_mode, public_id text, hash text, scopes text[],
	phone_number_ids uuid[] default null, allowed_from text[] default null, expires_at timestamptz default null
) returns uuid
language sql security invoker set search_path = ''
return private.create_api_key(organization_id, name, mode, public_id, hash, scopes, phone_number_ids, allowed_from, expires_at);
comment on function api.create_api_key(uuid, text, public.api_key_mode, text, text, text[], uuid[], text[], timestamptz) is
	'Writes down a key that the caller has made: its id (8 characters) and the SHA-256 of the whole, in hexadecimal. No numbers: '
	'all of them; no addresses: from anywhere. For owners and admins with a fresh session. Fails with session_ended, not_found, '
	'not_allowed, fresh_session_required, malformed, key_name_invalid, key_scopes_invalid, key_address_invalid, key_expiry_invalid, '
	'keys_too_many, key_made.';

create function api.rename_api_key(key_id uuid, name text) returns void
language sql security invoker set search_path = ''
return private.rename_api_key(key_id, name);
comment on function api.rename_api_key(uuid, text) is
	'Gives a key another name. Fails with session_ended, not_found, not_allowed, key_name_invalid.';

create function api.change_api_key(
	key_id uuid, scopes text[], phone_number_ids uuid[] default null, allowed_from text[] default null,
	expires_at timestamptz default null
) returns void
language sql security invoker set search_path = ''
return private.change_api_key(key_id, scopes, phone_number_ids, allowed_from, expires_at);
comment on function api.change_api_key(uuid, text[], uuid[], text[], timestamptz) is
	'Says anew what a key may do, all of it: what is left out is without limit. From the next request on. For owners and admins, '
	'with a fresh session for whatever makes it wider. Fails with session_ended, not_found, not_allowed, fresh_session_required, '
	'key_over, key_rotated, key_scopes_invalid, key_address_invalid, key_expiry_invalid.';

create function api.rotate_api_key(key_id uuid, public_id text, hash text, overlap_seconds integer default 0) returns uuid
language sql security invoker set search_path = ''
return private.rotate_api_key(key_id, public_id, hash, overlap_seconds);
comment on function api.rotate_api_key(uuid, text, text, integer) is
	'Puts a new key, made by the caller, in the place of another: with its name, scopes, numbers, addresses and end. The old one goes on '
	'for overlap_seconds (0 to 604,800). For owners and admins with a fresh session. Fails with session_ended, not_found, '
	'not_allowed, fresh_session_required, key_over, key_rotated, malformed, keys_too_many, key_made.';

create function api.revoke_api_key(key_id uuid) returns void
language sql security invoker set search_path = ''
return private.revoke_api_key(key_id);
comment on function api.revoke_api_key(uuid) is
	'Ends a key: from the next statement on it opens nothing. Again: nothing happens. Fails with session_ended, not_found, not_allowed.';

grant execute on function
	api.create_api_key(uuid, text, public.api_key_mode, text, text, text[], uuid[], text[], timestamptz),
	private.create_api_key(uuid, text, public.api_key_mode, text, text, text[], uuid[], text[], timestamptz),
	api.rename_api_key(uuid, text), private.rename_api_key(uuid, text),
	api.change_api_key(uuid, text[], uuid[], text[], timestamptz),
	private.change_api_key(uuid, text[], uuid[], text[], timestamptz),
	api.rotate_api_key(uuid, text, text, integer), private.rotate_api_key(uuid, text, text, integer),
	api.revoke_api_key(uuid), private.revoke_api_key(uuid)
to authenticated;

-- Which of its scopes a key was asked for, at most once an hour each: what it never needs can be taken away.
create function private.note_key_scopes(key_id uuid, scopes text[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.api_keys k
	set scope_uses = k.scope_uses || (
		select jsonb_object_agg(s, clock_timestamp()) from unnest(note_key_scopes.scopes) s where s = any (k.scopes))
	where k.id = note_key_scopes.key_id and exists (
		select from unnest(note_key_scopes.scopes) s
		where s = any (k.scopes)
			and coalesce((k.scope_uses ->> s)::timestamptz, '-infinity') < clock_timestamp() - interval '1 hour');
end
$$;

create function service.note_key_scopes(key_id uuid, scopes text[]) returns void
language sql security invoker set search_path = ''
return private.note_key_scopes(key_id, scopes);
comment on function service.note_key_scopes(uuid, text[]) is
	'Remembers that a key needed these of its scopes now, at most once an hour. What it does not have is left out.';

grant execute on function service.note_key_scopes(uuid, text[]), private.note_key_scopes(uuid, text[]) to edge, service_role;
