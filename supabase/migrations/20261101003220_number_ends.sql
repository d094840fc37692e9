-- How a number goes: cancelled by a person, or after its quarantine. What was texted with it is kept, read-only.

create table public.default_numbers (
	organization_id uuid not null,
	user_id uuid not null,
	phone_number_id uuid not null,
	primary key (organization_id, user_id),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade,
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table public.default_numbers is 'From which number a person starts conversations in an organization, if they chose one.';
create index default_numbers_number on public.default_numbers (organization_id, phone_number_id);

alter table public.default_numbers enable row level security;
create policy "everyone can read their own" on public.default_numbers for select to authenticated
	using (user_id = (select auth.uid()) and phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

-- A number of an organization where the caller has a capability, its row locked. Fails with not_found for one that is not theirs to
-- see, or gone.
create function private.own_number(phone_number_id uuid, capability text) returns public.phone_numbers
language plpgsql security definer set search_path = ''
as $$
declare
	number public.phone_numbers;
begin
	select n.* into number from public.phone_numbers n
	where n.id = own_number.phone_number_id and n.released_at is null and n.id = any ((select private.my_phone_number_ids())::uuid[])
	for no key update;
	perform private.require(own_number.capability, number.organization_id);
	if number.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	return number;
end
$$;

-- The end: nothing comes in or goes out any more, and the carrier is told. Its row is locked by the caller.
create function private.end_number(number public.phone_numbers, at timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.phone_numbers n
	set status = 'released', released_at = greatest(at, n.created_at), grace_until = null, quarantined_until = null
	where n.id = number.id and n.released_at is null;
	if not found then
		return;
	end if;
	update public.scheduled_messages s set status = 'cancelled', updated_at = now()
	where s.phone_number_id = number.id and s.status = 'scheduled';
	delete from public.default_numbers d where d.phone_number_id = number.id;
	if number.carrier_number_id is not null then
		insert into private.jobs (kind, queue_key, payload, max_attempts)
		values ('release_number', 'number:' || number.id, jsonb_build_object('phone_number_id', number.id), 40);
	end if;
	perform private.note_number(number, 'released', at);
end
$$;

-- Everything an organization has, where nobody is left in it.
create function private.release_numbers_of(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	number public.phone_numbers;
begin
	for number in
		select n.* from public.phone_numbers n
		where n.organization_id = release_numbers_of.organization_id and n.released_at is null
		order by n.id
		for no key update
	loop
		perform private.end_number(number, now());
	end loop;
end
$$;

-- Cancels a number, named by its digits so that nobody cancels another: at once, or at the end of what is paid.
create function private.cancel_number(phone_number_id uuid, e164 text, at_period_end boolean) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	number public.phone_numbers;
begin
	number := private.own_number(cancel_number.phone_number_id, 'numbers:buy');
	if cancel_number.e164 is distinct from number.e164 then
		perform private.fail(422, 'number_differs', 'This is not the number that would be cancelled. Nothing was changed; check its digits.');
	end if;
	if cancel_number.at_period_end and number.status = 'active' and number.renews_at is not null then
		if number.ends_at is not null then
			return;
		end if;
		update public.phone_numbers n set ends_at = n.renews_at where n.id = number.id;
		perform private.audit(number.organization_id, 'number.cancelled', 'phone_number', number.id, null,
			jsonb_build_object('e164', number.e164, 'ends_at', number.renews_at));
		perform private.note_number(number, 'cancelled', number.renews_at);
	else
		perform private.audit(number.organization_id, 'number.cancelled', 'phone_number', number.id, null,
			jsonb_build_object('e164', number.e164, 'ends_at', now()));
		perform private.end_number(number, now());
	end if;
end
$$;

-- It stays after all.
create function private.keep_number(phone_number_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	number public.phone_numbers;
begin
	number := private.own_number(keep_number.phone_number_id, 'numbers:buy');
	if number.ends_at is null then
		return;
	end if;
	update public.phone_numbers n set ends_at = null where n.id = number.id;
	perform private.audit(number.organization_id, 'number.kept', 'phone_number', number.id,
		jsonb_build_object('ends_at', number.ends_at));
	perform private.note_number(number, 'kept', number.renews_at);
end
$$;

create function private.update_number(phone_number_id uuid, label text, color smallint) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	number public.phone_numbers;
	name constant text := btrim(regexp_replace(coalesce(label, ''), '\s+', ' ', 'g'));
begin
	number := private.own_number(update_number.phone_number_id, 'numbers:assign');
	if char_length(name) not between 1 and 40 or color is null or color not between 1 and 8 then
		perform private.fail(422, 'number_label_invalid', 'Give the number a label of 1 to 40 characters and one of the eight colours.');
	end if;
	if (name, update_number.color) = (number.label, number.color) then
		return;
	end if;
	update public.phone_numbers n set label = name, color = update_number.color where n.id = number.id;
	if name <> number.label then
		perform private.audit(number.organization_id, 'number.renamed', 'phone_number', number.id,
			jsonb_build_object('label', number.label), jsonb_build_object('label', name));
	end if;
	perform private.hint_numbers(number.organization_id);
end
$$;

-- From which number the caller starts conversations; null: the best for whom they write to.
create function private.set_default_number(organization_id uuid, phone_number_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller uuid := private.require_session();
begin
	-- a number that the caller cannot see does not exist
	if set_default_number.phone_number_id is not null and not exists (
		select from public.phone_numbers n
		where n.id = set_default_number.phone_number_id and n.organization_id = set_default_number.organization_id
			and n.released_at is null and n.id = any (private.my_phone_number_ids()))
	then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	caller := private.require('messages:send', set_default_number.organization_id);
	if set_default_number.phone_number_id is null then
		delete from public.default_numbers d
		where d.organization_id = set_default_number.organization_id and d.user_id = caller;
		return;
	end if;
	insert into public.default_numbers (organization_id, user_id, phone_number_id)
	values (set_default_number.organization_id, caller, set_default_number.phone_number_id)
	on conflict (organization_id, user_id) do update set phone_number_id = excluded.phone_number_id;
end
$$;

-- Where a number that was given back is to be released: null when it is not, or that is done.
create function private.number_to_release(phone_number_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('carrier', n.carrier, 'carrier_number_id', n.carrier_number_id)
		from public.phone_numbers n
		where n.id = number_to_release.phone_number_id and n.status = 'released' and n.carrier_released_at is null
			and n.carrier_number_id is not null
			-- whoever bought it since keeps it
			and not exists (
				select from public.phone_numbers o
				where o.carrier_number_id = n.carrier_number_id and o.released_at is null));
end
$$;

create function private.number_given_back(phone_number_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.phone_numbers n set carrier_released_at = now()
	where n.id = number_given_back.phone_number_id and n.status = 'released' and n.carrier_released_at is null;
end
$$;

create view api.owned_numbers with (security_invoker = true) as
select n.id, n.organization_id, n.e164, n.label, n.color, n.country_code, n.kind, n.capabilities, n.status, n.monthly_micros,
	n.renews_at, n.auto_renew, n.ends_at, n.grace_until, n.quarantined_until, n.restricted_at is not null as restricted,
	n.created_at, n.released_at,
	exists (
		select from public.default_numbers d
		where d.phone_number_id = n.id and d.user_id = (select auth.uid())) as is_default
from public.phone_numbers n;
comment on view api.owned_numbers is
	'The numbers the caller may see with what they cost and until when they are paid, also those that were given back.';

create function api.cancel_number(phone_number_id uuid, e164 text, at_period_end boolean) returns void
language sql security invoker set search_path = ''
return private.cancel_number(phone_number_id, e164, at_period_end);
comment on function api.cancel_number(uuid, text, boolean) is
	'Gives a number back, now or at the end of what is paid. e164 names it once more. Its texts are kept, read-only. Fails with '
	'session_ended, not_found, not_allowed, number_differs.';

create function api.keep_number(phone_number_id uuid) returns void
language sql security invoker set search_path = ''
return private.keep_number(phone_number_id);
comment on function api.keep_number(uuid) is
	'A number that was cancelled for the end of what is paid stays. Fails with session_ended, not_found, not_allowed.';

create function api.update_number(phone_number_id uuid, label text, color smallint) returns void
language sql security invoker set search_path = ''
return private.update_number(phone_number_id, label, color);
comment on function api.update_number(uuid, text, smallint) is
	'What a number is called, and its colour of eight. Fails with session_ended, not_found, not_allowed, number_label_invalid.';

create function api.set_default_number(organization_id uuid, phone_number_id uuid default null) returns void
language sql security invoker set search_path = ''
return private.set_default_number(organization_id, phone_number_id);
comment on function api.set_default_number(uuid, uuid) is
	'From which number the caller starts conversations; null: the best match. Fails with session_ended, not_found, not_allowed.';

create function service.number_to_release(phone_number_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.number_to_release(phone_number_id);
comment on function service.number_to_release(uuid) is
	'What the carrier calls a number that it is to have back, {carrier, carrier_number_id}; null where there is nothing to do.';

create function service.number_given_back(phone_number_id uuid) returns void
language sql security invoker set search_path = ''
return private.number_given_back(phone_number_id);
comment on function service.number_given_back(uuid) is 'The carrier has the number back.';

grant select on public.default_numbers, api.owned_numbers to authenticated;
grant execute on function
	api.cancel_number(uuid, text, boolean), private.cancel_number(uuid, text, boolean),
	api.keep_number(uuid), private.keep_number(uuid),
	api.update_number(uuid, text, smallint), private.update_number(uuid, text, smallint),
	api.set_default_number(uuid, uuid), private.set_default_number(uuid, uuid)
to authenticated;
grant execute on function
	service.number_to_release(uuid), private.number_to_release(uuid),
	service.number_given_back(uuid), private.number_given_back(uuid)
to edge, service_role;
