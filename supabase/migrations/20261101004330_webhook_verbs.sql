-- What is done with webhook endpoints by those who run the organization, and by keys with the scope for it.

-- An endpoint of an organization that the caller runs, locked. Fails with not_found, not_allowed, scope_missing.
create function private.webhook_endpoint_to_change(endpoint_id uuid) returns public.webhook_endpoints
language plpgsql security definer set search_path = ''
as $$
declare
	endpoint public.webhook_endpoints;
begin
	perform private.require_caller();
	select e.* into endpoint from public.webhook_endpoints e where e.id = webhook_endpoint_to_change.endpoint_id for no key update;
	if endpoint.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('webhooks:write', endpoint.organization_id);
	return endpoint;
end
$$;

-- What leads texts elsewhere asks for the password; of a key, its scope says enough.
create function private.require_fresh_caller() returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
	if not private.by_key() then
		perform private.require_fresh_session();
	end if;
end
$$;

create function private.create_webhook_endpoint(
	organization_id uuid, url text, event_types text[], description text, phone_number_ids uuid[], order_by public.webhook_order
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('webhooks:write', create_webhook_endpoint.organization_id);
	address constant text := private.webhook_url(create_webhook_endpoint.url);
	types constant text[] := private.webhook_types(create_webhook_endpoint.event_types);
	numbers constant uuid[] := private.webhook_numbers(create_webhook_endpoint.organization_id, create_webhook_endpoint.phone_number_ids);
	made uuid;
begin
	perform private.require_fresh_caller();
	-- one at a time, so that the count holds
	perform from public.organizations o where o.id = create_webhook_endpoint.organization_id for no key update;
	if (select count(*) from public.webhook_endpoints e where e.organization_id = create_webhook_endpoint.organization_id) >= 20 then
		perform private.fail(409, 'webhooks_too_many', 'An organization has at most 20 addresses. Delete one that is not used any more first.');
	end if;
	insert into public.webhook_endpoints (organization_id, url, description, event_types, phone_number_ids, order_by, created_by)
	values (create_webhook_endpoint.organization_id, address, left(nullif(btrim(create_webhook_endpoint.description), ''), 200), types,
		numbers, coalesce(create_webhook_endpoint.order_by, 'subject'), caller)
	returning id into made;
	perform private.audit(create_webhook_endpoint.organization_id, 'webhook.created', 'webhook_endpoint', made, null,
		jsonb_build_object('url', address, 'event_types', to_jsonb(types)));
	return jsonb_build_object('id', made, 'secret', private.add_webhook_secret(made));
end
$$;

create function private.update_webhook_endpoint(
	endpoint_id uuid, url text, event_types text[], description text, phone_number_ids uuid[], order_by public.webhook_order
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	endpoint constant public.webhook_endpoints := private.webhook_endpoint_to_change(update_webhook_endpoint.endpoint_id);
	address constant text := private.webhook_url(update_webhook_endpoint.url);
	types constant text[] := private.webhook_types(update_webhook_endpoint.event_types);
	numbers constant uuid[] := private.webhook_numbers(endpoint.organization_id, update_webhook_endpoint.phone_number_ids);
begin
	perform private.require_fresh_caller();
	update public.webhook_endpoints e
	set url = address, event_types = types, phone_number_ids = numbers, updated_at = now(),
		description = left(nullif(btrim(update_webhook_endpoint.description), ''), 200),
		order_by = coalesce(update_webhook_endpoint.order_by, e.order_by)
	where e.id = endpoint.id;
	-- it may be well at its new address
	if address <> endpoint.url and endpoint.blocked_until is not null then
		update public.webhook_endpoints e set blocked_until = now() where e.id = endpoint.id;
		perform private.wake_webhooks(endpoint.id);
	end if;
	perform private.audit(endpoint.organization_id, 'webhook.changed', 'webhook_endpoint', endpoint.id,
		jsonb_build_object('url', endpoint.url, 'event_types', to_jsonb(endpoint.event_types)),
		jsonb_build_object('url', address, 'event_types', to_jsonb(types)));
end
$$;

-- told: what the book says besides the address.
create function private.switch_webhook_off(endpoint public.webhook_endpoints, told jsonb default null) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.webhook_endpoints e set disabled_at = now(), disabled_reason = 'person' where e.id = endpoint.id;
	perform private.audit(endpoint.organization_id, 'webhook.disabled', 'webhook_endpoint', endpoint.id,
		jsonb_build_object('url', endpoint.url), told);
end
$$;

create function private.switch_webhook_on(endpoint public.webhook_endpoints, told jsonb default '{}') returns public.webhook_endpoints
language plpgsql security definer set search_path = ''
as $$
declare
	well public.webhook_endpoints;
begin
	update public.webhook_endpoints e
	set disabled_at = null, disabled_reason = null, stopped_at = null, failures = 0, failing_since = null, blocked_until = null
	where e.id = endpoint.id
	returning e.* into well;
	-- what waited meanwhile has its three days before it
	update public.webhook_deliveries d set queued_at = now(), next_attempt_at = now()
	where d.endpoint_id = endpoint.id and d.status = 'waiting';
	perform private.wake_webhooks(endpoint.id);
	perform private.audit(endpoint.organization_id, 'webhook.enabled', 'webhook_endpoint', endpoint.id, null,
		jsonb_build_object('url', endpoint.url) || told);
	return well;
end
$$;

create function private.disable_webhook_endpoint(endpoint_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	endpoint constant public.webhook_endpoints := private.webhook_endpoint_to_change(disable_webhook_endpoint.endpoint_id);
begin
	if endpoint.disabled_at is null then
		perform private.switch_webhook_off(endpoint);
	end if;
end
$$;

create function private.enable_webhook_endpoint(endpoint_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	endpoint constant public.webhook_endpoints := private.webhook_endpoint_to_change(enable_webhook_endpoint.endpoint_id);
begin
	if endpoint.disabled_at is not null then
		perform private.switch_webhook_on(endpoint);
	end if;
end
$$;

create function private.delete_webhook_endpoint(endpoint_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	endpoint constant public.webhook_endpoints := private.webhook_endpoint_to_change(delete_webhook_endpoint.endpoint_id);
begin
	delete from public.webhook_endpoints e where e.id = endpoint.id;
	perform private.audit(endpoint.organization_id, 'webhook.deleted', 'webhook_endpoint', endpoint.id,
		jsonb_build_object('url', endpoint.url));
end
$$;

create function private.rotate_webhook_secret(endpoint_id uuid, overlap_seconds integer) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	endpoint constant public.webhook_endpoints := private.webhook_endpoint_to_change(rotate_webhook_secret.endpoint_id);
	overlap constant interval := make_interval(secs => coalesce(rotate_webhook_secret.overlap_seconds, 0));
begin
	perform private.require_fresh_caller();
	if overlap not between interval '0' and interval '7 days' then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	-- never more than two: the one before the one before is over now
	delete from private.webhook_secrets s where s.endpoint_id = endpoint.id and (s.ends_at is not null or overlap = interval '0');
	update private.webhook_secrets s set ends_at = clock_timestamp() + overlap where s.endpoint_id = endpoint.id;
	update public.webhook_endpoints e
	set rotated_at = now(), previous_ends_at = case when overlap > interval '0' then clock_timestamp() + overlap end
	where e.id = endpoint.id;
	perform private.audit(endpoint.organization_id, 'webhook.rotated', 'webhook_endpoint', endpoint.id, null,
		jsonb_build_object('url', endpoint.url, 'overlap_seconds', coalesce(rotate_webhook_secret.overlap_seconds, 0)));
	return private.add_webhook_secret(endpoint.id);
end
$$;

create function api.create_webhook_endpoint(
	organization_id uuid, url text, event_types text[], description text default null, phone_number_ids uuid[] default null,
	order_by public.webhook_order default 'subject'
) returns jsonb
language sql security invoker set search_path = ''
return private.create_webhook_endpoint(organization_id, url, event_types, description, phone_number_ids, order_by);
comment on function api.create_webhook_endpoint(uuid, text, text[], text, uuid[], public.webhook_order) is
	'Has an address told of these events: {id, secret}; the secret is said once. No numbers: of all of them. For owners and admins with '
	'a fresh session, and keys. Fails with session_ended, not_found, not_allowed, scope_missing, fresh_session_required, '
	'webhook_url_invalid, webhook_events_invalid, webhooks_too_many.';

create function api.update_webhook_endpoint(
	endpoint_id uuid, url text, event_types text[], description text default null, phone_number_ids uuid[] default null,
	order_by public.webhook_order default null
) returns void
language sql security invoker set search_path = ''
return private.update_webhook_endpoint(endpoint_id, url, event_types, description, phone_number_ids, order_by);
comment on function api.update_webhook_endpoint(uuid, text, text[], text, uuid[], public.webhook_order) is
	'Puts all that an endpoint says anew; what waits goes to the new address. Fails as create_webhook_endpoint does.';

create function api.disable_webhook_endpoint(endpoint_id uuid) returns void
language sql security invoker set search_path = ''
return private.disable_webhook_endpoint(endpoint_id);
comment on function api.disable_webhook_endpoint(uuid) is
	'Tells an address nothing any more; what waits stays. Fails with session_ended, not_found, not_allowed, scope_missing.';

create function api.enable_webhook_endpoint(endpoint_id uuid) returns void
language sql security invoker set search_path = ''
return private.enable_webhook_endpoint(endpoint_id);
comment on function api.enable_webhook_endpoint(uuid) is
	'Tells an address again, beginning with what waits. Fails with session_ended, not_found, not_allowed, scope_missing.';

create function api.delete_webhook_endpoint(endpoint_id uuid) returns void
language sql security invoker set search_path = ''
return private.delete_webhook_endpoint(endpoint_id);
comment on function api.delete_webhook_endpoint(uuid) is
	'Deletes an endpoint with its log. Fails with session_ended, not_found, not_allowed, scope_missing.';

create function api.rotate_webhook_secret(endpoint_id uuid, overlap_seconds integer default 0) returns text
language sql security invoker set search_path = ''
return private.rotate_webhook_secret(endpoint_id, overlap_seconds);
comment on function api.rotate_webhook_secret(uuid, integer) is
	'Answers a new secret, said once; for overlap_seconds (0 to 604,800) deliveries are signed with both. Fails with session_ended, '
	'not_found, not_allowed, scope_missing, fresh_session_required, malformed.';

grant execute on function
	api.create_webhook_endpoint(uuid, text, text[], text, uuid[], public.webhook_order),
	private.create_webhook_endpoint(uuid, text, text[], text, uuid[], public.webhook_order),
	api.update_webhook_endpoint(uuid, text, text[], text, uuid[], public.webhook_order),
	private.update_webhook_endpoint(uuid, text, text[], text, uuid[], public.webhook_order),
	api.disable_webhook_endpoint(uuid), private.disable_webhook_endpoint(uuid),
	api.enable_webhook_endpoint(uuid), private.enable_webhook_endpoint(uuid),
	api.delete_webhook_endpoint(uuid), private.delete_webhook_endpoint(uuid),
	api.rotate_webhook_secret(uuid, integer), private.rotate_webhook_secret(uuid, integer)
to authenticated, api_key;
