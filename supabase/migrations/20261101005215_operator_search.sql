-- One box for everything: what was typed is looked up as whatever it can be, each by an index.

-- names and addresses by how they begin
create index organizations_by_name on public.organizations (lower(name) text_pattern_ops);
create index organizations_by_slug on public.organizations (slug text_pattern_ops);
create index profiles_by_username on public.profiles (username text_pattern_ops);
-- whose a number was before it was given back
create index phone_numbers_ever on public.phone_numbers (e164);
-- as people name an order: by the last part of its id
create index number_orders_by_name on public.number_orders (right(id::text, 8));

-- What begins with what was typed, where that is no pattern.
create function private.beginning_with(words text) returns text
language sql immutable set search_path = ''
return replace(replace(replace(lower(btrim(words)), '\', '\\'), '%', '\%'), '_', '\_') || '%';

-- [{kind, id, label, organization_id, organization, detail}], at most 30: organization, person, number, order, message, key, event, job.
-- What a text says, and who it is from, is in none of them.
create function private.operator_search(session text, words text) returns jsonb
language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	typed constant text := left(btrim(words), 200);
	beginning constant text := private.beginning_with(left(btrim(words), 200));
	-- "Order d3f4f462", or the whole of it
	named constant text := regexp_replace(lower(typed), '^order\s+', '');
	typed_order constant uuid := case when named ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then named::uuid end;
	typed_id constant uuid := case when typed ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then typed::uuid end;
	digits constant text := case when typed ~ '^\+?[0-9 ().-]{7,24}$' then regexp_replace(typed, '[^0-9]', '', 'g') end;
	-- without its country it is read as it is said in North America
	numbers constant text[] := array['+' || digits,
		case when digits ~ '^[2-9][0-9]{9}$' and typed !~ '^\+' then '+1' || digits end];
	key constant text := substring(typed from '^(?:cum_(?:live|test)_)?([0-9A-Za-z]{8})(?:[^0-9A-Za-z].*)?$');
	found jsonb;
begin
	if char_length(typed) < 2 then
		return '[]';
	end if;
	perform private.note_deed(live.operator_id, 'console.searched',
		-- of keys only what may be shown, wherever one stands in what was pasted
		details => jsonb_build_object('words', regexp_replace(typed, '(cum_(?:live|test)_[0-9A-Za-z]{8})_?[0-9A-Za-z]+', '\1', 'g')),
		address => live.address);
	select jsonb_agg(to_jsonb(f)) into found
	from (
		(select 'organization' as kind, o.id::text as id, o.name as label, o.id as organization_id, o.slug as detail
		from public.organizations o
		where o.id = typed_id
		limit 1)
		union all
		(select 'organization', o.id::text, o.name, o.id, o.slug
		from public.organizations o
		where o.slug like beginning
		order by o.slug
		limit 8)
		union all
		(select 'organization', o.id::text, o.name, o.id, o.slug
		from public.organizations o
		where lower(o.name) like beginning and o.slug not like beginning
		order by lower(o.name)
		limit 8)
		union all
		(select 'person', p.id::text, coalesce(p.full_name, p.username), null, p.username
		from public.profiles p
		where p.username like beginning or p.id = typed_id
		order by p.username
		limit 8)
		union all
		(select 'person', p.id::text, coalesce(p.full_name, p.username), null, u.email
		from auth.users u
		join public.profiles p on p.id = u.id
		where u.email = lower(typed) and not u.is_sso_user
		limit 1)
		union all
		(select 'number', n.id::text, n.e164, n.organization_id, n.status::text
		from public.phone_numbers n
		where n.e164 = any (numbers)
		order by n.id desc
		limit 5)
		union all
		(select 'number', n.id::text, n.e164, n.organization_id, n.status::text
		from public.phone_numbers n where n.id = typed_id)
		union all
		(select 'order', o.id::text, 'Order ' || right(o.id::text, 8), o.organization_id, o.e164 || ', ' || o.status
		from public.number_orders o
		where o.id = typed_order or right(o.id::text, 8) = named
		order by o.id desc
		limit 8)
		union all
		(select 'message', m.id::text, m.carrier_message_id, m.organization_id, m.status::text
		from public.messages m
		where m.carrier in ('twilio', 'test') and m.carrier_message_id = typed)
		union all
		(select 'message', m.id::text, coalesce(m.carrier_message_id, m.id::text), m.organization_id, m.status::text
		from public.messages m where m.id = typed_id)
		union all
		(select 'key', k.id::text, 'cum_' || k.mode::text || '_' || k.public_id, k.organization_id, k.name
		from public.api_keys k where k.public_id = key)
		union all
		(select 'event', e.provider || ' ' || e.event_key, e.event_key, null, e.provider || ', ' || e.kind || ': ' || e.outcome
		from private.provider_events e
		where e.provider in ('twilio', 'stripe') and (e.event_key = typed collate "C"))
		union all
		(select 'job', j.id::text, j.kind, null,
			case when j.parked_at is not null then 'parked' when j.completed_at is not null then 'done' else 'waiting' end
		from private.jobs j where j.id = typed_id)
	) f;
	return coalesce((
		select jsonb_agg(f || jsonb_build_object('organization', o.name))
		from jsonb_array_elements(found) f
		left join public.organizations o on o.id = (f ->> 'organization_id')::uuid), '[]');
end
$$;

create function service.operator_search(session text, words text) returns jsonb
language sql security invoker set search_path = ''
return private.operator_search(session, words);
comment on function service.operator_search(text, text) is
	'What an operator types into the one box, looked up as organization, person, number, order, message, key, event and job: [{kind, '
	'id, label, organization_id, organization, detail}].';

grant execute on function service.operator_search(text, text), private.operator_search(text, text) to service_role;
