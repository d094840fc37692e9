-- Verifications as files: a page at a time for a function that streams them, or in parts that the worker writes.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('exports', 'exports', false, 104857600, array['text/csv', 'application/json', 'application/x-ndjson'])
on conflict (id) do update
set public = excluded.public, file_size_limit = excluded.file_size_limit, allowed_mime_types = excluded.allowed_mime_types;

create type public.export_format as enum ('csv', 'json', 'jsonl');
comment on type public.export_format is 'csv: RFC 4180. json: one array. jsonl: one object a line.';

create table public.verification_exports (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	user_id uuid not null,
	format public.export_format not null,
	filters jsonb not null,
	-- how many there were at first, and how many are written
	total_rows bigint not null,
	written_rows bigint not null default 0,
	written_parts integer not null default 0,
	-- what has an id below it is still to be written
	cursor_id uuid not null,
	created_at timestamptz not null default now(),
	finished_at timestamptz,
	-- what is not finished a day later never will be
	expires_at timestamptz not null default now() + interval '1 day',
	unique (organization_id, id),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);

create table public.verification_export_parts (
	export_id uuid not null,
	part integer not null check (part > 0),
	organization_id uuid not null,
	user_id uuid not null,
	path text not null,
	row_count bigint not null,
	byte_count bigint not null,
	-- whose rows are in it, and whether codes that somebody else asked for are
	phone_number_ids uuid[] not null,
	foreign_codes boolean not null,
	primary key (export_id, part),
	foreign key (organization_id, export_id) references public.verification_exports (organization_id, id) on delete cascade
);

comment on table public.verification_exports is
	'Files of verifications that the worker writes for somebody, part by part. They go with the membership of whoever asked, and '
	'a week after they were finished, or when codes are not kept as long.';
comment on table public.verification_export_parts is
	'A written file in the bucket exports. It is shown to whoever asked as long as they may see every number and code in it.';

create index verification_exports_person on public.verification_exports (user_id, organization_id, id desc);
create index verification_exports_membership on public.verification_exports (organization_id, user_id);
create index verification_exports_age on public.verification_exports (expires_at);
create index verification_export_parts_export on public.verification_export_parts (organization_id, export_id);
create index verification_export_parts_path on public.verification_export_parts (path);

alter table public.verification_exports enable row level security;
create policy "people can read their own" on public.verification_exports for select to authenticated
	using (user_id = (select auth.uid()) and organization_id = any ((select private.my_organization_ids())::uuid[]));

alter table public.verification_export_parts enable row level security;
create policy "people can read their own, of what they may see" on public.verification_export_parts for select to authenticated
	using (
		user_id = (select auth.uid())
		and organization_id = any ((select private.my_organization_ids())::uuid[])
		and phone_number_ids <@ (select private.my_phone_number_ids())
		and (not foreign_codes or organization_id = any ((select private.my_code_organization_ids())::uuid[])));
create policy "people see parts of their own exports" on storage.objects for select to authenticated
	using (
		bucket_id = 'exports' and exists (
			select from public.verification_export_parts p where p.path = objects.name));

alter table public.notifications add constraint notifications_export_id_fkey
	foreign key (organization_id, export_id) references public.verification_exports (organization_id, id) on delete cascade;
create index notifications_export on public.notifications (organization_id, export_id) where export_id is not null;

-- Whoever goes takes the files along, and so does time.
create function private.remove_export_part() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.remove_object_later('exports', old.path);
	return null;
end
$$;
create trigger remove_export_part after delete on public.verification_export_parts
	for each row execute function private.remove_export_part();

create function private.expire_verification_exports() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from public.verification_exports e
	where e.id in (
		select o.id from public.verification_exports o
		where o.expires_at <= now()
		order by o.expires_at
		limit 100);
end
$$;
select cron.schedule('exports', '* * * * *', 'select private.expire_verification_exports()');

-- Whose rows somebody may see there, and whether every code: asked again for every page, by a session or by the worker for a
-- person. Null where they do not belong (any more).
create type private.export_reader as (person uuid, organization_id uuid, phone_number_ids uuid[], sees_codes boolean, zone text);

create function private.export_reader_of(person uuid, organization_id uuid) returns private.export_reader
language plpgsql stable security definer set search_path = ''
as $$
declare
	reader private.export_reader;
begin
	select m.user_id, m.organization_id, array(
			select n.id from public.phone_numbers n
			where n.organization_id = m.organization_id and n.carrier <> 'test'
				and (n.restricted_at is null or m.role in ('owner', 'admin'))
			union all
			select g.phone_number_id from public.phone_number_grants g
			where g.organization_id = m.organization_id and (g.user_id = m.user_id or g.role = m.role)),
		m.role = any (o.code_roles), p.time_zone
	into reader
	from public.memberships m
	join public.organizations o on o.id = m.organization_id
	join public.profiles p on p.id = m.user_id and p.suspended_at is null
	join private.capabilities c on c.role = m.role and c.capability = 'messages:read'
	where m.user_id = export_reader_of.person and m.organization_id = export_reader_of.organization_id
		and m.suspended_at is null;
	return reader;
end
$$;

-- What of a filter the database understands: {service, status, number, person, since, until}; null is no condition. Fails with
-- malformed.
create type private.export_filter as (
	service text, status public.verification_status[], number uuid, person uuid, since timestamptz, until timestamptz
);

create function private.export_filter_of(filters jsonb) returns private.export_filter
language plpgsql stable set search_path = ''
as $$
declare
	filter private.export_filter;
begin
	filter.service := nullif(filters ->> 'service', '');
	filter.number := filters ->> 'number';
	filter.person := filters ->> 'person';
	filter.since := filters ->> 'since';
	filter.until := filters ->> 'until';
	if jsonb_array_length(coalesce(nullif(filters -> 'status', 'null'), '[]')) > 0 then
		filter.status := array(select jsonb_array_elements_text(filters -> 'status'));
	end if;
	return filter;
exception when data_exception then
	perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
end
$$;

-- Which ones, newest first, from before_id downwards.
create function private.exported_ids(reader private.export_reader, filters jsonb, before_id uuid, most integer) returns setof uuid
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
declare
	f constant private.export_filter := private.export_filter_of(filters);
	-- stamped with its transaction's beginning, while its id has the moment it was written
	first_id constant uuid := private.first_id_at(f.since);
	last_id constant uuid := private.first_id_at(f.until + interval '1 hour');
begin
	return query
		select v.id from public.verifications v
		where v.organization_id = reader.organization_id and v.phone_number_id = any (reader.phone_number_ids)
			and (before_id is null or v.id < before_id)
			and (f.service is null or v.service_name = f.service)
			and (f.status is null or v.status = any (f.status))
			and (f.number is null or v.phone_number_id = f.number)
			and (f.person is null or v.requested_by = f.person)
			and (f.since is null or v.id >= first_id and v.created_at >= f.since)
			and (f.until is null or v.id < last_id and v.created_at < f.until)
		order by v.id desc
		limit most;
end
$$;

-- {rows, count, last_id, phone_number_ids, foreign_codes}: rows as files have them, in the order of core's exportColumns.
create function private.export_page(reader private.export_reader, filters jsonb, before_id uuid, batch integer) returns json
language plpgsql stable security definer set search_path = ''
as $$
declare
	utc constant text := 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
	local constant text := 'YYYY-MM-DD HH24:MI:SS';
	zone constant text := reader.zone;
begin
	return (
		with page as (
			select v.*, coalesce(reader.sees_codes or v.requested_by = reader.person, false) as shown
			from private.exported_ids(reader, filters, before_id, least(greatest(batch, 1), 2000)) as ids (id)
			join public.verifications v on v.id = ids.id
		), records as (
			select v.id, v.status, v.service_name as service, v.service_id, n.e164 as number, n.label as number_label,
				p.username as requested_by, p.full_name as requested_by_name, v.note,
				case when v.shown then v.code end as code, case when v.shown then v.final_code end as final_code,
				v.code is not null and not v.shown as codes_hidden, v.code_count as codes_in_time, v.late_count as codes_late,
				to_char(v.created_at at time zone 'UTC', utc) as requested_at,
				to_char(v.created_at at time zone zone, local) as requested_at_local,
				to_char(v.expires_at at time zone 'UTC', utc) as expires_at,
				to_char(v.expires_at at time zone zone, local) as expires_at_local,
				to_char(v.code_received_at at time zone 'UTC', utc) as code_received_at,
				to_char(v.code_received_at at time zone zone, local) as code_received_at_local,
				to_char(v.ended_at at time zone 'UTC', utc) as ended_at,
				to_char(v.ended_at at time zone zone, local) as ended_at_local,
				zone as time_zone,
				round(extract(epoch from v.code_received_at - v.created_at), 3) as seconds_to_code,
				e.username as ended_by, v.cancel_reason
			from page v
			join public.phone_numbers n on n.id = v.phone_number_id
			left join public.profiles p on p.id = v.requested_by
			left join public.profiles e on e.id = v.ended_by
			order by v.id desc
		)
		select json_build_object(
			'count', count(*),
			-- Postgres 17 has no min(uuid)
			'last_id', (select v.id from page v order by v.id limit 1),
			'phone_number_ids', (select coalesce(json_agg(distinct v.phone_number_id), '[]') from page v),
			'foreign_codes', coalesce((
				select bool_or(v.requested_by is distinct from reader.person and num_nonnulls(v.code, v.final_code) > 0)
				from page v where v.shown), false),
			'rows', coalesce(json_agg(r), '[]'))
		from records r);
end
$$;
