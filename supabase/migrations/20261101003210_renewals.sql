-- Numbers are paid a month at a time: after the first one, each that follows.

-- Pays the month of a number that begins at `begins`, once. False: the wallet does not hold it.
create function private.pay_month(number public.phone_numbers, begins timestamptz) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	if number.monthly_micros > 0 then
		perform private.transfer(number.organization_id,
			array[row('wallet', -number.monthly_micros), row('revenue', number.monthly_micros)]::private.ledger_leg[],
			'number_renewal', 'number:' || number.id || ':' || extract(epoch from begins), 'phone_number', number.id);
	end if;
	return true;
exception when sqlstate 'PT402' then
	return false;
end
$$;

-- The next month of a number, paid; its row is locked by the caller. In grace it is the month that was not paid; out of quarantine a
-- new one begins now. False: the wallet does not hold it.
create function private.renew_locked(number public.phone_numbers, at timestamptz) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
	zone constant text := (select o.time_zone from public.organizations o where o.id = number.organization_id);
	anew constant boolean := number.status = 'quarantined';
	begins constant timestamptz := case when anew then at else number.renews_at end;
	ends constant timestamptz := private.month_end(case when anew then at else number.months_from end, begins, zone);
begin
	if not private.pay_month(number, begins) then
		return false;
	end if;
	update public.phone_numbers n
	set status = 'active', renews_at = ends, months_from = case when anew then at else n.months_from end,
		grace_until = null, quarantined_until = null
	where n.id = number.id;
	perform private.note_number(number, case number.status when 'active' then 'renewed' else 'restored' end, ends);
	return true;
end
$$;

-- What time asks of a number, whose row is locked: the next step, and what it was; null where nothing is due.
create function private.advance_number(phone_number_id uuid, at timestamptz) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	number public.phone_numbers;
	zone text;
	until timestamptz;
begin
	select n.* into number from public.phone_numbers n where n.id = advance_number.phone_number_id for no key update;
	select o.time_zone into zone from public.organizations o where o.id = number.organization_id;
	case
		when number.status = 'active' and number.renews_at <= at and number.ends_at is not null then
			perform private.end_number(number, at);
			return 'released';
		when number.status = 'active' and number.renews_at <= at then
			if number.auto_renew and private.renew_locked(number, at) then
				return 'renewed';
			end if;
			if number.auto_renew then
				perform private.ask_auto_top_up(number.organization_id, needed_micros => number.monthly_micros);
			end if;
			-- from now, not from when it was due: nobody loses a day because we were late
			until := (at at time zone zone + interval '7 days') at time zone zone;
			update public.phone_numbers n set status = 'grace', grace_until = until where n.id = number.id;
			perform private.note_number(number, 'grace', until);
			return 'grace';
		when number.status = 'grace' and number.grace_until <= at then
			if number.auto_renew and private.renew_locked(number, at) then
				return 'renewed';
			end if;
			until := (at at time zone zone + interval '30 days') at time zone zone;
			update public.phone_numbers n
			set status = 'quarantined', grace_until = null, quarantined_until = until
			where n.id = number.id;
			perform private.note_number(number, 'quarantined', until);
			return 'quarantined';
		when number.status = 'quarantined' and number.quarantined_until <= at then
			perform private.end_number(number, at);
			return 'released';
		when number.status = 'grace' and number.auto_renew then
			-- the wallet grew meanwhile: enough, or it is to grow again
			if private.renew_locked(number, at) then
				return 'renewed';
			end if;
			perform private.ask_auto_top_up(number.organization_id, needed_micros => number.monthly_micros);
			return null;
		else
			return null;
	end case;
end
$$;

-- Does what is due at so many numbers, each for itself: one that fails holds up no other. organization_id: instead those of it that
-- wait for money. {advanced, failed}: how many took a step, and what went wrong with one of those that did not.
create function private.renew_numbers(batch integer, at timestamptz default now(), organization_id uuid default null)
returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	due uuid;
	advanced integer := 0;
	failed text;
begin
	for due in
		select n.id from (
			(select n.id, n.renews_at as due_at from public.phone_numbers n
			where renew_numbers.organization_id is null and n.status = 'active' and n.renews_at <= at
			order by n.renews_at limit batch)
			union all
			(select n.id, coalesce(n.grace_until, n.quarantined_until) from public.phone_numbers n
			where renew_numbers.organization_id is null and n.status in ('grace', 'quarantined')
				and coalesce(n.grace_until, n.quarantined_until) <= at
			order by 2 limit batch)
			union all
			(select n.id, n.renews_at from public.phone_numbers n
			where n.organization_id = renew_numbers.organization_id and n.status = 'grace' and n.auto_renew
			order by 2 limit batch)
		) n
		order by n.due_at
		limit batch
	loop
		begin
			if private.advance_number(due, at) is not null then
				advanced := advanced + 1;
			end if;
		exception when others then
			failed := due || ': ' || sqlerrm;
		end;
	end loop;
	if renew_numbers.organization_id is null then
		perform private.announce_renewals(at);
	end if;
	perform private.tell_of_numbers();
	return jsonb_build_object('advanced', advanced, 'failed', failed);
end
$$;

-- A job where something is due, one at a time.
create function private.schedule_renewals() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.jobs j where j.kind = 'renew_numbers' and j.completed_at < now() - interval '1 hour';
	if not exists (
			select from private.jobs j where j.kind = 'renew_numbers' and j.completed_at is null and j.parked_at is null)
		and (
			exists (select from public.phone_numbers n where n.status = 'active' and n.renews_at <= now())
			or exists (
				select from public.phone_numbers n
				where n.status in ('grace', 'quarantined') and coalesce(n.grace_until, n.quarantined_until) <= now())
			or private.is_notice_due(now()))
	then
		insert into private.jobs (kind, queue_key) values ('renew_numbers', 'renew_numbers');
	end if;
end
$$;
select cron.schedule('renewals', '* * * * *', 'select private.schedule_renewals()');
create index jobs_renew_numbers on private.jobs (completed_at) where kind = 'renew_numbers';

-- What waited for money is tried again. A job: whoever calls holds the wallet, and numbers are locked before it.
create function private.retry_renewals(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	if exists (
		select from public.phone_numbers n
		where n.organization_id = retry_renewals.organization_id and n.status = 'grace' and n.auto_renew)
	then
		insert into private.jobs (kind, queue_key, payload)
		values ('renew_numbers', 'renew_numbers', jsonb_build_object('organization_id', retry_renewals.organization_id));
	end if;
end
$$;

-- A person pays for a number that is in grace, or brings it back from quarantine. For one that is paid nothing happens.
create function private.renew_number(phone_number_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	number public.phone_numbers;
begin
	number := private.own_number(renew_number.phone_number_id, 'numbers:buy');
	if number.status = 'active' then
		return;
	end if;
	if not private.renew_locked(number, now()) then
		perform private.fail(402, 'balance_too_low',
			'The wallet does not hold enough for this. Nothing was sent or charged; top up under Billing.');
	end if;
	perform private.audit(number.organization_id, 'number.renewed', 'phone_number', number.id,
		jsonb_build_object('status', number.status), jsonb_build_object('monthly_micros', number.monthly_micros));
end
$$;

create function private.set_auto_renew(phone_number_id uuid, auto_renew boolean) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	number public.phone_numbers;
begin
	number := private.own_number(set_auto_renew.phone_number_id, 'numbers:buy');
	if number.auto_renew = set_auto_renew.auto_renew then
		return;
	end if;
	update public.phone_numbers n set auto_renew = set_auto_renew.auto_renew where n.id = number.id;
	perform private.audit(number.organization_id, 'number.renewal_changed', 'phone_number', number.id,
		jsonb_build_object('auto_renew', number.auto_renew), jsonb_build_object('auto_renew', set_auto_renew.auto_renew));
	perform private.hint_numbers(number.organization_id);
end
$$;

create function api.renew_number(phone_number_id uuid) returns void
language sql security invoker set search_path = ''
return private.renew_number(phone_number_id);
comment on function api.renew_number(uuid) is
	'Pays for a number that was not renewed, now: out of grace or quarantine. Nothing happens to one that is paid. Fails with '
	'session_ended, not_found, not_allowed, balance_too_low.';

create function api.set_auto_renew(phone_number_id uuid, auto_renew boolean) returns void
language sql security invoker set search_path = ''
return private.set_auto_renew(phone_number_id, auto_renew);
comment on function api.set_auto_renew(uuid, boolean) is
	'Whether a number is renewed by itself. Fails with session_ended, not_found, not_allowed.';

create function service.renew_numbers(batch integer, at timestamptz default now(), organization_id uuid default null)
returns jsonb
language sql security invoker set search_path = ''
return private.renew_numbers(batch, at, organization_id);
comment on function service.renew_numbers(integer, timestamptz, uuid) is
	'Renews, freezes, puts aside and gives back so many numbers, as time asks, or pays for those of an organization that wait for money: '
	'{advanced, failed}.';

grant execute on function
	api.renew_number(uuid), private.renew_number(uuid), api.set_auto_renew(uuid, boolean), private.set_auto_renew(uuid, boolean)
to authenticated;
grant execute on function
	service.renew_numbers(integer, timestamptz, uuid), private.renew_numbers(integer, timestamptz, uuid)
to edge, service_role;
