-- A wallet that fills itself: below a threshold the card that is kept is charged, so much at a time, and so much a month at most.

create table public.auto_top_ups (
	organization_id uuid primary key references public.organizations (id),
	threshold_micros bigint not null check (threshold_micros > 0),
	amount_micros bigint not null check (amount_micros > 0),
	monthly_ceiling_micros bigint not null check (monthly_ceiling_micros >= amount_micros),
	-- since when, and why it rests: the card was refused, or wants its owner, or the month's ceiling is reached
	paused_at timestamptz,
	pause_reason text check (pause_reason in ('failed', 'needs_action')),
	-- in which month (its first day, in the organization's zone) it was told that the ceiling is reached
	ceiling_told_on date,
	updated_at timestamptz not null default now(),
	check ((paused_at is null) = (pause_reason is null))
);
comment on table public.auto_top_ups is
	'Organizations whose wallet fills itself, and how, in 10⁻⁶ USD. No row: it does not. Whatever is refused pauses it until '
	'somebody has looked.';

alter table public.auto_top_ups enable row level security;
create policy "those who may see the money can read" on public.auto_top_ups for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

-- A letter about money, to everybody who may do something about it.
create function private.enqueue_billing_letter(template text, organization_id uuid, details jsonb default '{}') returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.enqueue_letter(enqueue_billing_letter.template, m.user_id,
		jsonb_build_object('organization_name', o.name, 'slug', o.slug) || details)
	from public.organizations o
	join public.memberships m on m.organization_id = o.id
	join private.capabilities c on c.role = m.role and c.capability = 'billing:write'
	where o.id = enqueue_billing_letter.organization_id
	order by m.user_id;
	perform private.give_notice('billing:write', enqueue_billing_letter.organization_id, enqueue_billing_letter.template,
		case when enqueue_billing_letter.template like 'auto_top_up%' then 'auto_top_up' else 'plan' end, details);
end
$$;

create function private.set_auto_top_up(
	organization_id uuid, threshold_micros bigint, amount_micros bigint, monthly_ceiling_micros bigint
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	person constant uuid := private.require('billing:write', organization_id);
	former public.auto_top_ups;
	chosen public.auto_top_ups;
begin
	select * into former from public.auto_top_ups a
	where a.organization_id = set_auto_top_up.organization_id for no key update;
	if set_auto_top_up.threshold_micros is null then
		delete from public.auto_top_ups a where a.organization_id = set_auto_top_up.organization_id;
		if former.organization_id is not null then
			perform private.audit(set_auto_top_up.organization_id, 'auto_top_up.stopped', 'organization',
				set_auto_top_up.organization_id);
		end if;
		return;
	end if;
	if not (set_auto_top_up.threshold_micros between 1000000 and 1000000000
		and set_auto_top_up.amount_micros between 5000000 and 2000000000
		and set_auto_top_up.monthly_ceiling_micros between set_auto_top_up.amount_micros and 20000000000
		and set_auto_top_up.amount_micros % 10000 = 0) is true
	then
		perform private.fail(422, 'auto_top_up_invalid',
			'Top up $5 to $2,000 at a time, below $1 to $1,000, and no less a month than once. Nothing was changed.');
	end if;
	if not exists (
		select from public.billing_customers c
		where c.organization_id = set_auto_top_up.organization_id and c.payment_method is not null)
	then
		perform private.fail(409, 'payment_method_missing',
			'There is no card to charge yet. Top up once by hand: the card is kept then.');
	end if;
	insert into public.auto_top_ups as a (organization_id, threshold_micros, amount_micros, monthly_ceiling_micros)
	values (set_auto_top_up.organization_id, set_auto_top_up.threshold_micros, set_auto_top_up.amount_micros,
		set_auto_top_up.monthly_ceiling_micros)
	on conflict (organization_id) do update
	set threshold_micros = excluded.threshold_micros, amount_micros = excluded.amount_micros,
		monthly_ceiling_micros = excluded.monthly_ceiling_micros, paused_at = null, pause_reason = null,
		ceiling_told_on = null, updated_at = now()
	returning * into chosen;
	if (former.threshold_micros, former.amount_micros, former.monthly_ceiling_micros, former.paused_at)
		is distinct from (chosen.threshold_micros, chosen.amount_micros, chosen.monthly_ceiling_micros, null::timestamptz)
	then
		perform private.audit(set_auto_top_up.organization_id, 'auto_top_up.set', 'organization', set_auto_top_up.organization_id,
			null, jsonb_build_object('threshold_micros', chosen.threshold_micros, 'amount_micros', chosen.amount_micros,
				'monthly_ceiling_micros', chosen.monthly_ceiling_micros));
	end if;
	-- what waited for its owner is not waited for any more; confirmed all the same, it is booked all the same
	update public.top_ups t set status = 'failed'
	where t.organization_id = set_auto_top_up.organization_id and t.automatic and t.status = 'needs_action';
	perform private.ask_auto_top_up(set_auto_top_up.organization_id);
end
$$;

-- What came, or is coming, by itself in the calendar month of a moment, as the organization's clock has it.
create function private.automatic_this_month(organization_id uuid, at timestamptz default now()) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
declare
	zone constant text := (select o.time_zone from public.organizations o where o.id = automatic_this_month.organization_id);
begin
	return (
		select coalesce(sum(t.amount_micros), 0) from public.top_ups t
		where t.organization_id = automatic_this_month.organization_id and t.automatic
			and t.status in ('processing', 'needs_action', 'paid')
			and t.created_at >= date_trunc('month', at, zone));
end
$$;

-- Charges the card that is kept, if the wallet is to fill itself, is low, and nothing is on its way: answers the top-up, or null.
-- needed_micros: what was to be paid and was not, so a wallet above its threshold is low, too. One top-up at a time, as much as was
-- agreed; where that is not enough, whoever is still without money asks again.
-- Called wherever a balance falls, and once a minute for all: a caller that fails takes its own call back with it.
create function private.ask_auto_top_up(organization_id uuid, at timestamptz default now(), needed_micros bigint default 0)
returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	wish public.auto_top_ups;
	month date;
	made uuid;
begin
	-- most have none: then nothing is locked
	if not exists (
		select from public.auto_top_ups a
		where a.organization_id = ask_auto_top_up.organization_id and a.paused_at is null
			and not exists (
				select from public.ledger_accounts w
				where w.organization_id = ask_auto_top_up.organization_id and w.kind = 'wallet'
					and w.balance_micros >= a.threshold_micros and w.balance_micros + w.credit_micros >= needed_micros))
	then
		return null;
	end if;
	select a.* into wish from public.auto_top_ups a
	where a.organization_id = ask_auto_top_up.organization_id and a.paused_at is null
	for no key update;
	if wish.organization_id is null or exists (
		select from public.top_ups t
		where t.organization_id = ask_auto_top_up.organization_id and t.automatic and t.status in ('processing', 'needs_action'))
	then
		return null;
	end if;
	if private.automatic_this_month(ask_auto_top_up.organization_id, at) + wish.amount_micros > wish.monthly_ceiling_micros then
		select date_trunc('month', at at time zone o.time_zone)::date into month
		from public.organizations o where o.id = ask_auto_top_up.organization_id;
		if wish.ceiling_told_on is distinct from month then
			update public.auto_top_ups a set ceiling_told_on = month where a.organization_id = ask_auto_top_up.organization_id;
			perform private.enqueue_billing_letter('auto_top_up_ceiling', ask_auto_top_up.organization_id,
				jsonb_build_object('ceiling_micros', wish.monthly_ceiling_micros));
		end if;
		return null;
	end if;
	made := private.uuid_v7();
	insert into public.top_ups (id, organization_id, amount_micros, automatic, status, idempotency_key, created_at)
	values (made, ask_auto_top_up.organization_id, wish.amount_micros, true, 'processing', 'automatic:' || made, at);
	insert into private.jobs (kind, queue_key, payload)
	values ('auto_top_up', 'auto_top_up:' || made, jsonb_build_object('top_up_id', made));
	return made;
end
$$;

create function private.ask_auto_top_ups(batch integer) returns bigint
language plpgsql security definer set search_path = ''
as $$
begin
	return (
		select count(private.ask_auto_top_up(low.organization_id))
		from (
			select a.organization_id
			from public.auto_top_ups a
			left join public.ledger_accounts w on w.organization_id = a.organization_id and w.kind = 'wallet'
			where a.paused_at is null and coalesce(w.balance_micros, 0) < a.threshold_micros
			order by a.organization_id
			limit batch) low);
end
$$;
select cron.schedule('auto_top_ups', '* * * * *', 'select private.ask_auto_top_ups(500)');

-- The card was refused, or its owner is wanted: nothing is charged by itself until somebody has looked.
create function private.pause_auto_top_up(top_up public.top_ups, why public.top_up_status) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.auto_top_ups a set paused_at = now(), pause_reason = why::text
	where a.organization_id = top_up.organization_id and a.paused_at is null;
	perform private.enqueue_billing_letter(
		case why when 'failed' then 'auto_top_up_failed' else 'auto_top_up_needs_action' end, top_up.organization_id,
		jsonb_build_object('amount_micros', top_up.amount_micros));
end
$$;

-- What the worker charges: null when there is nothing to charge (any more).
create function private.auto_top_up_due(top_up_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('id', t.id, 'organization_id', t.organization_id, 'amount_micros', t.amount_micros,
			'created_at', t.created_at, 'customer', c.provider_id, 'payment_method', c.payment_method ->> 'id',
			'payment_intent_id', t.payment_intent_id)
		from public.top_ups t
		left join public.billing_customers c on c.organization_id = t.organization_id
		where t.id = auto_top_up_due.top_up_id and t.automatic and t.status in ('processing', 'needs_action'));
end
$$;

-- The provider certainly charges nothing: there was no card, or it refused before there was a payment.
create function private.fail_top_up(top_up_id uuid, decline_code text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	failed public.top_ups;
begin
	update public.top_ups t set status = 'failed', decline_code = fail_top_up.decline_code
	where t.id = fail_top_up.top_up_id and t.status in ('processing', 'needs_action')
	returning * into failed;
	if failed.id is not null and failed.automatic then
		perform private.pause_auto_top_up(failed, 'failed');
	end if;
end
$$;

-- What somebody confirms at their bank: the payment of a top-up of theirs.
create function private.top_up_to_confirm(top_up_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	found public.top_ups;
begin
	select * into found from public.top_ups t where t.id = top_up_to_confirm.top_up_id;
	perform private.require('billing:write', found.organization_id);
	if found.status not in ('needs_action', 'failed') or found.payment_intent_id is null then
		perform private.fail(409, 'nothing_to_confirm', 'This payment waits for nobody any more. Nothing was charged.');
	end if;
	return jsonb_build_object('payment_intent_id', found.payment_intent_id, 'organization_id', found.organization_id);
end
$$;

create view api.auto_top_ups with (security_invoker = true) as
select a.organization_id, a.threshold_micros, a.amount_micros, a.monthly_ceiling_micros, a.paused_at, a.pause_reason, a.updated_at
from public.auto_top_ups a;
comment on view api.auto_top_ups is
	'Which organizations'' wallets fill themselves, and how, in 10⁻⁶ USD. For those who may see the money.';

create function api.set_auto_top_up(
	organization_id uuid, threshold_micros bigint default null, amount_micros bigint default null,
	monthly_ceiling_micros bigint default null
) returns void
language sql security invoker set search_path = ''
return private.set_auto_top_up(organization_id, threshold_micros, amount_micros, monthly_ceiling_micros);
comment on function api.set_auto_top_up(uuid, bigint, bigint, bigint) is
	'Has a wallet fill itself below a threshold, so much at a time, so much a calendar month at most; goes on where it was paused. '
	'Without a threshold: never. Fails with not_found, not_allowed, auto_top_up_invalid, payment_method_missing.';

create function api.top_up_to_confirm(top_up_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.top_up_to_confirm(top_up_id);
comment on function api.top_up_to_confirm(uuid) is
	'The payment that the bank wants confirmed: {payment_intent_id, organization_id}. Fails with not_found, not_allowed, '
	'nothing_to_confirm.';

create function service.auto_top_up_due(top_up_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.auto_top_up_due(top_up_id);
comment on function service.auto_top_up_due(uuid) is 'What is to be charged, and where; null: nothing (any more).';

create function service.fail_top_up(top_up_id uuid, decline_code text) returns void
language sql security invoker set search_path = ''
return private.fail_top_up(top_up_id, decline_code);
comment on function service.fail_top_up(uuid, text) is 'The provider certainly charges nothing for this top-up, and why.';

grant select on public.auto_top_ups, api.auto_top_ups to authenticated;
grant execute on function
	api.set_auto_top_up(uuid, bigint, bigint, bigint), private.set_auto_top_up(uuid, bigint, bigint, bigint),
	api.top_up_to_confirm(uuid), private.top_up_to_confirm(uuid)
to authenticated;
grant execute on function
	service.auto_top_up_due(uuid), private.auto_top_up_due(uuid),
	service.fail_top_up(uuid, text), private.fail_top_up(uuid, text)
to edge, service_role;
