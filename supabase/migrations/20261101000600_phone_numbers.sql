-- The numbers an organization owns, and who may see the texts of each.

create table public.phone_numbers (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	e164 text not null check (e164 ~ '^\+[1-9][0-9]{6,14}$'),
	label text not null check (char_length(label) between 1 and 40),
	color smallint not null default 1 check (color between 1 and 8),
	country_code char(2) not null check (country_code ~ '^[A-Z]{2}$'),
	carrier text not null default 'twilio',
	carrier_number_id text,
	restricted_at timestamptz,
	created_at timestamptz not null default now(),
	released_at timestamptz,
	unique (organization_id, id)
);

create table public.phone_number_grants (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	phone_number_id uuid not null,
	role public.membership_role,
	user_id uuid,
	created_at timestamptz not null default now(),
	check (num_nonnulls(role, user_id) = 1),
	unique (phone_number_id, role),
	unique (phone_number_id, user_id),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade,
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);

comment on table public.phone_numbers is
	'Numbers owned by an organization. A restricted one is for owners, admins and those whom a grant names; the mark stays when '
	'the last grant goes. A released one keeps its history and may be owned anew by somebody else.';
comment on table public.phone_number_grants is
	'Who may see a restricted number besides owners and admins, by role or by person.';

create unique index phone_numbers_owned_once on public.phone_numbers (e164) where released_at is null;
create index phone_numbers_restricted on public.phone_numbers (organization_id) where restricted_at is not null;
create index phone_number_grants_number on public.phone_number_grants (organization_id, phone_number_id);
create index phone_number_grants_member on public.phone_number_grants (organization_id, user_id);

-- who may see a restricted one is only asked where there is one to see
alter table public.phone_numbers enable row level security;
create policy "those with access can read" on public.phone_numbers for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids())::uuid[])
		and (restricted_at is null or id = any ((select private.my_phone_number_ids())::uuid[])));

alter table public.phone_number_grants enable row level security;
create policy "those with access can read" on public.phone_number_grants for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids())::uuid[])
		and phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

create view api.phone_numbers with (security_invoker = true) as
select n.id, n.organization_id, n.e164, n.label, n.color, n.country_code, n.created_at
from public.phone_numbers n
where n.released_at is null;
comment on view api.phone_numbers is 'The numbers the caller may text from and read.';

grant select on public.phone_numbers, public.phone_number_grants, api.phone_numbers to authenticated;
