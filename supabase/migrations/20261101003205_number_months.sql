-- The months of a number, as a calendar counts them, and the first of them: a number comes to who has paid it.

-- So many months after a moment, as a calendar in this zone counts them: the same clock time on the same day, or on the last one
-- of a month that has no such day. A clock time that is skipped there is an hour later.
create function private.months_after(moment timestamptz, months integer, time_zone text) returns timestamptz
language plpgsql stable set search_path = ''
as $$
begin
	return (moment at time zone time_zone + make_interval(months => months)) at time zone time_zone;
end
$$;

-- The end of the month that begins at `begins`, of a number whose months count from `months_from`: always from there, so that a
-- number of the 31st is back on it after February. Where the zone has changed since, no month has less than half of one.
create function private.month_end(months_from timestamptz, begins timestamptz, time_zone text) returns timestamptz
language plpgsql stable set search_path = ''
as $$
declare
	months integer := greatest(1, floor(extract(epoch from begins - months_from) / 2678400)::integer);
	ends timestamptz;
begin
	if months_from is null or begins is null or time_zone is null then
		return null;
	end if;
	loop
		ends := private.months_after(months_from, months, time_zone);
		exit when ends > begins + interval '14 days';
		months := months + 1;
	end loop;
	return ends;
end
$$;

-- Puts a number under an organization that has just paid its first month. Again for the same purchase at the carrier: the number
-- it has. Fails with number_sold where somebody else has it.
create function private.add_number(
	organization_id uuid, e164 text, country_code text, kind text, capabilities jsonb, label text, carrier_number_id text,
	monthly_micros bigint, at timestamptz default now()
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	added uuid;
	zone text;
begin
	select o.time_zone into zone from public.organizations o where o.id = add_number.organization_id;
	insert into public.phone_numbers (organization_id, e164, label, color, country_code, carrier_number_id, kind, capabilities,
		monthly_micros, months_from, renews_at, created_at)
	select add_number.organization_id, add_number.e164, left(btrim(add_number.label), 40),
		(
			select c from generate_series(1, 8) c
			left join public.phone_numbers n
				on n.organization_id = add_number.organization_id and n.color = c and n.released_at is null
			group by c order by count(n.id), c limit 1),
		add_number.country_code, add_number.carrier_number_id, add_number.kind, add_number.capabilities,
		add_number.monthly_micros, add_number.at, private.month_end(add_number.at, add_number.at, zone), add_number.at
	on conflict (e164) where released_at is null do nothing
	returning id into added;
	if added is null then
		select n.id into added from public.phone_numbers n
		where n.organization_id = add_number.organization_id and n.e164 = add_number.e164 and n.released_at is null
			and n.carrier_number_id = add_number.carrier_number_id;
		if added is null then
			perform private.fail(409, 'number_sold',
				'Somebody else took this number first. You paid nothing; choose another one.');
		end if;
		return added;
	end if;
	insert into public.number_events (organization_id, phone_number_id, kind, about, told_at)
	select n.organization_id, n.id, 'bought', n.renews_at, now() from public.phone_numbers n where n.id = added;
	perform private.audit(add_number.organization_id, 'number.added', 'phone_number', added, null,
		jsonb_build_object('e164', add_number.e164, 'monthly_micros', add_number.monthly_micros));
	perform private.hint_numbers(add_number.organization_id);
	return added;
end
$$;

-- Open pages of an organization ask again which numbers there are.
create function private.hint_numbers(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(jsonb_build_object('id', hint_numbers.organization_id), 'members',
		'organization:' || hint_numbers.organization_id, true);
	perform realtime.send(jsonb_build_object('id', hint_numbers.organization_id), 'memberships', 'user:' || m.user_id, true)
	from public.memberships m where m.organization_id = hint_numbers.organization_id;
end
$$;
