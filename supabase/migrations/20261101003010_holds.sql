-- Holds: money set aside for something under way, which is then paid of it, or given back. None stays for ever.

create type public.hold_status as enum ('held', 'captured', 'released', 'expired');
comment on type public.hold_status is
	'held → captured (paid, all of it or part), released (given back) or expired (given back because nobody came for it). What was '
	'given back can still be captured, from the wallet: what happened is paid, however late we hear of it.';

create table public.ledger_holds (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id),
	amount_micros bigint not null check (amount_micros > 0),
	-- what was paid in the end; it may be more than was held
	captured_micros bigint check (captured_micros >= 0),
	-- what should have been paid beside that, and was not there (yet)
	shortfall_micros bigint not null default 0 check (shortfall_micros >= 0),
	status public.hold_status not null default 'held',
	reason text not null check (reason ~ '^[a-z]+(_[a-z]+)*$'),
	object_kind text not null,
	object_id uuid not null,
	idempotency_key text not null check (char_length(idempotency_key) between 1 and 200),
	expires_at timestamptz not null,
	created_at timestamptz not null default now(),
	ended_at timestamptz,
	unique (organization_id, idempotency_key),
	check ((status = 'held') = (ended_at is null)),
	check ((status = 'captured') = (captured_micros is not null))
);
comment on table public.ledger_holds is
	'Money of an organization that is set aside for an object (a text, an order), and what became of it.';

create index ledger_holds_newest_first on public.ledger_holds (organization_id, id);
create index ledger_holds_due on public.ledger_holds (expires_at) where status = 'held';
create index ledger_holds_object on public.ledger_holds (object_id);

alter table public.ledger_holds enable row level security;
create policy "those who may see the money can read" on public.ledger_holds for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

-- Sets money aside, once under a key. Fails with balance_too_low, ledger_key_reused.
create function private.place_hold(
	organization_id uuid, amount_micros bigint, reason text, object_kind text, object_id uuid, idempotency_key text,
	seconds integer
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	placed uuid;
	former public.ledger_holds;
begin
	perform private.lock_wallet(place_hold.organization_id);
	insert into public.ledger_holds (organization_id, amount_micros, reason, object_kind, object_id, idempotency_key, expires_at)
	values (place_hold.organization_id, place_hold.amount_micros, place_hold.reason, place_hold.object_kind, place_hold.object_id,
		place_hold.idempotency_key, now() + make_interval(secs => place_hold.seconds))
	on conflict (organization_id, idempotency_key) do nothing
	returning id into placed;
	if placed is null then
		select h.* into former from public.ledger_holds h
		where h.organization_id = place_hold.organization_id and h.idempotency_key = place_hold.idempotency_key;
		if (former.amount_micros, former.reason, former.object_kind, former.object_id)
			is distinct from (place_hold.amount_micros, place_hold.reason, place_hold.object_kind,
				place_hold.object_id)
		then
			perform private.fail(409, 'ledger_key_reused', 'This key has moved other money before. Nothing was booked.');
		end if;
		return former.id;
	end if;
	perform private.transfer(place_hold.organization_id,
		array[row('wallet', -amount_micros), row('holds', amount_micros)]::private.ledger_leg[],
		place_hold.reason, 'hold:' || placed, place_hold.object_kind, place_hold.object_id);
	return placed;
end
$$;

-- A hold, under the lock of its wallet.
create function private.locked_hold(hold_id uuid) returns public.ledger_holds
language plpgsql security definer set search_path = ''
as $$
declare
	hold public.ledger_holds;
begin
	perform private.lock_wallet(h.organization_id) from public.ledger_holds h where h.id = hold_id;
	select h.* into hold from public.ledger_holds h where h.id = hold_id for no key update;
	return hold;
end
$$;

-- Pays so much, of what is held first and of the wallet beyond that; the rest is given back. What the wallet does not hold either
-- is written down as a shortfall. Zero: given back. Again with the same amount: nothing more. Fails with hold_over.
create function private.capture_hold(hold_id uuid, amount_micros bigint) returns public.ledger_holds
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	hold public.ledger_holds;
	set_aside bigint;
	there bigint;
	paid bigint;
begin
	hold := private.locked_hold(hold_id);
	if hold.status = 'captured' then
		if hold.captured_micros + hold.shortfall_micros <> amount_micros then
			perform private.fail(409, 'hold_over', 'This was paid already, with another amount. Nothing was booked.');
		end if;
		return hold;
	elsif hold.id is null or amount_micros is null or amount_micros < 0 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	elsif amount_micros = 0 then
		return private.release_hold(hold_id, 'released');
	end if;

	set_aside := case when hold.status = 'held' then hold.amount_micros else 0 end;
	select greatest(a.balance_micros + a.credit_micros, 0) into there
	from public.ledger_accounts a where a.organization_id = hold.organization_id and a.kind = 'wallet';
	paid := least(amount_micros, set_aside + there);
	if paid > 0 or set_aside > 0 then
		perform private.transfer(hold.organization_id,
			array(
				select row(l.kind, l.amount)::private.ledger_leg
				from (values
					('wallet'::public.ledger_account_kind, set_aside - paid), ('holds', -set_aside), ('revenue', paid)
				) l (kind, amount)
				where l.amount <> 0),
			hold.reason, 'capture:' || hold.id, hold.object_kind, hold.object_id);
	end if;
	update public.ledger_holds h
	set status = 'captured', captured_micros = paid, shortfall_micros = capture_hold.amount_micros - paid,
		ended_at = clock_timestamp()
	where h.id = hold_id
	returning h.* into hold;
	return hold;
end
$$;

-- Gives back what is held; what is over stays as it is. status: released, or expired.
create function private.release_hold(hold_id uuid, status public.hold_status default 'released') returns public.ledger_holds
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	hold public.ledger_holds;
begin
	hold := private.locked_hold(hold_id);
	if hold.status = 'held' then
		perform private.transfer(hold.organization_id,
			array[row('wallet', hold.amount_micros), row('holds', -hold.amount_micros)]::private.ledger_leg[],
			hold.reason, 'release:' || hold.id, hold.object_kind, hold.object_id);
		update public.ledger_holds h set status = release_hold.status, ended_at = clock_timestamp()
		where h.id = hold_id
		returning h.* into hold;
	end if;
	return hold;
end
$$;

-- Gives back so many that nobody came for.
create function private.expire_holds(batch integer) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	due uuid;
	given_back bigint := 0;
begin
	for due in
		select h.id from public.ledger_holds h
		where h.status = 'held' and h.expires_at <= now()
		order by h.organization_id, h.id
		limit batch
	loop
		perform private.release_hold(due, 'expired');
		given_back := given_back + 1;
	end loop;
	return given_back;
end
$$;
select cron.schedule('holds', '* * * * *', 'select private.expire_holds(500)');

create view api.ledger_holds with (security_invoker = true) as
select h.id, h.organization_id, h.amount_micros, h.captured_micros, h.shortfall_micros, h.status, h.reason, h.object_kind,
	h.object_id, h.expires_at, h.created_at, h.ended_at
from public.ledger_holds h;
comment on view api.ledger_holds is 'What an organization has set aside, for what, and what became of it, in 10⁻⁶ USD.';

grant select on public.ledger_holds, api.ledger_holds to authenticated;
