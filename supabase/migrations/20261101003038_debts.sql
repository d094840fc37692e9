-- What was not there when a text had to be paid is owed, and taken as soon as there is money again.

create view api.debts with (security_invoker = true) as
select c.organization_id, sum(c.shortfall_micros)::bigint as owed_micros, count(*) as texts
from public.text_charges c
where c.shortfall_micros > 0
group by c.organization_id;
comment on view api.debts is
	'What an organization owes for texts that came or went while its wallet was empty, in 10⁻⁶ USD: taken from the next top-up. None: '
	'nothing is owed. For those who may see the money.';

-- Pays what is owed as far as there is money, the oldest first. Answers how much. Charges before the wallet: the order in which
-- everybody takes them; one that is being settled is left for the next time.
create function private.collect_debts(organization_id uuid, batch integer default 1000) returns bigint
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	owed uuid[];
	there bigint;
	paid bigint;
begin
	select array_agg(due.message_id) into owed
	from (
		select c.message_id from public.text_charges c
		where c.organization_id = collect_debts.organization_id and c.shortfall_micros > 0
		order by c.message_id
		limit batch
		for no key update skip locked) due;
	if owed is null then
		return 0;
	end if;
	perform private.lock_wallet(collect_debts.organization_id);
	select greatest(0, a.balance_micros + a.credit_micros) into there
	from public.ledger_accounts a where a.organization_id = collect_debts.organization_id and a.kind = 'wallet';
	with due as (
		select c.message_id, c.shortfall_micros as owes, sum(c.shortfall_micros) over (order by c.message_id) as together
		from public.text_charges c where c.message_id = any (owed)
	), paying as (
		update public.text_charges c
		set charged_micros = c.charged_micros + p.pays, shortfall_micros = c.shortfall_micros - p.pays
		from (select d.message_id, least(d.owes, greatest(0, there - (d.together - d.owes))) as pays from due d) p
		where c.message_id = p.message_id and p.pays > 0
		returning p.pays, c.hold_id
	), of_holds as (
		-- what a hold could not pay at its time is paid of it now
		update public.ledger_holds h
		set captured_micros = h.captured_micros + least(p.pays, h.shortfall_micros),
			shortfall_micros = h.shortfall_micros - least(p.pays, h.shortfall_micros)
		from paying p
		where h.id = p.hold_id and h.status = 'captured' and h.shortfall_micros > 0
	)
	select coalesce(sum(p.pays), 0) into paid from paying p;
	if paid > 0 then
		perform private.transfer(collect_debts.organization_id,
			array[row('wallet', -paid), row('revenue', paid)]::private.ledger_leg[], 'debt', 'debt:' || gen_random_uuid());
	end if;
	return paid;
end
$$;

-- The same for whoever owes and has something, in the order in which wallets are always taken.
create function private.collect_all_debts() returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	each uuid;
	paid bigint := 0;
begin
	for each in
		select a.organization_id from public.ledger_accounts a
		where a.kind = 'wallet' and a.balance_micros + a.credit_micros > 0
			and exists (
				select from public.text_charges c where c.organization_id = a.organization_id and c.shortfall_micros > 0)
		order by 1
		limit 500
	loop
		paid := paid + private.collect_debts(each);
	end loop;
	return paid;
end
$$;
select cron.schedule('debts', '* * * * *', 'select private.collect_all_debts()');

grant select on api.debts to authenticated;
