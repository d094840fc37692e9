-- What becomes of a text's charge: it follows the text, whatever happened to it and in whatever order that is told.

-- Moves what is missing to what a text costs in the end, or gives back what is too much. What is not there is written down.
create function private.pay_difference(charge public.text_charges, micros bigint) returns public.text_charges
language plpgsql security definer set search_path = ''
as $$
declare
	hold public.ledger_holds;
	difference bigint;
	there bigint;
begin
	if charge.hold_id is not null and charge.settled_at is null then
		if micros > 0 then
			hold := private.capture_hold(charge.hold_id, micros);
			charge.charged_micros := hold.captured_micros;
			charge.shortfall_micros := hold.shortfall_micros;
		else
			perform private.release_hold(charge.hold_id);
		end if;
		return charge;
	end if;

	difference := micros - charge.charged_micros - charge.shortfall_micros;
	if difference > 0 then
		perform private.lock_wallet(charge.organization_id);
		select greatest(0, least(difference, a.balance_micros + a.credit_micros)) into there
		from public.ledger_accounts a where a.organization_id = charge.organization_id and a.kind = 'wallet';
		charge.shortfall_micros := charge.shortfall_micros + difference - there;
		difference := there;
	elsif difference < 0 then
		-- what was never paid is not given back
		there := least(charge.shortfall_micros, -difference);
		charge.shortfall_micros := charge.shortfall_micros - there;
		difference := difference + there;
	end if;
	if difference <> 0 then
		charge.changes := charge.changes + 1;
		charge.charged_micros := charge.charged_micros + difference;
		perform private.transfer(charge.organization_id,
			array[row('wallet', -difference), row('revenue', difference)]::private.ledger_leg[],
			case when difference > 0 then 'text' else 'text_refund' end, 'text:' || charge.message_id || ':' || charge.changes,
			'message', charge.message_id);
	end if;
	return charge;
end
$$;

-- Brings the charge of a text to where the text is: whatever happened, in whatever order, and however often it is told. Whoever
-- calls holds the text.
create function private.settle_text(message_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	charge public.text_charges;
	at public.message_status;
	units integer;
	included integer;
begin
	select c.* into charge from public.text_charges c where c.message_id = settle_text.message_id for no key update;
	select m.status into at from public.messages m where m.id = settle_text.message_id;
	if charge.message_id is null or at is null or at in ('queued', 'sending') then
		return;
	end if;
	units := case when at in ('failed', 'cancelled') then 0 else coalesce(charge.carrier_segments, charge.segments) end;
	included := least(charge.included_segments, units);
	if included < charge.included_segments then
		update public.segment_allowances a set used = greatest(0, a.used - (charge.included_segments - included))
		where a.organization_id = charge.organization_id and a.month = charge.month;
	elsif charge.kind = 'sms' then
		-- where the carrier counted more than we did, the plan covers that as far as it goes
		included := included + private.take_included(charge.organization_id, charge.month,
			units - greatest(charge.segments, coalesce(charge.billed_segments, 0)), charge.unit_micros);
	end if;
	charge := private.pay_difference(charge, (units - included) * charge.unit_micros);
	update public.text_charges c
	set status = case when units = 0 then 'returned' else 'charged' end::public.charge_status,
		included_segments = included, billed_segments = units, charged_micros = charge.charged_micros, shortfall_micros = charge.shortfall_micros,
		changes = charge.changes, settled_at = coalesce(c.settled_at, clock_timestamp())
	where c.message_id = charge.message_id;
end
$$;

-- Charges a text that was sent without a charge, as when it was written: the plan's segments first, then the wallet; what is not
-- there is owed. For one that has a charge, and one that was not sent, nothing happens.
create function private.charge_sent_text(message_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message public.messages;
	price public.prices;
	form public.message_kind;
	units integer;
	plan_month date;
begin
	select m.* into message from public.messages m where m.id = charge_sent_text.message_id for no key update;
	if message.id is null or message.direction <> 'outbound' or message.phone_number_id is null
		or message.status not in ('sent', 'delivered') or message.carrier = 'test'
		or exists (select from public.text_charges c where c.message_id = message.id)
	then
		return;
	end if;
	form := case when message.attachment_count > 0 then 'mms' else 'sms' end;
	-- its words may be gone
	units := case form when 'mms' then 1 else coalesce(message.segments, 1) end;
	plan_month := private.month_of(message.organization_id, message.created_at);
	select p.* into price
	from public.conversations c
	join public.contacts t on t.id = c.contact_id
	cross join lateral private.price_for(t.phone_number, 'outbound', form, message.created_at) p
	where c.id = message.conversation_id;
	insert into public.text_charges (message_id, organization_id, phone_number_id, direction, kind, price_id, unit_micros, segments,
		month, included_segments, created_at)
	values (message.id, message.organization_id, message.phone_number_id, 'outbound', form, price.id, price.micros, units, plan_month,
		case form when 'sms' then private.take_included(message.organization_id, plan_month, units, price.micros) else 0 end,
		message.created_at);
	perform private.settle_text(message.id);
end
$$;

-- How many segments the carrier counted, and paid accordingly where that was done before.
create function private.note_segments(message_id uuid, segments integer) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update public.text_charges c set carrier_segments = note_segments.segments
	where c.message_id = note_segments.message_id and c.kind = 'sms' and note_segments.segments > 0
		and c.carrier_segments is distinct from note_segments.segments;
	if found then
		perform private.settle_text(note_segments.message_id);
	end if;
end
$$;

create function private.on_text_settled() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.settle_text(new.id);
	return null;
end
$$;
-- (sent or delivered is the same to a wallet)
create trigger on_text_settled after update of status on public.messages
	for each row when (
		new.direction = 'outbound' and new.phone_number_id is not null
		and (new.status in ('failed', 'cancelled') and old.status not in ('failed', 'cancelled')
			or new.status in ('sent', 'delivered') and old.status not in ('sent', 'delivered')))
	execute function private.on_text_settled();
