-- The people an organization texts with.

create table public.contacts (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	-- what a carrier delivers is never refused for its sender's sake
	phone_number text not null check (
		phone_number ~ '^\+[1-9][0-9]{6,14}$'
		or (char_length(phone_number) between 1 and 64 and phone_number !~ '[[:cntrl:]]')),
	name text check (char_length(name) between 1 and 100),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (organization_id, phone_number),
	unique (organization_id, id)
);
comment on table public.contacts is
	'Somebody an organization texts with: E.164, or the short code or name a service signs its texts with. Shared by all members.';

alter table public.contacts enable row level security;
create policy "members can read" on public.contacts for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]));

create view api.contacts with (security_invoker = true) as
select c.id, c.organization_id, c.phone_number, c.name, c.created_at
from public.contacts c;
comment on view api.contacts is 'The people the caller''s organizations text with.';

grant select on public.contacts, api.contacts to authenticated;
