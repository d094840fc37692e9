-- Keys that are about to expire: those who run the organization hear of it a week and a day before, so that what uses them can be
-- given another in time. Whoever rotates a key chose when the old one ends, and is told nothing.

create table private.key_notices (
	key_id uuid not null references public.api_keys (id) on delete cascade,
	-- a key that is given longer is told of anew
	expires_at timestamptz not null,
	-- how many days before it
	days smallint not null check (days in (7, 1)),
	created_at timestamptz not null default now(),
	primary key (key_id, expires_at, days)
);
comment on table private.key_notices is 'Of which ends of keys their organizations were told, and how many days before.';

create index api_keys_ending on public.api_keys (expires_at) where revoked_at is null and rotated_at is null and expires_at is not null;

-- Tells of keys that expire within a week or a day: a notice for each, and one letter for an organization's keys of the same day, to
-- everybody who may make keys. Of two that are due the nearer is given; a key that was not meant to last so long is not told of.
create function private.tell_of_key_ends(at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	fresh uuid[];
begin
	with told as (
		insert into private.key_notices (key_id, expires_at, days)
		select k.id, k.expires_at, d.days
		from public.api_keys k
		join public.organizations o on o.id = k.organization_id and o.suspended_at is null
		cross join lateral (
			select v.days
			from (values (1::smallint), (7::smallint)) v (days)
			where k.expires_at <= at + make_interval(days => v.days)
			order by v.days
			limit 1
		) d
		where k.revoked_at is null and k.rotated_at is null and k.expires_at > at and k.expires_at <= at + interval '7 days'
			and k.created_at <= k.expires_at - make_interval(days => d.days + 1)
			and not exists (
				select from private.key_notices n where n.key_id = k.id and n.expires_at = k.expires_at and n.days <= d.days)
		order by k.id
		limit 1000
		on conflict do nothing
		returning key_id
	)
	select array_agg(t.key_id) into fresh from told t;
	if fresh is null then
		return;
	end if;

	perform private.give_notice('keys:manage', k.organization_id, 'key_expires_soon', k.id::text,
		jsonb_build_object('name', k.name, 'days', case when k.expires_at <= at + interval '1 day' then 1 else 7 end))
	from public.api_keys k
	where k.id = any (fresh);

	with ending as (
		select k.organization_id, case when k.expires_at <= at + interval '1 day' then 1 else 7 end as days,
			jsonb_agg(jsonb_build_object('name', k.name, 'prefix', 'cum_' || k.mode::text || '_' || k.public_id, 'at', k.expires_at)
				order by k.expires_at, k.id) as keys
		from public.api_keys k
		where k.id = any (fresh)
		group by 1, 2
	)
	insert into private.jobs (kind, payload)
	select 'send_letter', jsonb_build_object('template', 'key_expires_soon', 'user_id', m.user_id, 'details',
		jsonb_build_object('organization_name', o.name, 'slug', o.slug, 'days', e.days, 'keys', e.keys))
	from ending e
	join public.organizations o on o.id = e.organization_id
	join public.memberships m on m.organization_id = o.id and m.suspended_at is null
	join private.capabilities c on c.role = m.role and c.capability = 'keys:manage'
	order by e.organization_id, e.days, m.user_id;
end
$$;
select cron.schedule('keys-ending', '* * * * *', 'select private.tell_of_key_ends()');
