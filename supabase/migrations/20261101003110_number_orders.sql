-- Orders of numbers: money is set aside first, the carrier is asked for exactly that number under the order's name, and it is paid
-- when it is ours. Whatever fails in between, the order ends as active and paid, or as released and unpaid.

create type public.number_order_status as enum ('held', 'provisioning', 'active', 'released');
comment on type public.number_order_status is
	'held: the money is set aside. provisioning: the carrier is being asked. active: the number is ours, and paid. released: it is '
	'not, and the money is back.';

create table public.number_orders (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	ordered_by uuid references public.profiles (id) on delete set null,
	idempotency_key text not null check (char_length(idempotency_key) between 1 and 200),
	e164 text not null check (e164 ~ '^\+[1-9][0-9]{6,14}$'),
	label text not null check (char_length(label) between 1 and 40),
	-- as the carrier offered it
	country_code text not null,
	kind text not null,
	capabilities text[] not null,
	locality text,
	region text,
	cost_micros bigint not null,
	monthly_micros bigint not null,
	setup_micros bigint not null,
	status public.number_order_status not null default 'held',
	-- when the carrier was asked and its answer is not known; null while nothing is under way
	asked_at timestamptz,
	-- when an answer was first missing: since then the carrier is looked at before it is asked
	doubted_at timestamptz,
	provisioning_at timestamptz,
	ended_at timestamptz,
	carrier_number_id text,
	phone_number_id uuid,
	-- of a released one: which refusal, and the carrier's code
	reason text,
	carrier_code text,
	revision bigint not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (organization_id, id),
	unique (organization_id, idempotency_key),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete set null (phone_number_id),
	check ((status in ('active', 'released')) = (ended_at is not null)),
	check ((status = 'active') = (carrier_number_id is not null)),
	check ((status = 'released') = (reason is not null))
);

create table private.number_order_transitions (
	from_status public.number_order_status not null,
	to_status public.number_order_status not null,
	primary key (from_status, to_status)
);

comment on table public.number_orders is
	'Orders of numbers, of whom and for how much, and what became of them. Their money: the hold whose object they are.';
comment on table private.number_order_transitions is 'How a status may change. What is missing here is refused.';

insert into private.number_order_transitions values
	('held', 'provisioning'), ('held', 'released'), ('provisioning', 'active'), ('provisioning', 'released');

create index number_orders_newest_first on public.number_orders (organization_id, id desc);
create unique index number_orders_open_once on public.number_orders (organization_id, e164)
	where status in ('held', 'provisioning');
create index number_orders_person on public.number_orders (ordered_by) where ordered_by is not null;
create index number_orders_number on public.number_orders (organization_id, phone_number_id) where phone_number_id is not null;

alter table public.number_orders enable row level security;
create policy "those who may buy can read" on public.number_orders for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('numbers:buy'))::uuid[]));

-- Every change takes the next revision; a status only moves along private.number_order_transitions.
create function private.advance_number_order() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if new.status <> old.status then
		if not exists (
			select from private.number_order_transitions t
			where t.from_status = old.status and t.to_status = new.status)
		then
			raise exception 'an order cannot go from % to %', old.status, new.status using errcode = 'check_violation';
		end if;
		if new.status = 'provisioning' then
			new.provisioning_at := clock_timestamp();
		else
			new.ended_at := clock_timestamp();
		end if;
	end if;
	new.revision := old.revision + 1;
	new.updated_at := clock_timestamp();
	return new;
end
$$;
create trigger advance_number_order before update on public.number_orders
	for each row when (old.* is distinct from new.*) execute function private.advance_number_order();

-- Ids only, to whoever ordered.
create function private.hint_number_order() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(
		jsonb_build_object('id', new.id, 'organization_id', new.organization_id, 'revision', new.revision),
		'number_order', 'user:' || new.ordered_by, true);
	return null;
end
$$;
create trigger hint_number_order after update on public.number_orders
	for each row when (old.revision <> new.revision and new.ordered_by is not null)
	execute function private.hint_number_order();

-- How it ended is told to whoever ordered, who may have gone on to something else.
create function private.notify_of_number_order() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.give_notice_to(array[new.ordered_by], new.organization_id, 'order_' || new.status, new.id::text,
		jsonb_build_object('label', new.label, 'e164', new.e164));
	return null;
end
$$;
create trigger notify_of_number_order after update on public.number_orders
	for each row when (old.status <> new.status and new.status in ('active', 'released') and new.ordered_by is not null)
	execute function private.notify_of_number_order();

create view api.number_orders with (security_invoker = true) as
select o.id, o.organization_id, o.ordered_by, p.username as ordered_by_username, p.full_name as ordered_by_name, o.e164, o.label,
	o.country_code, o.kind, o.capabilities, o.locality, o.region, o.monthly_micros, o.setup_micros,
	o.monthly_micros + o.setup_micros as total_micros, o.status, o.doubted_at, o.provisioning_at, o.ended_at, o.phone_number_id,
	o.reason, o.revision, o.created_at, o.updated_at
from public.number_orders o
left join public.profiles p on p.id = o.ordered_by;
comment on view api.number_orders is
	'Orders of numbers and where they stand, for those who may buy. doubted_at: since when the carrier is looked at, because an '
	'answer of it was lost. reason: which refusal ended a released one. Ids sort by time.';

grant select on public.number_orders, api.number_orders to authenticated;
