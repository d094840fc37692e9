-- Verifications: somebody asks for a code that a service will text to a number of theirs, and waits for it.

create type public.verification_status as enum ('waiting', 'code_received', 'completed', 'expired', 'cancelled', 'filtered');
comment on type public.verification_status is
	'waiting → code_received → completed; waiting or code_received → expired or cancelled; waiting → filtered: the carrier struck '
	'the code out of its text (error 30038).';

create table public.verifications (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	phone_number_id uuid not null,
	-- of the catalogue, or a name of one's own
	service_id text references public.services (id),
	service_name text not null check (char_length(service_name) between 1 and 80),
	requested_by uuid references public.profiles (id) on delete set null,
	-- or the key that asked
	api_key_id uuid,
	note text check (char_length(note) between 1 and 500),
	ttl_seconds integer not null check (ttl_seconds between 60 and 86400),
	idempotency_key text not null,
	status public.verification_status not null default 'waiting',
	expires_at timestamptz not null,
	-- the newest one, and the one that it was completed with; null again once codes are not kept any more
	code text,
	final_code text,
	-- how many arrived in time, and how many after its end
	code_count integer not null default 0,
	late_count integer not null default 0,
	code_received_at timestamptz,
	ended_at timestamptz,
	ended_by uuid references public.profiles (id) on delete set null,
	cancel_reason text check (char_length(cancel_reason) between 1 and 200),
	revision bigint not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (organization_id, id),
	unique (organization_id, idempotency_key),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);

create table private.verification_transitions (
	from_status public.verification_status not null,
	to_status public.verification_status not null,
	primary key (from_status, to_status)
);

create table private.verification_limits (
	seconds integer primary key,
	most integer not null
);

comment on table public.verifications is
	'Requests for a code: who asked, for which service, on which number, until when, and what became of it. ended_at: of whichever '
	'end it came to. Whoever may see the number sees them; their codes only those who may (api.verifications).';
comment on table private.verification_transitions is 'How a status may change. What is missing here is refused.';
comment on table private.verification_limits is 'How many verifications an organization asks for within so many seconds.';

insert into private.verification_transitions values
	('waiting', 'code_received'), ('waiting', 'expired'), ('waiting', 'cancelled'), ('waiting', 'filtered'),
	('code_received', 'completed'), ('code_received', 'expired'), ('code_received', 'cancelled');
insert into private.verification_limits values (60, 30), (86400, 2000);

create index verifications_newest_first on public.verifications (organization_id, id desc);
create index verifications_open on public.verifications (phone_number_id) where status in ('waiting', 'code_received');
create index verifications_ended on public.verifications (phone_number_id, ended_at) where ended_at is not null;
create index verifications_number on public.verifications (organization_id, phone_number_id, id desc);
create index verifications_service on public.verifications (service_id) where service_id is not null;
create index verifications_person on public.verifications (requested_by, id desc) where requested_by is not null;
create index verifications_ended_by on public.verifications (ended_by) where ended_by is not null;

alter table public.verifications enable row level security;
create policy "those with access to the number can read" on public.verifications for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids())::uuid[])
		and phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

-- Every change takes the next revision; a status only moves along private.verification_transitions.
create function private.advance_verification() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if new.status <> old.status then
		if not exists (
			select from private.verification_transitions t
			where t.from_status = old.status and t.to_status = new.status)
		then
			raise exception 'a verification cannot go from % to %', old.status, new.status using errcode = 'check_violation';
		end if;
		if new.status = 'code_received' then
			new.code_received_at := clock_timestamp();
		else
			new.ended_at := clock_timestamp();
		end if;
	end if;
	new.revision := old.revision + 1;
	new.updated_at := clock_timestamp();
	return new;
end
$$;
create trigger advance_verification before update on public.verifications
	for each row when (old.* is distinct from new.*) execute function private.advance_verification();

-- Ids only, to whoever asked and to open pages about the number; and to processes of ours that wait for a change.
create function private.hint_verification() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	hint constant jsonb := jsonb_build_object('id', new.id, 'organization_id', new.organization_id, 'revision', new.revision);
begin
	if new.requested_by is not null then
		perform realtime.send(hint, 'verification', 'user:' || new.requested_by, true);
	end if;
	perform realtime.send(hint, 'verification', 'number:' || new.phone_number_id, true);
	perform pg_notify('verifications', jsonb_build_object('id', new.id, 'revision', new.revision)::text);
	return null;
end
$$;
create trigger hint_new_verification after insert on public.verifications
	for each row execute function private.hint_verification();
create trigger hint_changed_verification after update on public.verifications
	for each row when (old.revision <> new.revision) execute function private.hint_verification();

-- Whoever leaves waits for nothing any more: a code that comes is not kept from those who do.
create function private.cancel_left_verifications() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.end_verification(v.id, 'cancelled', (select p.id from public.profiles p where p.id = old.user_id), null, null)
	from (
		select v.id from public.verifications v
		where v.organization_id = old.organization_id and v.requested_by = old.user_id
			and v.status in ('waiting', 'code_received')
		order by v.id
		for update) v;
	return null;
end
$$;
create trigger cancel_left_verifications after delete on public.memberships
	for each row execute function private.cancel_left_verifications();

create view api.verifications with (security_invoker = true) as
select v.id, v.organization_id, v.phone_number_id, n.e164 as number_e164, n.label as number_label, n.color as number_color,
	v.service_id, v.service_name, v.requested_by, p.username as requested_by_username, p.full_name as requested_by_name,
	v.note, v.ttl_seconds, v.status, v.expires_at,
	case when v.requested_by = (select auth.uid())
		or v.organization_id = any ((select private.my_code_organization_ids())::uuid[]) then v.code end as code,
	case when v.requested_by = (select auth.uid())
		or v.organization_id = any ((select private.my_code_organization_ids())::uuid[]) then v.final_code end as final_code,
	v.code is not null as has_code, v.code_count, v.late_count,
	v.code_received_at, v.ended_at, v.ended_by, v.cancel_reason, v.revision, v.created_at, v.updated_at, v.api_key_id
from public.verifications v
join public.phone_numbers n on n.id = v.phone_number_id
left join public.profiles p on p.id = v.requested_by;
comment on view api.verifications is
	'Requests for a code on the numbers the caller may see. code (the newest) and final_code are null for those who may not see '
	'them, and once codes are not kept any more; has_code says whether there is one. Ids sort by time.';

grant select on public.verifications, api.verifications to authenticated;
