-- How fast the carrier takes texts. It counts segments a second for each number; a text that comes faster waits its turn and is
-- never dropped. An organization, too, has its turn only so often: whatever one sends at once, the next one's text waits for little.

create table private.carrier_pace (
	-- of a number, as public.phone_numbers names it; or 'organization', for all of its numbers together
	kind text not null check (kind in ('local', 'mobile', 'toll_free', 'organization')),
	-- '': all that are not named
	country_code text not null default '' check (country_code ~ '^([A-Z]{2})?$'),
	segments_per_second numeric not null check (segments_per_second > 0),
	-- what goes at once after a rest
	burst integer not null check (burst >= 1),
	primary key (kind, country_code)
);
comment on table private.carrier_pace is 'Segments a second that the carrier takes from a kind of number, by country.';
insert into private.carrier_pace (kind, country_code, segments_per_second, burst) values
	-- https://help.twilio.com/articles/115002943027: one a second from ten digits in the US and Canada, three from a toll-free number
	('local', 'US', 1, 10), ('local', 'CA', 1, 10), ('mobile', 'US', 1, 10), ('mobile', 'CA', 1, 10),
	('toll_free', '', 3, 30), ('local', '', 10, 30), ('mobile', '', 10, 30),
	('organization', '', 20, 60);

create table private.text_turns (
	-- a number or an organization
	id uuid primary key,
	-- the platform's word for this one, where a campaign is registered for more
	segments_per_second numeric check (segments_per_second > 0),
	burst integer check (burst >= 1),
	-- while an operator slowed an organization down: so much of its pace, in percent, until then
	slowed_percent smallint check (slowed_percent between 1 and 99),
	slowed_until timestamptz,
	-- when all that was queued will have gone
	free_at timestamptz not null default '-infinity',
	check ((segments_per_second is null) = (burst is null)),
	check ((slowed_percent is null) = (slowed_until is null))
) with (fillfactor = 50);
comment on table private.text_turns is 'When a number, or an organization, has sent all that it queued.';

-- Seconds until so many segments more would go, as things stand; and what they take of each.
create function private.text_delay(phone_number_id uuid, segments integer, at timestamptz default clock_timestamp())
returns double precision
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select greatest(0, max(extract(epoch from t.free_at - text_delay.at)
			- greatest(r.burst / r.rate, 1 / r.rate / r.share) + text_delay.segments / r.rate / r.share))
		from public.phone_numbers n
		cross join lateral (values (n.id, n.kind), (n.organization_id, 'organization')) w (id, kind)
		join private.text_turns t on t.id = w.id
		cross join lateral (
			select c.segments_per_second, c.burst from private.carrier_pace c
			where c.kind = w.kind and c.country_code in (n.country_code, '')
			order by c.country_code desc limit 1) p
		cross join lateral (
			select coalesce(t.burst, p.burst) as burst, coalesce(t.segments_per_second, p.segments_per_second) as rate,
				case when t.slowed_until > text_delay.at then t.slowed_percent / 100.0 else 1 end as share) r
		where n.id = text_delay.phone_number_id);
end
$$;

-- A text's place in both queues. Its number's first, then its organization's: one order for all.
create function private.take_turn(id uuid, kind text, country_code text, segments integer, at timestamptz) returns interval
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	pace private.carrier_pace;
	turn private.text_turns;
	rate numeric;
	share numeric;
begin
	select c.* into pace from private.carrier_pace c
	where c.kind = take_turn.kind and c.country_code in (take_turn.country_code, '')
	order by c.country_code desc limit 1;
	insert into private.text_turns as t (id, free_at)
	values (take_turn.id, take_turn.at + make_interval(secs => take_turn.segments / pace.segments_per_second))
	on conflict (id) do update
	set free_at = greatest(t.free_at, take_turn.at)
		+ make_interval(secs => take_turn.segments / coalesce(t.segments_per_second, pace.segments_per_second)
			/ case when t.slowed_until > take_turn.at then t.slowed_percent / 100.0 else 1 end)
	returning t.* into turn;
	rate := coalesce(turn.segments_per_second, pace.segments_per_second);
	share := case when turn.slowed_until > take_turn.at then turn.slowed_percent / 100.0 else 1 end;
	-- whoever is slowed down saves up as long as the others, which is less
	return greatest(interval '0', turn.free_at - take_turn.at
		- make_interval(secs => greatest(coalesce(turn.burst, pace.burst) / rate, 1 / rate / share)));
end
$$;

-- A text that is sent later, because it can be taken back, has its turn later by as much.
create function private.on_queued_text() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	text record;
	delay interval;
	-- one moment for all of it: a turn is as exact as the machine is slow otherwise
	moment constant timestamptz := clock_timestamp();
begin
	select m.segments, n.id, n.kind, n.country_code, n.organization_id into text
	from public.messages m
	join public.conversations c on c.id = m.conversation_id
	join public.phone_numbers n on n.id = c.phone_number_id
	where m.id = case when pg_input_is_valid(new.payload ->> 'message_id', 'uuid') then (new.payload ->> 'message_id')::uuid end;
	if found then
		delay := greatest(
			private.take_turn(text.id, text.kind, text.country_code, greatest(text.segments, 1), moment),
			private.take_turn(text.organization_id, 'organization', '', greatest(text.segments, 1), moment));
		if delay > interval '0' then
			new.run_at := greatest(new.run_at, moment) + delay;
		end if;
	end if;
	return new;
end
$$;
create trigger on_queued_text before insert on private.jobs
	for each row when (new.kind = 'send_message') execute function private.on_queued_text();

-- Seconds that a queued text waits for its turn, not counting the time in which it can be taken back.
create function private.expected_delay(message_id uuid) returns integer
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select greatest(0, ceil(extract(epoch from j.run_at - greatest(m.held_until, clock_timestamp()))))::integer
		from public.messages m
		join private.jobs j on j.queue_key = m.conversation_id::text and j.kind = 'send_message'
			and j.completed_at is null and j.parked_at is null and j.attempts = 0
			and j.payload ->> 'message_id' = m.id::text
		where m.id = expected_delay.message_id), 0);
end
$$;

create function private.set_pace(id uuid, segments_per_second numeric, burst integer) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	insert into private.text_turns as t (id, segments_per_second, burst)
	values (set_pace.id, set_pace.segments_per_second, set_pace.burst)
	on conflict (id) do update set segments_per_second = excluded.segments_per_second, burst = excluded.burst;
end
$$;

-- A turn that is over says nothing that is not said by its absence.
create function private.forget_turns(batch integer) returns void
language sql security definer set search_path = ''
begin atomic
	delete from private.text_turns t
	where t.id in (
		select o.id from private.text_turns o
		where o.free_at < now() - interval '1 hour' and o.segments_per_second is null
			and (o.slowed_until is null or o.slowed_until < now())
		limit batch
		for update skip locked);
end;
select cron.schedule('text-turns', '* * * * *', 'select private.forget_turns(1000)');

create function service.set_pace(id uuid, segments_per_second numeric, burst integer) returns void
language sql security invoker set search_path = ''
return private.set_pace(id, segments_per_second, burst);
comment on function service.set_pace(uuid, numeric, integer) is
	'How many segments a second the carrier takes from a number, or we from an organization, and how many at once; null: as its kind.';

grant execute on function service.set_pace(uuid, numeric, integer), private.set_pace(uuid, numeric, integer) to edge, service_role;
