-- What happened to a number and what will, as dates: a log of each number, and letters to those who may do something about it.

create table public.number_events (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	phone_number_id uuid not null,
	kind text not null check (kind in (
		'bought', 'renews_soon', 'renewed', 'grace', 'quarantined', 'restored', 'cancelled', 'kept', 'released')),
	-- the day that it leads to: the next renewal, the end of the grace …
	about timestamptz,
	-- of a notice, how many days before it
	days smallint check (days in (14, 7, 3, 1)),
	monthly_micros bigint not null default 0,
	created_at timestamptz not null default now(),
	-- letters about it have left
	told_at timestamptz,
	check ((kind = 'renews_soon') = (days is not null)),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table public.number_events is 'Every step of a number''s life and every notice of one, as its page tells them.';

create index number_events_newest_first on public.number_events (phone_number_id, id desc);
create index number_events_number on public.number_events (organization_id, phone_number_id);
create index number_events_untold on public.number_events (organization_id) where told_at is null;
create unique index number_events_noticed_once on public.number_events (phone_number_id, about, days) where days is not null;

alter table public.number_events enable row level security;
create policy "those with access can read" on public.number_events for select to authenticated
	using (phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

create function private.note_number(number public.phone_numbers, kind text, about timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.number_events (organization_id, phone_number_id, kind, about, monthly_micros, told_at)
	values (number.organization_id, number.id, note_number.kind, note_number.about, number.monthly_micros,
		case when note_number.kind = 'kept' then now() end);
	perform private.hint_numbers(number.organization_id);
end
$$;

-- Numbers for which a notice is due and was not given: 14, 7, 3 and 1 days of the calendar before the end of what is paid. Of
-- several that were missed the nearest is given.
create function private.notices_due(at timestamptz) returns table (phone_number_id uuid, days smallint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select n.id, d.days
		from public.phone_numbers n
		join public.organizations o on o.id = n.organization_id
		cross join lateral (
			select v.days
			from (values (1::smallint), (3::smallint), (7::smallint), (14::smallint)) v (days)
			where (n.renews_at at time zone o.time_zone - make_interval(days => v.days)) at time zone o.time_zone <= at
			order by v.days
			limit 1
		) d
		where n.status = 'active' and n.renews_at > at and n.renews_at <= at + interval '15 days'
			and not exists (
				select from public.number_events e
				where e.phone_number_id = n.id and e.about = n.renews_at and e.days <= d.days);
end
$$;

-- Whether anybody is to be told of something.
create function private.is_notice_due(at timestamptz) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (select from public.number_events e where e.told_at is null) or exists (select from private.notices_due(at));
end
$$;

-- Gives the notices that are due. Where the wallet will not do for what renews within three days, an automatic top-up is asked for.
create function private.announce_renewals(at timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	poor record;
begin
	insert into public.number_events (organization_id, phone_number_id, kind, about, days, monthly_micros)
	select n.organization_id, n.id, 'renews_soon', n.renews_at, d.days, n.monthly_micros
	from private.notices_due(at) d
	join public.phone_numbers n on n.id = d.phone_number_id
	order by n.renews_at, n.id
	on conflict do nothing;

	for poor in
		select n.organization_id, sum(n.monthly_micros)::bigint as needed_micros
		from public.phone_numbers n
		left join public.ledger_accounts a on a.organization_id = n.organization_id and a.kind = 'wallet'
		where n.status = 'active' and n.auto_renew and n.ends_at is null and n.renews_at <= at + interval '3 days'
		group by n.organization_id, a.balance_micros, a.credit_micros
		having sum(n.monthly_micros) > coalesce(a.balance_micros + a.credit_micros, 0)
		order by 1
		limit 500
	loop
		perform private.ask_auto_top_up(poor.organization_id, needed_micros => poor.needed_micros);
	end loop;
end
$$;

-- What the end of what is paid means for a number.
create function private.number_fate(number public.phone_numbers) returns text
language sql immutable set search_path = ''
return case when number.ends_at is not null then 'ends' when number.auto_renew then 'renews' else 'stops' end;

-- About what nobody was told of: a notice for each number, and one letter for an organization's numbers of the same fate, to
-- everybody who may buy.
create function private.tell_of_numbers() returns void
language plpgsql security definer set search_path = ''
as $$
declare
	fresh uuid[];
begin
	with told as (
		update public.number_events e set told_at = now() where e.told_at is null returning e.id
	)
	select array_agg(t.id) into fresh from told t;
	if fresh is null then
		return;
	end if;

	perform private.give_notice('numbers:buy', f.organization_id, 'number_' || f.kind, f.phone_number_id::text,
		jsonb_build_object('label', f.label, 'days', f.days, 'fate', f.fate), f.phone_number_id)
	from (
		select e.*, n.label, private.number_fate(n) as fate
		from public.number_events e
		join public.phone_numbers n on n.id = e.phone_number_id
		where e.id = any (fresh)
		order by e.id
	) f;

	with told as (
		select f.organization_id, f.kind, f.days,
			jsonb_agg(jsonb_build_object('e164', n.e164, 'label', n.label, 'at', f.about, 'micros', f.monthly_micros,
				'fate', private.number_fate(n)) order by f.about, n.e164) as numbers
		from public.number_events f
		join public.phone_numbers n on n.id = f.phone_number_id
		where f.id = any (fresh)
		group by f.organization_id, f.kind, f.days
	)
	insert into private.jobs (kind, payload)
	select 'send_letter', jsonb_build_object('template', 'number_' || t.kind, 'user_id', m.user_id, 'details',
		jsonb_build_object('organization_name', o.name, 'slug', o.slug, 'days', t.days, 'numbers', t.numbers,
			'time_zone', o.time_zone))
	from told t
	join public.organizations o on o.id = t.organization_id
	join public.memberships m on m.organization_id = o.id and m.suspended_at is null
	join private.capabilities c on c.role = m.role and c.capability = 'numbers:buy'
	order by t.organization_id, t.kind, t.days, m.user_id;
end
$$;

create view api.number_events with (security_invoker = true) as
select e.id, e.organization_id, e.phone_number_id, e.kind, e.about, e.days, e.monthly_micros, e.created_at
from public.number_events e;
comment on view api.number_events is
	'What happened to the numbers the caller may see, and what they were told of: kind, and the day that it leads to (about).';

grant select on public.number_events, api.number_events to authenticated;
