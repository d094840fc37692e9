-- What a reading of a subscription means here: the plan, its grace when a payment is owed, and its end.

-- {id, customer, plan, billing_interval, status, current_period_start, current_period_end, cancel_at_period_end, created_at,
-- ended_at}
create function private.apply_subscription(object jsonb) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	organization constant uuid := (
		select c.organization_id from public.billing_customers c where c.provider_id = object ->> 'customer');
	former public.plans;
	owed public.subscriptions;
begin
	if organization is null or not exists (select from public.plans p where p.code = object ->> 'plan') then
		return 'unknown';
	end if;
	perform private.lock_subscription(organization);
	former := private.plan_of(organization);
	insert into public.subscriptions as s (organization_id, provider_id, plan_code, billing_interval, status,
		current_period_start, current_period_end, cancel_at_period_end, created_at, ended_at, duplicate)
	values (organization, object ->> 'id', object ->> 'plan', (object ->> 'billing_interval')::public.billing_interval,
		object ->> 'status', (object ->> 'current_period_start')::timestamptz, (object ->> 'current_period_end')::timestamptz,
		(object ->> 'cancel_at_period_end')::boolean, (object ->> 'created_at')::timestamptz,
		(object ->> 'ended_at')::timestamptz, true)
	on conflict (provider_id) do update
	set plan_code = excluded.plan_code, billing_interval = excluded.billing_interval, status = excluded.status,
		current_period_start = excluded.current_period_start, current_period_end = excluded.current_period_end,
		cancel_at_period_end = excluded.cancel_at_period_end, ended_at = excluded.ended_at, updated_at = now(),
		-- until they are ranked
		duplicate = s.duplicate or not private.is_live(s.status)
	where s.organization_id = organization;
	perform private.rank_subscriptions(organization);

	select * into owed from public.subscriptions s where s.provider_id = object ->> 'id';
	if not owed.duplicate then
		perform private.apply_payment_state(owed);
	end if;
	perform private.plan_changed(organization, former);
	return 'applied';
end
$$;

-- A payment that is owed begins seven days of grace; one that came ends them.
create function private.apply_payment_state(owed public.subscriptions) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	ends constant timestamptz := now() + interval '7 days';
begin
	if owed.status in ('past_due', 'unpaid') and owed.past_due_since is null then
		update public.subscriptions s set past_due_since = now(), grace_ends_at = ends where s.id = owed.id;
		perform private.enqueue_billing_letter('payment_failed', owed.organization_id,
			jsonb_build_object('grace_ends_at', ends));
		insert into private.jobs (kind, queue_key, payload, run_at)
		select 'end_grace', 'grace:' || owed.id, jsonb_build_object('subscription_id', owed.id, 'since', now()), ends - before
		from unnest(array[interval '3 days', interval '1 day', interval '0']) before;
	elsif owed.status not in ('past_due', 'unpaid') and owed.past_due_since is not null then
		if owed.status in ('active', 'trialing') then
			perform private.enqueue_billing_letter('payment_came', owed.organization_id);
		end if;
		update public.subscriptions s set past_due_since = null, grace_ends_at = null where s.id = owed.id;
	end if;
end
$$;

-- What follows where the plan that counts is another one than before.
create function private.plan_changed(organization_id uuid, former public.plans) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	current constant public.plans := private.plan_of(organization_id);
begin
	if current.code = former.code then
		return;
	end if;
	perform private.apply_credit(plan_changed.organization_id);
	perform private.audit(plan_changed.organization_id, 'plan.changed', 'organization', plan_changed.organization_id,
		jsonb_build_object('plan', former.name), jsonb_build_object('plan', current.name));
	if current.code = 'free' then
		perform private.enqueue_billing_letter('plan_ended', plan_changed.organization_id,
			jsonb_build_object('plan_name', former.name));
	end if;
end
$$;

-- The time of a reminder, or of the end, of a grace that began then: {outcome: over, reminded, cancel; provider_id}.
create function private.grace_step(subscription_id uuid, since timestamptz, at timestamptz default now()) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	owed public.subscriptions;
begin
	select * into owed from public.subscriptions s where s.id = subscription_id;
	if owed.past_due_since is distinct from since then
		return jsonb_build_object('outcome', 'over');
	elsif owed.grace_ends_at > at then
		perform private.enqueue_billing_letter('payment_owed', owed.organization_id,
			jsonb_build_object('grace_ends_at', owed.grace_ends_at));
		return jsonb_build_object('outcome', 'reminded');
	end if;
	-- the plan is gone from this moment on; the provider is told next
	perform private.apply_credit(owed.organization_id);
	return jsonb_build_object('outcome', 'cancel', 'provider_id', owed.provider_id);
end
$$;

create function service.grace_step(subscription_id uuid, since timestamptz, at timestamptz default now()) returns jsonb
language sql security invoker set search_path = ''
return private.grace_step(subscription_id, since, at);
comment on function service.grace_step(uuid, timestamptz, timestamptz) is
	'A reminder of a payment that is owed, or the end of its grace: {outcome: over, reminded or cancel, provider_id}.';

grant execute on function
	service.grace_step(uuid, timestamptz, timestamptz), private.grace_step(uuid, timestamptz, timestamptz)
to edge, service_role;
