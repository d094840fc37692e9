-- The payment provider's own lists, compared object by object with our rows: subscriptions, invoices and payments. Events tell us of
-- changes; this finds what no event told. Objects that agree leave nothing behind.

create table private.payment_listing (
	-- there is one at a time
	id boolean primary key default true check (id),
	kind text not null check (kind in ('subscription', 'invoice', 'payment_intent')),
	-- the object after which the list goes on; null: its beginning
	after text,
	began_at timestamptz not null,
	ended_at timestamptz
);
comment on table private.payment_listing is 'How far the payment provider''s lists have been read, one kind after the other.';

create table private.payment_mismatches (
	provider_id text primary key,
	kind text not null,
	cause text not null,
	organization_id uuid references public.organizations (id) on delete cascade,
	details jsonb not null,
	seen_at timestamptz not null default clock_timestamp()
);
comment on table private.payment_mismatches is
	'Objects of the payment provider that were not as ours when its lists were read last: what is there, and what is here.';
create index payment_mismatches_organization on private.payment_mismatches (organization_id);

-- Where it goes on: {kind, after, since}; only what was made after `since` is listed of invoices and payments. Older ones are closed.
create function private.begin_payment_listing() returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	place private.payment_listing;
begin
	insert into private.payment_listing as l (kind, began_at) values ('subscription', clock_timestamp())
	on conflict (id) do update
	set kind = case when l.ended_at is null then l.kind else 'subscription' end,
		after = case when l.ended_at is null then l.after end,
		began_at = case when l.ended_at is null then l.began_at else clock_timestamp() end,
		ended_at = null
	returning l.* into place;
	return jsonb_build_object('kind', place.kind, 'after', place.after, 'since', place.began_at - interval '40 days');
end
$$;

-- How an object, in our words as apply_payment_object takes it, differs from our row: null where it does not, or is none of ours.
create function private.payment_mismatch(kind text, object jsonb) returns private.payment_mismatches
language plpgsql stable security definer set search_path = ''
as $$
declare
	found private.payment_mismatches;
	here jsonb;
	there jsonb;
begin
	found.provider_id := object ->> 'id';
	found.kind := payment_mismatch.kind;
	found.seen_at := clock_timestamp();
	if payment_mismatch.kind = 'payment_intent' then
		there := jsonb_build_object('paid', object ->> 'status' = 'paid', 'received_micros',
			case when object ->> 'status' = 'paid' then object -> 'received_micros' else 'null' end);
		select t.organization_id, jsonb_build_object('paid', t.status = 'paid', 'received_micros', t.received_micros)
		into found.organization_id, here
		from public.top_ups t where t.id::text = object ->> 'metadata_id';
		found.cause := 'top_up_differs';
	else
		select c.organization_id into found.organization_id
		from public.billing_customers c where c.provider_id = object ->> 'customer';
		if payment_mismatch.kind = 'invoice' then
			there := jsonb_build_object('status', object -> 'status', 'total_micros', object -> 'total_micros',
				'paid_micros', object -> 'paid_micros');
			select jsonb_build_object('status', i.status, 'total_micros', i.total_micros, 'paid_micros', i.paid_micros) into here
			from public.invoices i where i.provider_id = found.provider_id;
		else
			there := jsonb_build_object('status', object -> 'status', 'plan', object -> 'plan',
				'billing_interval', object -> 'billing_interval', 'cancel_at_period_end', object -> 'cancel_at_period_end');
			select jsonb_build_object('status', s.status, 'plan', s.plan_code, 'billing_interval', s.billing_interval,
				'cancel_at_period_end', s.cancel_at_period_end) into here
			from public.subscriptions s where s.provider_id = found.provider_id;
		end if;
		found.cause := payment_mismatch.kind || case when here is null then '_unknown' else '_differs' end;
	end if;
	if found.organization_id is null or here is not distinct from there then
		return null;
	end if;
	found.details := jsonb_build_object('kind', payment_mismatch.kind, 'here', here, 'there', there);
	return found;
end
$$;

-- A page of a list: {list: [object]}. after: where it goes on, null after its last page; then comes the next kind. Answers whether
-- there is more.
create function private.keep_payment_objects(kind text, objects jsonb, after text) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	kinds constant text[] := array['subscription', 'invoice', 'payment_intent'];
	following constant text := kinds[array_position(kinds, keep_payment_objects.kind) + 1];
	began timestamptz;
begin
	insert into private.payment_mismatches as m (provider_id, kind, cause, organization_id, details, seen_at)
	select d.provider_id, d.kind, d.cause, d.organization_id, d.details, d.seen_at
	from jsonb_array_elements(objects -> 'list') o
	cross join lateral private.payment_mismatch(keep_payment_objects.kind, o) d
	where d.provider_id is not null
	on conflict (provider_id) do update
	set cause = excluded.cause, details = excluded.details, seen_at = excluded.seen_at;
	update private.payment_listing l
	set after = keep_payment_objects.after,
		kind = case when keep_payment_objects.after is null and following is not null then following else l.kind end,
		ended_at = case when keep_payment_objects.after is null and following is null then clock_timestamp() end
	where l.kind = keep_payment_objects.kind
	returning l.began_at into began;
	if keep_payment_objects.after is null and following is null then
		delete from private.payment_mismatches m where m.seen_at < began;
		return false;
	end if;
	return true;
end
$$;

-- What still differs: not what was read anew since, or is about to be.
create function private.find_in_payments() returns table (cause text, subject text, organization_id uuid, details jsonb)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select m.cause, m.provider_id, m.organization_id, m.details
		from private.payment_mismatches m
		left join private.payment_objects o on o.provider_id = m.provider_id
		where coalesce(o.applied_at, '-infinity') < m.seen_at
		order by m.provider_id
		limit 1000;
end
$$;

create function service.begin_payment_listing() returns jsonb
language sql security invoker set search_path = ''
return private.begin_payment_listing();
comment on function service.begin_payment_listing() is
	'Where the comparison with the payment provider''s lists goes on: {kind: subscription, invoice, payment_intent; after, since}.';

create function service.keep_payment_objects(kind text, objects jsonb, after text) returns boolean
language sql security invoker set search_path = ''
return private.keep_payment_objects(kind, objects, after);
comment on function service.keep_payment_objects(text, jsonb, text) is
	'A page of a list ({list: [object, as apply_payment_object takes it]}) is compared with our rows; after is where it goes on, null '
	'after the last page of a kind. Answers whether there is more to read.';

grant execute on function
	private.begin_payment_listing(), service.begin_payment_listing(),
	private.keep_payment_objects(text, jsonb, text), service.keep_payment_objects(text, jsonb, text)
to edge, service_role;
