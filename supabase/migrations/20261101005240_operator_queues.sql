-- What runs behind: jobs, and what does not agree. Payloads can hold what a tenant's people wrote: they are shown without the words.

-- What a provider told us or a job is about, without words: what stands in this list under a name and looks like an id, a kind, an
-- amount, a state or a moment. All else is left out, its name too: nobody has to think of what could hold words.
create function private.without_words(payload jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
	shown constant text[] := '{
		message_id,attachment_id,verification_id,user_id,organization_id,upload_id,scheduled_id,subscription_id,phone_number_id,order_id,
		letter_id,notification_id,top_up_id,endpoint_id,export_id,difference_id,carrier_number_id,bucket_id,hold_id,
		id,kind,part,template,provider,event_key,cadence,since,due_at,source,status_after_seconds,overlap_seconds,
		carrier,e164,status,hold,segments,plan,billing_interval,cancel_at_period_end,here,there,texts,least_texts,most_texts,days,
		price_micros,least_micros,most_micros,booked_micros,received_micros,amount_micros,total_micros,paid_micros,paid,held,
		AccountSid,MessagingServiceSid,MessageSid,MessageStatus,SmsSid,SmsMessageSid,SmsStatus,ErrorCode,NumMedia,NumSegments,ApiVersion,
		sid,account_sid,messaging_service_sid,error_code,num_media,num_segments,direction,price,price_unit,api_version,
		type,data,object,created,livemode,mode,currency,amount,amount_paid,amount_total,payment_status,customer,subscription,invoice,
		payment_intent}';
begin
	return coalesce((
		select jsonb_object_agg(e.key, case jsonb_typeof(e.value) when 'object' then private.without_words(e.value) else e.value end)
		from jsonb_each(case jsonb_typeof(payload) when 'object' then payload else '{}' end) e
		where e.key = any (shown) and case jsonb_typeof(e.value)
			when 'array' then false
			when 'string' then e.value #>> '{}' ~ '^[A-Za-z0-9_.:+-]{1,100}$'
			else true
		end), '{}');
end
$$;

-- [{kind, waiting, lag_seconds, running, parked}]: each queue as it stands.
create function private.queues() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select jsonb_agg(to_jsonb(q) order by q.kind)
		from (
			select j.kind,
				count(*) filter (where j.completed_at is null and j.parked_at is null and (j.leased_until is null or j.leased_until <= now()))
					as waiting,
				coalesce(extract(epoch from now() - min(j.run_at) filter (
					where j.completed_at is null and j.parked_at is null and j.run_at <= now()))::integer, 0) as lag_seconds,
				count(*) filter (where j.completed_at is null and j.leased_until > now()) as running,
				count(*) filter (where j.parked_at is not null) as parked
			from private.jobs j
			where j.completed_at is null
			group by j.kind
		) q), '[]');
end
$$;

-- Why something failed, as one line that repeats nothing of what was sent: without what a program put in quotes or brackets, addresses of
-- mail and pages, long words and figures, but for a status and the carrier's or the database's code after the word that announces it.
create function private.safe_line(error text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
	line constant text := left(btrim(regexp_replace(regexp_replace(left(error, 2000),
		'("[^"]*("|$))|((^|[\s(=:,])''[^'']*(''|$))|(`[^`]*(`|$))|(“[^”]*(”|$))|(=\([^)]*(\)|$))|([{<\[].*$)', ' ••• ', 'g'),
		'\s+', ' ', 'g')), 500);
	word text;
	former text := '';
	kept text[] := '{}';
begin
	if error is null then
		return null;
	end if;
	foreach word in array string_to_array(line, ' ') loop
		if word ~* '^[(]?https?://[^@]*$' then
			word := coalesce(substring(word from '^[(]?(https?://(?:[a-z0-9-]+[.])*[a-z-]+)(?:[:/?#]|$)') || '/•••', '•••');
		elsif word ~ '@' or char_length(word) > 40 then
			word := '•••';
		elsif word ~ '[0-9]' and not (
			word ~ '^[[:punct:]]*[0-9]{1,3}(ms|s)?[[:punct:]]*$' or word ~ '^[245][.][0-9]{1,2}[.][0-9]{1,3}$'
			or former = 'code' and word ~ '^[1236][0-9]{4}[[:punct:]]*$' or former ~ 'Error$' and word ~ '^[0-9A-Z]{5}$')
		then
			word := '•••';
		end if;
		if word <> '•••' or kept[cardinality(kept)] is distinct from '•••' then
			kept := kept || word;
		end if;
		former := word;
	end loop;
	return array_to_string(kept, ' ');
end
$$;

-- {queues: [{kind, waiting, lag_seconds, running, parked}], parked: [{id, kind, error, attempts, parked_at, payload}], job}:
-- each queue as it stands, the hundred parked last, and one job that was asked for.
create function private.operator_jobs(session text, job_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return jsonb_build_object(
		'queues', private.queues(),
		'parked', coalesce((
			select jsonb_agg(to_jsonb(p))
			from (
				select j.id, j.kind, private.safe_line(j.last_error) as error, j.attempts, j.parked_at, private.without_words(j.payload) as payload
				from private.jobs j
				where j.parked_at is not null and j.completed_at is null
				order by j.parked_at desc
				limit 100
			) p), '[]'),
		'job', (
			select jsonb_build_object('id', j.id, 'kind', j.kind, 'error', private.safe_line(j.last_error), 'attempts', j.attempts, 'run_at', j.run_at,
				'parked_at', j.parked_at, 'completed_at', j.completed_at, 'payload', private.without_words(j.payload))
			from private.jobs j where j.id = operator_jobs.job_id));
end
$$;

-- Has parked jobs tried again from the beginning, or given up for good. Answers how many there were. Doing it twice does it once.
create function private.operator_settle_jobs(session text, job_ids uuid[], retried boolean, reason text) returns integer
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_reason(session, 'operator', reason);
	settled uuid[];
begin
	with changed as (
		update private.jobs j
		set parked_at = case when not retried then j.parked_at end,
			completed_at = case when not retried then now() end,
			attempts = case when retried then 0 else j.attempts end,
			run_at = case when retried then now() else j.run_at end
		where j.id = any (operator_settle_jobs.job_ids) and j.parked_at is not null and j.completed_at is null
		returning j.id
	)
	select array_agg(c.id) into settled from changed c;
	perform private.note_deed(live.operator_id, case when retried then 'jobs.retried' else 'jobs.discarded' end, btrim(reason), 'job',
		details => jsonb_build_object('jobs', to_jsonb(settled)), address => live.address);
	if retried and settled is not null then
		perform private.ring_worker();
	end if;
	return coalesce(cardinality(settled), 0);
end
$$;

-- What does not agree, without what the payment provider or the carrier says of people.
create function private.operator_differences(session text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return coalesce((
		select jsonb_agg(jsonb_build_object('id', d.id, 'cause', d.cause, 'subject', d.subject, 'organization_id', d.organization_id,
			'organization', o.name, 'found_at', d.found_at, 'seen_at', d.seen_at, 'repair', d.repair,
			'repair_asked_at', d.repair_asked_at, 'result', private.safe_line(d.result), 'details', private.without_words(d.details)) order by d.found_at)
		from private.differences(now()) d
		left join public.organizations o on o.id = d.organization_id), '[]');
end
$$;

create function private.operator_repair(session text, difference_id uuid, reason text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_reason(session, 'operator', reason);
	came constant jsonb := private.repair_difference(operator_repair.difference_id);
begin
	perform private.note_deed(live.operator_id, 'difference.repaired', btrim(reason), 'difference', operator_repair.difference_id::text,
		details => came, address => live.address);
	return came;
end
$$;

create function service.operator_jobs(session text, job_id uuid default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_jobs(session, job_id);
comment on function service.operator_jobs(text, uuid) is
	'How each kind of job stands, the hundred parked last with their errors, and one that is asked for; without words of tenants.';

create function service.operator_settle_jobs(session text, job_ids uuid[], retried boolean, reason text) returns integer
language sql security invoker set search_path = ''
return private.operator_settle_jobs(session, job_ids, retried, reason);
comment on function service.operator_settle_jobs(text, uuid[], boolean, text) is
	'Has parked jobs tried again from the beginning, or given up: how many. Fails with operator_not_allowed, reason_missing.';

create function service.operator_differences(session text) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_differences(session);
comment on function service.operator_differences(text) is 'What does not agree now, the oldest first, each with its repair, if one is safe.';

create function service.operator_repair(session text, difference_id uuid, reason text) returns jsonb
language sql security invoker set search_path = ''
return private.operator_repair(session, difference_id, reason);
comment on function service.operator_repair(text, uuid, text) is
	'Starts a difference''s repair, as service.repair_difference, by an operator who says why.';

grant execute on function
	service.operator_jobs(text, uuid), private.operator_jobs(text, uuid),
	service.operator_settle_jobs(text, uuid[], boolean, text), private.operator_settle_jobs(text, uuid[], boolean, text),
	service.operator_differences(text), private.operator_differences(text),
	service.operator_repair(text, uuid, text), private.operator_repair(text, uuid, text)
to service_role;
