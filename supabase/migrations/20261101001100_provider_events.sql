-- What providers told us, each thing once, before anything else is done about it.

create table private.provider_events (
	provider text not null,
	event_key text collate "C" not null,
	kind text not null,
	payload jsonb not null,
	outcome text not null,
	message_id uuid,
	message_status text,
	error_code text,
	received_at timestamptz not null default now(),
	primary key (provider, event_key)
);
comment on table private.provider_events is
	'Every event of a provider under a key that the provider repeats when it repeats the event. Rows outlive the messages '
	'they name. message_status and error_code: what a delivery receipt said, for one that came before its message was known.';

-- whoever deletes a text for good deletes what the carrier told of it
create index provider_events_message on private.provider_events (message_id) where message_id is not null;

create function private.record_event(provider text, event_key text, kind text, outcome text, payload jsonb) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	insert into private.provider_events (provider, event_key, kind, outcome, payload)
	values (record_event.provider, record_event.event_key, record_event.kind, record_event.outcome, record_event.payload)
	on conflict (provider, event_key) do nothing;
	return found;
end
$$;

create function service.record_event(provider text, event_key text, kind text, outcome text, payload jsonb) returns boolean
language sql security invoker set search_path = ''
return private.record_event(provider, event_key, kind, outcome, payload);
comment on function service.record_event(text, text, text, text, jsonb) is
	'Keeps an event that needs nothing done, such as a text for a foreign account. False: it is kept already.';

grant execute on function
	private.record_event(text, text, text, text, jsonb), service.record_event(text, text, text, text, jsonb)
to edge, service_role;
