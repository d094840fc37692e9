-- Caps: what an organization allows itself, at most as much as its plan does. A hard one refuses what goes beyond it; of a soft one
-- those who decide about the money are only told. Both have the steps of private.warn_of_limit.

create table private.limit_caps (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	-- segments and requests of a calendar month, verifications of 24 hours, spending in 10⁻⁶ USD a calendar month, storage in bytes
	name text not null check (name in ('segments', 'verifications', 'numbers', 'members', 'storage', 'spending', 'requests')),
	-- null: as many as the plan has
	most bigint check (most between 0 and 1000000000000000),
	stops boolean not null,
	set_by uuid references public.profiles (id) on delete set null,
	set_at timestamptz not null default now(),
	primary key (organization_id, name),
	-- only segments go on beyond the plan, so only of them it means something to stop there
	check (most is not null or name = 'segments' and stops),
	-- nobody locks everybody out, and what costs nothing stops nobody's programs
	check (name <> 'members' or most >= 1),
	check (name <> 'requests' or not stops)
);
comment on table private.limit_caps is
	'What organizations allow themselves: stops refuses what goes beyond it, else it is only told. No row: as the plan has it.';
create index limit_caps_set_by on private.limit_caps (set_by) where set_by is not null;
create index limit_caps_watched on private.limit_caps (organization_id) where name in ('spending', 'requests');

alter table private.limit_caps enable row level security;

-- What left the wallet in this calendar month, as the statement has it, and what is set aside to leave it.
create function private.spent_this_month(organization_id uuid) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
declare
	month constant tstzrange := private.span_of_month(organization_id, null);
begin
	return coalesce((
		select a.balance_micros from public.ledger_accounts a
		where a.organization_id = spent_this_month.organization_id and a.kind = 'holds'), 0) - coalesce((
		select sum(m.amount_micros)
		from private.money_moves(spent_this_month.organization_id, lower(month), upper(month)) m
		-- these come in, or go back to where they came from: core's notCosts
		where m.reason not in ('top_up', 'refund', 'adjustment')), 0)::bigint;
end
$$;

-- As much as is used of what a cap counts.
create function private.used_of(organization_id uuid, name text) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	this_month constant date := private.month_of(organization_id);
begin
	return case used_of.name
		when 'segments' then coalesce((
			select a.used from public.segment_allowances a
			where a.organization_id = used_of.organization_id and a.month = this_month), 0)
		when 'verifications' then private.verifications_lately(used_of.organization_id)
		when 'storage' then private.bytes_stored(used_of.organization_id)
		when 'spending' then private.spent_this_month(used_of.organization_id)
		when 'requests' then coalesce((
			select sum(d.requests)
			from private.days_of_requests(used_of.organization_id, this_month, (this_month + interval '1 month')::date - 1) d), 0)::bigint
		else private.room_taken(used_of.organization_id, used_of.name)
	end;
end
$$;

create function private.refuse_capped(name text) returns void
language plpgsql set search_path = ''
as $$
begin
	case name
		when 'numbers' then
			perform private.fail(409, 'numbers_capped',
				'An owner or admin here allows no more numbers than there are. Nothing was bought; they can change that under Settings, Usage.');
		when 'members' then
			perform private.fail(409, 'members_capped',
				'An owner or admin here allows no more members than there are. Nobody was added; they can change that under Settings, Usage.');
		when 'storage' then
			perform private.fail(409, 'storage_capped',
				'An owner or admin here allows no more room for files. This one was not stored; they can change that under Settings, Usage.');
		when 'verifications' then
			perform private.fail(409, 'verifications_capped',
				'An owner or admin here allows no more codes a day. Nothing was asked for; they can change that under Settings, Usage.');
		when 'spending' then
			perform private.fail(402, 'spending_capped',
				'An owner or admin here allows no more to be spent this month. Nothing was sent or bought; they can change that under Settings, Usage.');
	end case;
end
$$;

-- Whether so much more would go beyond a hard cap. Most have none: then nothing is counted.
create function private.is_capped(organization_id uuid, name text, coming bigint) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	allowed bigint;
begin
	select c.most into allowed from private.limit_caps c
	where c.organization_id = is_capped.organization_id and c.name = is_capped.name and c.stops and c.most is not null;
	return found and private.used_of(is_capped.organization_id, is_capped.name) + is_capped.coming > allowed;
end
$$;

-- Fails with the cap's refusal. Whoever calls holds the lock under which it is used, so that of two at once the last is refused.
create function private.require_under_cap(organization_id uuid, name text, coming bigint) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
	if private.is_capped(organization_id, name, coming) then
		perform private.refuse_capped(name);
	end if;
end
$$;

-- Tells of the steps of a cap that were reached, where there is one.
create function private.watch_cap(organization_id uuid, name text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	cap record;
	used bigint;
begin
	select c.most, case when c.name = 'verifications'
			then (now() at time zone o.time_zone)::date else private.month_of(o.id) end as period
	into cap
	from private.limit_caps c
	join public.organizations o on o.id = c.organization_id
	where c.organization_id = watch_cap.organization_id and c.name = watch_cap.name and c.most is not null;
	if found then
		used := private.used_of(watch_cap.organization_id, watch_cap.name);
		if private.cap_warning_at(used, cap.most) > 0 then
			perform private.warn_of_limit(watch_cap.organization_id, watch_cap.name, cap.period, used, cap.most, true);
		end if;
	end if;
end
$$;

-- After money was set aside, under the wallet's lock. Fails with spending_capped.
create function private.require_spending(organization_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if exists (
		select from private.limit_caps c where c.organization_id = require_spending.organization_id and c.name = 'spending')
	then
		perform private.require_under_cap(require_spending.organization_id, 'spending', 0);
		perform private.watch_cap(require_spending.organization_id, 'spending');
	end if;
end
$$;

-- What is used without anybody who could be refused: renewals, texts that come in, requests.
create function private.watch_caps() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.watch_cap(c.organization_id, c.name)
	from private.limit_caps c
	where c.name in ('spending', 'requests')
	order by c.organization_id;
end
$$;
select cron.schedule('caps', '* * * * *', 'select private.watch_caps() where extract(minute from now())::integer % 5 = 2');

-- [{name, most, stops, by, at, used}]: by: who set it, null: a key, or somebody who has left; used: of those that no plan limits.
-- What is spent only for who sees the money.
create function private.caps_of(organization_id uuid, sees_money boolean) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return (
		select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'most', c.most, 'stops', c.stops,
			'by', coalesce(p.full_name, p.username), 'at', c.set_at,
			'used', case when c.name in ('spending', 'requests') then private.used_of(c.organization_id, c.name) end) order by c.name), '[]')
		from private.limit_caps c
		left join public.profiles p on p.id = c.set_by
		where c.organization_id = caps_of.organization_id and (sees_money or c.name not in ('spending', 'requests')));
end
$$;

-- Of one limit. What is there already stays, whatever the cap becomes.
create function private.set_cap(organization_id uuid, name text, most bigint, stops boolean) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former private.limit_caps;
	facts jsonb;
begin
	select c.* into former from private.limit_caps c
	where c.organization_id = set_cap.organization_id and c.name = set_cap.name;
	if set_cap.most is null and not (set_cap.name = 'segments' and set_cap.stops) then
		delete from private.limit_caps c where c.organization_id = set_cap.organization_id and c.name = set_cap.name;
		if former.name is null then
			return;
		end if;
	elsif (former.most, former.stops) is not distinct from (set_cap.most, set_cap.stops) then
		return;
	else
		if set_cap.most > (
			select l.most from private.limits_of(set_cap.organization_id) l where l.name = set_cap.name)
		then
			perform private.fail(422, 'cap_too_high', 'You can allow as much as the plan does, and no more. Nothing was changed.');
		end if;
		insert into private.limit_caps (organization_id, name, most, stops, set_by)
		values (set_cap.organization_id, set_cap.name, set_cap.most, set_cap.stops, auth.uid())
		on conflict (organization_id, name) do update
		set most = excluded.most, stops = excluded.stops, set_by = excluded.set_by, set_at = now();
		facts := jsonb_build_object('limit', set_cap.name, 'most', set_cap.most, 'stops', set_cap.stops);
	end if;
	-- another one has its steps again
	if former.most is distinct from set_cap.most then
		delete from public.limit_warnings w
		where w.organization_id = set_cap.organization_id and w.name = set_cap.name and w.of_cap;
	end if;
	perform private.audit(set_cap.organization_id, case when facts is null then 'limits.cap_removed' else 'limits.cap_set' end,
		'organization', set_cap.organization_id,
		case when former.name is not null then
			jsonb_build_object('limit', former.name, 'most', former.most, 'stops', former.stops) end,
		facts);
end
$$;

create function private.set_caps(organization_id uuid, caps jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	perform private.require_locked('billing:write', set_caps.organization_id);
	if jsonb_typeof(set_caps.caps) is distinct from 'array' or jsonb_array_length(set_caps.caps) > 20 or exists (
		select from jsonb_array_elements(set_caps.caps) c
		where coalesce(c ->> 'name', '') not in
				('segments', 'verifications', 'numbers', 'members', 'storage', 'spending', 'requests')
			or jsonb_typeof(c -> 'stops') is distinct from 'boolean'
			or coalesce(c ->> 'most', '0') !~ '^[0-9]{1,15}$'
			or c ->> 'name' = 'members' and c ->> 'most' ~ '^0+$'
			or c ->> 'name' = 'requests' and c ->> 'stops' = 'true')
	then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform private.set_cap(set_caps.organization_id, c.name, c.most, c.stops)
	from jsonb_to_recordset(set_caps.caps) c (name text, most bigint, stops boolean);
end
$$;

create function api.set_caps(organization_id uuid, caps jsonb) returns void
language sql security invoker set search_path = ''
return private.set_caps(organization_id, caps);
comment on function api.set_caps(uuid, jsonb) is
	'What an organization allows itself of segments and requests a month, verifications in 24 hours, numbers, members, storage (bytes) and '
	'spending (10⁻⁶ USD a month): [{name, most, stops}]; those that are not named stay. stops: what goes beyond it is refused, else it is '
	'only told (requests: always). most null: as the plan has it; for segments with stops: nothing is sent that costs anything beside '
	'the plan. api.usage_figures has them. Fails with session_ended, not_found, not_allowed, malformed, cap_too_high.';

grant execute on function api.set_caps(uuid, jsonb), private.set_caps(uuid, jsonb) to authenticated;
