-- Texts that come in cost something, too: never at the moment itself, and never so that one is refused. Once a minute they are
-- charged together, one transfer for each organization.

create table private.received_texts (
	message_id uuid primary key,
	organization_id uuid not null
);
comment on table private.received_texts is 'Texts that came in and are not charged yet.';

create function private.on_received_text() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.received_texts (message_id, organization_id) values (new.id, new.organization_id);
	return null;
end
$$;
create trigger on_received_text after insert on public.messages
	for each row when (new.direction = 'inbound' and new.phone_number_id is not null and new.carrier is distinct from 'test')
	execute function private.on_received_text();

-- Charges texts of an organization that came in, at the price of the day that each came. The oldest are paid first; what is not there
-- is written down for each. Answers how many.
create function private.charge_received(organization_id uuid, batch integer) returns bigint
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	there bigint;
	paid bigint;
	counted bigint;
begin
	perform private.lock_wallet(charge_received.organization_id);
	select greatest(0, a.balance_micros + a.credit_micros) into there
	from public.ledger_accounts a where a.organization_id = charge_received.organization_id and a.kind = 'wallet';
	with due as (
		delete from private.received_texts r
		where r.message_id in (
			select o.message_id from private.received_texts o
			where o.organization_id = charge_received.organization_id order by o.message_id limit batch)
		returning r.message_id
	), priced as (
		select m.id, m.phone_number_id, m.created_at, k.kind, p.id as price_id, p.micros as unit, k.segments,
			private.month_of(charge_received.organization_id, m.created_at) as month,
			p.micros * k.segments as micros,
			sum(p.micros * k.segments) over (order by m.id) as together
		from due
		join public.messages m on m.id = due.message_id
		join public.phone_numbers n on n.id = m.phone_number_id
		cross join lateral (select
			case when m.attachment_count > 0 then 'mms' else 'sms' end::public.message_kind as kind,
			case when m.attachment_count > 0 then 1 else coalesce(m.segments, 1) end as segments) k
		cross join lateral private.price_for(n.e164, 'inbound', k.kind, m.created_at) p
	), charged as (
		insert into public.text_charges (message_id, organization_id, phone_number_id, direction, kind, price_id, unit_micros, segments,
			carrier_segments, billed_segments, month, status, charged_micros, shortfall_micros, created_at, settled_at)
		select p.id, charge_received.organization_id, p.phone_number_id, 'inbound', p.kind, p.price_id, p.unit, p.segments,
			nullif(p.segments, 0), p.segments, p.month, 'charged', f.paid, p.micros - f.paid, p.created_at, clock_timestamp()
		from priced p
		cross join lateral (select least(p.micros, greatest(0, there - (p.together - p.micros))) as paid) f
		on conflict (message_id) do nothing
		returning charged_micros
	)
	select coalesce(sum(c.charged_micros), 0), count(*) into paid, counted from charged c;
	if paid > 0 then
		perform private.transfer(charge_received.organization_id,
			array[row('wallet', -paid), row('revenue', paid)]::private.ledger_leg[], 'texts_received',
			'received:' || gen_random_uuid());
	end if;
	return counted;
end
$$;

-- The same for so many organizations, at most so many texts each. In the order in which wallets are always taken.
create function private.charge_all_received(batch integer default 2000) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	each uuid;
	counted bigint := 0;
begin
	for each in
		select distinct r.organization_id from private.received_texts r order by 1 limit 500
	loop
		counted := counted + private.charge_received(each, batch);
	end loop;
	return counted;
end
$$;
select cron.schedule('received-texts', '* * * * *', 'select private.charge_all_received()');
