-- How many bytes of files an organization keeps, counted in the transaction that changes it; its plan says how many there may be. What is
-- put up needs room; what is texted to an organization is kept, whatever there is.

create table private.stored_bytes (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	bytes bigint not null default 0
) with (fillfactor = 50);
comment on table private.stored_bytes is
	'Bytes of an organization''s files as their rows say: those that are announced and those that are there. Without a row: none.';

alter table private.stored_bytes enable row level security;

create function private.bytes_stored(organization_id uuid) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select s.bytes from private.stored_bytes s where s.organization_id = bytes_stored.organization_id), 0);
end
$$;

-- By as much; tells those who decide about the money where a step of the limit is reached by it.
create function private.store_bytes(organization_id uuid, difference bigint) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	now_there bigint;
	most bigint;
begin
	if store_bytes.difference < 0 then
		update private.stored_bytes s set bytes = s.bytes + store_bytes.difference
		where s.organization_id = store_bytes.organization_id;
		return;
	end if;
	insert into private.stored_bytes as s (organization_id, bytes) values (store_bytes.organization_id, store_bytes.difference)
	on conflict (organization_id) do update set bytes = s.bytes + excluded.bytes
	returning s.bytes into now_there;
	most := (private.plan_of(store_bytes.organization_id)).storage_bytes;
	if private.warning_at(now_there, most) > private.warning_at(now_there - store_bytes.difference, most) then
		perform private.warn_of_limit(store_bytes.organization_id, 'storage', private.month_of(store_bytes.organization_id), now_there, most);
	end if;
	perform private.watch_cap(store_bytes.organization_id, 'storage');
end
$$;

-- What is refused or missing keeps nothing; what is expected has no size yet.
create function private.count_stored() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'INSERT' then
		perform private.store_bytes(d.organization_id, d.bytes)
		from (
			select n.organization_id, sum(n.size)::bigint as bytes from new_rows n where n.status in ('pending', 'ready') group by 1) d
		where d.bytes > 0
		order by d.organization_id;
	elsif tg_op = 'DELETE' then
		perform private.store_bytes(d.organization_id, -d.bytes)
		from (
			select o.organization_id, sum(o.size)::bigint as bytes from old_rows o where o.status in ('pending', 'ready') group by 1) d
		where d.bytes > 0
		order by d.organization_id;
	else
		perform private.store_bytes(d.organization_id, d.bytes)
		from (
			select n.organization_id, sum(case when n.status in ('pending', 'ready') then coalesce(n.size, 0) else 0 end
				- case when o.status in ('pending', 'ready') then coalesce(o.size, 0) else 0 end)::bigint as bytes
			from new_rows n
			join old_rows o on o.id = n.id
			group by 1) d
		where d.bytes <> 0
		order by d.organization_id;
	end if;
	return null;
end
$$;
create trigger count_stored_new after insert on public.attachments referencing new table as new_rows
	for each statement execute function private.count_stored();
create trigger count_stored_gone after delete on public.attachments referencing old table as old_rows
	for each statement execute function private.count_stored();
create trigger count_stored_changed after update on public.attachments referencing old table as old_rows new table as new_rows
	for each statement execute function private.count_stored();

-- Before a file is put up, under the lock of what is counted: of several at once that do not fit together the last is refused. Fails
-- with storage_full, storage_capped.
create function private.require_storage(organization_id uuid, coming bigint) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	there bigint;
begin
	insert into private.stored_bytes (organization_id) values (require_storage.organization_id) on conflict do nothing;
	select s.bytes into there from private.stored_bytes s
	where s.organization_id = require_storage.organization_id
	for no key update;
	if there + require_storage.coming > (private.plan_of(require_storage.organization_id)).storage_bytes then
		perform private.fail(409, 'storage_full',
			'The plan has no room for this file. Choose a larger plan, or have older files removed. It was not stored; texts and files still come in.');
	end if;
	perform private.require_under_cap(require_storage.organization_id, 'storage', require_storage.coming);
end
$$;
