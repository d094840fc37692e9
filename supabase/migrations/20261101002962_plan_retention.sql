-- How long a plan keeps texts at most. What is older loses its words and files, as by a rule of the organization's own; that there
-- was a text stays to be seen. A plan that keeps less than the one before has no effect for 30 days, of which everybody who decides
-- about the money is told: a payment that failed must not cost years of texts.

create table public.plan_retention (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	days integer not null check (days > 0),
	-- from when on it is carried out
	applies_at timestamptz not null
);
comment on table public.plan_retention is
	'After how many days an organization''s plan lets words and files of texts go, and from when on. No row: it keeps them.';

alter table public.plan_retention enable row level security;
create policy "members can read" on public.plan_retention for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]));

-- Whether an organization has texts older than that, of which there is something to remove.
create function private.has_older(organization_id uuid, before timestamptz) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
	since constant uuid := coalesce((
		select p.from_id from private.retention_progress p
		where p.organization_id = has_older.organization_id and p.class = 'bodies'),
		'00000000-0000-0000-0000-000000000000');
begin
	return exists (
		select from public.messages m
		where m.organization_id = has_older.organization_id and m.id >= since and m.id < private.first_id_at(before));
end
$$;

-- Brings it to what the plans are. Whoever has texts that a plan will not keep, and did not know, is told when they go.
create function private.follow_plans(at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	notice constant interval := interval '30 days';
	changed record;
begin
	delete from public.plan_retention r where (private.plan_of(r.organization_id, at)).retention_days is null;
	for changed in
		with due as (
			select o.id, (private.plan_of(o.id, at)).retention_days as days from public.organizations o
		)
		insert into public.plan_retention as r (organization_id, days, applies_at)
		select d.id, d.days, at + notice from due d
		left join public.plan_retention known on known.organization_id = d.id
		where d.days is not null and known.days is distinct from d.days
		on conflict (organization_id) do update
		set days = excluded.days,
			applies_at = case when excluded.days < r.days then excluded.applies_at else r.applies_at end
		returning r.*
	loop
		if changed.applies_at = at + notice
			and private.has_older(changed.organization_id, changed.applies_at - make_interval(days => changed.days))
		then
			perform private.enqueue_billing_letter('plan_retention', changed.organization_id,
				jsonb_build_object('days', changed.days, 'applies_at', changed.applies_at));
		end if;
	end loop;
	-- what has nothing that old rests as if it had been gone through
	insert into private.retention_progress as p (organization_id, class, finished_at)
	select r.organization_id, c.class, case when not h.older then now() end
	from public.plan_retention r
	cross join (values ('bodies'::public.retention_class), ('attachments')) c (class)
	cross join lateral (
		select private.has_older(r.organization_id, at - make_interval(days => r.days))
			or exists (select from public.retention_rules o where o.organization_id = r.organization_id and o.class = c.class) as older
		offset 0) h
	where r.applies_at <= at
	on conflict (organization_id, class) do update
	set finished_at = coalesce(excluded.finished_at, p.finished_at);
end
$$;
select cron.schedule('plan-retention', '* * * * *',
	$$select private.follow_plans() where extract(hour from now()) = 3 and extract(minute from now()) = 7$$);

create view api.plan_retention with (security_invoker = true) as
select r.organization_id, r.days, r.applies_at from public.plan_retention r;
comment on view api.plan_retention is
	'After how many days the plans of the caller''s organizations let words and files of texts go, and from when on. None: they are kept.';

grant select on public.plan_retention, api.plan_retention to authenticated;
