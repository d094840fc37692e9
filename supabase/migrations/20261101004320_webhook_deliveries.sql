-- How events leave: one attempt after the other, each written down. What is decided about one endpoint is decided under its row's
-- lock, so that nothing is forgotten between two workers.

create table public.webhook_attempts (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	delivery_id uuid not null,
	-- from 1, and from 1 again after a replay
	attempt integer not null,
	url text not null,
	-- which address the name had, where it came so far
	address text,
	status integer,
	-- why it does not count as delivered (core/webhooks.ts); null where it does
	failure text check (failure in ('answer', 'redirect', 'timeout', 'connection', 'certificate', 'name', 'address')),
	duration_ms integer not null,
	-- the first 2,000 characters, without what was sent there and without our secrets
	answer text check (char_length(answer) <= 2000),
	created_at timestamptz not null default clock_timestamp(),
	foreign key (organization_id, delivery_id) references public.webhook_deliveries (organization_id, id) on delete cascade
);
comment on table public.webhook_attempts is 'Every attempt to deliver an event: where, how long it took, and what was answered. Kept for 30 days.';

create index webhook_attempts_delivery on public.webhook_attempts (organization_id, delivery_id, id);

alter table public.webhook_attempts enable row level security;
create policy "those who run it can read" on public.webhook_attempts for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('webhooks:write'))::uuid[]));
create policy "keys with its scope can read" on public.webhook_attempts for select to api_key
	using (organization_id = any ((select private.key_organization_ids('{webhooks:read}'))::uuid[]));

-- The next delivery of an endpoint, leased; null where there is none that may leave now. The caller holds the endpoint's lock.
-- One that fails gets one attempt at a time, and while it is blocked none; else four, so that a slow one takes no more places.
create function private.next_webhook(endpoint public.webhook_endpoints) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	at constant timestamptz := clock_timestamp();
	-- the one attempt by which we learn whether it is well again need not be due
	is_probe constant boolean := endpoint.blocked_until is not null;
	delivery public.webhook_deliveries;
	event private.webhook_events;
	head bigint;
begin
	if endpoint.disabled_at is not null or endpoint.blocked_until > at
		or exists (select from public.organizations o where o.id = endpoint.organization_id and o.suspended_at is not null)
		or (select count(*) from public.webhook_deliveries d
			where d.endpoint_id = endpoint.id and d.lease is not null and d.leased_until > at)
			>= (case when endpoint.failures > 0 then 1 else 4 end)
	then
		return null;
	end if;

	-- whoever presses the button waits for the answer
	select d.* into delivery from public.webhook_deliveries d
	where d.endpoint_id = endpoint.id and d.status = 'waiting' and d.event_type = 'webhook.test'
		and d.next_attempt_at <= at and (d.lease is null or d.leased_until <= at)
	limit 1;
	while delivery.id is null loop
		select d.* into delivery from public.webhook_deliveries d
		where d.endpoint_id = endpoint.id and d.status = 'waiting' and not d.behind
			and (is_probe or d.next_attempt_at <= at) and (d.lease is null or d.leased_until <= at)
		order by d.ordinal
		limit 1;
		if delivery.id is null then
			return null;
		end if;
		select min(d.ordinal) into head from public.webhook_deliveries d
		where d.endpoint_id = endpoint.id and d.order_key = delivery.order_key and d.status = 'waiting';
		if head < delivery.ordinal then
			-- each is set aside once, and comes back when its turn has come
			update public.webhook_deliveries d set behind = true
			where d.endpoint_id = endpoint.id and d.order_key = delivery.order_key and d.status = 'waiting' and d.ordinal > head
				and not d.behind;
			delivery := null;
		end if;
	end loop;

	update public.webhook_deliveries d
	set lease = gen_random_uuid(), leased_until = at + interval '30 seconds', attempts = d.attempts + 1
	where d.id = delivery.id
	returning d.* into delivery;
	select e.* into event from private.webhook_events e where e.id = delivery.event_id;
	return jsonb_build_object('delivery_id', delivery.id, 'lease', delivery.lease, 'event_id', event.id, 'url', endpoint.url,
		'secrets', to_jsonb(private.webhook_secrets_of(endpoint.id)),
		'payload', private.webhook_payload(event, 'verification.code_received' = any (endpoint.event_types)));
end
$$;

create function private.take_webhook(endpoint_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	endpoint public.webhook_endpoints;
begin
	select e.* into endpoint from public.webhook_endpoints e where e.id = take_webhook.endpoint_id for no key update;
	return case when endpoint.id is not null then private.next_webhook(endpoint) end;
end
$$;

-- How long to wait after so many attempts: 5 s, three times as long each time, four hours at most, from half of it on by chance.
create function private.webhook_backoff(attempts integer) returns interval
language sql volatile set search_path = ''
return least(interval '4 hours', interval '5 seconds' * power(3, least(attempts, 12) - 1)) * (0.5 + random() / 2);

-- An attempt has arrived: the endpoint is well, and what waited for this one is next.
create function private.webhook_arrived(endpoint public.webhook_endpoints, delivery public.webhook_deliveries) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	if endpoint.failures > 0 or endpoint.blocked_until is not null then
		update public.webhook_endpoints e set failures = 0, failing_since = null, blocked_until = null where e.id = endpoint.id;
		-- besides whoever brought the news, three more
		perform private.wake_webhooks(endpoint.id) from generate_series(1, 3);
	end if;
end
$$;

-- An attempt failed: again later, or never. Five in a row, and only one of all is tried every now and then, a quarter of an hour
-- apart at most.
create function private.webhook_failed(
	endpoint public.webhook_endpoints, delivery public.webhook_deliveries, retry_after_seconds integer
) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	at constant timestamptz := clock_timestamp();
	again constant timestamptz := at + greatest(
		private.webhook_backoff(delivery.attempts), make_interval(secs => least(greatest(retry_after_seconds, 0), 14400)));
	blocked constant timestamptz := at + least(interval '15 minutes',
		interval '15 seconds' * power(2, least(endpoint.failures, 10) - 4)) * (0.75 + random() / 4);
begin
	update public.webhook_endpoints e
	set failures = e.failures + 1, failing_since = coalesce(e.failing_since, at),
		blocked_until = case
			when e.blocked_until > at then e.blocked_until
			when e.failures >= 4 or e.blocked_until is not null then blocked
		end
	where e.id = endpoint.id
	returning e.* into endpoint;

	if endpoint.failing_since <= at - interval '3 days' then
		update public.webhook_endpoints e set disabled_at = at, disabled_reason = 'failing' where e.id = endpoint.id;
		update public.webhook_deliveries d
		set status = 'parked', behind = false, lease = null, leased_until = null
		where d.endpoint_id = endpoint.id and d.status = 'waiting';
		perform private.audit(endpoint.organization_id, 'webhook.disabled', 'webhook_endpoint', endpoint.id,
			jsonb_build_object('url', endpoint.url));
		perform private.tell_of_endpoint('webhook_disabled', endpoint);
		return;
	elsif delivery.event_type = 'webhook.test' or delivery.queued_at <= at - interval '3 days' then
		update public.webhook_deliveries d set status = 'parked' where d.id = delivery.id;
		if delivery.event_type <> 'webhook.test' and coalesce(endpoint.parked_told_at <= at - interval '1 day', true) then
			update public.webhook_endpoints e set parked_told_at = at where e.id = endpoint.id;
			perform private.tell_of_endpoint('webhook_parked', endpoint);
		end if;
	else
		update public.webhook_deliveries d set next_attempt_at = again where d.id = delivery.id;
	end if;
	if endpoint.blocked_until is null then
		perform private.wake_webhooks(endpoint.id, again);
	elsif endpoint.blocked_until = blocked then
		perform private.wake_webhooks(endpoint.id, blocked);
	end if;
end
$$;

-- Writes down how an attempt ended (failure null: well), and with `more` takes the next one in the same breath. What is told by
-- somebody whose lease ran out does not count any more.
create function private.record_webhook_attempt(
	delivery_id uuid, lease uuid, failure text, status integer, duration_ms integer, address text, answer text,
	retry_after_seconds integer, more boolean
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	endpoint public.webhook_endpoints;
	delivery public.webhook_deliveries;
begin
	select e.* into endpoint
	from public.webhook_endpoints e
	where e.id = (select d.endpoint_id from public.webhook_deliveries d where d.id = record_webhook_attempt.delivery_id)
	for no key update;
	update public.webhook_deliveries d
	set lease = null, leased_until = null, last_status = record_webhook_attempt.status, last_failure = record_webhook_attempt.failure,
		status = case when record_webhook_attempt.failure is null then 'delivered' else d.status end,
		delivered_at = case when record_webhook_attempt.failure is null then clock_timestamp() else d.delivered_at end
	where d.id = record_webhook_attempt.delivery_id and d.lease = record_webhook_attempt.lease and d.status = 'waiting'
	returning d.* into delivery;
	if delivery.id is null then
		return null;
	end if;
	insert into public.webhook_attempts (organization_id, delivery_id, attempt, url, address, status, failure, duration_ms, answer)
	values (delivery.organization_id, delivery.id, delivery.attempts, endpoint.url, record_webhook_attempt.address,
		record_webhook_attempt.status, record_webhook_attempt.failure, record_webhook_attempt.duration_ms,
		left(record_webhook_attempt.answer, 2000));
	if record_webhook_attempt.failure is null then
		perform private.webhook_arrived(endpoint, delivery);
	else
		perform private.webhook_failed(endpoint, delivery, retry_after_seconds);
	end if;
	-- whoever was behind it is next
	update public.webhook_deliveries d set behind = false
	where d.behind and d.id = (
		select n.id from public.webhook_deliveries n
		where n.endpoint_id = delivery.endpoint_id and n.order_key = delivery.order_key and n.status = 'waiting'
		order by n.ordinal
		limit 1);
	return case when more then private.take_webhook(endpoint.id) end;
end
$$;

-- What nobody looks after (a worker died at a bad moment, an organization is not suspended any more), and what is too old to keep.
create function private.tend_webhooks(batch integer default 5000) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.wake_webhooks(e.id)
	from public.webhook_endpoints e
	where e.disabled_at is null and coalesce(e.blocked_until, '-infinity') < now() - interval '2 minutes' and exists (
		select from public.webhook_deliveries d
		where d.endpoint_id = e.id and d.status = 'waiting' and not d.behind and d.next_attempt_at < now() - interval '2 minutes'
			and (d.lease is null or d.leased_until < now()));
	delete from private.webhook_events e
	where e.id in (
		select o.id from private.webhook_events o
		where o.created_at < now() - interval '30 days'
		order by o.created_at
		limit batch
		for update skip locked);
	delete from private.jobs j where j.kind = 'deliver_webhooks' and j.completed_at < now() - interval '1 hour';
end
$$;

select cron.schedule('webhooks', '* * * * *', 'select private.tend_webhooks()');

create view api.webhook_deliveries with (security_invoker = true) as
select d.id, d.organization_id, d.endpoint_id, d.event_id, d.event_type, d.status, d.attempts, d.next_attempt_at, d.last_status,
	d.last_failure, d.delivered_at, d.replayed_at, d.created_at
from public.webhook_deliveries d;
comment on view api.webhook_deliveries is
	'Events on their way to the endpoints of the organizations that the caller runs, for 30 days. Ids sort by time; event_id is the '
	'webhook-id that the endpoint sees.';

create view api.webhook_attempts with (security_invoker = true) as
select a.id, a.organization_id, a.delivery_id, a.attempt, a.url, a.address, a.status, a.failure, a.duration_ms, a.answer, a.created_at
from public.webhook_attempts a;
comment on view api.webhook_attempts is 'Every attempt of a delivery: where, how long it took (ms), what was answered (2,000 characters).';

create function service.take_webhook(endpoint_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.take_webhook(endpoint_id);
comment on function service.take_webhook(uuid) is
	'The next delivery of an endpoint, the caller''s for 30 s: {delivery_id, lease, event_id, url, secrets, payload}; null for none.';

create function service.record_webhook_attempt(
	delivery_id uuid, lease uuid, failure text, status integer, duration_ms integer, address text, answer text,
	retry_after_seconds integer, more boolean
) returns jsonb
language sql security invoker set search_path = ''
return private.record_webhook_attempt(delivery_id, lease, failure, status, duration_ms, address, answer, retry_after_seconds, more);
comment on function service.record_webhook_attempt(uuid, uuid, text, integer, integer, text, text, integer, boolean) is
	'Writes down how an attempt ended; failure null: it arrived. With more: the next delivery, as take_webhook says it.';

create function service.wake_webhooks(endpoint_id uuid, at timestamptz default now()) returns void
language sql security invoker set search_path = ''
return private.wake_webhooks(endpoint_id, at);
comment on function service.wake_webhooks(uuid, timestamptz) is 'Has somebody look after an endpoint then.';

grant select on public.webhook_deliveries, api.webhook_deliveries, public.webhook_attempts, api.webhook_attempts
to authenticated, api_key;
grant execute on function
	private.take_webhook(uuid), service.take_webhook(uuid),
	private.record_webhook_attempt(uuid, uuid, text, integer, integer, text, text, integer, boolean),
	service.record_webhook_attempt(uuid, uuid, text, integer, integer, text, text, integer, boolean),
	private.wake_webhooks(uuid, timestamptz), service.wake_webhooks(uuid, timestamptz)
to edge, service_role;
