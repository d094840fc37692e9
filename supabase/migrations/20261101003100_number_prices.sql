-- What numbers cost, and which numbers the carrier offered lately: what an order goes by, instead of what a browser says.

create table public.number_prices (
	id uuid primary key default private.uuid_v7(),
	country_code text not null check (country_code ~ '^[A-Z]{2}$'),
	kind text not null check (kind in ('local', 'mobile', 'toll_free')),
	-- what the carrier takes for a month, and what we do
	cost_micros bigint not null check (cost_micros >= 0),
	monthly_micros bigint not null check (monthly_micros >= cost_micros),
	-- once, beside the first month
	setup_micros bigint not null default 0 check (setup_micros >= 0),
	-- what a company has to hand in, by the carrier's names; none where an address is all, or nothing
	documents text[] not null default '{}',
	valid_from timestamptz not null default clock_timestamp(),
	unique (country_code, kind, valid_from)
);
comment on table public.number_prices is
	'What a number of a kind costs a month in 10⁻⁶ USD, and the documents it needs, as the carrier says. A price is never changed: '
	'a later one follows it.';

create table private.number_price_reads (
	country_code text primary key check (country_code ~ '^[A-Z]{2}$'),
	read_at timestamptz not null
);
comment on table private.number_price_reads is 'When the carrier was last asked what numbers of a country cost.';

create table private.number_offers (
	e164 text primary key check (e164 ~ '^\+[1-9][0-9]{6,14}$'),
	country_code text not null check (country_code ~ '^[A-Z]{2}$'),
	kind text not null check (kind in ('local', 'mobile', 'toll_free')),
	capabilities text[] not null,
	locality text,
	region text,
	address_requirement text not null check (address_requirement in ('none', 'any', 'local', 'foreign')),
	seen_at timestamptz not null default clock_timestamp()
);
comment on table private.number_offers is
	'Numbers that the carrier offered when somebody looked at one: an order goes by them for an hour.';
create index number_offers_age on private.number_offers (seen_at);

alter table public.number_prices enable row level security;
create policy "members of any organization can read" on public.number_prices for select to authenticated
	using (cardinality((select private.my_organization_ids())::uuid[]) > 0);

-- The carrier's own prices, for as much as they are. (A markup is a factor here, and nowhere else.)
create function private.number_price_for(cost_micros bigint) returns bigint
language sql immutable set search_path = ''
return cost_micros;

create function private.number_price(country_code text, kind text) returns public.number_prices
language plpgsql stable security definer set search_path = ''
as $$
declare
	price public.number_prices;
begin
	select p.* into price from public.number_prices p
	where p.country_code = number_price.country_code and p.kind = number_price.kind and p.valid_from <= clock_timestamp()
	order by p.valid_from desc
	limit 1;
	return price;
end
$$;

-- Keeps what the carrier says of a country: [{kind, cost_micros, documents}]. Only what differs makes a row.
create function private.record_number_prices(country_code text, prices jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	said record;
	known public.number_prices;
begin
	-- two that ask at once write one after the other
	insert into private.number_price_reads (country_code, read_at) values (record_number_prices.country_code, clock_timestamp())
	on conflict (country_code) do update set read_at = excluded.read_at;
	for said in
		select p.kind, p.cost_micros, coalesce(p.documents, '{}') as documents
		from jsonb_to_recordset(record_number_prices.prices) p (kind text, cost_micros bigint, documents text[])
	loop
		known := private.number_price(record_number_prices.country_code, said.kind);
		if (known.cost_micros, known.documents) is distinct from (said.cost_micros, said.documents) then
			insert into public.number_prices (country_code, kind, cost_micros, monthly_micros, documents)
			values (record_number_prices.country_code, said.kind, said.cost_micros,
				private.number_price_for(said.cost_micros), said.documents);
		end if;
	end loop;
end
$$;

-- Keeps a number that the carrier offers now, as {e164, country_code, kind, capabilities, locality, region, address_requirement}.
create function private.record_number_offer(offer jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.number_offers o
	where o.e164 in (
		select old.e164 from private.number_offers old where old.seen_at < now() - interval '1 day'
		order by old.seen_at limit 100 for update skip locked);
	insert into private.number_offers (e164, country_code, kind, capabilities, locality, region, address_requirement)
	select o.e164, o.country_code, o.kind, o.capabilities, o.locality, o.region, o.address_requirement
	from jsonb_to_record(offer) o (
		e164 text, country_code text, kind text, capabilities text[], locality text, region text, address_requirement text)
	on conflict (e164) do update
	set country_code = excluded.country_code, kind = excluded.kind, capabilities = excluded.capabilities,
		locality = excluded.locality, region = excluded.region, address_requirement = excluded.address_requirement,
		seen_at = excluded.seen_at;
end
$$;

-- What numbers of a country cost and need, and what a text costs between them and their own country (sample: any number of it).
create function private.number_terms(organization_id uuid, country_code text, sample text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require('numbers:read', number_terms.organization_id);
	return jsonb_build_object(
		'read_at', (select r.read_at from private.number_price_reads r where r.country_code = number_terms.country_code),
		'text_out_micros', private.price_of(sample, 'outbound', 'sms'),
		'text_in_micros', private.price_of(sample, 'inbound', 'sms'),
		'kinds', (
			select coalesce(jsonb_object_agg(p.kind, jsonb_build_object(
				'monthly_micros', p.monthly_micros, 'setup_micros', p.setup_micros, 'documents', p.documents)), '{}')
			from (
				select distinct on (p.kind) p.* from public.number_prices p
				where p.country_code = number_terms.country_code and p.valid_from <= clock_timestamp()
				order by p.kind, p.valid_from desc) p));
end
$$;

create view api.number_prices with (security_invoker = true) as
select distinct on (p.country_code, p.kind)
	p.country_code, p.kind, p.monthly_micros, p.setup_micros, p.documents, p.valid_from
from public.number_prices p
where p.valid_from <= now()
order by p.country_code, p.kind, p.valid_from desc;
comment on view api.number_prices is
	'Today''s prices of numbers in 10⁻⁶ USD a month by country and kind, as far as somebody has looked there, and the documents they need.';

create function api.number_terms(organization_id uuid, country_code text, sample text default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.number_terms(organization_id, country_code, sample);
comment on function api.number_terms(uuid, text, text) is
	'What numbers of a country cost and need: {read_at, text_out_micros, text_in_micros, kinds: {kind: {monthly_micros, '
	'setup_micros, documents}}}; texts as between the sample, a number of that country, and its neighbours.';

create function service.record_number_prices(country_code text, prices jsonb) returns void
language sql security invoker set search_path = ''
return private.record_number_prices(country_code, prices);
comment on function service.record_number_prices(text, jsonb) is
	'Keeps what the carrier says that numbers of a country cost: [{kind, cost_micros, documents}].';

create function service.record_number_offer(offer jsonb) returns void
language sql security invoker set search_path = ''
return private.record_number_offer(offer);
comment on function service.record_number_offer(jsonb) is
	'Keeps a number that the carrier offers now, for an hour: {e164, country_code, kind, capabilities, locality, region, address_requirement}.';

grant select on public.number_prices, api.number_prices to authenticated;
grant execute on function api.number_terms(uuid, text, text), private.number_terms(uuid, text, text) to authenticated;
grant execute on function
	private.record_number_prices(text, jsonb), service.record_number_prices(text, jsonb),
	private.record_number_offer(jsonb), service.record_number_offer(jsonb)
to edge, service_role;
