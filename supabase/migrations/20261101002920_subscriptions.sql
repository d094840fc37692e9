-- Which plan an organization pays for: what the payment provider says of its subscription, and how one is begun.

create type public.billing_interval as enum ('month', 'year');
comment on type public.billing_interval is 'How often a plan is paid, at the beginning of each.';

create table public.subscriptions (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id),
	provider_id text not null unique,
	plan_code text not null references public.plans (code),
	billing_interval public.billing_interval not null,
	-- the provider's word: incomplete, incomplete_expired, trialing, active, past_due, unpaid, paused, canceled
	status text not null check (status ~ '^[a-z_]+$'),
	current_period_start timestamptz,
	current_period_end timestamptz,
	cancel_at_period_end boolean not null default false,
	-- one too many: two tabs were paid. It counts for nothing, and is cancelled with its money given back
	duplicate boolean not null default false,
	-- since when a payment is owed, and until when the plan is kept all the same
	past_due_since timestamptz,
	grace_ends_at timestamptz,
	-- at the provider
	created_at timestamptz not null,
	ended_at timestamptz,
	updated_at timestamptz not null default now(),
	check ((past_due_since is null) = (grace_ends_at is null))
);
comment on table public.subscriptions is
	'What organizations subscribe to, as the payment provider has it. At most one of an organization is alive and counts.';

create function private.is_live(status text) returns boolean
language sql immutable set search_path = ''
return status in ('trialing', 'active', 'past_due', 'unpaid', 'paused');

create unique index subscriptions_one_live on public.subscriptions (organization_id)
	where not duplicate and status in ('trialing', 'active', 'past_due', 'unpaid', 'paused');
create index subscriptions_organization on public.subscriptions (organization_id, id);

create table public.subscription_checkouts (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id),
	plan_code text not null references public.plans (code),
	billing_interval public.billing_interval not null,
	status text not null default 'open' check (status in ('open', 'complete', 'expired')),
	session_id text,
	checkout_url text,
	subscription_id text,
	asked_by uuid references public.profiles (id) on delete set null,
	created_at timestamptz not null default now()
);
comment on table public.subscription_checkouts is
	'Where somebody is about to subscribe: one open page of an organization at a time, whatever is clicked how often.';
create unique index subscription_checkouts_one_open on public.subscription_checkouts (organization_id) where status = 'open';
create index subscription_checkouts_asked_by on public.subscription_checkouts (asked_by) where asked_by is not null;

alter table public.subscriptions enable row level security;
alter table public.subscription_checkouts enable row level security;
create policy "those who may see the money can read" on public.subscriptions for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));
create policy "those who may see the money can read" on public.subscription_checkouts for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

create view private.held_plans with (security_invoker = true) as
select g.organization_id, g.plan_code, g.until from private.plan_grants g
union all
select s.organization_id, s.plan_code, case when s.status in ('active', 'trialing') then 'infinity' else s.grace_ends_at end
from public.subscriptions s
where not s.duplicate and s.status in ('active', 'trialing', 'past_due', 'unpaid');
comment on view private.held_plans is
	'What organizations pay for or were given, and until when it counts. Free is everybody''s, and not among them.';

-- Only one at a time deals with an organization's subscription.
create function private.lock_subscription(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform pg_advisory_xact_lock(hashtextextended('subscription:' || organization_id, 0));
end
$$;

create function private.begin_subscription(organization_id uuid, plan text, billing_interval public.billing_interval) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	person constant uuid := private.require('billing:write', organization_id);
	chosen public.plans;
	asked public.subscription_checkouts;
begin
	select * into chosen from public.plans p where p.code = begin_subscription.plan and p.monthly_micros > 0;
	if chosen.code is null or begin_subscription.billing_interval is null then
		perform private.fail(422, 'plan_unknown', 'Choose one of the plans. Nothing was changed.');
	end if;
	perform private.lock_subscription(begin_subscription.organization_id);
	if exists (
		select from public.subscriptions s
		where s.organization_id = begin_subscription.organization_id and private.is_live(s.status) and not s.duplicate)
	then
		perform private.fail(409, 'already_subscribed', 'This organization has a subscription already. Change its plan instead; nothing was charged.');
	end if;

	select * into asked from public.subscription_checkouts c
	where c.organization_id = begin_subscription.organization_id and c.status = 'open';
	if asked.id is null then
		insert into public.subscription_checkouts (organization_id, plan_code, billing_interval, asked_by)
		values (begin_subscription.organization_id, chosen.code, begin_subscription.billing_interval, person)
		returning * into asked;
	elsif (asked.plan_code, asked.billing_interval) is distinct from (chosen.code, begin_subscription.billing_interval)
		or asked.created_at < now() - interval '23 hours'
	then
		-- a page that may still be paid is closed at the provider first
		return private.checkout_as_json(asked) || jsonb_build_object('outcome', 'close_first');
	end if;
	return private.checkout_as_json(asked) || jsonb_build_object('outcome', 'open');
end
$$;

create function private.checkout_as_json(checkout public.subscription_checkouts) returns jsonb
language sql stable set search_path = ''
return jsonb_build_object('id', checkout.id, 'organization_id', checkout.organization_id, 'plan', checkout.plan_code,
	'billing_interval', checkout.billing_interval, 'session_id', checkout.session_id, 'checkout_url', checkout.checkout_url);

create function private.keep_subscription_checkout(checkout_id uuid, status text, session_id text, checkout_url text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.subscription_checkouts c
	set status = keep_subscription_checkout.status, session_id = coalesce(keep_subscription_checkout.session_id, c.session_id),
		checkout_url = keep_subscription_checkout.checkout_url
	where c.id = checkout_id and c.status = 'open';
end
$$;

-- What is changed, for those who may: the subscription that lives.
create function private.subscription_to_change(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	live public.subscriptions;
	ignored constant uuid := private.require('billing:write', organization_id);
begin
	select * into live from public.subscriptions s
	where s.organization_id = subscription_to_change.organization_id and private.is_live(s.status) and not s.duplicate;
	if live.id is null then
		perform private.fail(409, 'not_subscribed', 'This organization has no subscription. Choose a plan first; nothing was changed.');
	end if;
	return jsonb_build_object('provider_id', live.provider_id, 'plan', live.plan_code, 'billing_interval', live.billing_interval,
		'status', live.status, 'cancel_at_period_end', live.cancel_at_period_end);
end
$$;

-- Of several that live at the provider the oldest counts, whatever we heard of first.
create function private.rank_subscriptions(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	counts constant uuid := (
		select s.id from public.subscriptions s
		where s.organization_id = rank_subscriptions.organization_id and private.is_live(s.status)
		order by s.created_at, s.provider_id
		limit 1);
	many record;
begin
	for many in
		update public.subscriptions s set duplicate = true
		where s.organization_id = rank_subscriptions.organization_id and private.is_live(s.status) and s.id <> counts
		returning s.provider_id
	loop
		-- also one that was heard of as a duplicate, or is one still after it was to be cancelled
		insert into private.jobs (kind, queue_key, payload)
		select 'cancel_duplicate', 'cancel:' || many.provider_id, jsonb_build_object('id', many.provider_id)
		where not exists (
			select from private.jobs j where j.queue_key = 'cancel:' || many.provider_id and j.completed_at is null);
	end loop;
	update public.subscriptions s set duplicate = false
	where s.id = counts and s.duplicate;
end
$$;

-- Before one too many is cancelled: the one that counts, so that both are read once more. Null: it is no duplicate (any more).
create function private.duplicate_of(provider_id text) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select k.provider_id
		from public.subscriptions s
		join public.subscriptions k on k.organization_id = s.organization_id and k.id <> s.id and not k.duplicate
			and private.is_live(k.status)
		where s.provider_id = duplicate_of.provider_id and s.duplicate and private.is_live(s.status));
end
$$;

create view api.subscriptions with (security_invoker = true) as
select s.id, s.organization_id, s.plan_code, s.billing_interval, s.status, s.current_period_start, s.current_period_end,
	s.cancel_at_period_end, s.past_due_since, s.grace_ends_at, s.created_at, s.ended_at
from public.subscriptions s
where not s.duplicate;
comment on view api.subscriptions is
	'What the caller''s organizations subscribe to or did, for those who may see the money. grace_ends_at: a payment is owed, and '
	'the plan is kept until then.';

create function api.begin_subscription(organization_id uuid, plan text, billing_interval public.billing_interval) returns jsonb
language sql security invoker set search_path = ''
return private.begin_subscription(organization_id, plan, billing_interval);
comment on function api.begin_subscription(uuid, text, public.billing_interval) is
	'Begins to subscribe: {outcome: open or close_first, id, plan, billing_interval, session_id, checkout_url}. The same page for '
	'the same wish; another wish closes the former page first. Nothing is charged by it: the payment function opens Checkout. '
	'Fails with not_found, not_allowed, plan_unknown, already_subscribed.';

create function api.subscription_to_change(organization_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.subscription_to_change(organization_id);
comment on function api.subscription_to_change(uuid) is
	'The subscription that lives, for those who may change it: {provider_id, plan, billing_interval, status, cancel_at_period_end}. '
	'Fails with not_found, not_allowed, not_subscribed.';

create function service.keep_subscription_checkout(checkout_id uuid, status text, session_id text, checkout_url text) returns void
language sql security invoker set search_path = ''
return private.keep_subscription_checkout(checkout_id, status, session_id, checkout_url);
comment on function service.keep_subscription_checkout(uuid, text, text, text) is
	'Where somebody subscribes, once the provider has said so; or that the page is closed.';

create function service.duplicate_of(provider_id text) returns text
language sql stable security invoker set search_path = ''
return private.duplicate_of(provider_id);
comment on function service.duplicate_of(text) is
	'Of a subscription that is one too many: the one that counts. Null: it is no duplicate (any more).';

grant select on public.subscriptions, public.subscription_checkouts, api.subscriptions to authenticated;
grant execute on function
	api.begin_subscription(uuid, text, public.billing_interval), private.begin_subscription(uuid, text, public.billing_interval),
	api.subscription_to_change(uuid), private.subscription_to_change(uuid)
to authenticated;
grant execute on function
	service.keep_subscription_checkout(uuid, text, text, text), private.keep_subscription_checkout(uuid, text, text, text),
	service.duplicate_of(text), private.duplicate_of(text)
to edge, service_role;
