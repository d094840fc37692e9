-- What was sent is sent again, tried, and looked at.

create function private.require_enabled_webhook(endpoint public.webhook_endpoints) returns void
language plpgsql set search_path = ''
as $$
begin
	if endpoint.disabled_at is not null then
		perform private.fail(409, 'webhook_disabled', 'This address is switched off. Switch it on first. Nothing was sent.');
	end if;
end
$$;

create function private.send_test_event(endpoint_id uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	endpoint constant public.webhook_endpoints := private.webhook_endpoint_to_change(send_test_event.endpoint_id);
	event uuid;
	delivery uuid;
begin
	perform private.require_enabled_webhook(endpoint);
	insert into private.webhook_events (organization_id, type, facts)
	values (endpoint.organization_id, 'webhook.test',
		jsonb_build_object('endpoint_id', endpoint.id, 'says', 'This is a test. Nothing happened.'))
	returning id into event;
	insert into public.webhook_deliveries (organization_id, endpoint_id, event_id, event_type, order_key)
	values (endpoint.organization_id, endpoint.id, event, 'webhook.test', event::text)
	returning id into delivery;
	-- it is an attempt to find out, so that nobody waits for the next one
	update public.webhook_endpoints e set blocked_until = now() where e.id = endpoint.id and e.blocked_until > now();
	perform private.wake_webhooks(endpoint.id);
	return delivery;
end
$$;

create function private.replay_webhooks(
	endpoint public.webhook_endpoints, delivery_id uuid, since timestamptz, until timestamptz, only_parked boolean
) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	replayed integer;
begin
	perform private.require_enabled_webhook(endpoint);
	update public.webhook_deliveries d
	set status = 'waiting', behind = false, queued_at = now(), next_attempt_at = now(), replayed_at = now(), attempts = 0,
		delivered_at = null
	where d.id in (
		select o.id from public.webhook_deliveries o
		where o.organization_id = endpoint.organization_id and o.endpoint_id = endpoint.id and o.status <> 'waiting'
			and (replay_webhooks.delivery_id is null or o.id = replay_webhooks.delivery_id)
			and (since is null or o.created_at >= since) and (until is null or o.created_at < until)
			and (not only_parked or o.status = 'parked')
			and (o.event_type <> 'webhook.test' or o.id = replay_webhooks.delivery_id)
		order by o.ordinal
		limit 10000);
	get diagnostics replayed = row_count;
	if replayed > 0 then
		perform private.wake_webhooks(endpoint.id) from generate_series(1, least(replayed, 4));
		perform private.audit(endpoint.organization_id, 'webhook.replayed', 'webhook_endpoint', endpoint.id, null,
			jsonb_build_object('url', endpoint.url, 'count', replayed));
	end if;
	return replayed;
end
$$;

create function private.replay_webhook_delivery(delivery_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	-- (who asks comes first: nobody else learns whether it is there)
	perform private.require_caller();
	perform private.replay_webhooks(private.webhook_endpoint_to_change((
		select d.endpoint_id from public.webhook_deliveries d where d.id = replay_webhook_delivery.delivery_id)),
		replay_webhook_delivery.delivery_id, null, null, false);
end
$$;

create function private.replay_webhook_deliveries(endpoint_id uuid, since timestamptz, until timestamptz, only_parked boolean)
returns integer
language plpgsql security definer set search_path = ''
as $$
begin
	return private.replay_webhooks(private.webhook_endpoint_to_change(endpoint_id), null, since, until, coalesce(only_parked, true));
end
$$;

-- What was sent, as far as it is kept; codes are masked here, whoever got them there.
create function private.webhook_delivery_payload(delivery_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	event private.webhook_events;
begin
	perform private.require_session();
	select e.* into event
	from public.webhook_deliveries d
	join private.webhook_events e on e.id = d.event_id
	where d.id = webhook_delivery_payload.delivery_id;
	if event.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('webhooks:write', event.organization_id);
	return private.webhook_payload(event, false);
end
$$;

create function api.send_test_event(endpoint_id uuid) returns uuid
language sql security invoker set search_path = ''
return private.send_test_event(endpoint_id);
comment on function api.send_test_event(uuid) is
	'Sends an event webhook.test, once, and answers the id of its delivery. Fails with session_ended, not_found, not_allowed, '
	'scope_missing, webhook_disabled.';

create function api.replay_webhook_delivery(delivery_id uuid) returns void
language sql security invoker set search_path = ''
return private.replay_webhook_delivery(delivery_id);
comment on function api.replay_webhook_delivery(uuid) is
	'Delivers an event once more, under the same webhook-id; one that waits goes on waiting. Fails as send_test_event does.';

create function api.replay_webhook_deliveries(
	endpoint_id uuid, since timestamptz default null, until timestamptz default null, only_parked boolean default true
) returns integer
language sql security invoker set search_path = ''
return private.replay_webhook_deliveries(endpoint_id, since, until, only_parked);
comment on function api.replay_webhook_deliveries(uuid, timestamptz, timestamptz, boolean) is
	'Delivers what happened from since until before until once more, the oldest 10,000, and answers how many; only what was parked, '
	'or all that does not wait. Fails as send_test_event does.';

create function api.webhook_delivery_payload(delivery_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.webhook_delivery_payload(delivery_id);
comment on function api.webhook_delivery_payload(uuid) is
	'What a delivery says, with its codes masked. Fails with session_ended, not_found, not_allowed.';

grant execute on function
	api.send_test_event(uuid), private.send_test_event(uuid),
	api.replay_webhook_delivery(uuid), private.replay_webhook_delivery(uuid),
	api.replay_webhook_deliveries(uuid, timestamptz, timestamptz, boolean),
	private.replay_webhook_deliveries(uuid, timestamptz, timestamptz, boolean)
to authenticated, api_key;
grant execute on function api.webhook_delivery_payload(uuid), private.webhook_delivery_payload(uuid) to authenticated;
