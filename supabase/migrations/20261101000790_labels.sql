-- Labels: an organization's own words for its conversations. (What is done with them: 1220.)

create table public.labels (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	name text not null check (name = btrim(name) and char_length(name) between 1 and 40),
	-- one of the eight of our palette; null: none
	color smallint check (color between 1 and 8),
	created_at timestamptz not null default now()
);
comment on table public.labels is
	'Words that an organization''s people put on conversations. conversations.label_ids names them; only verbs write it.';

create unique index labels_once on public.labels (organization_id, lower(name));

alter table public.labels enable row level security;
create policy "members can read" on public.labels for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]));

create view api.labels with (security_invoker = true) as
select l.id, l.organization_id, l.name, l.color, l.created_at
from public.labels l;
comment on view api.labels is 'The labels of the caller''s organizations.';

grant select on public.labels, api.labels to authenticated;
