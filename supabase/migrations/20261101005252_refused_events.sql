-- What came to the doors of providers without their signature: who knocked, where and how often, never what they brought. Counted by
-- minute and address, so that a flood fills no table.

create table private.refused_events (
	minute timestamptz not null,
	provider text not null check (provider in ('twilio', 'stripe')),
	path text not null check (char_length(path) <= 60),
	-- the door has no secret, the request no signature, or a wrong one
	reason text not null check (reason in ('unconfigured', 'missing', 'wrong')),
	-- null: one of the many others of this minute, or unknown
	address inet,
	times bigint not null check (times > 0),
	last_at timestamptz not null default clock_timestamp(),
	unique nulls not distinct (minute, provider, path, reason, address)
);
comment on table private.refused_events is
	'Requests to the doors of Twilio and Stripe that were not signed by them, counted by minute and address: at most 50 addresses a '
	'minute, the newest 10,000 rows, for 30 days.';
create index refused_events_newest_first on private.refused_events (last_at desc);

-- refused: [{provider, path, reason, address, times}], at most a hundred, as the doors gathered them.
create function private.note_refused_events(refused jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	now_minute constant timestamptz := date_trunc('minute', clock_timestamp());
	one record;
	room integer := 50 - (select count(*) from private.refused_events r where r.minute = now_minute);
begin
	perform set_config('synchronous_commit', 'off', true);
	for one in
		select r.provider, left(r.path, 60) as path, r.reason, r.address, sum(r.times) as times
		from jsonb_to_recordset(note_refused_events.refused) r (provider text, path text, reason text, address inet, times bigint)
		group by 1, 2, 3, 4
		-- one order for all: nobody waits in a circle
		order by 1, 2, 3, 4
		limit 100
	loop
		update private.refused_events e set times = e.times + one.times, last_at = clock_timestamp()
		where e.minute = now_minute and e.provider = one.provider and e.path = one.path and e.reason = one.reason
			and e.address = one.address;
		if not found then
			insert into private.refused_events as e (minute, provider, path, reason, address, times)
			values (now_minute, one.provider, one.path, one.reason, case when room > 0 then one.address end, one.times)
			on conflict (minute, provider, path, reason, address)
				do update set times = e.times + excluded.times, last_at = excluded.last_at;
			room := room - 1;
		end if;
	end loop;
end
$$;

create function private.prune_refused_events(at timestamptz default now(), most integer default 10000) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.refused_events r
	where r.last_at < greatest(at - interval '30 days',
		(select o.last_at from private.refused_events o order by o.last_at desc offset most limit 1));
end
$$;
select cron.schedule('refused-events', '* * * * *', 'select private.prune_refused_events()');

create function private.operator_refused_events(session text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return coalesce((
		select jsonb_agg(jsonb_build_object('minute', r.minute, 'last_at', r.last_at, 'provider', r.provider, 'path', r.path,
			'reason', r.reason, 'address', host(r.address), 'times', r.times) order by r.last_at desc)
		from (select * from private.refused_events e order by e.last_at desc limit 100) r), '[]');
end
$$;

create function service.note_refused_events(refused jsonb) returns void
language sql security invoker set search_path = ''
return private.note_refused_events(refused);
comment on function service.note_refused_events(jsonb) is
	'Counts requests to the doors of providers that were not signed: [{provider, path, reason, address, times}], reason: unconfigured, '
	'missing or wrong.';

create function service.operator_refused_events(session text) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_refused_events(session);
comment on function service.operator_refused_events(text) is
	'The hundred last [{minute, last_at, provider, path, reason, address, times}] of what came unsigned to the doors of providers.';

grant execute on function service.note_refused_events(jsonb), private.note_refused_events(jsonb) to edge, service_role;
grant execute on function service.operator_refused_events(text), private.operator_refused_events(text) to service_role;
