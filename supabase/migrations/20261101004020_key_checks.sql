-- Keys at our doors: each is checked when it comes, and then calls what a scope stands for.

-- What is answered to a key that is not let in, and for how long that is held back (4220_failed_authentications).
create function private.key_refusal(address inet) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return jsonb_strip_nulls(jsonb_build_object(
		'outcome', 'refused', 'wait_ms', nullif(private.failure_pause(key_refusal.address), 0)));
end
$$;

-- Whether a key is let in: {outcome: "allowed", key_id, organization_id, mode, scopes} or {outcome: "refused", wait_ms}, which is written
-- down with its reason. hash: SHA-256 of the whole, in hexadecimal; null for one whose checksum does not fit. Hashes are
-- compared by another hash of both, salted anew each time: how long that takes tells nothing of either.
create function private.check_api_key(prefix text, hash text, address inet, endpoint text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	said constant text[] := regexp_match(check_api_key.prefix, '^cum_(live|test)_([0-9A-Za-z]{8})$');
	salt constant bytea := uuid_send(gen_random_uuid());
	place constant text := left(check_api_key.endpoint, 200);
	key record;
	fits boolean;
	reason text;
begin
	select k.id, k.organization_id, k.mode, k.scopes, k.phone_number_ids, k.allowed_from, k.revoked_at, k.expires_at, k.last_used_at,
		s.hash, o.suspended_at
	into key
	from public.api_keys k
	join private.api_key_secrets s on s.key_id = k.id
	join public.organizations o on o.id = k.organization_id
	where k.public_id = said[2] and k.mode::text = said[1];

	fits := sha256(coalesce(key.hash, '\x00') || salt) = sha256(coalesce(decode(
		case when check_api_key.hash ~ '^[0-9a-f]{64}$' then check_api_key.hash end, 'hex'), '\x01') || salt);
	if key.id is null then
		insert into private.unknown_key_refusals (prefix, address, endpoint)
		values (case when said is not null then check_api_key.prefix end, check_api_key.address, place);
		return private.key_refusal(check_api_key.address);
	end if;
	reason := case
		when check_api_key.hash is null then 'mistyped'
		when not fits then 'wrong_secret'
		when key.revoked_at is not null then 'revoked'
		when key.expires_at <= clock_timestamp() then 'expired'
		when key.suspended_at is not null then 'suspended'
		when key.allowed_from is not null and not coalesce(check_api_key.address <<= any (key.allowed_from), false) then 'address'
	end;
	if reason is not null then
		insert into public.api_key_refusals (organization_id, key_id, reason, address, endpoint)
		values (key.organization_id, key.id, reason, check_api_key.address, place);
		return private.key_refusal(check_api_key.address);
	end if;

	if key.last_used_at is null or key.last_used_at <= clock_timestamp() - interval '1 minute' then
		update public.api_keys k
		set last_used_at = clock_timestamp(), last_used_address = check_api_key.address, last_used_endpoint = place
		where k.id = key.id and k.last_used_at is not distinct from key.last_used_at;
	end if;
	return jsonb_build_object('outcome', 'allowed', 'key_id', key.id, 'organization_id', key.organization_id, 'mode', key.mode,
		'scopes', key.scopes);
end
$$;

-- What a key is told of itself.
create function private.describe_key(key_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object(
			'id', k.id, 'name', k.name, 'prefix', 'cum_' || k.mode::text || '_' || k.public_id, 'mode', k.mode, 'scopes', k.scopes,
			'phone_number_ids', k.phone_number_ids, 'allowed_from', k.allowed_from::text[], 'expires_at', k.expires_at,
			'organization', jsonb_build_object('id', o.id, 'name', o.name, 'slug', o.slug))
		from public.api_keys k
		join public.organizations o on o.id = k.organization_id
		where k.id = describe_key.key_id);
end
$$;

-- The same of the caller's. Fails with unauthorized.
create function private.describe_my_key() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	told constant jsonb := private.describe_key(private.my_key_id());
begin
	if told is null then
		perform private.fail(401, 'unauthorized', 'This needs a valid key or token.');
	end if;
	return told;
end
$$;

create function api.my_key() returns jsonb
language sql stable security invoker set search_path = ''
return private.describe_my_key();
comment on function api.my_key() is
	'What the key that asks is and may do: id, name, prefix, mode, scopes, phone_number_ids, allowed_from, expires_at, organization. '
	'Fails with unauthorized.';

grant execute on function api.my_key(), private.describe_my_key() to api_key;

-- The verbs that keys may call, each of which asks private.require for a capability that a scope stands for.
grant execute on function
	api.send_message(text, text, uuid, uuid, text, bigint, smallint, uuid[], smallint),
	private.send_message(text, text, uuid, uuid, text, bigint, smallint, uuid[], smallint),
	api.preflight_message(text, uuid, uuid, text, uuid[]), private.preflight_message(text, uuid, uuid, text, uuid[]),
	api.archive_conversations(uuid[]), private.archive_conversations(uuid[]),
	api.restore_conversations(uuid[]), private.restore_conversations(uuid[]),
	api.snooze_conversations(uuid[], timestamptz), private.snooze_conversations(uuid[], timestamptz),
	api.assign_conversations(uuid[], uuid), private.assign_conversations(uuid[], uuid),
	api.set_labels(uuid[], uuid[], uuid[]), private.set_labels(uuid[], uuid[], uuid[]),
	api.create_contact(uuid, text, text, text), private.create_contact(uuid, text, text, text),
	api.update_contact(uuid, text, text), private.update_contact(uuid, text, text),
	api.set_opt_out(uuid, text, text), private.set_opt_out(uuid, text, text),
	api.lift_opt_out(uuid, text, text), private.lift_opt_out(uuid, text, text),
	api.request_verification(uuid, text, text, text, uuid, integer, text),
	private.request_verification(uuid, text, text, text, uuid, integer, text),
	api.cancel_verification(uuid, text), private.cancel_verification(uuid, text),
	api.complete_verification(uuid, text), private.complete_verification(uuid, text)
to api_key;
