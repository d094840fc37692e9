-- All numbers of all organizations: in which state each is, what the carrier takes for it a month and what its organization pays. Our
-- own numbers are nobody's contacts: they are shown as they are, without a visit.

-- What the carrier takes for a month of each kind now.
create function private.number_costs() returns table (country_code text, kind text, cost_micros bigint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select distinct on (p.country_code, p.kind) p.country_code, p.kind, p.cost_micros
		from public.number_prices p
		where p.valid_from <= clock_timestamp()
		order by p.country_code, p.kind, p.valid_from desc;
end
$$;

-- Those that fit, each with what it costs and brings a month, in 10⁻⁶ USD: who is in arrears pays nothing, and what was given back costs
-- something until the carrier has it. `cost_micros` is null where the carrier never said.
create function private.inventory(of_country text, of_kind text, of_status text, of_organization uuid, losing boolean)
returns table (
	id uuid, e164 text, label text, country_code text, kind text, carrier text, status text, organization_id uuid, renews_at timestamptz,
	state_until timestamptz, created_at timestamptz, paid_micros bigint, cost_micros bigint
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
	return query
		select n.* from (
			select n.id, n.e164, n.label, n.country_code::text, n.kind, n.carrier, n.status::text, n.organization_id, n.renews_at,
				coalesce(n.grace_until, n.quarantined_until, n.ends_at, n.released_at) as state_until, n.created_at,
				case when n.status = 'active' then n.monthly_micros else 0 end as paid_micros,
				case when n.carrier_released_at is not null then 0 else c.cost_micros end as cost_micros
			from public.phone_numbers n
			left join private.number_costs() c on c.country_code = n.country_code and c.kind = n.kind
			where n.carrier <> 'test'
				and case coalesce(of_status, 'held') when 'held' then n.released_at is null
					else n.status::text = of_status end
				and (of_country is null or n.country_code = of_country)
				and (of_kind is null or n.kind = of_kind)
				and (of_organization is null or n.organization_id = of_organization)
		) n
		where not coalesce(inventory.losing, false) or n.paid_micros < n.cost_micros;
end
$$;

-- What texts out of the last 24 hours brought and cost, of those whose cost the carrier has told, by the country they went to. Ids of
-- both begin with their time.
create function private.text_margins() returns table (country_code text, texts bigint, segments bigint, paid_micros bigint, cost_micros bigint)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
	return query
		select coalesce(p.country_code::text, ''), count(*), sum(c.segments)::bigint, sum(c.charged_micros)::bigint, sum(k.cost_micros)::bigint
		from private.text_costs k
		join public.text_charges c on c.message_id = k.message_id and c.direction = 'outbound'
		join public.prices p on p.id = c.price_id
		where k.message_id >= private.first_id_at(now() - interval '1 day') and k.cost_micros is not null
		group by 1;
end
$$;

-- {numbers: fifty by their digits, on from after (e164 and id), countries: of all that fit, texts}.
create function private.operator_inventory(
	session text, country_code text, kind text, status text, organization_id uuid, losing boolean, after_e164 text, after_id uuid
) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	told jsonb;
begin
	with fitting as materialized (
		select i.* from private.inventory(operator_inventory.country_code, operator_inventory.kind, operator_inventory.status,
			operator_inventory.organization_id, operator_inventory.losing) i
	), shown as (
		select f.* from fitting f
		where operator_inventory.after_e164 is null
			or (f.e164 collate "C", f.id) > (operator_inventory.after_e164 collate "C", operator_inventory.after_id)
		order by f.e164 collate "C", f.id
		limit 50
	), carried as (
		select d.phone_number_id, sum(d.sent + d.received) as texts, sum(d.micros) as micros
		from (
			select s.organization_id, array_agg(s.id) as numbers, (now() at time zone o.time_zone)::date as today
			from shown s
			join public.organizations o on o.id = s.organization_id
			group by s.organization_id, o.time_zone
		) g
		cross join lateral private.days_of_numbers(g.organization_id, g.today - 29, g.today, g.numbers) d
		group by d.phone_number_id
	)
	select jsonb_build_object(
		'numbers', (
			select coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object('organization', o.name, 'margin_micros', s.paid_micros - s.cost_micros,
				'texts', coalesce(d.texts, 0), 'texts_micros', coalesce(d.micros, 0)) order by s.e164 collate "C", s.id), '[]')
			from shown s
			join public.organizations o on o.id = s.organization_id
			left join carried d on d.phone_number_id = s.id),
		'countries', (
			select coalesce(jsonb_agg(to_jsonb(c) order by c.numbers desc, c.country_code), '[]')
			from (
				select f.country_code, count(*) as numbers, count(*) filter (where f.status = 'active') as active,
					count(*) filter (where f.cost_micros is null) as unknown, sum(f.paid_micros) as paid_micros,
					coalesce(sum(f.cost_micros), 0) as cost_micros,
					coalesce(sum(f.paid_micros - f.cost_micros), 0) as margin_micros
				from fitting f
				group by f.country_code
			) c),
		'texts', (
			select coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object('margin_micros', t.paid_micros - t.cost_micros)
				order by t.texts desc, t.country_code), '[]')
			from private.text_margins() t))
	into told;
	return told;
end
$$;

create function service.operator_inventory(
	session text, country_code text default null, kind text default null, status text default null, organization_id uuid default null,
	losing boolean default false, after_e164 text default null, after_id uuid default null
) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_inventory(session, country_code, kind, status, organization_id, losing, after_e164, after_id);
comment on function service.operator_inventory(text, text, text, text, uuid, boolean, text, uuid) is
	'Fifty numbers of all organizations with what each costs and brings a month, the totals by country, and what texts of the last 24 hours '
	'brought and cost: {numbers, countries, texts}. status: held (the default) is all that were not given back.';

grant execute on function
	service.operator_inventory(text, text, text, text, uuid, boolean, text, uuid),
	private.operator_inventory(text, text, text, text, uuid, boolean, text, uuid)
to service_role;
