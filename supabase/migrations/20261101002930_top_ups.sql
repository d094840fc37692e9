-- How money comes into a wallet: somebody pays at Checkout, or the card that is kept is charged when the wallet runs low.

create type public.top_up_status as enum ('open', 'processing', 'needs_action', 'paid', 'failed', 'expired');
comment on type public.top_up_status is
	'open: somebody is at Checkout. processing: the card is being charged. needs_action: the bank wants its owner to confirm. '
	'paid, failed and expired are ends; what is paid late is paid all the same.';

create table public.top_ups (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id),
	amount_micros bigint not null check (amount_micros > 0),
	automatic boolean not null default false,
	status public.top_up_status not null default 'open',
	session_id text,
	payment_intent_id text,
	checkout_url text,
	-- why the card was refused, in the provider's word
	decline_code text,
	received_micros bigint check (received_micros > 0),
	refunded_micros bigint not null default 0 check (refunded_micros >= 0),
	receipt_url text,
	asked_by uuid references public.profiles (id) on delete set null,
	idempotency_key text not null check (char_length(idempotency_key) between 1 and 200),
	created_at timestamptz not null default now(),
	paid_at timestamptz,
	unique (organization_id, idempotency_key),
	check ((status = 'paid') = (paid_at is not null)),
	check ((paid_at is null) = (received_micros is null))
);
comment on table public.top_ups is 'Payments into a wallet, asked for by a person or by the wallet itself, and what became of each.';

create index top_ups_newest_first on public.top_ups (organization_id, id);
create index top_ups_under_way on public.top_ups (created_at) where status in ('open', 'processing', 'needs_action');
create index top_ups_asked_by on public.top_ups (asked_by) where asked_by is not null;

alter table public.top_ups enable row level security;
create policy "those who may see the money can read" on public.top_ups for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

create function private.begin_top_up(organization_id uuid, amount_micros bigint, idempotency_key text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	person constant uuid := private.require('billing:write', organization_id);
	asked public.top_ups;
begin
	-- from 5 to 2,000 dollars, in whole cents
	if begin_top_up.amount_micros is null or begin_top_up.amount_micros not between 5000000 and 2000000000
		or begin_top_up.amount_micros % 10000 <> 0
	then
		perform private.fail(422, 'top_up_invalid', 'Top up between $5 and $2,000. Nothing was charged.');
	elsif char_length(coalesce(begin_top_up.idempotency_key, '')) not between 1 and 100 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	insert into public.top_ups (organization_id, amount_micros, asked_by, idempotency_key)
	values (begin_top_up.organization_id, begin_top_up.amount_micros, person, 'person:' || begin_top_up.idempotency_key)
	on conflict (organization_id, idempotency_key) do nothing;
	select * into asked from public.top_ups t
	where t.organization_id = begin_top_up.organization_id and t.idempotency_key = 'person:' || begin_top_up.idempotency_key;
	if asked.amount_micros <> begin_top_up.amount_micros then
		perform private.fail(409, 'top_up_changed', 'This was opened with another amount before. Nothing was charged; begin again.');
	end if;
	return jsonb_build_object('id', asked.id, 'organization_id', asked.organization_id, 'amount_micros', asked.amount_micros,
		'status', asked.status, 'checkout_url', asked.checkout_url);
end
$$;

-- Where somebody pays, once the provider has said so.
create function private.keep_top_up_session(top_up_id uuid, session_id text, checkout_url text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.top_ups t
	set session_id = keep_top_up_session.session_id, checkout_url = keep_top_up_session.checkout_url
	where t.id = top_up_id and t.status = 'open';
end
$$;

-- The wallet grew: its credit follows its plan again, and what waited for money is tried again.
create function private.wallet_grew(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.apply_credit(organization_id);
	perform private.retry_renewals(organization_id);
end
$$;

-- What came in at the provider comes into the wallet, once.
create function private.book_top_up(top_up public.top_ups, received_micros bigint, payment_intent_id text, receipt_url text)
returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.transfer(top_up.organization_id,
		array[row('payments', -received_micros), row('wallet', received_micros)]::private.ledger_leg[],
		'top_up', 'top_up:' || top_up.id, 'top_up', top_up.id);
	update public.top_ups t
	set status = 'paid', paid_at = coalesce(t.paid_at, now()), received_micros = book_top_up.received_micros, decline_code = null,
		checkout_url = null, payment_intent_id = coalesce(book_top_up.payment_intent_id, t.payment_intent_id),
		receipt_url = book_top_up.receipt_url
	where t.id = top_up.id;
	perform private.wallet_grew(top_up.organization_id);
end
$$;

-- What was given back at the provider leaves the wallet; what is not there any more stands in the adjustments.
create function private.book_refund(top_up public.top_ups, refunded_micros bigint) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	back constant bigint := refunded_micros - top_up.refunded_micros;
	taken bigint;
begin
	perform private.lock_wallet(top_up.organization_id);
	select least(back, greatest(a.balance_micros + a.credit_micros, 0)) into taken
	from public.ledger_accounts a where a.organization_id = top_up.organization_id and a.kind = 'wallet';
	perform private.transfer(top_up.organization_id,
		array(
			select row(l.kind, l.amount)::private.ledger_leg
			from (values
				('wallet'::public.ledger_account_kind, -taken), ('payments', back), ('adjustments', taken - back)
			) l (kind, amount)
			where l.amount <> 0),
		'refund', 'refund:' || top_up.id || ':' || refunded_micros, 'top_up', top_up.id);
	update public.top_ups t set refunded_micros = book_refund.refunded_micros where t.id = top_up.id;
end
$$;

-- {id, metadata_id, status: paid, open, expired, payment_intent_id}: money is booked by the payment intent, which is read next.
create function private.apply_top_up_session(object jsonb) returns text
language plpgsql security definer set search_path = ''
as $$
declare
	top_up public.top_ups;
begin
	select * into top_up from public.top_ups t where t.id = (object ->> 'metadata_id')::uuid for no key update;
	if top_up.id is null then
		return 'unknown';
	end if;
	update public.top_ups t
	set session_id = object ->> 'id', payment_intent_id = coalesce(object ->> 'payment_intent_id', t.payment_intent_id),
		status = case when t.status = 'open' and object ->> 'status' = 'expired' then 'expired' else t.status end,
		checkout_url = case when object ->> 'status' = 'open' then t.checkout_url end
	where t.id = top_up.id;
	if object ->> 'status' = 'paid' and top_up.status <> 'paid' then
		perform private.ask_payment_sync('payment_intent', object ->> 'payment_intent_id');
	end if;
	return 'applied';
end
$$;

-- {id, metadata_id, status: processing, needs_action, failed, paid, received_micros, refunded_micros, decline_code, receipt_url}
create function private.apply_payment_intent(object jsonb) returns text
language plpgsql security definer set search_path = ''
as $$
declare
	top_up public.top_ups;
	told constant public.top_up_status := (object ->> 'status')::public.top_up_status;
begin
	-- the wallet first, as everybody does
	perform private.lock_wallet(t.organization_id) from public.top_ups t where t.id = (object ->> 'metadata_id')::uuid;
	select * into top_up from public.top_ups t where t.id = (object ->> 'metadata_id')::uuid for no key update;
	if top_up.id is null then
		return 'unknown';
	end if;
	if told = 'paid' then
		if top_up.status <> 'paid' then
			perform private.book_top_up(top_up, (object ->> 'received_micros')::bigint, object ->> 'id', object ->> 'receipt_url');
		end if;
		if coalesce((object ->> 'refunded_micros')::bigint, 0) > top_up.refunded_micros then
			perform private.book_refund(top_up, (object ->> 'refunded_micros')::bigint);
		end if;
	elsif top_up.status <> 'paid' then
		update public.top_ups t
		set payment_intent_id = object ->> 'id', decline_code = object ->> 'decline_code',
			-- at Checkout a declined card is not the end: somebody is there and takes another
			status = case when top_up.automatic then told else t.status end
		where t.id = top_up.id;
		if top_up.automatic and told is distinct from top_up.status and told in ('needs_action', 'failed') then
			perform private.pause_auto_top_up(top_up, told);
		end if;
	end if;
	return 'applied';
end
$$;

create view api.top_ups with (security_invoker = true) as
select t.id, t.organization_id, t.amount_micros, t.automatic, t.status, t.checkout_url, t.decline_code, t.received_micros,
	t.refunded_micros, t.receipt_url, t.asked_by, t.created_at, t.paid_at
from public.top_ups t;
comment on view api.top_ups is
	'Payments into the wallets of the caller''s organizations, in 10⁻⁶ USD, and what became of each. For those who may see the money.';

create function api.begin_top_up(organization_id uuid, amount_micros bigint, idempotency_key text) returns jsonb
language sql security invoker set search_path = ''
return private.begin_top_up(organization_id, amount_micros, idempotency_key);
comment on function api.begin_top_up(uuid, bigint, text) is
	'Begins to top up a wallet, once under a key: {id, organization_id, amount_micros, status, checkout_url}. Nothing is charged by '
	'it: the payment function opens Checkout. Fails with not_found, not_allowed, top_up_invalid, top_up_changed.';

create function service.keep_top_up_session(top_up_id uuid, session_id text, checkout_url text) returns void
language sql security invoker set search_path = ''
return private.keep_top_up_session(top_up_id, session_id, checkout_url);
comment on function service.keep_top_up_session(uuid, text, text) is 'Where somebody pays a top-up, once the provider has said so.';

grant select on public.top_ups, api.top_ups to authenticated;
grant execute on function
	api.begin_top_up(uuid, bigint, text), private.begin_top_up(uuid, bigint, text)
to authenticated;
grant execute on function
	service.keep_top_up_session(uuid, text, text), private.keep_top_up_session(uuid, text, text)
to edge, service_role;
