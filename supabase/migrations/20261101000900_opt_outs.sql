-- Who must not be texted from a number: our own suppression list, whatever the carrier keeps.

create table public.opt_outs (
	organization_id uuid not null,
	phone_number_id uuid not null,
	contact_number text not null,
	opted_out_at timestamptz not null default now(),
	source text not null check (source in ('keyword', 'carrier')),
	primary key (phone_number_id, contact_number),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table public.opt_outs is
	'Contacts who asked a number for silence, by keyword or as the carrier told us (21610). A START takes the row away.';

create index opt_outs_number on public.opt_outs (organization_id, phone_number_id);

alter table public.opt_outs enable row level security;
create policy "those with access can read" on public.opt_outs for select to authenticated
	using (phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

-- A conversation says itself whether its contact may be texted: lists need not look here for every row.
create function private.on_opt_out() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	told public.opt_outs := coalesce(new, old);
begin
	update public.conversations c
	set opted_out_at = new.opted_out_at, updated_at = clock_timestamp()
	from public.contacts t
	where t.organization_id = told.organization_id and t.phone_number = told.contact_number
		and c.contact_id = t.id and c.phone_number_id = told.phone_number_id;
	return null;
end
$$;

create trigger on_opt_out after insert or update or delete on public.opt_outs
	for each row execute function private.on_opt_out();

grant select on public.opt_outs to authenticated;
