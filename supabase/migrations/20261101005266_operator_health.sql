-- What operators and their own monitoring see of the platform's health.

-- The clock's jobs, each with its last run. Where the clock keeps no book (pg_cron does), there is none.
create function private.clock_runs() returns table (name text, schedule text, ran_at timestamptz, ms integer, says text)
language plpgsql stable security definer set search_path = ''
as $$
begin
	-- of the book, which may be long, its last pages
	return query execute $query$
		select j.jobname::text, j.schedule, r.start_time, (extract(epoch from r.end_time - r.start_time) * 1000)::integer,
			case when r.status = 'failed' then left(r.return_message, 300) end
		from cron.job j
		left join lateral (
			select d.start_time, d.end_time, d.status, d.return_message
			from cron.job_run_details d
			where d.jobid = j.jobid and d.runid > (select max(m.runid) - 2000 from cron.job_run_details m)
			order by d.runid desc
			limit 1
		) r on true
		where j.active
		order by j.jobname$query$;
end
$$;

-- {parts: [{part, state, checked_at, ms, says, p95_ms, good, bad}] (the last three of today), errors: the last that went wrong,
-- queues, clock, texts: the last of the platform's own}.
create function private.operator_health(session text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return jsonb_build_object(
		'parts', (
			select jsonb_agg(to_jsonb(p) || jsonb_build_object('p95_ms', d.p95_ms, 'good', coalesce(d.good, 0), 'bad', coalesce(d.bad, 0)))
			from private.health_of_parts() p
			left join private.health_days d on d.part = p.part and d.day = (now() at time zone 'UTC')::date),
		'errors', coalesce((
			select jsonb_agg(to_jsonb(e))
			from (
				select c.part, c.checked_at, c.says from private.health_checks c
				where c.says is not null
				order by c.checked_at desc
				limit 20
			) e), '[]'),
		'queues', private.queues(),
		'clock', coalesce((select jsonb_agg(to_jsonb(c)) from private.clock_runs() c), '[]'),
		'texts', coalesce((
			select jsonb_agg(to_jsonb(t))
			from (
				select p.accepted_at, p.handed_ms, p.receipt_ms, p.arrived_ms, p.ended_at
				from private.path_texts p
				order by p.accepted_at desc
				limit 12
			) t), '[]'));
end
$$;

-- For a monitoring that asks every quarter of a minute: nothing that grows with what there is, no tenant.
create function private.platform_figures() returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
begin
	return jsonb_build_object(
		'parts', (select jsonb_agg(jsonb_build_object('part', p.part, 'well', p.says is null, 'ms', p.ms))
			from private.health_of_parts() p where p.state <> 'unknown'),
		'queues', private.queues(),
		'messages', coalesce((
			select jsonb_object_agg(m.status, m.texts)
			from (
				select m.status, count(*) as texts from public.messages m
				where m.id >= private.first_id_at(now() - interval '1 minute')
				group by m.status
			) m), '{}'),
		-- of those that may leave now, and at most so many
		'webhooks', (
			select jsonb_build_object('waiting', count(*), 'lag_seconds', coalesce(extract(epoch from now() - min(w.at)), 0)::integer)
			from (
				select d.next_attempt_at as at from public.webhook_deliveries d
				where d.status = 'waiting' and not d.behind and d.next_attempt_at <= now()
				limit 10000
			) w),
		'text', (
			select jsonb_build_object('handed_ms', p.handed_ms, 'receipt_ms', p.receipt_ms, 'arrived_ms', p.arrived_ms)
			from private.path_texts p
			where p.ended_at is not null
			order by p.accepted_at desc
			limit 1));
end
$$;

create function service.is_alive() returns boolean
language sql stable security invoker set search_path = ''
return true;
comment on function service.is_alive() is 'True: whoever asks reaches the database.';

create function service.operator_health(session text) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_health(session);
comment on function service.operator_health(text) is
	'How each part of the platform is, what went wrong last, queues, the clock''s jobs, and the platform''s own texts.';

create function service.platform_figures() returns jsonb
language sql stable security invoker set search_path = ''
return private.platform_figures();
comment on function service.platform_figures() is
	'For monitoring: {parts: [{part, well, ms}], queues: as operator_jobs has them, messages: {status: made within the minute}, webhooks: '
	'{waiting, lag_seconds}, text: how long the last of the platform''s own took}.';

grant execute on function
	service.is_alive(),
	service.operator_health(text), private.operator_health(text),
	service.platform_figures(), private.platform_figures()
to service_role;
