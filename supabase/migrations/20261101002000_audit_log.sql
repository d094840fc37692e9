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
create index audit_log_member on public.audit_log (organization_id, object_id) where object_kind = 'member';
-- how many organizations somebody made lately, whichever they are
create index audit_log_founded on public.audit_log (actor_id, created_at) where verb = 'organization.created';

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
-- also where session_replication_role says that triggers rest
alter table public.audit_log enable always trigger append_only;
alter table public.audit_log enable always trigger never_emptied;

alter table public.audit_log enable row level security;
create policy "those who may audit can read" on public.audit_log for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('audit:read'))::uuid[]));

-- Writes one line. The actor is the caller's session or key, or the platform where neither asks. The address is the one our
-- server saw for that session: a header of the request would be the caller's own claim.
create function private.audit(
	organization_id uuid, verb text, object_kind text, object_id uuid, before jsonb default null, after jsonb default null
) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	person uuid;
	seen_at inet;
	-- the address of a key is the one that our door signed for
	key constant uuid := private.my_key_id();
begin
	select s.user_id, d.last_address into person, seen_at
	from private.my_session s
	left join private.session_details d on d.session_id = s.id;

	insert into public.audit_log (organization_id, actor_kind, actor_id, verb, object_kind, object_id, before, after, address)
	values (audit.organization_id, case when person is not null then 'person' when key is not null then 'key' else 'platform' end,
		coalesce(person, key), audit.verb, audit.object_kind, audit.object_id, audit.before, audit.after,
		case when key is null then seen_at else (current_setting('request.jwt.claims', true)::json ->> 'address')::inet end);
end
$$;

create view api.audit_log with (security_invoker = true) as
select l.id, l.organization_id, l.actor_kind, l.actor_id, l.verb, l.object_kind, l.object_id, l.before, l.after,
	host(l.address) as address, l.created_at
from public.audit_log l;
comment on view api.audit_log is
	'Who did what in the caller''s organizations, for owners and admins. Ids sort by time: read on with id < the last one. '
	'Names: api.audit_people.';

-- Everybody whom the book can name, also those who have left since: who did something, to whom something was done, and whoever
-- belongs to the organization now. Each is looked up once in an index, however many lines they have.
create function private.audit_people(organization_id uuid) returns table (
	user_id uuid, username text, full_name text, has_acted boolean
)
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require('audit:read', audit_people.organization_id);
	return query
		with recursive actors as (
			(select l.actor_id as id from public.audit_log l
			where l.organization_id = audit_people.organization_id and l.actor_id is not null
			order by l.actor_id
			limit 1)
			union all
			select (select l.actor_id from public.audit_log l
				where l.organization_id = audit_people.organization_id and l.actor_id > a.id
				order by l.actor_id
				limit 1)
			from actors a
			where a.id is not null
		), objects as (
			(select l.object_id as id from public.audit_log l
			where l.organization_id = audit_people.organization_id and l.object_kind = 'member' and l.object_id is not null
			order by l.object_id
			limit 1)
			union all
			select (select l.object_id from public.audit_log l
				where l.organization_id = audit_people.organization_id and l.object_kind = 'member' and l.object_id > o.id
				order by l.object_id
				limit 1)
			from objects o
			where o.id is not null
		), everybody as (
			select a.id, true as has_acted from actors a
			union all
			select o.id, false from objects o
			union all
			select m.user_id, false from public.memberships m where m.organization_id = audit_people.organization_id
		)
		select p.id, p.username, p.full_name, bool_or(e.has_acted)
		from everybody e
		join public.profiles p on p.id = e.id
		group by p.id
		order by coalesce(p.full_name, p.username), p.id;
end
$$;

-- The first id of a moment: ids begin with their milliseconds, so a range of time is a range of the index. Before 1970 there is
-- none, and 48 bits end in the year 10889.
create function private.first_id_at(moment timestamptz) returns uuid
language plpgsql stable set search_path = ''
as $$
begin
	-- not strict: what is null would be answered without asking whether the caller may ask
	if moment is null then
		return null;
	end if;
	return encode(overlay('\x00000000000070008000000000000000'::bytea
		placing substring(int8send(least(greatest(date_part('epoch', moment) * 1000, 0), 281474976710655)::bigint) from 3) from 1 for 6), 'hex')::uuid;
end
$$;

-- Lines for an export, newest first, from before_id downwards. The export itself is a line: written with the first batch, and
-- also with a later one that does not go on from an export of the same lines that was written down within the hour. Not
-- among its own rows. An actor is a person's id, or 'platform'. Every filter may be null; the plan is made for those that
-- are not.
create function private.export_audit_log(
	organization_id uuid, actor text, verb text, since timestamptz, until timestamptz, before_id uuid, batch integer
) returns setof api.audit_log
language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
declare
	caller constant uuid := private.require('audit:read', export_audit_log.organization_id);
	person constant uuid := nullif(export_audit_log.actor, 'platform')::uuid;
	-- a line is stamped with its transaction's beginning, its id with the moment it was written
	first_id constant uuid := private.first_id_at(export_audit_log.since);
	last_id constant uuid := private.first_id_at(export_audit_log.until + interval '1 hour');
	filters constant jsonb := jsonb_strip_nulls(jsonb_build_object(
		'actor', export_audit_log.actor, 'verb', export_audit_log.verb,
		'since', export_audit_log.since, 'until', export_audit_log.until));
begin
	perform private.require_fresh_session();
	return query
		select l.*
		from api.audit_log l
		where l.organization_id = export_audit_log.organization_id
			and (export_audit_log.before_id is null or l.id < export_audit_log.before_id)
			and (export_audit_log.actor is distinct from 'platform' or l.actor_id is null)
			and (person is null or l.actor_id = person)
			and (export_audit_log.verb is null or l.verb = export_audit_log.verb)
			and (export_audit_log.since is null or l.id >= first_id and l.created_at >= export_audit_log.since)
			and (export_audit_log.until is null or l.id < last_id and l.created_at < export_audit_log.until)
		order by l.id desc
		limit least(greatest(export_audit_log.batch, 1), 1000);

	if export_audit_log.before_id is null or not exists (
		select from public.audit_log l
		where l.organization_id = export_audit_log.organization_id and l.actor_id = caller
			and l.id > private.first_id_at(now() - interval '1 hour')
			and l.verb = 'audit.exported' and l.after = filters)
	then
		perform private.audit(export_audit_log.organization_id, 'audit.exported', 'audit_log', null, null, filters);
	end if;
end
$$;

create function api.audit_people(organization_id uuid) returns table (
	user_id uuid, username text, full_name text, has_acted boolean
)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.audit_people(organization_id);
end;
comment on function api.audit_people(uuid) is
	'Everybody whom the audit log can name, also those who have left, and who of them has done something in it. For owners and admins.';

create function api.export_audit_log(
	organization_id uuid, actor text default null, verb text default null, since timestamptz default null,
	until timestamptz default null, before_id uuid default null, batch integer default 500
) returns setof api.audit_log
language sql security invoker set search_path = ''
begin atomic
	select * from private.export_audit_log(organization_id, actor, verb, since, until, before_id, batch);
end;
comment on function api.export_audit_log(uuid, text, text, timestamptz, timestamptz, uuid, integer) is
	'Lines of the audit log, newest first, at most 1,000 at a time; before_id is the last one of the batch before. An actor is a '
	'person''s id or "platform". Needs a fresh session, and is itself a line: audit.exported.';

grant select on public.audit_log, api.audit_log to authenticated;
grant execute on function
	api.audit_people(uuid), private.audit_people(uuid),
	api.export_audit_log(uuid, text, text, timestamptz, timestamptz, uuid, integer),
	private.export_audit_log(uuid, text, text, timestamptz, timestamptz, uuid, integer)
to authenticated;
