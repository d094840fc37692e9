-- The nightly comparison, and what can be done about a difference without harm.

-- Has everything compared, soon: the worker reads the carrier's list first, its usage, and the payment provider's lists where there
-- are any. Those that wait already are enough.
create function private.ask_comparison() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	if not exists (
		select from private.jobs j where j.kind = 'compare_books' and j.completed_at is null and j.parked_at is null)
	then
		insert into private.jobs (kind, queue_key, max_attempts) values ('compare_books', 'compare_books', 1000);
	end if;
	if not exists (
		select from private.jobs j where j.kind = 'compare_usage' and j.completed_at is null and j.parked_at is null)
	then
		insert into private.jobs (kind, queue_key, max_attempts) values ('compare_usage', 'compare_usage', 1000);
	end if;
	if exists (select from public.billing_customers c where c.provider_id is not null) and not exists (
		select from private.jobs j where j.kind = 'compare_payments' and j.completed_at is null and j.parked_at is null)
	then
		insert into private.jobs (kind, queue_key, max_attempts) values ('compare_payments', 'compare_payments', 1000);
	end if;
end
$$;

-- Every night at three (UTC), by a clock that rings every minute; what was asked for meanwhile counts.
create function private.schedule_comparison(at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	due constant timestamptz := date_trunc('day', at at time zone 'UTC') at time zone 'UTC' + interval '3 hours';
begin
	if at >= due and not exists (select from private.jobs j where j.kind = 'compare_books' and j.created_at >= due) then
		delete from private.jobs j where j.kind in ('compare_books', 'compare_payments', 'compare_usage') and j.completed_at < at - interval '7 days';
		perform private.ask_comparison();
	end if;
end
$$;
select cron.schedule('comparison', '* * * * *', 'select private.schedule_comparison()');

-- Where the carrier's list goes on: {page}, null at its beginning.
create function private.begin_carrier_reading(carrier text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	place private.carrier_readings;
begin
	insert into private.carrier_readings as r (carrier, began_at) values (begin_carrier_reading.carrier, clock_timestamp())
	on conflict (carrier) do update
	set began_at = case when r.page is null then clock_timestamp() else r.began_at end, ended_at = null
	returning r.* into place;
	return jsonb_build_object('page', place.page);
end
$$;

-- A page of the carrier's list; after the last one, what was not in it is forgotten. numbers: {list: [{id, e164, order_name}]}.
create function private.keep_carrier_numbers(carrier text, numbers jsonb, page text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	insert into private.carrier_numbers as c (carrier, carrier_number_id, e164, order_name)
	select keep_carrier_numbers.carrier, n ->> 'id', n ->> 'e164', n ->> 'order_name'
	from jsonb_array_elements(numbers -> 'list') n
	on conflict (carrier, carrier_number_id) do update
	set e164 = excluded.e164, order_name = excluded.order_name, seen_at = excluded.seen_at;
	update private.carrier_readings r
	set page = keep_carrier_numbers.page, ended_at = case when keep_carrier_numbers.page is null then clock_timestamp() end
	where r.carrier = keep_carrier_numbers.carrier;
	if keep_carrier_numbers.page is null then
		delete from private.carrier_numbers c
		using private.carrier_readings r
		where r.carrier = c.carrier and c.carrier = keep_carrier_numbers.carrier and c.seen_at < r.began_at;
	end if;
end
$$;

-- The repair of a cause; null where there is none that certainly does no harm: then a person decides.
create function private.repair_of(cause text) returns text
language sql immutable set search_path = ''
return case cause
	when 'number_bought_too_late' then 'give_back'
	when 'number_not_given_back' then 'give_back'
	when 'number_has_another_id' then 'take_id'
	when 'text_not_settled' then 'settle'
	when 'text_not_charged' then 'settle'
	when 'received_text_not_charged' then 'settle'
	when 'hold_not_ended' then 'release'
	when 'order_stands_still' then 'try_again'
	when 'order_not_paid' then 'pay'
	when 'top_up_not_booked' then 'book'
	when 'invoice_not_booked' then 'book'
	when 'payment_not_settled' then 'read_again'
	when 'subscription_unknown' then 'read_again'
	when 'subscription_differs' then 'read_again'
	when 'invoice_unknown' then 'read_again'
	when 'invoice_differs' then 'read_again'
	when 'top_up_differs' then 'read_again'
	when 'usage_differs' then 'read_again'
	when 'books_sums' then 'sum_again'
end;

-- Does what a difference's repair is; the next comparison says whether it is gone. Everything here may be done twice.
create function private.carry_out_repair(difference private.differences) returns text
language plpgsql security definer set search_path = ''
as $$
declare
	about constant uuid := case when difference.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then difference.subject::uuid end;
	top_up public.top_ups;
	invoice public.invoices;
begin
	case difference.cause
		when 'number_bought_too_late', 'number_not_given_back' then
			insert into private.jobs (kind, queue_key, payload)
			values ('give_number_back', 'give_back:' || difference.subject,
				jsonb_build_object('difference_id', difference.id, 'carrier_number_id', difference.subject));
			-- the worker says what came of it
			return null;
		when 'number_has_another_id' then
			update public.phone_numbers n set carrier_number_id = difference.details ->> 'there'
			where n.id = about and n.released_at is null;
		when 'text_not_settled' then
			perform from public.messages m where m.id = about for no key update;
			perform private.settle_text(about);
		when 'text_not_charged' then
			perform private.charge_sent_text(about);
		when 'received_text_not_charged' then
			insert into private.received_texts (message_id, organization_id)
			select m.id, m.organization_id from public.messages m
			where m.id = about and not exists (select from public.text_charges c where c.message_id = m.id)
			on conflict (message_id) do nothing;
			perform private.charge_received(difference.organization_id, 2000);
		when 'hold_not_ended' then
			perform private.release_hold(about, 'expired');
		when 'order_stands_still' then
			-- an order that has a job is none that stands still, but for one that was parked
			update private.jobs j set parked_at = null, attempts = 0, run_at = now()
			where j.kind = 'provision_number' and j.payload ->> 'order_id' = difference.subject and j.completed_at is null
				and j.parked_at is not null;
			if not found then
				insert into private.jobs (kind, queue_key, payload, max_attempts)
				values ('provision_number', 'number_order:' || about, jsonb_build_object('order_id', about), 100);
			end if;
		when 'order_not_paid' then
			perform private.capture_hold(h.id, o.monthly_micros + o.setup_micros)
			from public.number_orders o
			join public.ledger_holds h on h.object_id = o.id and h.organization_id = o.organization_id
			where o.id = about and o.status = 'active' and h.status <> 'captured';
		when 'top_up_not_booked' then
			select t.* into top_up from public.top_ups t where t.id = about and t.status = 'paid' for no key update;
			perform private.book_top_up(top_up, top_up.received_micros, top_up.payment_intent_id, top_up.receipt_url)
			where top_up.id is not null;
		when 'invoice_not_booked' then
			select i.* into invoice from public.invoices i where i.id = about and i.status = 'paid' for no key update;
			perform private.transfer(invoice.organization_id,
				array[row('payments', -invoice.paid_micros), row('revenue', invoice.paid_micros)]::private.ledger_leg[],
				'subscription', 'invoice:' || invoice.id, 'invoice', invoice.id)
			where invoice.paid_micros > 0;
		when 'payment_not_settled', 'subscription_unknown', 'subscription_differs', 'invoice_unknown', 'invoice_differs', 'top_up_differs' then
			perform private.ask_payment_sync(difference.details ->> 'kind', difference.subject);
			return 'it is read again';
		when 'usage_differs' then
			perform private.ask_comparison();
			return 'it is read again';
		when 'books_sums' then
			perform private.sum_again(about);
	end case;
	return 'done';
end
$$;

-- An operator starts a repair. Answers {outcome}: started (the worker says what comes of it), done, none (no repair is known to be
-- safe), gone (it has ended), or failed with what was raised: then nothing was changed.
create function private.repair_difference(difference_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	difference private.differences;
	came text;
begin
	select d.* into difference from private.differences d where d.id = difference_id for no key update;
	if difference.id is null or difference.ended_at is not null then
		return jsonb_build_object('outcome', 'gone');
	elsif private.repair_of(difference.cause) is null then
		return jsonb_build_object('outcome', 'none');
	elsif difference.repair_asked_at > now() - interval '10 minutes' and difference.result is null then
		return jsonb_build_object('outcome', 'started');
	end if;
	begin
		came := private.carry_out_repair(difference);
		update private.differences d set repair_asked_at = clock_timestamp(), result = came where d.id = difference.id;
	exception when others then
		-- an operator reads why; the books were left as they were
		came := left('failed: ' || sqlerrm, 500);
		update private.differences d set repair_asked_at = clock_timestamp(), result = came where d.id = difference.id;
		return jsonb_build_object('outcome', 'failed', 'result', came);
	end;
	return jsonb_build_object('outcome', case when came is null then 'started' else 'done' end, 'result', came);
end
$$;

-- What came of a repair that the worker did.
create function private.finish_repair(difference_id uuid, result text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update private.differences d set result = left(finish_repair.result, 500) where d.id = difference_id;
end
$$;

create function private.differences(since timestamptz) returns table (
	id uuid, cause text, subject text, organization_id uuid, details jsonb, found_at timestamptz, seen_at timestamptz,
	repair text, repair_asked_at timestamptz, result text, ended_at timestamptz
)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select d.id, d.cause, d.subject, d.organization_id, d.details, d.found_at, d.seen_at, private.repair_of(d.cause),
			d.repair_asked_at, d.result, d.ended_at
		from private.differences d
		where d.ended_at is null or d.ended_at >= differences.since
		order by d.ended_at is not null, d.found_at, d.id
		limit 1000;
end
$$;

create function service.ask_comparison() returns void
language sql security invoker set search_path = ''
return private.ask_comparison();
comment on function service.ask_comparison() is
	'Has carrier, payment provider, our rows and the books compared soon, as every night.';

create function service.compare_books() returns jsonb
language sql security invoker set search_path = ''
return private.compare_books();
comment on function service.compare_books() is
	'Compares what is known here now, and the carrier''s numbers as they were read last. {open, new}.';

create function service.differences(since timestamptz default now()) returns table (
	id uuid, cause text, subject text, organization_id uuid, details jsonb, found_at timestamptz, seen_at timestamptz,
	repair text, repair_asked_at timestamptz, result text, ended_at timestamptz
)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.differences(since);
end;
comment on function service.differences(timestamptz) is
	'What does not agree, the oldest first, and after that what has ended since; with the repair that certainly does no harm, if any.';

create function service.repair_difference(difference_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.repair_difference(difference_id);
comment on function service.repair_difference(uuid) is
	'Starts a difference''s repair: {outcome: started, done, failed, none, gone; result}. The next comparison says whether it helped.';

create function service.begin_carrier_reading(carrier text) returns jsonb
language sql security invoker set search_path = ''
return private.begin_carrier_reading(carrier);
comment on function service.begin_carrier_reading(text) is 'Where the reading of the carrier''s list of our numbers goes on: {page}.';

create function service.keep_carrier_numbers(carrier text, numbers jsonb, page text) returns void
language sql security invoker set search_path = ''
return private.keep_carrier_numbers(carrier, numbers, page);
comment on function service.keep_carrier_numbers(text, jsonb, text) is
	'A page of the carrier''s list of our numbers ({list: [{id, e164, order_name}]}) is kept; page is the next, null after the last.';

create function service.finish_repair(difference_id uuid, result text) returns void
language sql security invoker set search_path = ''
return private.finish_repair(difference_id, result);
comment on function service.finish_repair(uuid, text) is 'What came of a repair that the worker did.';

grant execute on function
	private.ask_comparison(), service.ask_comparison(),
	private.compare_books(), service.compare_books(),
	private.differences(timestamptz), service.differences(timestamptz),
	private.repair_difference(uuid), service.repair_difference(uuid),
	private.begin_carrier_reading(text), service.begin_carrier_reading(text),
	private.keep_carrier_numbers(text, jsonb, text), service.keep_carrier_numbers(text, jsonb, text),
	private.finish_repair(uuid, text), service.finish_repair(uuid, text)
to edge, service_role;
