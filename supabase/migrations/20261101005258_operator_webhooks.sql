-- Webhooks of tenants that do not arrive, as operators see them: whose, at which host, since when and why. Never what they say, their
-- secrets, or what stands in their addresses after the host.

create index webhook_endpoints_unwell on public.webhook_endpoints (id)
	where failing_since is not null or disabled_reason = 'failing' or stopped_at is not null;
create index webhook_deliveries_parked on public.webhook_deliveries (endpoint_id) where status = 'parked';

create function private.host_of(url text) returns text
language sql immutable set search_path = ''
return substring(url from '^https?://(?:[^/?#]*@)?([^/?#]+)');

-- [{id, organization_id, organization, host, failing_since, failures, blocked_until, disabled_at, disabled_reason, stopped_at, waiting, parked, last:
-- {status, failure, at, event_type}}]: where nothing arrives, or nobody tries any more because nothing did; counts end at 1,000.
create function private.operator_webhooks(session text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return coalesce((
		select jsonb_agg(to_jsonb(w) order by w.disabled_at desc nulls last, w.failing_since)
		from (
			select e.id, e.organization_id, o.name as organization, private.host_of(e.url) as host, e.failing_since, e.failures,
				e.blocked_until, e.disabled_at, e.disabled_reason, e.stopped_at,
				(select count(*) from (
					select from public.webhook_deliveries d where d.endpoint_id = e.id and d.status = 'waiting' limit 1000) d) as waiting,
				(select count(*) from (
					select from public.webhook_deliveries d where d.endpoint_id = e.id and d.status = 'parked' limit 1000) d) as parked,
				(select jsonb_build_object('status', a.status, 'failure', a.failure, 'at', a.created_at, 'event_type', a.event_type)
				from (
					select a.status, a.failure, a.created_at, d.event_type
					from (
						select d.id, d.event_type from public.webhook_deliveries d
						where d.organization_id = e.organization_id and d.endpoint_id = e.id and d.last_failure is not null
						order by d.id desc
						limit 20) d
					join public.webhook_attempts a on a.organization_id = e.organization_id and a.delivery_id = d.id
					order by a.id desc
					limit 1) a) as last
			from public.webhook_endpoints e
			join public.organizations o on o.id = e.organization_id
			where e.failing_since is not null or e.disabled_reason = 'failing'
				or e.stopped_at is not null
			order by e.disabled_at desc nulls last, e.failing_since
			limit 200
		) w), '[]');
end
$$;

-- Deeds on a tenant's webhook: retry (what waits or was given up is tried at once, switched on again where it was failing or we
-- switched it off) or disable. Said in both books. One that its own people switched off is theirs. Answers how many are sent again.
create function private.operator_tend_webhook(session text, endpoint_id uuid, deed text, reason text) returns integer
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_reason(session, 'operator', reason);
	told constant jsonb := jsonb_build_object('reason', btrim(operator_tend_webhook.reason));
	endpoint public.webhook_endpoints;
	again integer := 0;
begin
	select e.* into endpoint from public.webhook_endpoints e where e.id = operator_tend_webhook.endpoint_id for no key update;
	if endpoint.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	elsif operator_tend_webhook.deed = 'disable' then
		if endpoint.disabled_at is null then
			perform private.switch_webhook_off(endpoint, told);
			update public.webhook_endpoints e set stopped_at = now() where e.id = endpoint.id;
		end if;
	elsif endpoint.disabled_reason = 'person' and endpoint.stopped_at is null then
		perform private.fail(409, 'webhook_disabled', 'This address is switched off. Switch it on first. Nothing was sent.');
	else
		if endpoint.disabled_at is not null then
			endpoint := private.switch_webhook_on(endpoint, told);
		else
			update public.webhook_endpoints e set blocked_until = now() where e.id = endpoint.id and e.blocked_until is not null;
			update public.webhook_deliveries d set next_attempt_at = now()
			where d.endpoint_id = endpoint.id and d.status = 'waiting' and d.lease is null and d.next_attempt_at > now();
			get diagnostics again = row_count;
			perform private.wake_webhooks(endpoint.id);
			perform private.audit(endpoint.organization_id, 'webhook.retried', 'webhook_endpoint', endpoint.id, null,
				jsonb_build_object('url', endpoint.url, 'count', again) || told);
		end if;
		again := again + private.replay_webhooks(endpoint, null, null, null, true);
	end if;
	perform private.note_deed(live.operator_id, case operator_tend_webhook.deed when 'disable' then 'webhook.disabled' else 'webhook.retried' end,
		btrim(operator_tend_webhook.reason), 'webhook', endpoint.id::text, endpoint.organization_id,
		jsonb_build_object('host', private.host_of(endpoint.url), 'again', again), live.address);
	return again;
end
$$;

create function service.operator_webhooks(session text) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_webhooks(session);
comment on function service.operator_webhooks(text) is
	'Webhooks of tenants where nothing arrives, with host, state and how the last attempt ended; no address, secret or body.';

create function service.operator_tend_webhook(session text, endpoint_id uuid, deed text, reason text) returns integer
language sql security invoker set search_path = ''
return private.operator_tend_webhook(session, endpoint_id, deed, reason);
comment on function service.operator_tend_webhook(text, uuid, text, text) is
	'deed retry: what waits or was given up is tried at once, and how many those are; disable: nobody tries any more. In both books. Fails '
	'with operator_not_allowed, reason_missing, not_found, webhook_disabled.';

grant execute on function
	service.operator_webhooks(text), private.operator_webhooks(text),
	service.operator_tend_webhook(text, uuid, text, text), private.operator_tend_webhook(text, uuid, text, text)
to service_role;
