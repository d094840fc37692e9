-- What the carrier takes for each text: it says so some time after, and is asked until it does. Booked as cost once.

create table private.text_costs (
	message_id uuid primary key,
	-- null while the carrier has not said
	cost_micros bigint check (cost_micros >= 0),
	asked smallint not null default 0,
	-- null where nobody asks (any more)
	ask_at timestamptz,
	created_at timestamptz not null default now()
);
comment on table private.text_costs is 'What the carrier took for each text that was charged, in 10⁻⁶ USD, and when it is asked next.';

create index text_costs_due on private.text_costs (ask_at) where ask_at is not null;

-- A minute after a text is charged the carrier usually knows.
create function private.on_charged() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.text_costs (message_id, ask_at)
	select n.message_id, now() + interval '1 minute' from new_charges n where n.status = 'charged'
	on conflict (message_id) do nothing;
	return null;
end
$$;
create trigger on_new_charge after insert on public.text_charges referencing new table as new_charges
	for each statement execute function private.on_charged();
create trigger on_changed_charge after update on public.text_charges referencing new table as new_charges
	for each statement execute function private.on_charged();

-- Up to `batch` texts whose cost is to be asked for, the longest due first. Each counts as asked and comes again after twice the time;
-- after two weeks nobody asks any more.
create function private.costs_to_ask(carrier text, batch integer, at timestamptz)
returns table (message_id uuid, carrier_message_id text)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		with due as (
			select c.message_id from private.text_costs c
			where c.ask_at <= costs_to_ask.at
			order by c.ask_at
			limit batch
			for update skip locked
		), stamped as (
			update private.text_costs c
			set asked = c.asked + 1,
				ask_at = case when c.asked < 14 then costs_to_ask.at + interval '1 minute' * 2 ^ least(c.asked, 11) end
			from due where c.message_id = due.message_id
			returning c.message_id
		)
		select m.id, m.carrier_message_id from stamped s
		join public.messages m on m.id = s.message_id and m.carrier = costs_to_ask.carrier and m.carrier_message_id is not null;
end
$$;

-- Books what a text cost, once, and how many segments the carrier counted.
create function private.record_text_cost(message_id uuid, micros bigint, segments integer) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	booked boolean;
begin
	-- text, charge, wallet: the order in which everybody takes them
	perform from public.messages m where m.id = record_text_cost.message_id for update;
	update private.text_costs c set cost_micros = micros, ask_at = null
	where c.message_id = record_text_cost.message_id and c.cost_micros is null;
	booked := found;
	if booked and micros > 0 then
		perform private.transfer(null, array[row('revenue', -micros), row('carrier_cost', micros)]::private.ledger_leg[],
			'carrier_cost', 'cost:' || message_id, 'message', message_id);
	end if;
	if segments > 0 then
		perform private.note_segments(message_id, segments);
	end if;
	return jsonb_build_object('outcome', case when booked then 'booked' else 'unchanged' end);
end
$$;

-- One job at a time, and none where there is nothing to ask for.
create function private.schedule_costs() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.jobs j where j.kind = 'collect_costs' and j.completed_at < now() - interval '1 hour';
	insert into private.jobs (kind, queue_key, max_attempts)
	select 'collect_costs', 'collect_costs', 1000000
	where exists (select from private.text_costs c where c.ask_at <= now())
		and not exists (
			select from private.jobs j
			where j.queue_key = 'collect_costs' and j.completed_at is null and j.parked_at is null);
end
$$;
select cron.schedule('text-costs', '* * * * *', 'select private.schedule_costs()');

-- What texts brought and cost, and where the carrier counted otherwise than we did: for operators.
create function private.text_margins(since timestamptz, until timestamptz)
returns table (
	organization_id uuid, direction public.message_direction, texts bigint, charged_micros bigint, shortfall_micros bigint,
	cost_micros bigint, cost_unknown bigint, segments bigint, drifted bigint, drift bigint
)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select c.organization_id, c.direction, count(*), sum(c.charged_micros)::bigint, sum(c.shortfall_micros)::bigint,
			coalesce(sum(k.cost_micros), 0)::bigint, count(*) filter (where k.cost_micros is null), sum(c.segments)::bigint,
			count(*) filter (where c.carrier_segments <> c.segments),
			coalesce(sum(c.carrier_segments - c.segments), 0)::bigint
		from public.text_charges c
		left join private.text_costs k on k.message_id = c.message_id
		where c.status = 'charged' and c.created_at >= text_margins.since and c.created_at < text_margins.until
		group by c.organization_id, c.direction;
end
$$;

create function service.costs_to_ask(carrier text, batch integer, at timestamptz default now())
returns table (message_id uuid, carrier_message_id text)
language sql security invoker set search_path = ''
begin atomic
	select * from private.costs_to_ask(carrier, batch, at);
end;
comment on function service.costs_to_ask(text, integer, timestamptz) is
	'Texts whose cost the carrier is to be asked for. Asking counts: each comes again later, until its cost is recorded.';

create function service.record_text_cost(message_id uuid, micros bigint, segments integer) returns jsonb
language sql security invoker set search_path = ''
return private.record_text_cost(message_id, micros, segments);
comment on function service.record_text_cost(uuid, bigint, integer) is
	'What the carrier took for a text, in 10⁻⁶ USD, and how many segments it counted: booked, or unchanged where that was known.';

create function service.text_margins(since timestamptz, until timestamptz)
returns table (
	organization_id uuid, direction public.message_direction, texts bigint, charged_micros bigint, shortfall_micros bigint,
	cost_micros bigint, cost_unknown bigint, segments bigint, drifted bigint, drift bigint
)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.text_margins(since, until);
end;
comment on function service.text_margins(timestamptz, timestamptz) is
	'What texts of a time brought and cost, by organization and direction, in 10⁻⁶ USD. drifted: of how many the carrier counted other '
	'segments than we did, drift: how many more in all.';

grant execute on function
	private.costs_to_ask(text, integer, timestamptz), service.costs_to_ask(text, integer, timestamptz),
	private.record_text_cost(uuid, bigint, integer), service.record_text_cost(uuid, bigint, integer),
	private.text_margins(timestamptz, timestamptz), service.text_margins(timestamptz, timestamptz)
to edge, service_role;
