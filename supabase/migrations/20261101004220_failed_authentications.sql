-- Who is not let in: written down where its organization sees it, if the key is known, else for the platform. Whoever fails again and
-- again from an address is answered later each time, and the organization is told. Nobody is locked out by that: a good key is let in
-- at once, from wherever, however often others fail with it or beside it.

alter table private.unknown_key_refusals
	add column reason text not null default 'unknown'
		check (reason in ('unknown', 'malformed', 'missing', 'token_invalid', 'token_expired'));
create index unknown_key_refusals_address on private.unknown_key_refusals (address, id desc);
create index api_key_refusals_lately on public.api_key_refusals (key_id, id desc);

-- Unlogged: after a crash of the database everybody begins anew.
create unlogged table private.failing_addresses (
	address inet primary key,
	-- as many as are not forgotten yet, at the moment of the last
	failures real not null,
	failed_at timestamptz not null
) with (fillfactor = 50);
comment on table private.failing_addresses is
	'Addresses from which somebody was not let in. One failure is forgotten every six seconds.';

create table private.key_alarms (
	key_id uuid primary key references public.api_keys (id) on delete cascade,
	rung_at timestamptz not null
);
comment on table private.key_alarms is 'When those who run an organization were last told that a key of theirs is refused again and again.';

-- Counts a failure of an address. Ten a minute are everybody's to make.
create function private.note_failure(address inet, at timestamptz default clock_timestamp()) returns void
language sql security definer set search_path = ''
begin atomic
	insert into private.failing_addresses as f (address, failures, failed_at)
	select note_failure.address, 1, note_failure.at where note_failure.address is not null
	on conflict (address) do update
	set failures = least(greatest(f.failures - extract(epoch from excluded.failed_at - f.failed_at) / 6, 0) + 1, 100),
		failed_at = excluded.failed_at;
end;

-- For how long, in ms, an address waits for its next "no": nothing for the first ten, then 100 ms more for each, three seconds at most.
create function private.failure_pause(address inet, at timestamptz default clock_timestamp()) returns integer
language sql stable security definer set search_path = ''
begin atomic
	select coalesce((
		select least(greatest(f.failures - extract(epoch from failure_pause.at - f.failed_at) / 6 - 10, 0) * 100, 3000)
		from private.failing_addresses f
		where f.address = failure_pause.address), 0)::integer;
end;

-- Twenty refusals of a key within ten minutes are told to those who run the organization, once a day.
create function private.ring_alarm(refusal public.api_key_refusals) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	most constant integer := 20;
begin
	if most > (
		select count(*) from (
			select from public.api_key_refusals r
			where r.key_id = refusal.key_id and r.id >= private.first_id_at(refusal.created_at - interval '10 minutes')
			limit most) lately)
	then
		return;
	end if;
	insert into private.key_alarms as a (key_id, rung_at) values (refusal.key_id, refusal.created_at)
	on conflict (key_id) do update set rung_at = excluded.rung_at where a.rung_at < excluded.rung_at - interval '1 day';
	if not found then
		return;
	end if;
	perform private.give_notice('keys:manage', refusal.organization_id, 'key_refused', refusal.key_id::text,
		jsonb_build_object('name', k.name))
	from public.api_keys k
	where k.id = refusal.key_id;
	perform private.enqueue_letter('key_refused', m.user_id, jsonb_build_object(
		'organization_name', o.name, 'slug', o.slug, 'key_name', k.name,
		'prefix', 'cum_' || k.mode::text || '_' || k.public_id, 'refused_for', refusal.reason, 'address', host(refusal.address),
		'count', most))
	from public.api_keys k
	join public.organizations o on o.id = k.organization_id
	join public.memberships m on m.organization_id = o.id and m.suspended_at is null
	join private.capabilities c on c.role = m.role and c.capability = 'keys:manage'
	where k.id = refusal.key_id;
end
$$;

create function private.on_refusal() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.note_failure(new.address);
	if tg_table_name = 'api_key_refusals' then
		perform private.ring_alarm(new);
	end if;
	return null;
end
$$;
create trigger on_refusal after insert on public.api_key_refusals for each row execute function private.on_refusal();
create trigger on_refusal after insert on private.unknown_key_refusals for each row execute function private.on_refusal();

-- Writes down who came with nothing that could be looked up. Answers for how long they wait, in ms.
create function private.record_failed_authentication(reason text, address inet, endpoint text) returns integer
language plpgsql security definer set search_path = ''
as $$
begin
	perform set_config('synchronous_commit', 'off', true);
	insert into private.unknown_key_refusals (reason, address, endpoint)
	values (record_failed_authentication.reason, record_failed_authentication.address,
		left(record_failed_authentication.endpoint, 200));
	return private.failure_pause(record_failed_authentication.address);
end
$$;

-- Removes what is kept no longer: an organization's as long as its log, the platform's for 30 days; and of either so many at most,
-- whoever attacks: private.failure_sums has counted them.
create function private.prune_refusals(
	at timestamptz default now(), batch integer default 50000, most integer default 100000, most_of_one integer default 20000
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.failing_addresses f where f.failed_at < prune_refusals.at - interval '1 hour';
	delete from private.unknown_key_refusals u
	where u.id in (
		select x.id from private.unknown_key_refusals x
		where x.id < greatest(private.first_id_at(prune_refusals.at - interval '30 days'), (
			select k.id from private.unknown_key_refusals k order by k.id desc offset most limit 1))
		order by x.id
		limit batch);
	delete from public.api_key_refusals r
	where r.id in (
		select x.id
		from public.organizations o
		join private.request_log_days d on d.plan_code = (private.plan_of(o.id, prune_refusals.at)).code
		join public.api_key_refusals x on x.organization_id = o.id
			and x.id < private.first_id_at(prune_refusals.at - make_interval(days => d.days))
		where abs(hashtext(o.id::text)) % 60 = extract(minute from prune_refusals.at)
		limit batch);
	-- whose keys fail at this moment
	delete from public.api_key_refusals r
	using (
		select distinct l.organization_id from public.api_key_refusals l
		where l.id >= private.first_id_at(prune_refusals.at - interval '2 minutes')
	) o
	cross join lateral (
		select k.id from public.api_key_refusals k
		where k.organization_id = o.organization_id
		order by k.id desc
		offset most_of_one limit 1
	) oldest
	where r.organization_id = o.organization_id and r.id <= oldest.id;
end
$$;
select cron.schedule('refusals-kept', '* * * * *', 'select private.prune_refusals()');

create function service.record_failed_authentication(reason text, address inet, endpoint text) returns integer
language plpgsql security invoker set search_path = ''
as $$
begin
	return private.record_failed_authentication(reason, address, endpoint);
end
$$;
comment on function service.record_failed_authentication(text, inet, text) is
	'Writes down for the platform who was not let in and brought no key that could be looked up; reason: malformed, missing, token_invalid '
	'or token_expired. Answers for how many ms the refusal is held back: those who fail again and again from one address wait.';

grant execute on function
	service.record_failed_authentication(text, inet, text), private.record_failed_authentication(text, inet, text)
to edge, service_role;
