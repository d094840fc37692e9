-- Who used what on which day: texts sent and codes asked for by person and key, requests by caller. Counted with number_days: days
-- that are over once, and again for three days; today when somebody asks.

create table private.sender_days (
	organization_id uuid not null,
	phone_number_id uuid not null,
	-- in the zone that the organization had then
	day date not null,
	-- a key, or a person; zeros: nobody in particular, or nobody any more
	by_key boolean not null,
	actor uuid not null,
	-- handed to the carrier, whatever became of them
	sent integer not null,
	sent_segments integer not null,
	primary key (phone_number_id, day, by_key, actor),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
create table private.verification_days (
	organization_id uuid not null,
	phone_number_id uuid not null,
	day date not null,
	by_key boolean not null,
	actor uuid not null,
	-- of that day, whenever it ended
	requested integer not null,
	-- in time, used or not
	code_received integer not null,
	-- ended without a code, not by somebody
	missed integer not null,
	expired integer not null,
	cancelled integer not null,
	primary key (phone_number_id, day, by_key, actor),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
create table private.request_days (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	day date not null,
	by_key boolean not null,
	caller uuid not null,
	requests integer not null,
	units integer not null,
	refused integer not null,
	limited integer not null,
	failed integer not null,
	primary key (organization_id, day, by_key, caller)
);
comment on table private.sender_days is 'Texts sent by number, day and sender, without today. A day without any has no row.';
comment on table private.verification_days is 'Requests for codes by number, day and who asked, without today.';
comment on table private.request_days is 'Requests of the developer API by day and caller, without today: a summary of request_sums.';

create index sender_days_organization on private.sender_days (organization_id, day);
create index verification_days_organization on private.verification_days (organization_id, day);

create function private.count_sender_days(organization_id uuid, since date, until date, phone_number_ids uuid[] default null)
returns setof private.sender_days
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	zone constant text := (select o.time_zone from public.organizations o where o.id = count_sender_days.organization_id);
	begins constant timestamptz := count_sender_days.since::timestamp at time zone zone;
	ends constant timestamptz := count_sender_days.until::timestamp at time zone zone;
	-- known to the plan: else it reads everybody's texts of those days
	first_id constant uuid := private.first_id_at(begins - interval '1 hour');
	end_id constant uuid := private.first_id_at(ends + interval '1 hour');
begin
	return query
		select m.organization_id, m.phone_number_id, (m.created_at at time zone zone)::date, m.api_key_id is not null,
			coalesce(m.api_key_id, m.author_id, '00000000-0000-0000-0000-000000000000'), count(*)::integer,
			coalesce(sum(m.segments), 0)::integer
		from public.messages m
		where m.organization_id = count_sender_days.organization_id and m.phone_number_id is not null
			and m.carrier is distinct from 'test' and m.direction = 'outbound' and m.status in ('sent', 'delivered', 'failed')
			and m.id >= first_id and m.id < end_id
			and m.created_at >= begins and m.created_at < ends
			and (phone_number_ids is null or m.phone_number_id = any (phone_number_ids))
		group by 1, 2, 3, 4, 5;
end
$$;

create function private.count_verification_days(organization_id uuid, since date, until date, phone_number_ids uuid[] default null)
returns setof private.verification_days
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	zone constant text := (select o.time_zone from public.organizations o where o.id = count_verification_days.organization_id);
	begins constant timestamptz := count_verification_days.since::timestamp at time zone zone;
	ends constant timestamptz := count_verification_days.until::timestamp at time zone zone;
	-- known to the plan: else it reads everybody's requests of those days
	first_id constant uuid := private.first_id_at(begins);
	end_id constant uuid := private.first_id_at(ends + interval '1 hour');
begin
	return query
		select v.organization_id, v.phone_number_id, (v.created_at at time zone zone)::date, v.api_key_id is not null,
			coalesce(v.api_key_id, v.requested_by, '00000000-0000-0000-0000-000000000000'), count(*)::integer,
			(count(*) filter (where v.code_received_at is not null))::integer,
			(count(*) filter (where v.code_received_at is null and v.status in ('expired', 'filtered')))::integer,
			(count(*) filter (where v.status = 'expired'))::integer, (count(*) filter (where v.status = 'cancelled'))::integer
		from public.verifications v
		where v.organization_id = count_verification_days.organization_id
			-- stamped with its transaction's beginning, its id with the moment it was written
			and v.id >= first_id and v.id < end_id
			and v.created_at >= begins and v.created_at < ends
			and (phone_number_ids is null or v.phone_number_id = any (phone_number_ids))
		group by 1, 2, 3, 4, 5;
end
$$;

create function private.count_request_days(organization_id uuid, since date, until date) returns setof private.request_days
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	zone constant text := (select o.time_zone from public.organizations o where o.id = count_request_days.organization_id);
begin
	return query
		select s.organization_id, (s.starts_at at time zone zone)::date, s.by_key, s.caller, sum(s.requests)::integer,
			sum(s.units)::integer,
			coalesce(sum(s.requests) filter (where s.status between 400 and 499 and s.status <> 429), 0)::integer,
			coalesce(sum(s.requests) filter (where s.status = 429), 0)::integer,
			coalesce(sum(s.requests) filter (where s.status >= 500), 0)::integer
		from private.request_sums s
		where s.organization_id = count_request_days.organization_id and s.span = 'day'
			and s.starts_at >= count_request_days.since::timestamp at time zone zone
			and s.starts_at < count_request_days.until::timestamp at time zone zone
		group by 1, 2, 3, 4
		having sum(s.requests) > 0;
end
$$;

-- What private.count_usage keeps of these days beside those of numbers. Anew: who leaves has sent nothing under their name.
create function private.keep_usage_days(organization_id uuid, since date, until date) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	delete from private.sender_days d
	where d.organization_id = keep_usage_days.organization_id and d.day >= since and d.day < until;
	insert into private.sender_days select * from private.count_sender_days(keep_usage_days.organization_id, since, until);
	delete from private.verification_days d
	where d.organization_id = keep_usage_days.organization_id and d.day >= since and d.day < until;
	insert into private.verification_days select * from private.count_verification_days(keep_usage_days.organization_id, since, until);
	delete from private.request_days d
	where d.organization_id = keep_usage_days.organization_id and d.day >= since and d.day < until;
	insert into private.request_days select * from private.count_request_days(keep_usage_days.organization_id, since, until);
end
$$;

-- Who sent how much from since to until, both among them: sums, since many send on many days.
create function private.texts_by_sender(organization_id uuid, since date, until date, phone_number_ids uuid[])
returns table (by_key boolean, actor uuid, sent bigint, sent_segments bigint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant date := private.first_live_day(organization_id, since, until);
begin
	return query
		select s.by_key, s.actor, sum(s.sent), sum(s.sent_segments)
		from private.sender_days s
		where s.organization_id = texts_by_sender.organization_id and s.day >= texts_by_sender.since and s.day < live
			and s.day <= texts_by_sender.until and s.phone_number_id = any (phone_number_ids)
		group by 1, 2
		union all
		select d.by_key, d.actor, d.sent, d.sent_segments
		from private.count_sender_days(texts_by_sender.organization_id, live, texts_by_sender.until + 1, phone_number_ids) d
		where live <= texts_by_sender.until;
end
$$;

-- The days from since to until, both among them: counted before, or now.
create function private.days_of_verifications(organization_id uuid, since date, until date, phone_number_ids uuid[])
returns setof private.verification_days
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant date := private.first_live_day(organization_id, since, until);
begin
	return query
		select * from private.verification_days s
		where s.organization_id = days_of_verifications.organization_id and s.day >= days_of_verifications.since and s.day < live
			and s.day <= days_of_verifications.until and s.phone_number_id = any (phone_number_ids)
		union all
		select *
		from private.count_verification_days(days_of_verifications.organization_id, live, days_of_verifications.until + 1,
			phone_number_ids)
		where live <= days_of_verifications.until;
end
$$;

create function private.days_of_requests(organization_id uuid, since date, until date) returns setof private.request_days
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	-- without a number nobody counts the days
	live constant date := case
		when exists (select from private.usage_counts u where u.organization_id = days_of_requests.organization_id)
		then private.first_live_day(organization_id, since, until) else days_of_requests.since end;
begin
	return query
		select * from private.request_days s
		where s.organization_id = days_of_requests.organization_id and s.day >= days_of_requests.since and s.day < live
			and s.day <= days_of_requests.until
		union all
		select * from private.count_request_days(days_of_requests.organization_id, live, days_of_requests.until + 1)
		where live <= days_of_requests.until;
end
$$;
