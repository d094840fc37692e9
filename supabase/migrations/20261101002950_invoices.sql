-- What was billed for plans, as the payment provider has it; and how anything read from it is applied.

create table public.invoices (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id),
	provider_id text not null unique,
	number text,
	-- the provider's word: draft, open, paid, void, uncollectible
	status text not null check (status ~ '^[a-z_]+$'),
	says text,
	total_micros bigint not null,
	due_micros bigint not null,
	paid_micros bigint not null check (paid_micros >= 0),
	-- of what was paid: a subscription that was one too many
	refunded_micros bigint not null default 0 check (refunded_micros >= 0),
	period_start timestamptz,
	period_end timestamptz,
	hosted_url text,
	pdf_url text,
	created_at timestamptz not null,
	paid_at timestamptz
);
comment on table public.invoices is
	'What organizations were billed for their plans, in 10⁻⁶ USD, as the payment provider has it. Negative: they were credited.';

create index invoices_newest_first on public.invoices (organization_id, created_at desc);
create index invoices_open on public.invoices (created_at) where status in ('draft', 'open');

alter table public.invoices enable row level security;
create policy "those who may see the money can read" on public.invoices for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

create function private.apply_invoice(object jsonb) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	organization constant uuid := (
		select c.organization_id from public.billing_customers c where c.provider_id = object ->> 'customer');
	made public.invoices;
	back constant bigint := coalesce((object ->> 'refunded_micros')::bigint, 0);
begin
	if organization is null then
		return 'unknown';
	end if;
	insert into public.invoices (organization_id, provider_id, number, status, says, total_micros, due_micros, paid_micros,
		period_start, period_end, hosted_url, pdf_url, created_at, paid_at)
	values (organization, object ->> 'id', object ->> 'number', object ->> 'status', object ->> 'says',
		(object ->> 'total_micros')::bigint, (object ->> 'due_micros')::bigint, (object ->> 'paid_micros')::bigint,
		(object ->> 'period_start')::timestamptz, (object ->> 'period_end')::timestamptz, object ->> 'hosted_url',
		object ->> 'pdf_url', (object ->> 'created_at')::timestamptz, (object ->> 'paid_at')::timestamptz)
	on conflict (provider_id) do update
	set number = excluded.number, status = excluded.status, says = excluded.says, total_micros = excluded.total_micros,
		due_micros = excluded.due_micros, paid_micros = excluded.paid_micros, period_start = excluded.period_start,
		period_end = excluded.period_end, hosted_url = excluded.hosted_url, pdf_url = excluded.pdf_url,
		paid_at = excluded.paid_at
	returning * into made;
	if made.status = 'paid' and made.paid_micros > 0 then
		perform private.transfer(organization,
			array[row('payments', -made.paid_micros), row('revenue', made.paid_micros)]::private.ledger_leg[],
			'subscription', 'invoice:' || made.id, 'invoice', made.id);
	end if;
	if back > made.refunded_micros then
		perform private.transfer(organization,
			array[row('payments', back - made.refunded_micros), row('revenue', made.refunded_micros - back)]::private.ledger_leg[],
			'refund', 'invoice_refund:' || made.id || ':' || back, 'invoice', made.id);
		update public.invoices i set refunded_micros = back where i.id = made.id;
	end if;
	return 'applied';
end
$$;

-- {id, metadata_id, status, subscription_id}
create function private.apply_subscription_session(object jsonb) returns text
language plpgsql security definer set search_path = ''
as $$
begin
	update public.subscription_checkouts c
	set session_id = object ->> 'id',
		status = case object ->> 'status' when 'paid' then 'complete' when 'expired' then 'expired' else c.status end,
		checkout_url = case when object ->> 'status' = 'open' then c.checkout_url end,
		subscription_id = coalesce(object ->> 'subscription_id', c.subscription_id)
	where c.id = (object ->> 'metadata_id')::uuid;
	if not found then
		return 'unknown';
	end if;
	if object ->> 'subscription_id' is not null then
		perform private.ask_payment_sync('subscription', object ->> 'subscription_id');
	end if;
	return 'applied';
end
$$;

-- Applies a reading that began with a ticket, unless a newer one was applied: applied, late, or unknown for what is not ours.
create function private.apply_payment_object(kind text, object jsonb, ticket bigint) returns text
language plpgsql security definer set search_path = ''
as $$
begin
	if not private.is_newest_reading(object ->> 'id', ticket) then
		return 'late';
	end if;
	return case kind
		when 'customer' then private.apply_customer(object)
		when 'top_up_session' then private.apply_top_up_session(object)
		when 'subscription_session' then private.apply_subscription_session(object)
		when 'payment_intent' then private.apply_payment_intent(object)
		when 'subscription' then private.apply_subscription(object)
		when 'invoice' then private.apply_invoice(object)
		else 'unknown'
	end;
end
$$;

-- Of these events, the ones that we were never told.
create function private.missing_payment_events(event_ids text[]) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select e.id from unnest(event_ids) e (id)
		where not exists (
			select from private.provider_events p where p.provider = 'stripe' and p.event_key = e.id));
end
$$;

-- What should have ended, or changed, by now, and was not read for so long: the longest first.
create function private.unsettled_payments(older_than_seconds integer, batch integer) returns table (kind text, provider_id text)
language plpgsql stable security definer set search_path = ''
as $$
declare
	before constant timestamptz := now() - make_interval(secs => older_than_seconds);
begin
	return query
		select waits.kind, waits.provider_id
		from (
			select 'checkout_session' as kind, t.session_id as provider_id from public.top_ups t
			where t.status = 'open' and t.session_id is not null and t.created_at < before
			union all
			select 'payment_intent', t.payment_intent_id from public.top_ups t
			where t.status in ('open', 'processing', 'needs_action') and t.payment_intent_id is not null and t.created_at < before
			union all
			select 'checkout_session', c.session_id from public.subscription_checkouts c
			where c.status = 'open' and c.session_id is not null and c.created_at < before
			union all
			select 'subscription', s.provider_id from public.subscriptions s
			where s.status in ('incomplete', 'past_due', 'unpaid')
				or private.is_live(s.status) and s.current_period_end < before
			union all
			select 'invoice', i.provider_id from public.invoices i
			where i.status in ('draft', 'open') and i.created_at < before
		) waits
		left join private.payment_objects o on o.provider_id = waits.provider_id
		where o.applied_at is null or o.applied_at < before
		order by o.applied_at nulls first, waits.provider_id
		limit batch;
end
$$;

-- Nothing before the first migration can have been missed.
insert into private.reconciliations (carrier, inbound_until) values ('stripe', now());

-- For somebody who has come back from a page of the provider: what of this organization may have changed there.
create function private.payments_under_way(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require('billing:read', payments_under_way.organization_id);
	return (
		select coalesce(jsonb_agg(jsonb_build_object('kind', u.kind, 'id', u.id)), '[]')
		from (
			select 'checkout_session' as kind, t.session_id as id, t.created_at from public.top_ups t
			where t.organization_id = payments_under_way.organization_id and t.status = 'open' and t.session_id is not null
				and t.payment_intent_id is null
			union all
			select 'payment_intent', t.payment_intent_id, t.created_at from public.top_ups t
			where t.organization_id = payments_under_way.organization_id and t.payment_intent_id is not null
				and t.status in ('open', 'processing', 'needs_action')
			union all
			select 'checkout_session', c.session_id, c.created_at from public.subscription_checkouts c
			where c.organization_id = payments_under_way.organization_id and c.status = 'open' and c.session_id is not null
			union all
			select 'subscription', substr(j.queue_key, 9), j.created_at
			from private.jobs j
			where j.kind = 'sync_payment' and j.payload ->> 'kind' = 'subscription' and j.completed_at is null
				and j.parked_at is null and exists (
					select from public.subscription_checkouts c
					where c.organization_id = payments_under_way.organization_id and c.status = 'complete'
						and c.subscription_id = j.payload ->> 'id')
			union all
			select 'customer', b.provider_id, now() from public.billing_customers b
			where b.organization_id = payments_under_way.organization_id and b.provider_id is not null
			order by created_at desc
			limit 20) u);
end
$$;

-- Whether the caller may act, asked by the payment function before it opens a page of the provider.
create function private.require_billing(organization_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require('billing:write', require_billing.organization_id);
	return null;
end
$$;

-- Reads what was missed, every minute; one job at a time. Those done an hour ago are forgotten.
create function private.begin_payment_reconciliation() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.jobs j where j.queue_key = 'reconcile_payments' and j.completed_at < now() - interval '1 hour';
	if exists (select from public.billing_customers c) and not exists (
		select from private.jobs j
		where j.queue_key = 'reconcile_payments' and j.completed_at is null and j.parked_at is null)
	then
		insert into private.jobs (kind, queue_key) values ('reconcile_payments', 'reconcile_payments');
	end if;
end
$$;
select cron.schedule('reconcile_payments', '* * * * *', 'select private.begin_payment_reconciliation()');

create view api.invoices with (security_invoker = true) as
select i.id, i.organization_id, i.number, i.status, i.says, i.total_micros, i.due_micros, i.paid_micros, i.period_start,
	i.period_end, i.hosted_url, i.pdf_url, i.created_at, i.paid_at, i.refunded_micros
from public.invoices i
where i.status <> 'draft';
comment on view api.invoices is 'What the caller''s organizations were billed for their plans, for those who may see the money.';

create function api.payments_under_way(organization_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.payments_under_way(organization_id);
comment on function api.payments_under_way(uuid) is
	'What of an organization may have changed at the payment provider just now: [{kind, id}], the newest first. Fails with '
	'not_found, not_allowed.';

create function api.require_billing(organization_id uuid) returns boolean
language sql stable security invoker set search_path = ''
return private.require_billing(organization_id);
comment on function api.require_billing(uuid) is
	'Refuses whoever may not decide about an organization''s money, with not_found or not_allowed; else null.';

create function service.apply_payment_object(kind text, object jsonb, ticket bigint) returns text
language sql security invoker set search_path = ''
return private.apply_payment_object(kind, object, ticket);
comment on function service.apply_payment_object(text, jsonb, bigint) is
	'Applies what was read of the payment provider under a ticket: applied, late where a newer reading was, unknown if not ours.';

create function service.missing_payment_events(event_ids text[]) returns text[]
language sql stable security invoker set search_path = ''
return private.missing_payment_events(event_ids);
comment on function service.missing_payment_events(text[]) is 'Of these events of the payment provider, the ones we were never told.';

create function service.unsettled_payments(older_than_seconds integer, batch integer) returns table (kind text, provider_id text)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.unsettled_payments(older_than_seconds, batch);
end;
comment on function service.unsettled_payments(integer, integer) is
	'Objects of the payment provider that should have ended or changed by now and were not read for so long, the longest first.';

grant select on public.invoices, api.invoices to authenticated;
grant execute on function
	api.payments_under_way(uuid), private.payments_under_way(uuid),
	api.require_billing(uuid), private.require_billing(uuid)
to authenticated;
grant execute on function
	service.apply_payment_object(text, jsonb, bigint), private.apply_payment_object(text, jsonb, bigint),
	service.missing_payment_events(text[]), private.missing_payment_events(text[]),
	service.unsettled_payments(integer, integer), private.unsettled_payments(integer, integer)
to edge, service_role;
