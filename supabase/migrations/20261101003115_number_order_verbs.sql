-- What is done with orders of numbers: asked for by a person, carried out by the worker.

-- Orders a number at the price that the buyer saw; answers the order's id. The same key again, or the same number while it is
-- under way, is the same order.
create function private.order_number(
	organization_id uuid, e164 text, total_micros bigint, idempotency_key text, label text
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	-- clicks that come together wait for each other here
	person constant uuid := private.require_locked('numbers:buy', order_number.organization_id);
	named constant text := coalesce(nullif(left(btrim(order_number.label), 40), ''), order_number.e164);
	offer private.number_offers;
	price public.number_prices;
	known public.number_orders;
	made uuid;
begin
	if coalesce(char_length(order_number.idempotency_key), 0) not between 1 and 200 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform private.require_fresh_session();
	-- a key for certain numbers is for no others
	if private.by_key() and order_number.organization_id <> all (private.key_open_organization_ids()) then
		perform private.fail(403, 'scope_missing', 'This key has no scope for that. Nothing was changed.');
	end if;
	perform private.lock_wallet(order_number.organization_id);

	select o.* into known from public.number_orders o
	where o.organization_id = order_number.organization_id and o.idempotency_key = order_number.idempotency_key;
	if known.id is not null and known.e164 <> order_number.e164 then
		perform private.fail(422, 'number_key_reused', 'This key was used for another number before. Nothing was bought; use a new key.');
	end if;
	if known.id is null then
		-- also when it has come through already: of another tab, or of a colleague
		select o.* into known from public.number_orders o
		where o.organization_id = order_number.organization_id and o.e164 = order_number.e164
			and (o.status in ('held', 'provisioning') or o.status = 'active' and exists (
				select from public.phone_numbers n where n.id = o.phone_number_id and n.released_at is null))
		order by o.id desc
		limit 1;
	end if;
	if known.id is not null then
		return known.id;
	end if;

	select o.* into offer from private.number_offers o
	where o.e164 = order_number.e164 and o.seen_at > now() - interval '1 hour';
	if offer.e164 is null then
		perform private.fail(409, 'number_offer_gone', 'This offer is over an hour old. Nothing was bought; look at the number once more.');
	end if;
	if exists (select from public.phone_numbers n where n.e164 = order_number.e164 and n.released_at is null) then
		perform private.fail(409, 'number_sold', 'Somebody else took this number first. You paid nothing; choose another one.');
	end if;
	price := private.number_price(offer.country_code, offer.kind);
	if price.id is null or price.monthly_micros + price.setup_micros is distinct from order_number.total_micros then
		perform private.fail(409, 'number_price_changed', 'The price of this number has changed. Nothing was bought; look at the new one first.');
	end if;
	if offer.address_requirement <> 'none' or cardinality(price.documents) > 0 then
		perform private.fail(422, 'number_documents_missing',
			'This number needs an address or documents that are not there yet. Nothing was bought.');
	end if;
	-- what is under way takes its place already
	perform private.require_room(order_number.organization_id, 'numbers', (
		select count(*) from public.number_orders o
		where o.organization_id = order_number.organization_id and o.status in ('held', 'provisioning')));

	insert into public.number_orders (organization_id, ordered_by, idempotency_key, e164, label, country_code, kind, capabilities,
		locality, region, cost_micros, monthly_micros, setup_micros)
	values (order_number.organization_id, person, order_number.idempotency_key, order_number.e164, named, offer.country_code,
		offer.kind, offer.capabilities, offer.locality, offer.region, price.cost_micros, price.monthly_micros, price.setup_micros)
	returning id into made;
	-- longer than any order is tried for
	perform private.place_hold(order_number.organization_id, order_number.total_micros, 'number', 'number_order', made,
		'number_order:' || made, 604800);
	perform private.require_spending(order_number.organization_id);
	perform private.audit(order_number.organization_id, 'number.ordered', 'number_order', made, null,
		jsonb_build_object('e164', order_number.e164, 'total_micros', order_number.total_micros));
	insert into private.jobs (kind, queue_key, payload, max_attempts)
	values ('provision_number', 'number_order:' || made, jsonb_build_object('order_id', made), 100);
	return made;
end
$$;

-- An order, under the locks that all of these take, and in their order: the organization's row, since a number may be added to
-- it, its wallet, the order.
create function private.locked_number_order(order_id uuid) returns public.number_orders
language plpgsql security definer set search_path = ''
as $$
declare
	found_order public.number_orders;
begin
	perform from public.organizations g
	where g.id = (select o.organization_id from public.number_orders o where o.id = order_id)
	for no key update;
	perform private.lock_wallet(o.organization_id) from public.number_orders o where o.id = order_id;
	select o.* into found_order from public.number_orders o where o.id = order_id for no key update;
	return found_order;
end
$$;

-- Takes an order up for the carrier, and stamps that it is asked, unless an answer is missing: then asked_at says since when,
-- and the carrier is to be looked at first. Null when the lease is not the caller's, or there is no such order.
create function private.begin_number_order(order_id uuid, job_id uuid, lease uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former public.number_orders;
begin
	perform from private.jobs j
	where j.id = job_id and j.lease = begin_number_order.lease and j.leased_until > clock_timestamp() and j.completed_at is null
	for update;
	if not found then
		return null;
	end if;
	former := private.locked_number_order(order_id);
	if former.id is null then
		return null;
	end if;
	if former.status in ('held', 'provisioning') then
		update public.number_orders o
		set status = 'provisioning', asked_at = coalesce(o.asked_at, clock_timestamp()),
			doubted_at = coalesce(o.doubted_at, case when o.asked_at is not null then clock_timestamp() end)
		where o.id = former.id;
	end if;
	return jsonb_build_object(
		'order_id', former.id, 'e164', former.e164, 'status', former.status, 'asked_at', former.asked_at,
		'created_at', former.created_at, 'provisioning_at', former.provisioning_at);
end
$$;

-- The carrier certainly did not take what it was asked (any more): the next attempt asks again.
create function private.clear_number_order(order_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update public.number_orders o set asked_at = null
	where o.id = clear_number_order.order_id and o.status = 'provisioning' and o.asked_at is not null;
end
$$;

-- The carrier's answer is missing: whoever waits is told that it is being looked at.
create function private.doubt_number_order(order_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update public.number_orders o set doubted_at = clock_timestamp()
	where o.id = doubt_number_order.order_id and o.status = 'provisioning' and o.doubted_at is null;
end
$$;

-- The carrier has given the number to us: it is paid and the organization's. outcome: active; unchanged, it was already;
-- released, the order had been given up, so the number has to go back to the carrier; conflict, somebody here has that number.
create function private.complete_number_order(order_id uuid, carrier_number_id text, capabilities text[]) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	bought public.number_orders := private.locked_number_order(order_id);
	hold uuid;
	number_id uuid;
begin
	if bought.id is null then
		return jsonb_build_object('outcome', 'released');
	elsif bought.status = 'active' then
		return jsonb_build_object('outcome',
			case when bought.carrier_number_id = complete_number_order.carrier_number_id then 'unchanged' else 'conflict' end);
	elsif bought.status = 'released' then
		return jsonb_build_object('outcome', 'released');
	elsif exists (select from public.phone_numbers n where n.e164 = bought.e164 and n.released_at is null) then
		return jsonb_build_object('outcome', 'conflict');
	end if;

	number_id := private.add_number(bought.organization_id, bought.e164, bought.country_code, bought.kind,
		to_jsonb(complete_number_order.capabilities), bought.label, complete_number_order.carrier_number_id,
		bought.monthly_micros, now());
	select h.id into strict hold from public.ledger_holds h
	where h.organization_id = bought.organization_id and h.object_id = bought.id;
	perform private.capture_hold(hold, bought.monthly_micros + bought.setup_micros);
	if bought.cost_micros > 0 then
		perform private.transfer(bought.organization_id,
			array[row('revenue', -bought.cost_micros), row('carrier_cost', bought.cost_micros)]::private.ledger_leg[],
			'number_cost', 'number_cost:' || bought.id, 'number_order', bought.id);
	end if;
	update public.number_orders o
	set status = 'active', asked_at = null, carrier_number_id = complete_number_order.carrier_number_id, phone_number_id = number_id
	where o.id = bought.id;
	perform private.write_number_receipt(bought.id);
	return jsonb_build_object('outcome', 'active', 'phone_number_id', number_id);
end
$$;

-- It did not become ours: the money is back. The carrier is looked at again later where an answer was ever missing.
create function private.release_number_order(order_id uuid, reason text, carrier_code text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	lost public.number_orders := private.locked_number_order(order_id);
begin
	if lost.id is null or lost.status not in ('held', 'provisioning') then
		return jsonb_build_object('outcome', 'unchanged');
	end if;
	perform private.release_hold(h.id) from public.ledger_holds h
	where h.organization_id = lost.organization_id and h.object_id = lost.id;
	update public.number_orders o
	set status = 'released', asked_at = null, reason = release_number_order.reason,
		carrier_code = release_number_order.carrier_code
	where o.id = lost.id;
	if lost.doubted_at is not null then
		insert into private.jobs (kind, queue_key, payload, run_at, max_attempts)
		select 'provision_number', 'number_order:' || lost.id, jsonb_build_object('order_id', lost.id), now() + late, 100
		from unnest(array[interval '2 minutes', interval '1 hour']) late;
	end if;
	perform private.audit(lost.organization_id, 'number.not_bought', 'number_order', lost.id, null,
		jsonb_build_object('e164', lost.e164, 'reason', release_number_order.reason));
	perform private.write_number_receipt(lost.id);
	return jsonb_build_object('outcome', 'released');
end
$$;

-- Tells whoever ordered how it ended, by letter.
create function private.write_number_receipt(order_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.enqueue_letter(
		case o.status when 'active' then 'number_bought' else 'number_not_bought' end,
		o.ordered_by,
		jsonb_build_object(
			'organization_name', g.name, 'slug', g.slug, 'order_id', o.id, 'e164', o.e164,
			'place', concat_ws(', ', o.locality, o.region), 'country_code', o.country_code, 'kind', o.kind,
			'monthly_micros', o.monthly_micros, 'setup_micros', o.setup_micros, 'ordered_at', o.created_at, 'reason', o.reason,
			'renews_at', n.renews_at, 'phone_number_id', n.id))
	from public.number_orders o
	join public.organizations g on g.id = o.organization_id
	left join public.phone_numbers n on n.id = o.phone_number_id
	where o.id = write_number_receipt.order_id and o.ordered_by is not null;
end
$$;

create function api.order_number(
	organization_id uuid, e164 text, total_micros bigint, idempotency_key text, label text default null
) returns uuid
language sql security invoker set search_path = ''
return private.order_number(organization_id, e164, total_micros, idempotency_key, label);
comment on function api.order_number(uuid, text, bigint, text, text) is
	'Buys exactly this number: sets aside what it costs (total_micros, as it was seen: first month and setup), has the carrier asked, '
	'and pays once the number is there. Answers the order''s id, of the same order for the same key, and while the number is under '
	'way. Fails with session_ended, not_found, not_allowed, fresh_session_required, malformed, number_offer_gone, number_sold, '
	'number_price_changed, number_documents_missing, number_key_reused, numbers_full, numbers_capped, spending_capped, balance_too_low.';

create function service.begin_number_order(order_id uuid, job_id uuid, lease uuid) returns jsonb
language sql security invoker set search_path = ''
return private.begin_number_order(order_id, job_id, lease);
comment on function service.begin_number_order(uuid, uuid, uuid) is
	'Takes an order up for the carrier: {order_id, e164, status, asked_at, created_at, provisioning_at} as they were before. '
	'asked_at: look at the carrier first. Null: the lease is no longer the caller''s.';

create function service.clear_number_order(order_id uuid) returns void
language sql security invoker set search_path = ''
return private.clear_number_order(order_id);
comment on function service.clear_number_order(uuid) is 'The carrier certainly did not sell it: the next attempt asks again.';

create function service.doubt_number_order(order_id uuid) returns void
language sql security invoker set search_path = ''
return private.doubt_number_order(order_id);
comment on function service.doubt_number_order(uuid) is 'The carrier''s answer is missing; it is being looked at.';

create function service.complete_number_order(order_id uuid, carrier_number_id text, capabilities text[]) returns jsonb
language sql security invoker set search_path = ''
return private.complete_number_order(order_id, carrier_number_id, capabilities);
comment on function service.complete_number_order(uuid, text, text[]) is
	'The carrier sold the number: {outcome: active | unchanged | released | conflict}. After the last two the number has to go back.';

create function service.release_number_order(order_id uuid, reason text, carrier_code text) returns jsonb
language sql security invoker set search_path = ''
return private.release_number_order(order_id, reason, carrier_code);
comment on function service.release_number_order(uuid, text, text) is
	'The carrier did not sell it, for the reason of this slug: the money is back. {outcome: released | unchanged}.';

grant execute on function
	api.order_number(uuid, text, bigint, text, text), private.order_number(uuid, text, bigint, text, text)
to authenticated;
grant execute on function
	private.begin_number_order(uuid, uuid, uuid), service.begin_number_order(uuid, uuid, uuid),
	private.clear_number_order(uuid), service.clear_number_order(uuid),
	private.doubt_number_order(uuid), service.doubt_number_order(uuid),
	private.complete_number_order(uuid, text, text[]), service.complete_number_order(uuid, text, text[]),
	private.release_number_order(uuid, text, text), service.release_number_order(uuid, text, text)
to edge, service_role;
