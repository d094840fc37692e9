-- Who pays: what the payment provider knows of an organization, and how its objects are read in the order they happened.

create table public.billing_customers (
	organization_id uuid primary key references public.organizations (id),
	-- null until the provider has answered
	provider_id text unique,
	asked_at timestamptz not null default now(),
	name text,
	email text,
	-- {line1, line2, city, state, postal_code, country}
	address jsonb,
	-- [{id, type, value, status}]
	tax_ids jsonb not null default '[]',
	-- {id, brand, last4, exp_month, exp_year}: what is charged when nobody is there
	payment_method jsonb,
	updated_at timestamptz not null default now()
);
comment on table public.billing_customers is
	'An organization as the payment provider knows it: one customer each, with address, tax ids and the card that is kept.';

alter table public.billing_customers enable row level security;
create policy "those who may see the money can read" on public.billing_customers for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

-- What is read of the provider counts in the order in which the reading began: a ticket is drawn, then the object is fetched,
-- and whoever comes with an older ticket than the last one is late.
create sequence private.payment_tickets;
create table private.payment_objects (
	provider_id text primary key,
	ticket bigint not null,
	applied_at timestamptz not null default now()
);
comment on table private.payment_objects is
	'The last reading of each object of the payment provider that was applied. An older reading changes nothing.';

create function private.draw_payment_ticket() returns bigint
language plpgsql security definer set search_path = ''
as $$
begin
	return nextval('private.payment_tickets');
end
$$;

-- Whether a reading is the newest of its object so far; the others wait for its transaction to end.
create function private.is_newest_reading(provider_id text, ticket bigint) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.payment_objects as o (provider_id, ticket)
	values (is_newest_reading.provider_id, is_newest_reading.ticket)
	on conflict on constraint payment_objects_pkey
		do update set ticket = excluded.ticket, applied_at = now() where o.ticket < excluded.ticket;
	return found;
end
$$;

-- Has an object read again, soon. One that waits already, and that nobody has begun, reads what is true then.
create function private.ask_payment_sync(kind text, provider_id text, after interval default '0') returns void
language plpgsql security definer set search_path = ''
as $$
declare
	queue constant text := 'payment:' || provider_id;
begin
	if not exists (
		select from private.jobs j
		where j.queue_key = queue and j.lease is null and j.attempts = 0 and j.completed_at is null and j.parked_at is null
			and j.run_at <= now() + after)
	then
		insert into private.jobs (kind, queue_key, payload, run_at)
		values ('sync_payment', queue, jsonb_build_object('kind', kind, 'id', provider_id), now() + after);
	end if;
end
$$;

-- An event, kept once under its id before anything else; then its object is read. False: it was kept before.
create function private.receive_payment_event(event_id text, type text, payload jsonb, object_kind text, object_id text)
returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	if not private.record_event('stripe', event_id, type,
		case when object_kind is null then 'ignored' else 'stored' end, payload)
	then
		return false;
	end if;
	if object_kind is not null then
		perform private.ask_payment_sync(object_kind, object_id);
	end if;
	return true;
end
$$;

-- Before a customer is made: the id where there is one, and since when one has been asked for, where that is so.
create function private.begin_customer(organization_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	known public.billing_customers;
	organization public.organizations;
	is_first boolean;
begin
	insert into public.billing_customers (organization_id) values (begin_customer.organization_id)
	on conflict (organization_id) do nothing;
	is_first := found;
	select * into known from public.billing_customers c where c.organization_id = begin_customer.organization_id;
	select * into organization from public.organizations o where o.id = begin_customer.organization_id;
	return jsonb_build_object(
		'provider_id', known.provider_id, 'name', organization.name, 'slug', organization.slug,
		'asked_at', case when not is_first then known.asked_at end);
end
$$;

-- The customer of an organization is this one, unless it has one already: answers the one that counts.
create function private.keep_customer(organization_id uuid, provider_id text) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update public.billing_customers c set provider_id = keep_customer.provider_id, updated_at = now()
	where c.organization_id = keep_customer.organization_id and c.provider_id is null;
	return (
		select c.provider_id from public.billing_customers c where c.organization_id = keep_customer.organization_id);
end
$$;

create function private.apply_customer(object jsonb) returns text
language plpgsql security definer set search_path = ''
as $$
begin
	update public.billing_customers c
	set name = object ->> 'name', email = object ->> 'email', address = nullif(object -> 'address', 'null'),
		tax_ids = coalesce(object -> 'tax_ids', '[]'), payment_method = nullif(object -> 'payment_method', 'null'),
		updated_at = now()
	where c.provider_id = object ->> 'id';
	return case when found then 'applied' else 'unknown' end;
end
$$;

create view api.billing_customers with (security_invoker = true) as
select c.organization_id, c.name, c.email, c.address, c.tax_ids, c.payment_method, c.updated_at
from public.billing_customers c;
comment on view api.billing_customers is
	'To whom invoices go and which card is charged when nobody is there, for those who may see the money.';

create function service.draw_payment_ticket() returns bigint
language sql security invoker set search_path = ''
return private.draw_payment_ticket();
comment on function service.draw_payment_ticket() is
	'Before an object of the payment provider is fetched: the number under which what was fetched is applied.';

create function service.receive_payment_event(event_id text, type text, payload jsonb, object_kind text, object_id text)
returns boolean
language sql security invoker set search_path = ''
return private.receive_payment_event(event_id, type, payload, object_kind, object_id);
comment on function service.receive_payment_event(text, text, jsonb, text, text) is
	'Keeps an event of the payment provider once, and has the object that it is about read anew; without a kind it is kept only. '
	'False: it was kept before.';

create function service.begin_customer(organization_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.begin_customer(organization_id);
comment on function service.begin_customer(uuid) is
	'Before a customer is made: {provider_id, name, slug, asked_at}. asked_at: somebody asked for one before us, look for it first.';

create function service.keep_customer(organization_id uuid, provider_id text) returns text
language sql security invoker set search_path = ''
return private.keep_customer(organization_id, provider_id);
comment on function service.keep_customer(uuid, text) is
	'The organization''s customer is this one, unless it has one already. Answers the one that counts.';

grant select on public.billing_customers, api.billing_customers to authenticated;
grant execute on function
	service.draw_payment_ticket(), private.draw_payment_ticket(),
	service.receive_payment_event(text, text, jsonb, text, text), private.receive_payment_event(text, text, jsonb, text, text),
	service.begin_customer(uuid), private.begin_customer(uuid),
	service.keep_customer(uuid, text), private.keep_customer(uuid, text)
to edge, service_role;
