-- What is done with exports of verifications: read by a page, asked for, given up, and written by the worker.

-- Whose rows the caller may see. Fails with session_ended, not_found, organization_suspended, not_allowed.
create function private.require_export_reader(organization_id uuid) returns private.export_reader
language plpgsql stable security definer set search_path = ''
as $$
begin
	return private.export_reader_of(
		private.require('messages:read', require_export_reader.organization_id), require_export_reader.organization_id);
end
$$;

-- What fits a filter, and how many of it a file can be streamed of at once.
create function private.count_verification_export(organization_id uuid, filters jsonb) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
declare
	reader constant private.export_reader := private.require_export_reader(count_verification_export.organization_id);
begin
	return (select count(*) from private.exported_ids(reader, filters, null, 5000000));
end
$$;

-- The export stands in the book, with the first page: what of, and whether codes of others were in it.
create function private.export_verifications(organization_id uuid, filters jsonb, before_id uuid, batch integer) returns json
language plpgsql security definer set search_path = ''
as $$
declare
	reader constant private.export_reader := private.require_export_reader(export_verifications.organization_id);
begin
	if before_id is null then
		perform private.audit_export(reader, filters);
	end if;
	return private.export_page(reader, filters, before_id, batch);
end
$$;

create function private.audit_export(reader private.export_reader, filters jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.audit(reader.organization_id, 'verification.exported', 'organization', reader.organization_id, null,
		jsonb_strip_nulls(jsonb_build_object('codes', reader.sees_codes) || to_jsonb(private.export_filter_of(filters))));
end
$$;

create function private.request_verification_export(organization_id uuid, format public.export_format, filters jsonb)
returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	reader constant private.export_reader := private.require_export_reader(request_verification_export.organization_id);
	-- what is asked for from now on is not in it, however long it takes
	newest constant uuid := private.first_id_at(clock_timestamp() + interval '1 millisecond');
	wanted constant jsonb := jsonb_strip_nulls(to_jsonb(private.export_filter_of(filters)));
	asked uuid;
begin
	perform pg_advisory_xact_lock(hashtextextended('exports:' || reader.person, 0));
	-- asked for twice, as by a double click: it is the same one
	select e.id into asked from public.verification_exports e
	where e.organization_id = reader.organization_id and e.user_id = reader.person and e.finished_at is null
		and e.expires_at > now() and (e.format, e.filters) = (request_verification_export.format, wanted);
	if asked is not null then
		return asked;
	end if;
	if (select count(*) from public.verification_exports e
		where e.organization_id = reader.organization_id and e.user_id = reader.person and e.finished_at is null
			and e.expires_at > now()) >= 3
	then
		perform private.fail(409, 'exports_too_many', 'Three exports of yours are being written. Wait for one, or remove it.');
	end if;
	insert into public.verification_exports (organization_id, user_id, format, filters, total_rows, cursor_id)
	select reader.organization_id, reader.person, request_verification_export.format, wanted, count(*), newest
	from private.exported_ids(reader, wanted, newest, 5000000)
	returning id into asked;
	perform private.audit_export(reader, wanted);
	perform private.write_export_part(asked);
	return asked;
end
$$;

-- Has the worker write the next part. Where it goes is in the job, so that one that nobody may have is removed all the same.
create function private.write_export_part(export_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, queue_key, payload)
	select 'export_verifications', 'export:' || e.id, jsonb_build_object(
		'export_id', e.id, 'part', e.written_parts + 1,
		'path', format('%s/%s/%s', e.organization_id, e.id, e.written_parts + 1))
	from public.verification_exports e
	where e.id = write_export_part.export_id;
end
$$;

create function private.remove_verification_export(export_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_session();
	asked public.verification_exports;
begin
	select e.* into asked from public.verification_exports e
	where e.id = remove_verification_export.export_id and e.user_id = caller;
	if asked.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('messages:read', asked.organization_id);
	delete from public.verification_exports e where e.id = asked.id;
end
$$;

-- Rows of the part that is to be written now, from before_id (null: where the last part ended) downwards, as whoever asked may
-- see them at this moment: {outcome: write, format, cursor_id, page}. Or {outcome: duplicate, path}, when it is written
-- already; or gone. Whose rights are gone loses the export with it.
create function private.verification_export_page(export_id uuid, part integer, before_id uuid, batch integer) returns json
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	asked public.verification_exports;
	reader private.export_reader;
begin
	select e.* into asked from public.verification_exports e where e.id = verification_export_page.export_id;
	if asked.written_parts >= verification_export_page.part then
		return (
			select json_build_object('outcome', 'duplicate', 'path', p.path) from public.verification_export_parts p
			where p.export_id = asked.id and p.part = verification_export_page.part);
	end if;
	reader := private.export_reader_of(asked.user_id, asked.organization_id);
	if reader.person is null then
		delete from public.verification_exports e where e.id = asked.id;
		return json_build_object('outcome', 'gone');
	end if;
	return json_build_object('outcome', 'write', 'format', asked.format, 'cursor_id', asked.cursor_id,
		'page', private.export_page(reader, asked.filters, coalesce(before_id, asked.cursor_id), batch));
end
$$;

-- A part is written: once, and only if it goes on from where the last one ended. It is the last one where it says so; then
-- whoever asked hears of it. {outcome, path}: kept, duplicate (it was kept before, from that path), or gone (nobody may have it).
create function private.keep_verification_export_part(
	export_id uuid, part integer, path text, from_id uuid, to_id uuid, row_count integer, byte_count bigint, phone_number_ids text[],
	foreign_codes boolean, is_last boolean
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	asked public.verification_exports;
	kept_hours integer;
begin
	select e.* into asked from public.verification_exports e
	where e.id = keep_verification_export_part.export_id
	for update;
	if asked.id is null then
		return jsonb_build_object('outcome', 'gone');
	elsif asked.written_parts >= keep_verification_export_part.part then
		return (
			select jsonb_build_object('outcome', 'duplicate', 'path', p.path) from public.verification_export_parts p
			where p.export_id = asked.id and p.part = keep_verification_export_part.part);
	elsif asked.cursor_id <> from_id then
		raise exception 'part % does not go on from where the last one ended', keep_verification_export_part.part;
	end if;
	insert into public.verification_export_parts (export_id, part, organization_id, user_id, path, row_count, byte_count,
		phone_number_ids, foreign_codes)
	values (asked.id, keep_verification_export_part.part, asked.organization_id, asked.user_id,
		keep_verification_export_part.path, keep_verification_export_part.row_count, keep_verification_export_part.byte_count,
		keep_verification_export_part.phone_number_ids::uuid[], keep_verification_export_part.foreign_codes);
	-- a file with codes is kept no longer than codes are
	select least(o.code_hours, 168) into kept_hours from public.organizations o where o.id = asked.organization_id;
	update public.verification_exports e
	set written_parts = keep_verification_export_part.part, written_rows = e.written_rows + keep_verification_export_part.row_count,
		cursor_id = coalesce(to_id, e.cursor_id),
		finished_at = case when is_last then now() end,
		expires_at = case when is_last then now() + make_interval(hours => kept_hours) else e.expires_at end
	where e.id = asked.id;
	if is_last then
		insert into public.notifications (user_id, organization_id, kind, export_id)
		values (asked.user_id, asked.organization_id, 'export', asked.id);
	else
		perform private.write_export_part(asked.id);
	end if;
	return jsonb_build_object('outcome', 'kept', 'path', keep_verification_export_part.path);
end
$$;

create view api.verification_exports with (security_invoker = true) as
select e.id, e.organization_id, e.user_id, e.format, e.filters, e.total_rows, e.written_rows, e.written_parts, e.created_at, e.finished_at,
	e.expires_at
from public.verification_exports e
where e.expires_at > now();
comment on view api.verification_exports is 'Files of verifications that the caller asked for, and how far they are.';

create view api.verification_export_parts with (security_invoker = true) as
select p.export_id, p.part, p.organization_id, p.user_id, p.path, p.row_count, p.byte_count
from public.verification_export_parts p
join public.verification_exports e on e.id = p.export_id and e.expires_at > now();
comment on view api.verification_export_parts is
	'The files of the caller''s exports in the bucket exports, as long as the caller may see every number and code in them.';

create function api.count_verification_export(organization_id uuid, filters jsonb default '{}') returns bigint
language sql stable security invoker set search_path = ''
return private.count_verification_export(organization_id, filters);
comment on function api.count_verification_export(uuid, jsonb) is
	'How many verifications fit a filter {service, status, number, person, since, until}, of at most 5,000,000. Fails with '
	'session_ended, not_found, malformed.';

create function api.export_verifications(
	organization_id uuid, filters jsonb default '{}', before_id uuid default null, batch integer default 1000
) returns json
language sql security invoker set search_path = ''
return private.export_verifications(organization_id, filters, before_id, batch);
comment on function api.export_verifications(uuid, jsonb, uuid, integer) is
	'Verifications as files have them, newest first, at most 2,000 at a time: {rows, count, last_id, phone_number_ids, '
	'foreign_codes}; before_id is last_id of the page before. The first page is a line in the audit log. Fails with session_ended, '
	'not_found, malformed.';

create function api.request_verification_export(
	organization_id uuid, format public.export_format, filters jsonb default '{}'
) returns uuid
language sql security invoker set search_path = ''
return private.request_verification_export(organization_id, format, filters);
comment on function api.request_verification_export(uuid, public.export_format, jsonb) is
	'Has verifications written to files, and answers with the id in api.verification_exports. The same again while it is written '
	'is the same. Fails with session_ended, not_found, malformed, exports_too_many.';

create function api.remove_verification_export(export_id uuid) returns void
language sql security invoker set search_path = ''
return private.remove_verification_export(export_id);
comment on function api.remove_verification_export(uuid) is
	'Gives up an export of the caller''s, and removes its files. Fails with session_ended, not_found, organization_suspended.';

create function service.verification_export_page(export_id uuid, part integer, before_id uuid, batch integer) returns json
language sql security invoker set search_path = ''
return private.verification_export_page(export_id, part, before_id, batch);
comment on function service.verification_export_page(uuid, integer, uuid, integer) is
	'Rows of the part that is to be written now, as whoever asked may see them at this moment: {outcome: write, format, cursor_id, '
	'page}. Or {outcome: duplicate, path}, or gone.';

create function service.keep_verification_export_part(
	export_id uuid, part integer, path text, from_id uuid, to_id uuid, row_count integer, byte_count bigint, phone_number_ids text[],
	foreign_codes boolean, is_last boolean
) returns jsonb
language sql security invoker set search_path = ''
return private.keep_verification_export_part(export_id, part, path, from_id, to_id, row_count, byte_count, phone_number_ids,
	foreign_codes, is_last);
comment on function service.keep_verification_export_part(uuid, integer, text, uuid, uuid, integer, bigint, text[], boolean, boolean) is
	'A part is written: {outcome: kept, duplicate or gone, path}. Files of this part at any other path have to go.';

grant select on public.verification_exports, api.verification_exports, public.verification_export_parts,
	api.verification_export_parts
to authenticated;
grant execute on function
	api.count_verification_export(uuid, jsonb), private.count_verification_export(uuid, jsonb),
	api.export_verifications(uuid, jsonb, uuid, integer), private.export_verifications(uuid, jsonb, uuid, integer),
	api.request_verification_export(uuid, public.export_format, jsonb),
	private.request_verification_export(uuid, public.export_format, jsonb),
	api.remove_verification_export(uuid), private.remove_verification_export(uuid)
to authenticated;
grant execute on function
	service.verification_export_page(uuid, integer, uuid, integer),
	private.verification_export_page(uuid, integer, uuid, integer),
	service.keep_verification_export_part(uuid, integer, text, uuid, uuid, integer, bigint, text[], boolean, boolean),
	private.keep_verification_export_part(uuid, integer, text, uuid, uuid, integer, bigint, text[], boolean, boolean)
to edge, service_role;
