-- The books: double entry, only ever added to. Amounts are micros (10⁻⁶ USD); what a transfer takes from one account it puts into
-- another, so that all books together are zero at any moment.

create type public.ledger_account_kind as enum ('wallet', 'holds', 'revenue', 'carrier_cost', 'payments', 'adjustments');
comment on type public.ledger_account_kind is
	'wallet, holds: an organization''s money, free and set aside. The platform''s own: revenue; carrier_cost, what carriers charged us '
	'(taken from revenue); payments, what came in from the payment provider (its balance is the negative of it); adjustments.';

create table public.ledger_accounts (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid references public.organizations (id),
	kind public.ledger_account_kind not null,
	-- how far below zero a wallet may go: the credit that a plan states
	credit_micros bigint not null default 0 check (credit_micros >= 0),
	-- of an organization's accounts: the sum of its entries, kept beside them under the row's lock
	balance_micros bigint,
	created_at timestamptz not null default now(),
	unique nulls not distinct (organization_id, kind),
	check ((organization_id is not null) = (kind in ('wallet', 'holds'))),
	-- a platform's account has no balance of its own: everybody's transfers would wait for one row
	check ((organization_id is not null) = (balance_micros is not null)),
	constraint never_below_its_floor check (balance_micros >= -credit_micros)
);

create table public.ledger_transfers (
	id uuid primary key default private.uuid_v7(),
	-- whose doing it was; none of the platform's own
	organization_id uuid references public.organizations (id),
	reason text not null check (reason ~ '^[a-z]+(_[a-z]+)*$'),
	object_kind text,
	object_id uuid,
	note text check (char_length(note) between 1 and 500),
	idempotency_key text not null check (char_length(idempotency_key) between 1 and 200),
	created_at timestamptz not null default now(),
	unique nulls not distinct (organization_id, idempotency_key),
	check ((object_kind is null) = (object_id is null))
);

create table public.ledger_entries (
	transfer_id uuid not null references public.ledger_transfers (id),
	account_id uuid not null references public.ledger_accounts (id),
	organization_id uuid references public.organizations (id),
	-- into the account, or out of it where negative
	amount_micros bigint not null check (amount_micros <> 0),
	created_at timestamptz not null default now(),
	primary key (transfer_id, account_id)
);

comment on table public.ledger_accounts is
	'The accounts of the books: two of each organization, and the platform''s own. No balance is below its floor, ever.';
comment on table public.ledger_transfers is
	'Why money moved: a reason and an object (a text, an order, a payment), once under each key of an organization. Append-only.';
comment on table public.ledger_entries is 'The legs of transfers, two or more each, that sum to zero. Append-only.';

create index ledger_transfers_newest_first on public.ledger_transfers (organization_id, id);
create index ledger_transfers_object on public.ledger_transfers (object_id) where object_id is not null;
create index ledger_entries_account on public.ledger_entries (account_id, transfer_id) include (amount_micros);
create index ledger_entries_organization on public.ledger_entries (organization_id, transfer_id);

alter table public.ledger_accounts enable row level security;
alter table public.ledger_transfers enable row level security;
alter table public.ledger_entries enable row level security;
create policy "those who may see the money can read" on public.ledger_accounts for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));
create policy "those who may see the money can read" on public.ledger_transfers for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));
create policy "those who may see the money can read" on public.ledger_entries for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

insert into public.ledger_accounts (kind) values ('revenue'), ('carrier_cost'), ('payments'), ('adjustments');

create trigger append_only before update or delete on public.ledger_transfers
	for each row execute function private.refuse_change();
create trigger never_emptied before truncate on public.ledger_transfers
	for each statement execute function private.refuse_change();
create trigger append_only before update or delete on public.ledger_entries
	for each row execute function private.refuse_change();
create trigger never_emptied before truncate on public.ledger_entries
	for each statement execute function private.refuse_change();
alter table public.ledger_transfers enable always trigger append_only;
alter table public.ledger_transfers enable always trigger never_emptied;
alter table public.ledger_entries enable always trigger append_only;
alter table public.ledger_entries enable always trigger never_emptied;

-- All legs of a transfer come in one statement, are worth nothing together, and lie in the organization's accounts and the
-- platform's own. One reading of them: it is done for every transfer.
create function private.check_legs() returns trigger
language plpgsql set search_path = ''
as $$
declare
	unbalanced boolean;
	astray boolean;
begin
	select bool_or(t.sum <> 0 or t.legs < 2), bool_or(t.fitting < t.legs) into unbalanced, astray
	from (
		select sum(e.amount_micros) as sum, count(*) as legs,
			count(*) filter (where e.organization_id is not distinct from a.organization_id
				and (a.organization_id is null or a.organization_id = t.organization_id)) as fitting
		from new_entries e
		join public.ledger_accounts a on a.id = e.account_id
		join public.ledger_transfers t on t.id = e.transfer_id
		group by e.transfer_id
	) t;
	-- null: there is no leg at all
	if unbalanced is distinct from false then
		raise exception 'the legs of a transfer sum to zero, and are at least two' using errcode = 'check_violation';
	elsif astray then
		raise exception 'a transfer moves the money of one organization' using errcode = 'check_violation';
	end if;
	return null;
end
$$;
create trigger legs_sum_to_zero after insert on public.ledger_entries referencing new table as new_entries
	for each statement execute function private.check_legs();

-- An account; an organization's is made where it is missing.
create function private.ledger_account(organization_id uuid, kind public.ledger_account_kind) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
	found uuid;
begin
	select a.id into found from public.ledger_accounts a
	where a.organization_id is not distinct from ledger_account.organization_id and a.kind = ledger_account.kind;
	if found is null then
		insert into public.ledger_accounts (organization_id, kind, balance_micros)
		values (ledger_account.organization_id, ledger_account.kind, 0)
		on conflict do nothing
		returning id into found;
		-- another made it at the same moment
		if found is null then
			select a.id into found from public.ledger_accounts a
			where a.organization_id = ledger_account.organization_id and a.kind = ledger_account.kind;
		end if;
	end if;
	return found;
end
$$;

-- Whoever holds the wallet is the only one who moves this organization's money. Taken before any hold, and by who needs several
-- in the order of their ids.
create function private.lock_wallet(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	perform from public.ledger_accounts a
	where a.organization_id = lock_wallet.organization_id
	order by a.kind
	for no key update;
	if not found then
		perform private.ledger_account(lock_wallet.organization_id, k.kind)
		from (values ('wallet'::public.ledger_account_kind), ('holds')) k (kind);
		perform from public.ledger_accounts a
		where a.organization_id = lock_wallet.organization_id
		order by a.kind
		for no key update;
	end if;
end
$$;

create type private.ledger_leg as (
	-- of the transfer's organization, or the platform's, as the kind says
	kind public.ledger_account_kind,
	amount_micros bigint
);

-- The legs of a transfer, by kind.
create function private.legs_of(transfer_id uuid) returns private.ledger_leg[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select row(a.kind, e.amount_micros)::private.ledger_leg
		from public.ledger_entries e
		join public.ledger_accounts a on a.id = e.account_id
		where e.transfer_id = legs_of.transfer_id
		order by a.kind);
end
$$;

-- The transfer that was made under a key, none: null. Fails with ledger_key_reused where it was another.
create function private.former_transfer(
	organization_id uuid, legs private.ledger_leg[], reason text, idempotency_key text, object_kind text, object_id uuid
) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	former public.ledger_transfers;
begin
	select t.* into former from public.ledger_transfers t
	where t.organization_id is not distinct from former_transfer.organization_id
		and t.idempotency_key = former_transfer.idempotency_key;
	if former.id is not null and (
		(former.reason, former.object_kind, former.object_id)
			is distinct from (former_transfer.reason, former_transfer.object_kind, former_transfer.object_id)
		or private.legs_of(former.id) <> array(select l from unnest(legs) l order by l.kind))
	then
		perform private.fail(409, 'ledger_key_reused', 'This key has moved other money before. Nothing was booked.');
	end if;
	return former.id;
end
$$;

-- Moves money, once under its key: answers the transfer, the first one where there was one. Fails with balance_too_low where a
-- wallet would fall below its floor, and with ledger_key_reused where the key has moved something else.
--
-- The balances move first: whoever has changed the wallet holds its lock. They move back where the key turns out to be known. Its
-- statements are looked up by keys alone: planning them anew for each amount takes longer than all of them.
create function private.transfer(
	organization_id uuid, legs private.ledger_leg[], reason text, idempotency_key text, object_kind text default null,
	object_id uuid default null, note text default null
) returns uuid
language plpgsql security definer set search_path = '' set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
	leg private.ledger_leg;
	-- null: no such leg
	into_wallet bigint;
	into_holds bigint;
	wallet uuid;
	holds uuid;
	made uuid;
begin
	foreach leg in array legs loop
		if leg.kind = 'wallet' then
			into_wallet := leg.amount_micros;
		elsif leg.kind = 'holds' then
			into_holds := leg.amount_micros;
		end if;
	end loop;
	if into_wallet is not null or into_holds is not null then
		into_wallet := coalesce(into_wallet, 0);
		update public.ledger_accounts a set balance_micros = a.balance_micros + into_wallet
		where a.organization_id = transfer.organization_id and a.kind = 'wallet'
			and (into_wallet >= 0 or a.balance_micros + into_wallet >= -a.credit_micros)
		returning a.id into wallet;
		if wallet is not null and into_holds is not null then
			update public.ledger_accounts a set balance_micros = a.balance_micros + into_holds
			where a.organization_id = transfer.organization_id and a.kind = 'holds' and a.balance_micros + into_holds >= 0
			returning a.id into holds;
		end if;
		if wallet is null or into_holds is not null and holds is null then
			return private.transfer_again(
				transfer.organization_id, legs, transfer.reason, transfer.idempotency_key, transfer.object_kind,
				transfer.object_id, transfer.note, case when wallet is null then 0 else into_wallet end);
		end if;
	end if;
	insert into public.ledger_transfers (organization_id, reason, object_kind, object_id, note, idempotency_key)
	values (transfer.organization_id, transfer.reason, transfer.object_kind, transfer.object_id, transfer.note,
		transfer.idempotency_key)
	on conflict (organization_id, idempotency_key) do nothing
	returning id into made;
	if made is null then
		update public.ledger_accounts a
		set balance_micros = a.balance_micros - case a.kind when 'wallet' then into_wallet else into_holds end
		where a.id in (wallet, holds);
		return private.former_transfer(
			transfer.organization_id, legs, transfer.reason, transfer.idempotency_key, transfer.object_kind, transfer.object_id);
	end if;
	insert into public.ledger_entries (transfer_id, account_id, organization_id, amount_micros)
	select made,
		case l.kind
			when 'wallet' then wallet
			when 'holds' then holds
			else (select a.id from public.ledger_accounts a where a.organization_id is null and a.kind = l.kind)
		end,
		case when l.kind in ('wallet', 'holds') then transfer.organization_id end, l.amount_micros
	from unnest(legs) l;
	return made;
end
$$;

-- A transfer that did not go through at once: the accounts are not there yet, it was made before, or there is too little.
-- moved: what its first attempt has put into the wallet.
create function private.transfer_again(
	organization_id uuid, legs private.ledger_leg[], reason text, idempotency_key text, object_kind text, object_id uuid,
	note text, moved bigint
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former uuid;
begin
	if not exists (select from public.ledger_accounts a where a.organization_id = transfer_again.organization_id) then
		perform private.lock_wallet(transfer_again.organization_id);
		return private.transfer(
			transfer_again.organization_id, legs, transfer_again.reason, transfer_again.idempotency_key,
			transfer_again.object_kind, transfer_again.object_id, transfer_again.note);
	end if;
	perform private.lock_wallet(transfer_again.organization_id);
	update public.ledger_accounts a set balance_micros = a.balance_micros - moved
	where a.organization_id = transfer_again.organization_id and a.kind = 'wallet' and moved <> 0;
	former := private.former_transfer(
		transfer_again.organization_id, legs, transfer_again.reason, transfer_again.idempotency_key, transfer_again.object_kind,
		transfer_again.object_id);
	if former is null then
		perform private.fail(402, 'balance_too_low',
			'The wallet does not hold enough for this. Nothing was sent or charged; top up under Billing.');
	end if;
	return former;
end
$$;

create view api.wallets with (security_invoker = true) as
select w.organization_id, w.balance_micros, w.credit_micros, coalesce(h.balance_micros, 0) as held_micros
from public.ledger_accounts w
left join public.ledger_accounts h on h.organization_id = w.organization_id and h.kind = 'holds'
where w.kind = 'wallet';
comment on view api.wallets is
	'What an organization has, in 10⁻⁶ USD: free, set aside for what is under way (held_micros), and how far below zero its plan '
	'lets it go. For those who may see the money. None: nothing was ever booked.';

create view api.ledger_entries with (security_invoker = true) as
select e.transfer_id as id, e.organization_id, a.kind as account, e.amount_micros, t.reason, t.object_kind, t.object_id, t.note,
	t.created_at
from public.ledger_entries e
join public.ledger_accounts a on a.id = e.account_id
join public.ledger_transfers t on t.id = e.transfer_id;
comment on view api.ledger_entries is
	'Each movement of an organization''s wallet and of what it has set aside, in 10⁻⁶ USD, negative where money left. Ids sort by time.';

grant select on public.ledger_accounts, public.ledger_transfers, public.ledger_entries, api.wallets, api.ledger_entries
to authenticated;
