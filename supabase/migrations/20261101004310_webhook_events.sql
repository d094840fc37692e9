-- What developers are told of: an event is a row beside the fact it follows from, while anybody wants to hear of it. It holds what
-- was true at that moment; words and codes are read when it leaves, so that what is not kept any more leaves no more.

create table private.webhook_events (
	-- the webhook-id of all its deliveries: whoever has seen it needs it no more
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	type text not null,
	phone_number_id uuid,
	-- what it is about: a message, a verification, a number
	subject_id uuid,
	facts jsonb not null,
	created_at timestamptz not null default clock_timestamp()
);
comment on table private.webhook_events is 'Events that somebody wanted to hear of, for 30 days.';

create table public.webhook_deliveries (
	id uuid primary key default private.uuid_v7(),
	ordinal bigint generated always as identity,
	organization_id uuid not null,
	endpoint_id uuid not null,
	event_id uuid not null references private.webhook_events (id) on delete cascade,
	event_type text not null,
	-- deliveries of one endpoint with the same one leave one after the other
	order_key text not null,
	status text not null default 'waiting' check (status in ('waiting', 'delivered', 'parked')),
	attempts integer not null default 0,
	next_attempt_at timestamptz not null default now(),
	-- an earlier one of the same order_key still waits
	behind boolean not null default false,
	lease uuid,
	leased_until timestamptz,
	last_status integer,
	last_failure text,
	delivered_at timestamptz,
	created_at timestamptz not null default now(),
	-- three days of attempts are counted from here
	queued_at timestamptz not null default now(),
	replayed_at timestamptz,
	unique (organization_id, id),
	unique (endpoint_id, event_id),
	foreign key (organization_id, endpoint_id) references public.webhook_endpoints (organization_id, id) on delete cascade
);
comment on table public.webhook_deliveries is
	'An event on its way to an endpoint: waiting, delivered, or parked when nobody answered well for three days.';

create index webhook_deliveries_event on public.webhook_deliveries (event_id);
create index webhook_deliveries_newest_first on public.webhook_deliveries (organization_id, endpoint_id, id desc);
create index webhook_deliveries_ready on public.webhook_deliveries (endpoint_id, ordinal) where status = 'waiting' and not behind;
create index webhook_deliveries_order on public.webhook_deliveries (endpoint_id, order_key, ordinal) where status = 'waiting';
create index webhook_deliveries_leased on public.webhook_deliveries (endpoint_id) where lease is not null;
create index webhook_deliveries_tests on public.webhook_deliveries (endpoint_id)
	where status = 'waiting' and event_type = 'webhook.test';
create index webhook_events_age on private.webhook_events (created_at);
create index webhook_events_organization on private.webhook_events (organization_id);
create index webhook_events_limits on private.webhook_events (organization_id, created_at) where type = 'limit.reached';

alter table public.webhook_deliveries enable row level security;
create policy "those who run it can read" on public.webhook_deliveries for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('webhooks:write'))::uuid[]));
create policy "keys with its scope can read" on public.webhook_deliveries for select to api_key
	using (organization_id = any ((select private.key_organization_ids('{webhooks:read}'))::uuid[]));

-- Has the worker look after an endpoint. A job is a nudge and no more: what is to be done then, take_webhook finds out.
create function private.wake_webhooks(endpoint_id uuid, at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, payload, run_at)
	values ('deliver_webhooks', jsonb_build_object('endpoint_id', wake_webhooks.endpoint_id), wake_webhooks.at);
end
$$;

-- Tells those endpoints of an organization that asked for it. Takes no locks: it runs in the transactions of texts.
-- in_order: what events about the same have in common, where that is not the subject.
create function private.tell_webhooks(
	organization_id uuid, type text, phone_number_id uuid, subject_id uuid, facts jsonb, in_order uuid default null
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	event uuid;
	targets constant uuid[] := array(
		select e.id
		from public.webhook_endpoints e
		join public.organizations o on o.id = e.organization_id and o.suspended_at is null
		where e.organization_id = tell_webhooks.organization_id and e.disabled_at is null
			and tell_webhooks.type = any (e.event_types)
			and (e.phone_number_ids is null or tell_webhooks.phone_number_id = any (e.phone_number_ids)));
begin
	-- a test tells nobody
	if cardinality(targets) = 0
		or exists (select from public.phone_numbers n where n.id = tell_webhooks.phone_number_id and n.carrier = 'test')
	then
		return;
	end if;
	insert into private.webhook_events (organization_id, type, phone_number_id, subject_id, facts)
	values (tell_webhooks.organization_id, tell_webhooks.type, tell_webhooks.phone_number_id, tell_webhooks.subject_id,
		tell_webhooks.facts)
	returning id into event;
	insert into public.webhook_deliveries (organization_id, endpoint_id, event_id, event_type, order_key)
	select tell_webhooks.organization_id, e.id, event, tell_webhooks.type,
		case e.order_by
			when 'endpoint' then ''
			when 'number' then coalesce(tell_webhooks.phone_number_id::text, '')
			when 'subject' then coalesce(tell_webhooks.in_order, tell_webhooks.subject_id, event)::text
			else event::text
		end
	from public.webhook_endpoints e
	where e.id = any (targets)
	-- one that is deleted right now is told nothing; what happened happens all the same
	for key share of e;
	insert into private.jobs (kind, payload)
	select 'deliver_webhooks', jsonb_build_object('endpoint_id', t) from unnest(targets) t;
end
$$;

create function private.tell_of_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'INSERT' then
		-- what somebody blocked sends tells nobody
		if not private.is_blocked((select c.contact_id from public.conversations c where c.id = new.conversation_id)) then
			perform private.tell_webhooks(new.organization_id, 'message.received', new.phone_number_id, new.id,
				jsonb_build_object('status', new.status), new.conversation_id);
		end if;
	else
		perform private.tell_webhooks(new.organization_id, 'message.status_changed', new.phone_number_id, new.id,
			jsonb_build_object('status', new.status, 'previous_status', old.status, 'error_code', new.error_code,
				'changed_at', clock_timestamp()), new.conversation_id);
	end if;
	return null;
end
$$;
create trigger tell_of_received after insert on public.messages
	for each row when (new.direction = 'inbound' and new.phone_number_id is not null) execute function private.tell_of_message();
create trigger tell_of_status after update on public.messages
	for each row when (new.status <> old.status and new.phone_number_id is not null) execute function private.tell_of_message();

create function private.tell_of_verification() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if new.code_count > old.code_count then
		perform private.tell_webhooks(new.organization_id, 'verification.code_received', new.phone_number_id, new.id,
			jsonb_build_object('status', new.status, 'code_count', new.code_count));
	end if;
	if new.ended_at is not null and old.ended_at is null then
		perform private.tell_webhooks(new.organization_id, 'verification.ended', new.phone_number_id, new.id,
			jsonb_build_object('status', new.status, 'code_count', new.code_count, 'ended_at', new.ended_at));
	end if;
	return null;
end
$$;
create trigger tell_of_verification after update on public.verifications
	for each row when (new.code_count > old.code_count or new.ended_at is distinct from old.ended_at)
	execute function private.tell_of_verification();

create function private.tell_of_number() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.tell_webhooks(new.organization_id, 'number.' || new.kind, new.phone_number_id, new.phone_number_id,
		jsonb_build_object('about', new.about, 'monthly_micros', new.monthly_micros));
	return null;
end
$$;
create trigger tell_of_number after insert on public.number_events
	for each row when (new.kind in ('renewed', 'released')) execute function private.tell_of_number();

create function private.tell_of_opt_out() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	told constant public.opt_outs := coalesce(new, old);
begin
	perform private.tell_webhooks(told.organization_id, case tg_op when 'INSERT' then 'opt_out.added' else 'opt_out.removed' end,
		told.phone_number_id, told.phone_number_id,
		jsonb_build_object('contact_number', told.contact_number, 'source', told.source, 'opted_out_at', told.opted_out_at),
		-- events about one person are told in their order
		md5(told.phone_number_id || told.contact_number)::uuid);
	return null;
end
$$;
create trigger tell_of_opt_out after insert or delete on public.opt_outs
	for each row execute function private.tell_of_opt_out();

-- The segments that a plan includes are used up. Asked at every text, so whether anybody wants to hear of it comes first.
create function private.tell_of_allowance() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	most integer;
begin
	if exists (
		select from public.webhook_endpoints e
		where e.organization_id = new.organization_id and e.disabled_at is null and 'limit.reached' = any (e.event_types))
	then
		most := (private.plan_of(new.organization_id)).included_segments;
		if old.used < most and new.used >= most then
			perform private.tell_webhooks(new.organization_id, 'limit.reached', null, null,
				jsonb_build_object('limit', 'included_segments', 'most', most));
		end if;
	end if;
	return null;
end
$$;
create trigger tell_of_allowance after update on public.segment_allowances
	for each row when (new.used > old.used) execute function private.tell_of_allowance();

-- A limit of the developer API was reached: told once an hour, however often it is.
create function private.tell_of_limit(organization_id uuid, limit_name text, most bigint) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	if not exists (
		select from private.webhook_events e
		where e.organization_id = tell_of_limit.organization_id and e.type = 'limit.reached'
			and e.created_at > now() - interval '1 hour' and e.facts ->> 'limit' = tell_of_limit.limit_name)
	then
		perform private.tell_webhooks(tell_of_limit.organization_id, 'limit.reached', null, null,
			jsonb_build_object('limit', tell_of_limit.limit_name, 'most', tell_of_limit.most));
	end if;
end
$$;
