-- What an organization may do and what that costs: the one list that the pricing page, the invoices and the limits read.

create table public.plans (
	code text primary key check (code ~ '^[a-z]+$'),
	-- from the smallest to the largest
	place smallint not null unique,
	name text not null,
	-- in 10⁻⁶ USD, a month and a year, paid at its beginning
	monthly_micros bigint not null check (monthly_micros >= 0),
	yearly_micros bigint not null check (yearly_micros >= 0),
	-- outbound segments a calendar month that cost nothing beside it, and how much one may cost in 10⁻⁶ USD to be one of them: with
	-- dearer ones a plan could be made to cost more than it brings
	included_segments integer not null check (included_segments >= 0),
	included_max_micros bigint not null default 20000 check (included_max_micros >= 0),
	max_numbers integer not null check (max_numbers >= 0),
	max_members integer not null check (max_members >= 1),
	api_requests_per_minute integer not null check (api_requests_per_minute >= 0),
	-- how long texts are kept at most; null: as long as the organization wants
	retention_days integer check (retention_days > 0),
	-- how far below zero the wallet may go
	credit_micros bigint not null default 0 check (credit_micros >= 0),
	-- bytes of the files that it sends, receives and shares
	storage_bytes bigint not null check (storage_bytes >= 0)
);
comment on table public.plans is
	'What an organization may subscribe to, with its price in 10⁻⁶ USD and its limits. Free is what everybody has who has nothing else.';

insert into public.plans (code, place, name, monthly_micros, yearly_micros, included_segments, max_numbers, max_members,
	api_requests_per_minute, retention_days, credit_micros, storage_bytes)
values
	('free', 1, 'Free', 0, 0, 100, 1, 3, 60, 365, 0, 500000000),
	('starter', 2, 'Starter', 19000000, 190000000, 1000, 3, 5, 300, 1095, 0, 5000000000),
	('pro', 3, 'Pro', 79000000, 790000000, 5000, 25, 25, 1200, null, 5000000, 50000000000),
	('scale', 4, 'Scale', 299000000, 2990000000, 25000, 500, 250, 6000, null, 50000000, 500000000000);

create table private.plan_grants (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	plan_code text not null references public.plans (code),
	until timestamptz not null,
	created_at timestamptz not null default now()
);
comment on table private.plan_grants is
	'Plans that the platform gives for nothing until a moment. Beside a subscription the larger of the two counts.';

create table private.limit_overrides (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	-- storage: in bytes
	name text not null check (name in ('segments', 'verifications', 'numbers', 'members', 'storage')),
	value bigint not null check (value between 0 and case name when 'storage' then 1000000000000000 else 1000000000 end),
	until timestamptz not null,
	created_at timestamptz not null default now(),
	primary key (organization_id, name)
);
comment on table private.limit_overrides is
	'Single limits that an operator set until a moment, above or below the plan''s own: whatever asks for a limit, asks for these first.';

alter table public.plans enable row level security;
alter table private.limit_overrides enable row level security;
create policy "members of any organization can read" on public.plans for select to authenticated
	using (cardinality((select private.my_organization_ids())::uuid[]) > 0);

-- What an organization has: the largest of what it pays for and what it was given, with the limits that were set for it alone. Free
-- where it has neither.
create function private.plan_of(organization_id uuid, at timestamptz default now()) returns public.plans
language plpgsql stable security definer set search_path = ''
as $$
declare
	plan public.plans;
begin
	select p.code, p.place, p.name, p.monthly_micros, p.yearly_micros, coalesce(o.segments, p.included_segments), p.included_max_micros,
		coalesce(o.numbers, p.max_numbers), coalesce(o.members, p.max_members), p.api_requests_per_minute, p.retention_days,
		p.credit_micros, coalesce(o.storage, p.storage_bytes)
	into plan
	from public.plans p
	cross join (
		select max(l.value) filter (where l.name = 'segments') as segments, max(l.value) filter (where l.name = 'numbers') as numbers,
			max(l.value) filter (where l.name = 'members') as members, max(l.value) filter (where l.name = 'storage') as storage
		from private.limit_overrides l
		where l.organization_id = plan_of.organization_id and l.until > plan_of.at
	) o
	where p.code = 'free'
		or p.code in (
			select h.plan_code from private.held_plans h
			where h.organization_id = plan_of.organization_id and h.until > plan_of.at)
	order by p.place desc
	limit 1;
	return plan;
end
$$;

-- Lets the wallet as far below zero as the plan says. Where it is further down than that, it stays there and goes no deeper.
create function private.apply_credit(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	credit constant bigint := (private.plan_of(organization_id)).credit_micros;
begin
	perform private.lock_wallet(apply_credit.organization_id);
	update public.ledger_accounts a
	set credit_micros = greatest(credit, -a.balance_micros, 0)
	where a.organization_id = apply_credit.organization_id and a.kind = 'wallet'
		and a.credit_micros <> greatest(credit, -a.balance_micros, 0);
end
$$;

-- The platform's own gift; null takes it back.
create function private.grant_plan(organization_id uuid, plan text, until timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if grant_plan.plan is null then
		delete from private.plan_grants g where g.organization_id = grant_plan.organization_id;
	else
		insert into private.plan_grants (organization_id, plan_code, until)
		values (grant_plan.organization_id, grant_plan.plan, grant_plan.until)
		on conflict (organization_id) do update set plan_code = excluded.plan_code, until = excluded.until;
	end if;
	perform private.apply_credit(grant_plan.organization_id);
end
$$;

create view api.plans with (security_invoker = true) as
select p.code, p.place, p.name, p.monthly_micros, p.yearly_micros, p.included_segments, p.included_max_micros, p.max_numbers,
	p.max_members, p.api_requests_per_minute, p.retention_days, p.credit_micros, p.storage_bytes
from public.plans p;
comment on view api.plans is 'What one may subscribe to, with its price in 10⁻⁶ USD and its limits, for whoever is signed in.';

-- The same for visitors, who may read no table. Definer, because there is nothing in it that is not for everybody.
create function private.list_plans() returns setof public.plans
language sql stable security definer set search_path = ''
begin atomic
	select p.* from public.plans p order by p.place;
end;

create function api.list_plans() returns setof public.plans
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.list_plans();
end;
comment on function api.list_plans() is
	'What one may subscribe to, from the smallest to the largest, with prices in 10⁻⁶ USD and limits: for the pricing page, for everybody.';

create function service.grant_plan(organization_id uuid, plan text, until timestamptz) returns void
language sql security invoker set search_path = ''
return private.grant_plan(organization_id, plan, until);
comment on function service.grant_plan(uuid, text, timestamptz) is
	'Gives an organization a plan for nothing until a moment, the platform''s own gift; null takes it back.';

grant select on public.plans, api.plans to authenticated;
grant execute on function api.list_plans(), private.list_plans() to anon, authenticated;
grant execute on function
	service.grant_plan(uuid, text, timestamptz), private.grant_plan(uuid, text, timestamptz)
to edge, service_role;
