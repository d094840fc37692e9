-- How people want to be told: for each event the bell, their devices, a letter; for an organization, and otherwise for a number.

create table private.notification_defaults (
	event public.notification_event primary key,
	bell boolean not null,
	push boolean not null,
	email public.notification_email not null,
	per_number boolean not null
);
comment on table private.notification_defaults is
	'How people are told who chose nothing. per_number: what happens at a number, where one may choose otherwise. Notices about '
	'numbers, money and programs have letters of their own, so no device tells of them and none waits to be unread.';
insert into private.notification_defaults (event, bell, push, email, per_number) values
	('mention', true, true, 'unread', true),
	('assigned', true, true, 'off', true),
	('message', true, true, 'off', true),
	('any_text', false, false, 'off', true),
	('failed', true, true, 'off', true),
	('verification', true, true, 'off', true),
	('export', true, false, 'off', false),
	('numbers', true, false, 'at_once', false),
	('billing', true, false, 'at_once', false),
	('programs', true, false, 'at_once', false);

create table private.notification_choices (
	user_id uuid not null,
	organization_id uuid not null,
	phone_number_id uuid,
	event public.notification_event not null,
	bell boolean not null,
	push boolean not null,
	email public.notification_email not null,
	unique nulls not distinct (user_id, organization_id, phone_number_id, event),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade,
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table private.notification_choices is
	'What somebody chose otherwise: for an organization, or for one of its numbers.';
create index notification_choices_number on private.notification_choices (organization_id, phone_number_id)
	where phone_number_id is not null;
create index notification_choices_any_text on private.notification_choices (organization_id)
	where event = 'any_text' and (bell or push or email <> 'off');

create table private.notification_hours (
	user_id uuid primary key references public.profiles (id) on delete cascade,
	quiet_from time,
	quiet_until time,
	mentions_break_through boolean not null default false,
	digest_at time not null default '08:00',
	check ((quiet_from is null) = (quiet_until is null) and quiet_from is distinct from quiet_until
		or quiet_from is null and quiet_until is null)
);
comment on table private.notification_hours is
	'When devices and letters leave somebody alone, and when the day''s letter comes; by the clock of their own time zone.';

-- What a notice's topic belongs to.
create function private.event_of_topic(topic text) returns public.notification_event
language sql immutable set search_path = ''
return case
	when starts_with(topic, 'number_') or starts_with(topic, 'order_') then 'numbers'
	when starts_with(topic, 'key_') or starts_with(topic, 'webhook_') then 'programs'
	else 'billing'
end::public.notification_event;

-- How somebody wants to be told of an event: what they chose for the number, else for the organization, else the default.
create function private.chosen_channels(
	user_id uuid, organization_id uuid, phone_number_id uuid, event public.notification_event
) returns table (bell boolean, push boolean, email public.notification_email)
language sql stable security definer set search_path = ''
begin atomic
	select coalesce(c.bell, d.bell), coalesce(c.push, d.push), coalesce(c.email, d.email)
	from private.notification_defaults d
	left join lateral (
		select n.bell, n.push, n.email
		from private.notification_choices n
		where n.user_id = chosen_channels.user_id and n.organization_id = chosen_channels.organization_id and n.event = d.event
			and (n.phone_number_id is null or n.phone_number_id = chosen_channels.phone_number_id)
		order by n.phone_number_id nulls last
		limit 1
	) c on true
	where d.event = chosen_channels.event;
end;

-- When somebody may be disturbed: at that moment, or at the end of their quiet hours.
create function private.after_quiet(user_id uuid, event public.notification_event, at timestamptz) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
declare
	hours record;
	here timestamp;
	ends timestamp;
begin
	select h.*, p.time_zone
	into hours
	from private.notification_hours h
	join public.profiles p on p.id = h.user_id
	where h.user_id = after_quiet.user_id and h.quiet_from is not null;
	if hours.user_id is null or (event = 'mention' and hours.mentions_break_through) then
		return at;
	end if;
	here := at at time zone hours.time_zone;
	ends := here::date + hours.quiet_until;
	if hours.quiet_from < hours.quiet_until then
		if here::time < hours.quiet_from or here::time >= hours.quiet_until then
			return at;
		end if;
	elsif here::time >= hours.quiet_from then
		ends := ends + interval '1 day';
	elsif here::time >= hours.quiet_until then
		return at;
	end if;
	-- an hour that a change of clocks repeats is over when it is over for the second time
	return greatest(at, ends at time zone hours.time_zone);
end
$$;

-- When a letter with what gathered since leaves: at the next full hour, or at the hour of the day that its reader chose.
create function private.digest_due(user_id uuid, cadence public.notification_email, at timestamptz) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
declare
	reader record;
	here timestamp;
	due timestamp;
begin
	select p.time_zone, coalesce(h.digest_at, '08:00') as digest_at
	into reader
	from public.profiles p
	left join private.notification_hours h on h.user_id = p.id
	where p.id = digest_due.user_id;
	here := at at time zone reader.time_zone;
	if cadence = 'hourly' then
		due := date_trunc('hour', here) + interval '1 hour';
	else
		due := here::date + reader.digest_at;
		if due <= here then
			due := due + interval '1 day';
		end if;
	end if;
	return private.after_quiet(digest_due.user_id, null, due at time zone reader.time_zone);
end
$$;

-- Notes down how its person wants to be told; of what they do not want to hear at all there is no row.
create function private.choose_channels() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	chosen record;
begin
	if new.topic = 'test' then
		return new;
	end if;
	new.event := coalesce(new.event, case
		when new.kind = 'notice' then private.event_of_topic(new.topic)
		else new.kind::text::public.notification_event
	end);
	select c.* into chosen
	from private.chosen_channels(new.user_id, new.organization_id, new.phone_number_id, new.event) c;
	new.bell := chosen.bell;
	new.email := chosen.email;
	new.push := chosen.push and exists (select from private.push_subscriptions s where s.user_id = new.user_id);
	if not (new.bell or new.push or new.email <> 'off')
		or new.event = 'any_text'
			and cardinality(private.readers_among(new.conversation_id, array[new.user_id])) = 0
	then
		return null;
	end if;
	return new;
end
$$;
create trigger choose_channels before insert on public.notifications
	for each row execute function private.choose_channels();

-- What waits to be told follows a choice that was made meanwhile, where it says less.
create function private.quieten_notifications(user_id uuid, organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.notifications t
	set push = t.push and c.push, email = case when c.email = 'off' then 'off' else t.email end
	from public.notifications o
	cross join lateral private.chosen_channels(o.user_id, o.organization_id, o.phone_number_id, o.event) c
	where o.user_id = quieten_notifications.user_id and o.organization_id = quieten_notifications.organization_id
		and o.created_at > now() - interval '3 days' and o.event is not null
		and t.id = o.id and (t.push and not c.push or t.email <> 'off' and c.email = 'off');
end
$$;

create function private.choose_notifications(organization_id uuid, choices jsonb, phone_number_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('messages:read', choose_notifications.organization_id);
	number constant uuid := choose_notifications.phone_number_id;
	chosen record;
begin
	if number is not null and number <> all (private.my_phone_number_ids()) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	begin
		delete from private.notification_choices c
		where c.user_id = caller and c.organization_id = choose_notifications.organization_id
			and c.phone_number_id is not distinct from number;
		for chosen in
			select r.event, r.bell, r.push, r.email, d.per_number
			from jsonb_to_recordset(choices) as r (
				event public.notification_event, bell boolean, push boolean, email public.notification_email)
			left join private.notification_defaults d on d.event = r.event
		loop
			if number is not null and not chosen.per_number
				or chosen.email = 'unread' and chosen.event in ('export', 'numbers', 'billing', 'programs')
			then
				raise invalid_parameter_value;
			end if;
			insert into private.notification_choices (user_id, organization_id, phone_number_id, event, bell, push, email)
			values (caller, choose_notifications.organization_id, number, chosen.event, chosen.bell, chosen.push, chosen.email);
		end loop;
	exception
		when data_exception or integrity_constraint_violation then
			perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end;
	perform private.quieten_notifications(caller, choose_notifications.organization_id);
end
$$;

create function private.set_notification_hours(
	quiet_from time, quiet_until time, mentions_break_through boolean, digest_at time
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_session();
begin
	insert into private.notification_hours (user_id, quiet_from, quiet_until, mentions_break_through, digest_at)
	values (caller, set_notification_hours.quiet_from, set_notification_hours.quiet_until,
		set_notification_hours.mentions_break_through, set_notification_hours.digest_at)
	on conflict (user_id) do update
	set quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
		mentions_break_through = excluded.mentions_break_through, digest_at = excluded.digest_at;
exception
	when check_violation or not_null_violation then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
end
$$;

create function private.notification_settings(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require('messages:read', notification_settings.organization_id);
	current_session constant uuid := (select s.id from private.my_session s);
begin
	return jsonb_build_object(
		'choices', (
			select jsonb_agg(jsonb_build_object('event', d.event, 'per_number', d.per_number, 'bell', c.bell, 'push', c.push,
				'email', c.email) order by d.event)
			from private.notification_defaults d
			cross join lateral private.chosen_channels(caller, notification_settings.organization_id, null, d.event) c),
		'numbers', coalesce((
			select jsonb_agg(jsonb_build_object('phone_number_id', c.phone_number_id, 'event', c.event, 'bell', c.bell,
				'push', c.push, 'email', c.email) order by c.phone_number_id, c.event)
			from private.notification_choices c
			where c.user_id = caller and c.organization_id = notification_settings.organization_id
				and c.phone_number_id = any (private.my_phone_number_ids())), '[]'),
		'hours', coalesce((
			select to_jsonb(h) - 'user_id' from private.notification_hours h where h.user_id = caller),
			jsonb_build_object('quiet_from', null, 'quiet_until', null, 'mentions_break_through', false, 'digest_at', '08:00:00')),
		'devices', coalesce((
			select jsonb_agg(jsonb_build_object('id', s.id, 'created_at', s.created_at, 'user_agent', d.user_agent,
				'is_current', s.session_id = current_session) order by s.created_at)
			from private.push_subscriptions s
			left join private.session_details d on d.session_id = s.session_id
			where s.user_id = caller), '[]'));
end
$$;

create function api.notification_settings(organization_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.notification_settings(organization_id);
comment on function api.notification_settings(uuid) is
	'How the caller is told of what happens in an organization: {choices: [{event, per_number, bell, push, email}], numbers: '
	'[{phone_number_id, event, bell, push, email}], hours: {quiet_from, quiet_until, mentions_break_through, digest_at}, devices: '
	'[{id, created_at, user_agent, is_current}]}. Fails with session_ended, not_found.';

create function api.choose_notifications(organization_id uuid, choices jsonb, phone_number_id uuid default null) returns void
language sql security invoker set search_path = ''
return private.choose_notifications(organization_id, choices, phone_number_id);
comment on function api.choose_notifications(uuid, jsonb, uuid) is
	'How the caller wants to be told: [{event, bell, push, email}], for an organization or for one of its numbers, in place of what '
	'they chose before. An event that is left out follows the organization''s choice, and that the default. Fails with '
	'session_ended, not_found, malformed.';

create function api.set_notification_hours(
	quiet_from time default null, quiet_until time default null, mentions_break_through boolean default false,
	digest_at time default '08:00'
) returns void
language sql security invoker set search_path = ''
return private.set_notification_hours(quiet_from, quiet_until, mentions_break_through, digest_at);
comment on function api.set_notification_hours(time, time, boolean, time) is
	'When the caller''s devices and letters leave them alone (null: never) and when the day''s letter comes, by the clock of their '
	'time zone. Fails with session_ended, malformed.';

grant execute on function
	api.notification_settings(uuid), private.notification_settings(uuid),
	api.choose_notifications(uuid, jsonb, uuid), private.choose_notifications(uuid, jsonb, uuid),
	api.set_notification_hours(time, time, boolean, time), private.set_notification_hours(time, time, boolean, time)
to authenticated;
