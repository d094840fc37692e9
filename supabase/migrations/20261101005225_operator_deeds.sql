-- What operators do to a tenant. Each says why; it stands in their book, and in the tenant's.

-- An operator who may repair, and said why they look at this organization as well as why they do this. dear: who entered a code lately.
create function private.operator_act(
	session text, organization_id uuid, reason text, verb text, details jsonb default null, dear boolean default false
) returns private.live_operator_sessions
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := case when dear then private.require_operator_fresh(session, 'operator', reason)
		else private.require_reason(session, 'operator', reason) end;
begin
	if not exists (
		select from private.operator_visits v where v.hash = live.hash and v.organization_id = operator_act.organization_id)
	then
		perform private.fail(403, 'visit_missing', 'Say first why you look at this. Nothing was shown.');
	end if;
	perform private.note_deed(live.operator_id, operator_act.verb, btrim(operator_act.reason), 'organization',
		operator_act.organization_id::text, operator_act.organization_id, operator_act.details, live.address);
	return live;
end
$$;

-- A letter to every owner, with the platform's own words.
create function private.write_to_owners(organization_id uuid, template text, details jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.enqueue_letter(write_to_owners.template, m.user_id,
		write_to_owners.details || jsonb_build_object('organization_name', o.name, 'slug', o.slug))
	from public.memberships m
	join public.organizations o on o.id = m.organization_id
	where m.organization_id = write_to_owners.organization_id and m.role = 'owner';
end
$$;

create function private.operator_suspend(session text, organization_id uuid, reason text, message text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.operator_act(session, operator_suspend.organization_id, reason, 'organization.suspended',
		jsonb_build_object('message', left(operator_suspend.message, 2000)), true);
	perform private.suspend_organization(operator_suspend.organization_id, operator_suspend.reason);
	perform private.write_to_owners(operator_suspend.organization_id, 'organization_suspended',
		jsonb_build_object('message', left(operator_suspend.message, 2000)));
end
$$;

create function private.operator_resume(session text, organization_id uuid, reason text, message text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.operator_act(session, operator_resume.organization_id, reason, 'organization.resumed',
		jsonb_build_object('message', left(operator_resume.message, 2000)));
	perform private.resume_organization(operator_resume.organization_id);
	perform private.write_to_owners(operator_resume.organization_id, 'organization_resumed',
		jsonb_build_object('message', left(operator_resume.message, 2000)));
end
$$;

-- Known to the platform, or not any more.
create function private.operator_verify(session text, organization_id uuid, verified boolean, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.operator_act(session, operator_verify.organization_id, reason,
		case when verified then 'organization.verified' else 'organization.unverified' end);
	perform private.verify_organization(operator_verify.organization_id, case when verified then btrim(operator_verify.reason) end);
	perform private.audit(operator_verify.organization_id,
		case when verified then 'organization.verified' else 'organization.unverified' end, 'organization', operator_verify.organization_id);
end
$$;

-- A plan for nothing, and so many requests a minute, until a date; null takes each back.
create function private.operator_override(
	session text, organization_id uuid, plan text, requests_per_minute integer, until timestamptz, reason text
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	if (plan is not null or requests_per_minute is not null) and (until is null or until <= now() or until > now() + interval '3 years')
		or plan is not null and not exists (select from public.plans p where p.code = plan)
	then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform private.operator_act(session, operator_override.organization_id, reason, 'organization.limits_overridden',
		jsonb_build_object('plan', plan, 'requests_per_minute', requests_per_minute, 'until', until));
	perform private.grant_plan(operator_override.organization_id, plan, until);
	perform private.grant_limit(operator_override.organization_id, requests_per_minute, until, btrim(reason));
	perform private.audit(operator_override.organization_id, 'plan.overridden', 'organization', operator_override.organization_id, null,
		jsonb_build_object('plan', plan, 'until', until));
end
$$;

-- Money into the wallet, or out of it where negative, from the adjustments: once under its key. Answers the balance. Fails with
-- nothing_to_book, balance_too_low.
create function private.operator_credit(
	session text, organization_id uuid, amount_micros bigint, kind text, reason text, idempotency_key text
) returns bigint
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	key constant text := 'operator:' || operator_credit.idempotency_key;
begin
	if coalesce(amount_micros, 0) = 0 or abs(amount_micros) > 10000000000 or kind not in ('refund', 'goodwill', 'correction') then
		perform private.fail(422, 'nothing_to_book', 'Say an amount of at most 10,000 dollars. Nothing was booked.');
	end if;
	perform private.lock_wallet(operator_credit.organization_id);
	if not exists (
		select from public.ledger_transfers t
		where t.organization_id = operator_credit.organization_id and t.idempotency_key = key)
	then
		perform private.operator_act(session, operator_credit.organization_id, reason, 'wallet.adjusted',
			jsonb_build_object('amount_micros', operator_credit.amount_micros, 'kind', operator_credit.kind), true);
		perform private.audit(operator_credit.organization_id, 'wallet.adjusted', 'organization', operator_credit.organization_id, null,
			jsonb_build_object('amount_micros', operator_credit.amount_micros, 'reason', btrim(operator_credit.reason)));
	else
		perform private.require_reason(session, 'operator', reason);
	end if;
	perform private.transfer(operator_credit.organization_id,
		array[row('wallet', operator_credit.amount_micros), row('adjustments', -operator_credit.amount_micros)]::private.ledger_leg[],
		operator_credit.kind, key, note => btrim(operator_credit.reason));
	return (
		select a.balance_micros from public.ledger_accounts a
		where a.organization_id = operator_credit.organization_id and a.kind = 'wallet');
end
$$;

create function service.operator_suspend(session text, organization_id uuid, reason text, message text) returns void
language sql security invoker set search_path = ''
return private.operator_suspend(session, organization_id, reason, message);
comment on function service.operator_suspend(text, uuid, text, text) is
	'Puts an organization on hold and writes the message to its owners; the reason stays with us.';

create function service.operator_resume(session text, organization_id uuid, reason text, message text) returns void
language sql security invoker set search_path = ''
return private.operator_resume(session, organization_id, reason, message);
comment on function service.operator_resume(text, uuid, text, text) is
	'Ends an organization''s suspension and writes the message to its owners.';

create function service.operator_verify(session text, organization_id uuid, verified boolean, reason text) returns void
language sql security invoker set search_path = ''
return private.operator_verify(session, organization_id, verified, reason);
comment on function service.operator_verify(text, uuid, boolean, text) is
	'Marks an organization as known to the platform, or takes the mark away.';

create function service.operator_override(
	session text, organization_id uuid, plan text, requests_per_minute integer, until timestamptz, reason text
) returns void
language sql security invoker set search_path = ''
return private.operator_override(session, organization_id, plan, requests_per_minute, until, reason);
comment on function service.operator_override(text, uuid, text, integer, timestamptz, text) is
	'Gives a plan and so many requests a minute until a date; null takes each back. Fails with malformed.';

create function service.operator_credit(
	session text, organization_id uuid, amount_micros bigint, kind text, reason text, idempotency_key text
) returns bigint
language sql security invoker set search_path = ''
return private.operator_credit(session, organization_id, amount_micros, kind, reason, idempotency_key);
comment on function service.operator_credit(text, uuid, bigint, text, text, text) is
	'Credits a wallet, or debits it where negative, by one transfer from the adjustments: kind refund, goodwill or correction. The balance '
	'since. Fails with nothing_to_book, balance_too_low.';

grant execute on function
	service.operator_suspend(text, uuid, text, text), private.operator_suspend(text, uuid, text, text),
	service.operator_resume(text, uuid, text, text), private.operator_resume(text, uuid, text, text),
	service.operator_verify(text, uuid, boolean, text), private.operator_verify(text, uuid, boolean, text),
	service.operator_override(text, uuid, text, integer, timestamptz, text),
	private.operator_override(text, uuid, text, integer, timestamptz, text),
	service.operator_credit(text, uuid, bigint, text, text, text), private.operator_credit(text, uuid, bigint, text, text, text)
to service_role;
