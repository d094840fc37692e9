-- Who did what, in the organization's own book: written in the same transaction as the deed, and never again touched.

create table public.audit_log (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id),
	actor_kind text not null check (actor_kind in ('person', 'key', 'platform')),
	actor_id uuid,
	verb text not null check (verb ~ '^[a-z_]+\.[a-z_]+$'),
	object_kind text not null,
	object_id uuid,
	before jsonb,
	after jsonb,
	address inet,
	created_at timestamptz not null default now(),
	check ((actor_kind = 'platform') = (actor_id is null))
);
comment on table public.audit_log is
	'Append-only: who (a person, a key, the platform) did what to which object, what was before and after as far as it is no '
	'secret, and from which address. No row is ever changed or deleted, by nobody.';

create index audit_log_page on public.audit_log (organization_id, id);
create index audit_log_actor on public.audit_log (organization_id, actor_id, id);
create index audit_log_verb on public.audit_log (organization_id, verb, id);

create function private.refuse_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
	raise exception '% on %: rows are only ever added here', tg_op, tg_table_name using errcode = '0A000';
end
$$;
create trigger append_only before update or delete on public.audit_log
	for each row execute function private.refuse_change();
create trigger never_emptied before truncate on public.audit_log
	for each statement execute function private.refuse_change();

alter table public.audit_log enable row level security;
create policy "those who may audit can read" on public.audit_log for select to authenticated
	using (organization_id = any (array(select private.my_organization_ids_for('audit:read'))));

-- Writes one line. The actor is the caller's session, or the platform where no session asks. The address is the one our
-- server saw for that session: a header of the request would be the caller's own claim.
create function private.audit(
	organization_id uuid, verb text, object_kind text, object_id uuid, before jsonb default null, after jsonb default null
) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	person uuid;
	seen_at inet;
begin
	select s.user_id, d.last_address into person, seen_at
	from private.my_session s
	left join private.session_details d on d.session_id = s.id;

	insert into public.audit_log (organization_id, actor_kind, actor_id, verb, object_kind, object_id, before, after, address)
	values (audit.organization_id, case when person is null then 'platform' else 'person' end, person,
		audit.verb, audit.object_kind, audit.object_id, audit.before, audit.after, seen_at);
end
$$;

-- The name of a line's actor, also of one who has left since. Only for those who may read the line.
create function private.actor_name(line_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select p.username
		from public.audit_log l
		join public.profiles p on p.id = l.actor_id
		where l.id = line_id and l.organization_id = any (array(select private.my_organization_ids_for('audit:read'))));
end
$$;

create view api.audit_log with (security_invoker = true) as
select l.id, l.organization_id, l.actor_kind, l.actor_id, private.actor_name(l.id) as actor_name, l.verb, l.object_kind,
	l.object_id, l.before, l.after, host(l.address) as address, l.created_at
from public.audit_log l;
comment on view api.audit_log is
	'Who did what in the caller''s organizations, for owners and admins. Ids sort by time: read on with id < the last one.';

grant select on public.audit_log, api.audit_log to authenticated;
grant execute on function private.actor_name(uuid) to authenticated;
