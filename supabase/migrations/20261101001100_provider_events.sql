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

create table private.event_repeats (
	provider text not null,
	event_key text collate "C" not null,
	-- how often it was told again, by the provider or because we asked
	repeats integer not null default 0,
	repeated_at timestamptz,
	-- how often an operator had it looked at again, and what came of it last
	replays integer not null default 0,
	replayed_at timestamptz,
	replay_outcome text,
	primary key (provider, event_key),
	foreign key (provider, event_key) references private.provider_events (provider, event_key) on delete cascade
);
comment on table private.event_repeats is
	'Events that came more than once. A table of its own, so that those that come once, nearly all, cost nothing for it.';

-- whoever deletes a text for good deletes what the carrier told of it
create index provider_events_message on private.provider_events (message_id) where message_id is not null;

-- Whether an operator has this event looked at again in this transaction (private.replay_message).
create function private.is_replay(event_key text) returns boolean
language sql stable set search_path = ''
return coalesce(current_setting('private.replayed_event', true) = event_key, false);

-- Counts an event that is known already. A replay is counted elsewhere.
create function private.note_repeat(provider text, event_key text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if not private.is_replay(note_repeat.event_key) then
		insert into private.event_repeats as r (provider, event_key, repeats, repeated_at)
		values (note_repeat.provider, note_repeat.event_key, 1, now())
		on conflict (provider, event_key) do update set repeats = r.repeats + 1, repeated_at = excluded.repeated_at;
	end if;
end
$$;

create function private.record_event(provider text, event_key text, kind text, outcome text, payload jsonb) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	insert into private.provider_events (provider, event_key, kind, outcome, payload)
	values (record_event.provider, record_event.event_key, record_event.kind, record_event.outcome, record_event.payload)
	on conflict (provider, event_key) do nothing;
	if found then
		return true;
	end if;
	perform private.note_repeat(record_event.provider, record_event.event_key);
	return false;
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
