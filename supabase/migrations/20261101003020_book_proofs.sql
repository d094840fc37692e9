-- That the books are right is proven again and again, from the entries alone.

create table private.book_proofs (
	id uuid primary key default private.uuid_v7(),
	entries bigint not null,
	-- what is wrong: none, or the checks that failed and where
	findings jsonb not null,
	created_at timestamptz not null default now()
);
comment on table private.book_proofs is 'Each time the books were gone through: how many entries, and what was wrong with them.';

-- Goes through all books: that they sum to zero, each transfer by itself too; that each balance equals its entries and is not below
-- its floor; that what is set aside equals the holds that are open; that what statements are made of equals the entries.
-- Answers what is wrong, at most a hundred of each.
create function private.find_in_books() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select coalesce(jsonb_agg(to_jsonb(f)), '[]')
		from (
			(select 'books' as check, null::uuid as id, sum(e.amount_micros) as off_by
			from public.ledger_entries e having sum(e.amount_micros) <> 0)
			union all
			(select 'transfer', t.id, coalesce(sum(e.amount_micros), 0)
			from public.ledger_transfers t
			left join public.ledger_entries e on e.transfer_id = t.id
			group by t.id having coalesce(sum(e.amount_micros), 0) <> 0 or count(e.*) < 2 limit 100)
			union all
			(select 'balance', a.id, a.balance_micros - coalesce(sum(e.amount_micros), 0)
			from public.ledger_accounts a
			left join public.ledger_entries e on e.account_id = a.id
			where a.balance_micros is not null
			group by a.id having a.balance_micros <> coalesce(sum(e.amount_micros), 0) limit 100)
			union all
			(select 'floor', a.id, a.balance_micros + a.credit_micros
			from public.ledger_accounts a where a.balance_micros < -a.credit_micros limit 100)
			union all
			(select 'holds', a.id, a.balance_micros - coalesce(sum(h.amount_micros), 0)
			from public.ledger_accounts a
			left join public.ledger_holds h on h.organization_id = a.organization_id and h.status = 'held'
			where a.kind = 'holds'
			group by a.id having a.balance_micros <> coalesce(sum(h.amount_micros), 0) limit 100)
			union all
			select 'sums', s.organization_id, s.off_by from private.find_in_sums() s
		) f);
end
$$;

-- Proves them and keeps the proof, unless that was done less than 20 hours ago.
create function private.prove_books() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.book_proofs (entries, findings)
	select (select count(*) from public.ledger_entries), private.find_in_books()
	where not exists (select from private.book_proofs p where p.created_at > now() - interval '20 hours');
end
$$;
-- once a day; the stack's clock knows only "every minute"
select cron.schedule('book-proofs', '* * * * *', 'select private.prove_books()');
