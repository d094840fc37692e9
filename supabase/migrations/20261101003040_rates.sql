-- The carrier's own prices, asked for once a day. Where one has changed, ours follows it from that moment on.

create table private.carrier_rates (
	country_code char(2) not null check (country_code ~ '^[A-Z]{2}$'),
	direction public.message_direction not null,
	micros bigint not null check (micros >= 0),
	valid_from timestamptz not null,
	primary key (country_code, direction, valid_from)
);
comment on table private.carrier_rates is
	'What the carrier asks for a segment to a country, or in by a number of it, in 10⁻⁶ USD. Only ever added to; nobody else''s to know.';

create table private.rate_refreshes (
	country_code char(2) primary key,
	asked_at timestamptz,
	known_at timestamptz
);
comment on table private.rate_refreshes is 'When the carrier was last asked for the prices of a country, and when it last told them.';

-- Up to `batch` countries of our list whose prices are older than a day. One that could not be told is asked for again in an hour.
create function private.countries_to_price(batch integer, at timestamptz) returns text[]
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	due text[];
begin
	with due as (
		select distinct p.country_code::text as country_code from public.prices p
		left join private.rate_refreshes r on r.country_code = p.country_code
		where p.country_code is not null
			and coalesce(r.known_at, '-infinity') < countries_to_price.at - interval '1 day'
			and coalesce(r.asked_at, '-infinity') < countries_to_price.at - interval '1 hour'
		order by 1
		limit batch
	), stamped as (
		insert into private.rate_refreshes as r (country_code, asked_at)
		select d.country_code, countries_to_price.at from due d
		on conflict (country_code) do update set asked_at = excluded.asked_at
		returning r.country_code
	)
	select array_agg(s.country_code) into due from stamped s;
	return coalesce(due, '{}');
end
$$;

-- What a country's texts cost at the carrier from a moment on; null: it does not say. Keeps what is new, and puts our price after it.
-- Answers how many prices changed.
create function private.record_rates(
	country_code text, outbound_micros bigint, inbound_micros bigint, at timestamptz
) returns bigint
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	changed bigint;
begin
	-- one at a time for a country: what is new is new against something
	insert into private.rate_refreshes as r (country_code, known_at) values (record_rates.country_code, at)
	on conflict (country_code) do update set known_at = greatest(r.known_at, excluded.known_at);

	insert into private.carrier_rates (country_code, direction, micros, valid_from)
	select record_rates.country_code, t.direction, t.micros, at
	from (values ('outbound'::public.message_direction, outbound_micros), ('inbound', inbound_micros)) t (direction, micros)
	where t.micros is not null and t.micros is distinct from (
		select c.micros from private.carrier_rates c
		where c.country_code = record_rates.country_code and c.direction = t.direction
		order by c.valid_from desc limit 1)
	on conflict do nothing;

	insert into public.prices (prefix, country_code, direction, kind, micros, valid_from)
	select last.prefix, last.country_code, last.direction, 'sms', private.priced(t.micros, at), at
	from (values ('outbound'::public.message_direction, outbound_micros), ('inbound', inbound_micros)) t (direction, micros)
	join (
		select distinct on (p.prefix, p.direction) p.prefix, p.country_code, p.direction, p.micros
		from public.prices p
		where p.country_code = record_rates.country_code and p.kind = 'sms'
		order by p.prefix, p.direction, p.valid_from desc
	) last on last.direction = t.direction
	where t.micros is not null and last.micros <> private.priced(t.micros, at)
	on conflict do nothing;
	get diagnostics changed = row_count;
	return changed;
end
$$;

-- One job at a time, and none while all prices are of today.
create function private.schedule_price_refresh() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.jobs j where j.kind = 'refresh_prices' and j.completed_at < now() - interval '1 hour';
	insert into private.jobs (kind, queue_key)
	select 'refresh_prices', 'refresh_prices'
	where exists (
			select from public.prices p
			left join private.rate_refreshes r on r.country_code = p.country_code
			where p.country_code is not null and coalesce(r.known_at, '-infinity') < now() - interval '1 day'
				and coalesce(r.asked_at, '-infinity') < now() - interval '1 hour')
		and not exists (
			select from private.jobs j
			where j.queue_key = 'refresh_prices' and j.completed_at is null and j.parked_at is null);
end
$$;
select cron.schedule('prices', '* * * * *', 'select private.schedule_price_refresh()');

create function service.countries_to_price(batch integer, at timestamptz default now()) returns text[]
language sql security invoker set search_path = ''
return private.countries_to_price(batch, at);
comment on function service.countries_to_price(integer, timestamptz) is
	'Countries (ISO 3166-1 alpha-2) whose prices the carrier is to be asked for. Asking counts.';

create function service.record_rates(
	country_code text, outbound_micros bigint, inbound_micros bigint, at timestamptz default now()
) returns bigint
language sql security invoker set search_path = ''
return private.record_rates(country_code, outbound_micros, inbound_micros, at);
comment on function service.record_rates(text, bigint, bigint, timestamptz) is
	'What the carrier asks for a segment to a country, and for one in by a number of it, in 10⁻⁶ USD; null: it does not say. '
	'Answers how many of our prices change with it.';

grant execute on function
	private.countries_to_price(integer, timestamptz), service.countries_to_price(integer, timestamptz),
	private.record_rates(text, bigint, bigint, timestamptz), service.record_rates(text, bigint, bigint, timestamptz)
to edge, service_role;
