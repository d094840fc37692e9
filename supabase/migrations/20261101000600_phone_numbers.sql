-- The numbers an organization owns, and who may see the texts of each.

create type public.phone_number_status as enum ('active', 'grace', 'quarantined', 'released');
comment on type public.phone_number_status is
	'active → grace (not renewed: texts still come in, none go out) → quarantined (neither) → released (given back to the carrier). '
	'Until then it can be restored.';

create table public.phone_numbers (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	e164 text not null check (e164 ~ '^\+[1-9][0-9]{6,14}$'),
	label text not null check (char_length(label) between 1 and 40),
	color smallint not null default 1 check (color between 1 and 8),
	country_code char(2) not null check (country_code ~ '^[A-Z]{2}$'),
	carrier text not null default 'twilio',
	carrier_number_id text,
	status public.phone_number_status not null default 'active',
	-- as core/number-catalogue.ts names them
	kind text not null default 'local' check (kind in ('local', 'mobile', 'toll_free')),
	capabilities jsonb not null default '["voice", "sms"]' check (jsonb_typeof(capabilities) = 'array'),
	-- a month of it, paid at its beginning, in 10⁻⁶ USD
	monthly_micros bigint not null default 0 check (monthly_micros >= 0),
	-- from when its months count, and when the one ends that is paid; without that it is never renewed
	months_from timestamptz not null default now(),
	renews_at timestamptz,
	auto_renew boolean not null default true,
	-- it was cancelled for then: the end of what is paid
	ends_at timestamptz,
	-- the end of the state it is in
	grace_until timestamptz,
	quarantined_until timestamptz,
	restricted_at timestamptz,
	created_at timestamptz not null default now(),
	released_at timestamptz,
	-- the carrier has it back
	carrier_released_at timestamptz,
	unique (organization_id, id),
	check ((status = 'released') = (released_at is not null)),
	check ((status = 'grace') = (grace_until is not null)),
	check ((status = 'quarantined') = (quarantined_until is not null))
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
create index phone_numbers_due on public.phone_numbers (renews_at) where status = 'active' and renews_at is not null;
create index phone_numbers_ending on public.phone_numbers (coalesce(grace_until, quarantined_until))
	where status in ('grace', 'quarantined');
create index phone_numbers_restricted on public.phone_numbers (organization_id) where restricted_at is not null;
create index phone_number_grants_number on public.phone_number_grants (organization_id, phone_number_id);
create index phone_number_grants_member on public.phone_number_grants (organization_id, user_id);

-- who may see a restricted one is only asked where there is one to see
alter table public.phone_numbers enable row level security;
create policy "those with access can read" on public.phone_numbers for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids())::uuid[])
		and carrier <> 'test'
		and (restricted_at is null or id = any ((select private.my_phone_number_ids())::uuid[])));

alter table public.phone_number_grants enable row level security;
create policy "those with access can read" on public.phone_number_grants for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids())::uuid[])
		and phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

-- Whether a number is nobody's: there is no area code 555, and whom tests text are all in it (core/test-numbers.ts).
create function private.is_test_number(e164 text) returns boolean
language sql immutable set search_path = ''
return left(e164, 5) = '+1555';

-- Why no text may go from a number, of the gate's reasons; null where one may.
create function private.refuse_number(phone_number_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select case n.status
			when 'grace' then 'number_frozen'
			when 'quarantined' then 'number_frozen'
			when 'released' then 'number_released'
		end
		from public.phone_numbers n
		where n.id = refuse_number.phone_number_id);
end
$$;

-- Raises it.
create function private.refuse_for_number(reason text) returns void
language plpgsql set search_path = ''
as $$
begin
	case reason
		when 'number_frozen' then
			perform private.fail(409, 'number_frozen',
				'This number was not renewed, so nothing goes out from it. Your text was not sent; renew the number first.');
		when 'number_released' then
			perform private.fail(409, 'number_released',
				'This number was given back. Its texts are kept, but none can be sent from it. Yours was not sent.');
	end case;
end
$$;

create view api.phone_numbers with (security_invoker = true) as
select n.id, n.organization_id, n.e164, n.label, n.color, n.country_code, n.created_at, n.status
from public.phone_numbers n
where n.released_at is null;
comment on view api.phone_numbers is 'The numbers the caller may read, and text from those that are active.';

create view api.number_lists with (security_invoker = true) as
select n.organization_id, md5(string_agg(n.id::text, ' ' order by n.id)) as revision
from public.phone_numbers n
where n.released_at is null
group by n.organization_id;
comment on view api.number_lists is
	'For each organization a word for which numbers the caller may use there: another one whenever these are others. '
	'No row where there are none.';

grant select on public.phone_numbers, public.phone_number_grants, api.phone_numbers, api.number_lists to authenticated;
