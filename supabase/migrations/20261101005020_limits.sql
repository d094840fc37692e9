-- How much of what a plan allows is used: one list for the dashboard, the page about usage and the warnings. What an organization allows
-- itself of it: 5280_caps.

create table public.limit_warnings (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	name text not null check (name in ('segments', 'verifications', 'numbers', 'members', 'storage', 'spending', 'requests')),
	-- its period: the first day of the calendar month, or the day, where the limit is one of a day
	begins_on date not null,
	percent smallint not null check (percent in (50, 80, 100)),
	used bigint not null,
	most bigint not null,
	-- of what the organization allows itself
	of_cap boolean not null default false,
	created_at timestamptz not null default now(),
	primary key (organization_id, name, begins_on, of_cap, percent)
);
comment on table public.limit_warnings is
	'That 50, 80 or 100 % of a limit were reached: each once in a period, with how much it was then. Who decides about the money is told.';

alter table public.limit_warnings enable row level security;
create policy "those who may see the money can read" on public.limit_warnings for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

-- How many requests for codes a day, as everybody or as was set for this organization alone.
create function private.verifications_a_day(organization_id uuid) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select o.value from private.limit_overrides o
		where o.organization_id = verifications_a_day.organization_id and o.name = 'verifications' and o.until > now()), (
		select w.most from private.verification_limits w where w.seconds = 86400));
end
$$;

-- Requests for codes of the last 24 hours, as their limit counts them.
create function private.verifications_lately(organization_id uuid) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select count(*) from public.verifications v
		join public.phone_numbers n on n.id = v.phone_number_id and n.carrier <> 'test'
		where v.organization_id = verifications_lately.organization_id
			and v.id >= private.first_id_at(now() - interval '1 day') and v.created_at > now() - interval '1 day');
end
$$;

-- [{name, used, most, usual, given_until}]: segments of this calendar month, requests for codes of the last 24 hours, numbers, members,
-- bytes of files.
-- usual: without what was set for this organization alone, which lasts until given_until; null: nothing was.
create function private.limits_of(organization_id uuid)
returns table (name text, used bigint, most bigint, usual bigint, given_until timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	plan constant public.plans := private.plan_of(organization_id);
	own constant public.plans := (select p from public.plans p where p.code = plan.code);
	this_month constant date := private.month_of(organization_id);
begin
	return query
		select l.name, l.used, l.most, l.usual, o.until
		from (
			select 1 as place, 'segments' as name, coalesce((
				select a.used::bigint from public.segment_allowances a
				where a.organization_id = limits_of.organization_id and a.month = this_month), 0) as used,
				plan.included_segments::bigint as most, own.included_segments::bigint as usual
			union all
			select 2, 'verifications', private.verifications_lately(limits_of.organization_id),
				private.verifications_a_day(limits_of.organization_id),
				(select w.most::bigint from private.verification_limits w where w.seconds = 86400)
			union all
			select 3, 'numbers', private.room_taken(limits_of.organization_id, 'numbers'), plan.max_numbers::bigint, own.max_numbers::bigint
			union all
			select 4, 'members', private.room_taken(limits_of.organization_id, 'members'), plan.max_members::bigint, own.max_members::bigint
			union all
			select 5, 'storage', private.bytes_stored(limits_of.organization_id), plan.storage_bytes, own.storage_bytes
		) l
		left join private.limit_overrides o
			on o.organization_id = limits_of.organization_id and o.name = l.name and o.until > now()
		order by l.place;
end
$$;

-- Tells those who decide about the money that so much of a limit is used: by the bell and by letter, each step once in a period, and of
-- several that were passed at once the last. Whoever did it is told as well: it is no news of what they did.
create function private.warn_of_limit(
	organization_id uuid, name text, period date, used bigint, most bigint, of_cap boolean default false
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	reached constant integer := case when of_cap then private.cap_warning_at(used, most) else private.warning_at(used, most) end;
	told integer;
	facts jsonb;
	people uuid[];
begin
	with fresh as (
		insert into public.limit_warnings (organization_id, name, begins_on, percent, used, most, of_cap)
		select warn_of_limit.organization_id, warn_of_limit.name, warn_of_limit.period, p.percent, warn_of_limit.used,
			warn_of_limit.most, warn_of_limit.of_cap
		from (values (50), (80), (100)) p (percent)
		where p.percent <= reached
		order by p.percent
		on conflict do nothing
		returning percent
	)
	select max(f.percent) into told from fresh f;
	if told is distinct from reached then
		return;
	end if;
	people := array(
		select m.user_id
		from public.memberships m
		join private.capabilities c on c.role = m.role and c.capability = 'billing:write'
		where m.organization_id = warn_of_limit.organization_id and m.suspended_at is null
		order by m.user_id);
	select jsonb_build_object('limit_name', warn_of_limit.name, 'percent', told, 'used', warn_of_limit.used,
		'most', warn_of_limit.most, 'of_cap', warn_of_limit.of_cap, 'stops', coalesce(c.stops, false), 'organization_name', o.name,
		'slug', o.slug)
	into facts
	from public.organizations o
	left join private.limit_caps c on c.organization_id = o.id and c.name = warn_of_limit.name
	where o.id = warn_of_limit.organization_id;
	perform private.give_notice_to(people, warn_of_limit.organization_id, 'limit_near',
		case when warn_of_limit.of_cap then 'cap:' else 'limit:' end || warn_of_limit.name,
		facts - '{organization_name, slug}'::text[]);
	perform private.enqueue_letter('limit_near', p, facts) from unnest(people) p;
end
$$;

-- Of a cap that is used so far: as private.warning_at, but the end of a small one is told as well.
create function private.cap_warning_at(used bigint, most bigint) returns integer
language sql immutable set search_path = ''
return case when used > 0 and used >= most then 100 else private.warning_at(used, most) end;

-- The same where somebody joins, a number is bought or a code is asked for: of the organizations whose rows these are.
create function private.watch_limit(organization_id uuid, name text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	found record;
begin
	select l.used, l.most, case when l.name = 'verifications'
			then (now() at time zone o.time_zone)::date else private.month_of(o.id) end as period
	into found
	from public.organizations o
	cross join private.limits_of(o.id) l
	where o.id = watch_limit.organization_id and l.name = watch_limit.name;
	if private.warning_at(found.used, found.most) > 0 then
		perform private.warn_of_limit(watch_limit.organization_id, watch_limit.name, found.period, found.used, found.most);
	end if;
	perform private.watch_cap(watch_limit.organization_id, watch_limit.name);
end
$$;

create function private.watch_new_rows() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.watch_limit(r.organization_id, tg_argv[0])
	from (select distinct n.organization_id from new_rows n) r
	order by r.organization_id;
	return null;
end
$$;
create trigger watch_limit after insert on public.memberships referencing new table as new_rows
	for each statement execute function private.watch_new_rows('members');
create trigger watch_limit after insert on public.phone_numbers referencing new table as new_rows
	for each statement execute function private.watch_new_rows('numbers');
create trigger watch_limit after insert on public.verifications referencing new table as new_rows
	for each statement execute function private.watch_new_rows('verifications');

create view api.limit_warnings with (security_invoker = true) as
select w.organization_id, w.name, w.begins_on, w.percent, w.used, w.most, w.of_cap, w.created_at
from public.limit_warnings w;
comment on view api.limit_warnings is
	'Which limits of its plan, and of its own (of_cap), an organization came near, and when: 50, 80 and 100 %, each once in a calendar '
	'month (codes: in a day). For those who may see the money.';

grant select on public.limit_warnings, api.limit_warnings to authenticated;
