-- What the carrier counted and took, by days (UTC) and categories, compared with our texts. Its clock is not ours: a text that was
-- handed over before midnight and told of after it may belong to either day, so ours is a span, and what lies in it agrees.

create table private.carrier_usage (
	carrier text not null,
	day date not null,
	-- sms or mms, inbound or outbound, as the carrier calls it
	category text not null,
	-- the carrier's; the price in 10⁻⁶ USD, null where it said so in another currency
	texts bigint not null,
	price_micros bigint,
	-- ours: of that day for certain, and at most; no sum where a cost is not known yet
	least_texts bigint not null,
	most_texts bigint not null,
	least_micros bigint,
	most_micros bigint,
	differs boolean not null generated always as (
		texts not between least_texts and most_texts
		or coalesce(price_micros not between least_micros and most_micros, false)) stored,
	read_at timestamptz not null default clock_timestamp(),
	primary key (carrier, day, category)
);
comment on table private.carrier_usage is
	'What a carrier counted on days that are over, and our texts of them when that was read last.';

-- Our texts that the carrier counts on a day. One that failed without having been sent for all we know may have been, and of one that
-- is gone by retention there is its charge.
create function private.texts_of_day(carrier text, day date)
returns table (category text, least_texts bigint, most_texts bigint, least_micros bigint, most_micros bigint)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	begins constant timestamptz := texts_of_day.day::timestamp at time zone 'UTC';
	ends constant timestamptz := begins + interval '1 day';
begin
	return query
		select t.category, count(*) filter (where t.certain), count(*),
			case when bool_and(t.is_known) then coalesce(sum(t.micros) filter (where t.certain), 0)::bigint end,
			case when bool_and(t.is_known) then sum(t.micros)::bigint end
		from (
			select case when m.attachment_count > 0 then 'mms-' else 'sms-' end || m.direction as category,
				s.was_sent and s.earliest >= begins and s.latest < ends as certain,
				coalesce(c.cost_micros, 0) as micros,
				c.cost_micros is not null or not s.was_sent as is_known
			from public.messages m
			cross join lateral (
				-- clocks differ by seconds; a text to us is told again for some time
				select m.created_at - case when m.direction = 'inbound' then interval '15 minutes' else interval '5 seconds' end as earliest,
					coalesce(m.sent_at, m.failed_at, m.created_at) + interval '5 seconds' as latest,
					m.direction = 'inbound' or m.sent_at is not null as was_sent
			) s
			left join private.text_costs c on c.message_id = m.id
			where m.id >= private.first_id_at(begins - interval '2 days') and m.id < private.first_id_at(ends + interval '2 days')
				and m.carrier = texts_of_day.carrier and m.carrier_message_id is not null
				and s.earliest < ends and s.latest >= begins
				and (s.was_sent or m.failed_at is not null)
				-- what was written down later came from elsewhere
				and m.id < private.first_id_at(m.created_at + interval '1 hour')
			union all
			select g.kind || '-' || g.direction, false, coalesce(c.cost_micros, 0), c.cost_micros is not null
			from public.text_charges g
			left join private.text_costs c on c.message_id = g.message_id
			where g.message_id >= private.first_id_at(begins - interval '15 minutes') and g.message_id < private.first_id_at(ends)
				and g.status = 'charged' and not exists (select from public.messages m where m.id = g.message_id)
		) t
		group by t.category;
end
$$;

-- The days to ask the carrier for: {days}. The last three that have been over for an hour; for two weeks those that differed, that had
-- a cost that was not known, or that were left out. So many at once as are read within a job's lease.
create function private.begin_usage_reading(carrier text, at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	latest constant date := (begin_usage_reading.at at time zone 'UTC' - interval '1 hour')::date - 1;
	days jsonb;
begin
	select coalesce(jsonb_agg(due.day), '[]') into days
	from (
		select d.day
		from (select latest - n as day from generate_series(0, 13) n) d
		cross join lateral (
			select min(u.read_at) as read_at, bool_or(u.differs or u.most_micros is null) as is_open
			from private.carrier_usage u
			where u.carrier = begin_usage_reading.carrier and u.day = d.day
		) known
		where d.day > latest - 3 or known.is_open or (
			known.read_at is null
			and d.day > (select min(u.day) from private.carrier_usage u where u.carrier = begin_usage_reading.carrier))
		order by d.day > latest - 3 desc, known.read_at nulls first, d.day
		limit 5
	) due;
	return jsonb_build_object('days', days);
end
$$;

-- What the carrier counted on a day, and our texts of it. usage: {list: [{category, texts, price_micros}]}.
create function private.keep_carrier_usage(carrier text, day date, usage jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	insert into private.carrier_usage as u (carrier, day, category, texts, price_micros, least_texts, most_texts, least_micros, most_micros)
	select keep_carrier_usage.carrier, keep_carrier_usage.day, there.category, there.texts, there.price_micros,
		coalesce(here.least_texts, 0), coalesce(here.most_texts, 0),
		case when here.category is null then 0 else here.least_micros end,
		case when here.category is null then 0 else here.most_micros end
	from jsonb_to_recordset(usage -> 'list') there (category text, texts bigint, price_micros bigint)
	left join private.texts_of_day(keep_carrier_usage.carrier, keep_carrier_usage.day) here on here.category = there.category
	on conflict (carrier, day, category) do update
	set texts = excluded.texts, price_micros = excluded.price_micros, least_texts = excluded.least_texts,
		most_texts = excluded.most_texts, least_micros = excluded.least_micros, most_micros = excluded.most_micros,
		read_at = clock_timestamp();
end
$$;

create function private.find_in_usage() returns table (cause text, subject text, organization_id uuid, details jsonb)
language plpgsql stable security definer set search_path = ''
as $$
begin
	return query
		select 'usage_differs', u.carrier || ' ' || u.day || ' ' || u.category, null::uuid,
			jsonb_build_object('there', jsonb_build_object('texts', u.texts, 'price_micros', u.price_micros),
				'here', jsonb_build_object('least_texts', u.least_texts, 'most_texts', u.most_texts,
					'least_micros', u.least_micros, 'most_micros', u.most_micros))
		from private.carrier_usage u
		where u.differs
		order by u.day desc, u.category
		limit 200;
end
$$;

create function service.begin_usage_reading(carrier text, at timestamptz default now()) returns jsonb
language sql stable security invoker set search_path = ''
return private.begin_usage_reading(carrier, at);
comment on function service.begin_usage_reading(text, timestamptz) is
	'The days (UTC) whose usage the carrier is to be asked for: {days}.';

create function service.keep_carrier_usage(carrier text, day date, usage jsonb) returns void
language sql security invoker set search_path = ''
return private.keep_carrier_usage(carrier, day, usage);
comment on function service.keep_carrier_usage(text, date, jsonb) is
	'What the carrier counted on a day ({list: [{category, texts, price_micros}]}) is compared with our texts of that day.';

grant execute on function
	private.begin_usage_reading(text, timestamptz), service.begin_usage_reading(text, timestamptz),
	private.keep_carrier_usage(text, date, jsonb), service.keep_carrier_usage(text, date, jsonb)
to edge, service_role;
