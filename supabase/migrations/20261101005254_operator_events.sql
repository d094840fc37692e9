-- The inbox of what providers told us, as operators see it: found by what is known of an event, shown without words and people, looked
-- at again with a reason.

-- costs nothing where each text brings one: rows lie in the order in which they came
create index provider_events_age on private.provider_events using brin (received_at);
-- the few that nothing came of
create index provider_events_odd on private.provider_events (outcome, received_at)
	where outcome in ('unknown_number', 'unsupported_sender', 'foreign_account', 'unknown_message', 'kept');
create index event_repeats_newest_first on private.event_repeats (repeated_at desc) where repeats > 0;

-- The customer that an event of the payment provider is about.
create function private.customer_of(payload jsonb) returns text
language sql immutable set search_path = ''
return case payload #>> '{data,object,object}' when 'customer' then payload #>> '{data,object,id}'
	else payload #>> '{data,object,customer}' end;
create index provider_events_customer on private.provider_events (private.customer_of(payload), received_at)
	where provider = 'stripe';

-- Whose event it is; null: nobody's, or not known any more.
create function private.organization_of_event(event private.provider_events) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
	return case
		when event.message_id is not null then (select m.organization_id from public.messages m where m.id = event.message_id)
		when event.provider = 'stripe' then (
			select c.organization_id from public.billing_customers c where c.provider_id = private.customer_of(event.payload))
	end;
end
$$;

create function private.organization_named(words text) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select o.id from public.organizations o
		where o.id = case when words ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then words::uuid end or o.slug = words
		limit 1);
end
$$;

-- Events, newest first, at most so many. wanted: {event_key} for one, or any of {provider, kind, outcome, organization (id or
-- slug), since, until, repeated}; of the last hour where it does not say since when, of 31 days at most.
create function private.events_matching(wanted jsonb, most integer) returns setof private.provider_events
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	told_by constant text := wanted ->> 'provider';
	wanted_kind constant text := wanted ->> 'kind';
	wanted_outcome constant text := wanted ->> 'outcome';
	organization constant uuid := private.organization_named(wanted ->> 'organization');
	key constant text := wanted ->> 'event_key';
	ends timestamptz := coalesce((wanted ->> 'until')::timestamptz, 'infinity');
	begins constant timestamptz := greatest(
		coalesce((wanted ->> 'since')::timestamptz, least(ends, now()) - interval '1 hour'), least(ends, now()) - interval '31 days');
	-- how far back one look goes; longer each time, so that a dense hour is not sorted for its last minute
	step interval := '10 minutes';
	starts timestamptz;
	rows integer;
begin
	if key is not null then
		return query
			select e.* from private.provider_events e
			where e.provider = any (case when told_by is null then '{twilio,stripe}'::text[] else array[told_by] end)
				and e.event_key = key collate "C";
	elsif wanted ->> 'organization' is not null and organization is null then
		return;
	elsif (wanted ->> 'repeated')::boolean then
		return query
			select e.* from private.event_repeats r
			join private.provider_events e on e.provider = r.provider and e.event_key = r.event_key
			where r.repeats > 0 and r.repeated_at >= begins and r.repeated_at < ends
				and (told_by is null or r.provider = told_by) and (wanted_kind is null or e.kind = wanted_kind)
				and (wanted_outcome is null or e.outcome = wanted_outcome)
				and (organization is null or private.organization_of_event(e) = organization)
			order by r.repeated_at desc
			limit most;
	elsif organization is not null then
		return query
			select told.* from (
				(select e.*
				from public.messages m
				join private.provider_events e on e.message_id = m.id
				where m.organization_id = organization and m.id >= private.first_id_at(begins - interval '4 days')
					and m.id < private.first_id_at(least(ends, now() + interval '1 hour'))
					and e.received_at >= begins and e.received_at < ends
					and (told_by is null or e.provider = told_by) and (wanted_kind is null or e.kind = wanted_kind)
					and (wanted_outcome is null or e.outcome = wanted_outcome)
				order by m.id desc
				limit most)
				union all
				(select e.*
				from private.provider_events e
				where e.provider = 'stripe' and e.received_at >= begins and e.received_at < ends
					and private.customer_of(e.payload) = (
						select c.provider_id from public.billing_customers c where c.organization_id = organization)
					and (told_by is null or e.provider = told_by) and (wanted_kind is null or e.kind = wanted_kind)
					and (wanted_outcome is null or e.outcome = wanted_outcome)
				order by e.received_at desc
				limit most)) told
			order by told.received_at desc
			limit most;
	else
		ends := least(ends, now() + interval '1 hour');
		while ends > begins and most > 0 loop
			starts := greatest(begins, ends - step);
			return query
				select e.* from private.provider_events e
				where e.received_at >= starts and e.received_at < ends
					and (told_by is null or e.provider = told_by) and (wanted_kind is null or e.kind = wanted_kind)
					and (wanted_outcome is null or e.outcome = wanted_outcome)
				order by e.received_at desc
				limit most;
			get diagnostics rows = row_count;
			most := most - rows;
			ends := starts;
			step := step * 4;
		end loop;
	end if;
end
$$;

-- An event in a list: what is known of it besides what it said.
create function private.event_in_short(event private.provider_events) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return jsonb_build_object('provider', event.provider, 'event_key', event.event_key, 'kind', event.kind, 'outcome', event.outcome,
			'message_status', event.message_status, 'error_code', event.error_code, 'received_at', event.received_at,
			'message_id', event.message_id)
		|| coalesce((
			select jsonb_build_object('repeats', r.repeats, 'repeated_at', r.repeated_at, 'replays', r.replays,
				'replayed_at', r.replayed_at, 'replay_outcome', r.replay_outcome)
			from private.event_repeats r
			where r.provider = event.provider and r.event_key = event.event_key),
			'{"repeats": 0, "repeated_at": null, "replays": 0, "replayed_at": null, "replay_outcome": null}')
		|| coalesce((
			select jsonb_build_object('organization_id', o.id, 'organization', o.name)
			from public.organizations o
			where o.id = private.organization_of_event(event)),
			'{"organization_id": null, "organization": null}');
end
$$;

-- What an event said as far as operators may see it: values of what is known to hold no words, dots for what a provider is known to
-- send besides, and of all else how many there are. Its names could hold words, too.
create function private.masked_payload(payload jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
	hidden constant text[] := '{
		Body,From,FromCity,FromState,FromZip,FromCountry,To,ToCity,ToState,ToZip,ToCountry,OptOutType,ProfileName,WaId,MediaUrl0,
		MediaUrl1,MediaUrl2,MediaContentType0,MediaContentType1,MediaContentType2,AddOns,ErrorMessage,RawDlrDoneDate,
		body,from,to,date_created,date_sent,date_updated,error_message,uri,subresource_uris,address,billing_details,cancel_url,client_secret,
		customer_address,customer_details,customer_email,customer_name,customer_phone,description,email,hosted_invoice_url,invoice_pdf,
		items,lines,metadata,name,payment_method,payment_method_details,phone,previous_attributes,receipt_email,receipt_url,request,
		shipping,source,success_url,url}';
	shown constant jsonb := private.without_words(payload);
	one record;
	made jsonb := '{}';
	others integer := 0;
begin
	for one in select e.key, e.value from jsonb_each(case jsonb_typeof(payload) when 'object' then payload else '{}' end) e loop
		if shown ? one.key then
			made := made || jsonb_build_object(one.key,
				case jsonb_typeof(one.value) when 'object' then private.masked_payload(one.value) else one.value end);
		elsif one.key = any (hidden) then
			made := made || jsonb_build_object(one.key, '•••');
		else
			others := others + 1;
		end if;
	end loop;
	return made || case when others > 0 then jsonb_build_object('…', others) else '{}' end;
end
$$;

create function private.operator_events(session text, wanted jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return coalesce((
		select jsonb_agg(private.event_in_short(e) order by e.received_at desc)
		from private.events_matching(coalesce(operator_events.wanted, '{}'), 50) e), '[]');
end
$$;

-- One event with what it said; in full for whoever has an owner's code, and then it is a look that the tenant reads of.
create function private.operator_event(session text, provider text, event_key text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	event private.provider_events;
	organization uuid;
	until timestamptz;
begin
	select e.* into event from private.provider_events e
	where e.provider = operator_event.provider and e.event_key = operator_event.event_key;
	if event.event_key is null then
		return null;
	end if;
	organization := private.organization_of_event(event);
	until := private.unmasked_until(live.hash, organization);
	if until is not null then
		perform private.look(live, organization, 'event', 'organization', organization);
	end if;
	return private.event_in_short(event) || jsonb_build_object('unmasked_until', until,
			'payload', case when until is null then private.masked_payload(event.payload) else event.payload end)
		|| coalesce((
			select jsonb_build_object('message', jsonb_build_object('status', m.status, 'direction', m.direction, 'error_code', m.error_code,
				'conversation_id', m.conversation_id, 'number', n.e164))
			from public.messages m
			left join public.phone_numbers n on n.id = m.phone_number_id
			where m.id = event.message_id), '{"message": null}');
end
$$;

-- Has one event looked at again, or all that match, the newest thousand. Answers how many. They follow one another, twenty a second:
-- nobody's text waits for them.
create function private.operator_replay_events(session text, wanted jsonb, reason text) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	-- to replay many is dear
	live constant private.live_operator_sessions := case when wanted ->> 'event_key' is null
		then private.require_operator_fresh(session, 'operator', reason) else private.require_reason(session, 'operator', reason) end;
	asked text[];
begin
	-- in one statement, which rings once; one that waits already goes on waiting
	with matching as (
		select e.provider, e.event_key, 'replay:' || e.provider || ':' || e.event_key as queue_key, e.received_at
		from private.events_matching(coalesce(operator_replay_events.wanted, '{}'), 1000) e
	), made as (
		insert into private.jobs (kind, queue_key, payload, run_at)
		select 'replay_event', m.queue_key, jsonb_build_object('provider', m.provider, 'event_key', m.event_key),
			now() + (row_number() over (order by m.received_at) - 1) * interval '50 milliseconds'
		from matching m
		where not exists (
			select from private.jobs j
			where j.queue_key = m.queue_key and j.lease is null and j.completed_at is null and j.parked_at is null)
		returning payload ->> 'event_key' as event_key
	)
	select array_agg(m.event_key) into asked from made m;
	perform private.note_deed(live.operator_id, 'events.replayed', btrim(reason), 'event', operator_replay_events.wanted ->> 'event_key',
		private.organization_named(operator_replay_events.wanted ->> 'organization'),
		jsonb_build_object('count', coalesce(cardinality(asked), 0), 'wanted', operator_replay_events.wanted,
			'first', to_jsonb(asked[1:20])), live.address);
	return coalesce(cardinality(asked), 0);
end
$$;

-- What was looked at again an hour ago is forgotten: private.event_repeats keeps what came of it.
create index jobs_replays on private.jobs (completed_at) where kind = 'replay_event';

create function private.forget_replays(at timestamptz default now(), batch integer default 5000) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.jobs j
	where j.id in (
		select o.id from private.jobs o
		where o.kind = 'replay_event' and o.completed_at < forget_replays.at - interval '1 hour'
		limit batch);
end
$$;
select cron.schedule('replays', '* * * * *', 'select private.forget_replays()');

create function service.operator_events(session text, wanted jsonb) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_events(session, wanted);
comment on function service.operator_events(text, jsonb) is
	'Fifty events that providers told us, newest first, without what they say. wanted: {event_key} or any of {provider, kind, outcome, '
	'organization, since, until, repeated}.';

create function service.operator_event(session text, provider text, event_key text) returns jsonb
language sql security invoker set search_path = ''
return private.operator_event(session, provider, event_key);
comment on function service.operator_event(text, text, text) is
	'One event with its payload, masked unless an owner''s code opens it; then the tenant reads of it. Null: there is none.';

create function service.operator_replay_events(session text, wanted jsonb, reason text) returns integer
language sql security invoker set search_path = ''
return private.operator_replay_events(session, wanted, reason);
comment on function service.operator_replay_events(text, jsonb, text) is
	'Has the events that match looked at again by the worker, the newest thousand: how many. Fails with operator_not_allowed, '
	'reason_missing and, for more than one, operator_code_needed.';

grant execute on function
	service.operator_events(text, jsonb), private.operator_events(text, jsonb),
	service.operator_event(text, text, text), private.operator_event(text, text, text),
	service.operator_replay_events(text, jsonb, text), private.operator_replay_events(text, jsonb, text)
to service_role;
