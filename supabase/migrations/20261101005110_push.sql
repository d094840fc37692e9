-- Devices that are told while no page is open, through the push service of their browser (RFC 8030, 8291, 8292).

create table private.push_subscriptions (
	id uuid primary key default private.uuid_v7(),
	user_id uuid not null references public.profiles (id) on delete cascade,
	-- signing out ends it
	session_id uuid not null references auth.sessions (id) on delete cascade,
	endpoint text not null unique check (endpoint ~ '^https?://' and char_length(endpoint) <= 1000),
	p256dh text not null check (p256dh ~ '^[A-Za-z0-9_-]{80,100}=*$'),
	auth text not null check (auth ~ '^[A-Za-z0-9_-]{16,64}=*$'),
	created_at timestamptz not null default now()
);
comment on table private.push_subscriptions is
	'Where a browser of somebody''s session is told of things, and the keys that make words readable to it alone. Gone with the '
	'session, and when its push service says so.';
create index push_subscriptions_person on private.push_subscriptions (user_id);
create index push_subscriptions_session on private.push_subscriptions (session_id);

-- Whether somebody may still be told of it, as the policy of notifications decides it for whoever asks.
create function private.may_be_told(t public.notifications) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		select from public.memberships m
		join public.profiles p on p.id = m.user_id and p.suspended_at is null
		where m.organization_id = t.organization_id and m.user_id = t.user_id and m.suspended_at is null and case
			when t.conversation_id is not null then
				t.user_id = any (private.readers_among(t.conversation_id, array[t.user_id]))
			when t.phone_number_id is not null then
				m.role in ('owner', 'admin') or t.user_id = any (private.people_of_number(t.phone_number_id))
			else true
		end);
end
$$;

-- What a device or a letter needs to say it: the row as api.notifications has it, with the names that a page would look up.
-- Codes and what colleagues note among themselves stay here.
create function private.told_words(t public.notifications) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object(
			'id', t.id, 'kind', t.kind, 'event', t.event, 'conversation_id', t.conversation_id, 'phone_number_id', t.phone_number_id,
			'seq', t.seq, 'verification_id', t.verification_id, 'export_id', t.export_id, 'topic', t.topic, 'subject', t.subject,
			'details', t.details, 'note_id', t.note_id, 'actor_id', t.actor_id, 'texts', t.texts, 'created_at', t.created_at,
			'read_at', t.read_at, 'contact_name', k.name, 'contact_number', k.phone_number, 'title', c.title,
			'number_label', v.label, 'error_code', m.error_code, 'verification_status', a.status, 'service_name', a.service_name,
			'body', left(coalesce(m.masked_body, m.body), 160),
			'actor_name', coalesce(p.full_name, p.username), 'slug', o.slug, 'organization_name', o.name)
		from public.organizations o
		left join public.conversations c on c.id = t.conversation_id
		left join public.phone_numbers v on v.id = t.phone_number_id
		left join public.contacts k on k.id = c.contact_id
		left join public.messages m on m.id = t.message_id
		left join public.verifications a on a.id = t.verification_id
		left join public.profiles p on p.id = t.actor_id
		where o.id = t.organization_id);
end
$$;

create function private.enqueue_pushes(t public.notifications) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, payload, run_at)
	select 'send_push', jsonb_build_object('notification_id', t.id, 'subscription_id', s.id, 'texts', t.texts),
		private.after_quiet(t.user_id, t.event, now())
	from private.push_subscriptions s
	where s.user_id = t.user_id;
end
$$;

-- What there is to say to a device now: {endpoint, p256dh, auth, words}; {wait_until} in quiet hours; null when it was read
-- meanwhile, may not be seen any more, another text of the same conversation tells instead, or the device is gone.
create function private.take_push(notification_id uuid, subscription_id uuid, texts integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	told public.notifications;
	device private.push_subscriptions;
	due timestamptz;
begin
	select t.* into told from public.notifications t where t.id = take_push.notification_id;
	select s.* into device
	from private.push_subscriptions s
	where s.id = take_push.subscription_id and s.user_id = told.user_id and private.session_state(s.session_id) = 'alive';
	if told.id is null or device.id is null or not told.push or told.read_at is not null or told.texts <> take_push.texts
		or not private.may_be_told(told)
	then
		return null;
	end if;
	due := private.after_quiet(told.user_id, told.event, now());
	if due > now() and told.event is not null then
		return jsonb_build_object('wait_until', due);
	end if;
	return jsonb_build_object('endpoint', device.endpoint, 'p256dh', device.p256dh, 'auth', device.auth,
		'words', private.told_words(told));
end
$$;

create function private.forget_push(subscription_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.push_subscriptions s where s.id = subscription_id;
end
$$;

create function private.subscribe_push(endpoint text, p256dh text, auth text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_session();
begin
	insert into private.push_subscriptions (user_id, session_id, endpoint, p256dh, auth)
	select caller, s.id, subscribe_push.endpoint, subscribe_push.p256dh, subscribe_push.auth
	from private.my_session s
	on conflict (endpoint) do update
	set user_id = excluded.user_id, session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth;
	-- browsers make a new one now and then; the oldest of too many is one that nobody heard from
	delete from private.push_subscriptions s
	where s.id in (
		select o.id from private.push_subscriptions o where o.user_id = caller order by o.created_at desc, o.id desc offset 20);
exception
	when check_violation or not_null_violation then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
end
$$;

create function private.unsubscribe_push(endpoint text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_session();
begin
	delete from private.push_subscriptions s where s.user_id = caller and s.endpoint = unsubscribe_push.endpoint;
end
$$;

-- Has one of the channels say that it works, to the caller alone; at most ten times an hour.
create function private.try_notification(organization_id uuid, channel text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require('messages:read', try_notification.organization_id);
begin
	if channel not in ('bell', 'push', 'email') or channel is null then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform pg_advisory_xact_lock(hashtextextended('try_notification:' || caller, 0));
	if (
		select count(*) from public.notifications t
		where t.user_id = caller and t.organization_id = try_notification.organization_id and t.topic = 'test'
			and t.created_at > now() - interval '1 hour') >= 10
	then
		perform private.fail(429, 'rate_limited', 'That was a lot at once. Try again in a moment.');
	end if;
	insert into public.notifications (user_id, organization_id, kind, topic, subject, bell, push, email)
	values (caller, try_notification.organization_id, 'notice', 'test', channel, channel = 'bell', channel = 'push',
		case when channel = 'email' then 'at_once' else 'off' end::public.notification_email);
end
$$;

create function api.subscribe_push(endpoint text, p256dh text, auth text) returns void
language sql security invoker set search_path = ''
return private.subscribe_push(endpoint, p256dh, auth);
comment on function api.subscribe_push(text, text, text) is
	'This device is told by its browser''s push service from now on, until the session ends. Fails with session_ended, malformed.';

create function api.unsubscribe_push(endpoint text) returns void
language sql security invoker set search_path = ''
return private.unsubscribe_push(endpoint);
comment on function api.unsubscribe_push(text) is 'A device of the caller''s is not told any more. Fails with session_ended.';

create function api.try_notification(organization_id uuid, channel text) returns void
language sql security invoker set search_path = ''
return private.try_notification(organization_id, channel);
comment on function api.try_notification(uuid, text) is
	'Tells the caller that a channel works: bell, push or email. Quiet hours do not hold it. Fails with session_ended, not_found, '
	'malformed, rate_limited.';

create function service.take_push(notification_id uuid, subscription_id uuid, texts integer) returns jsonb
language sql stable security invoker set search_path = ''
return private.take_push(notification_id, subscription_id, texts);
comment on function service.take_push(uuid, uuid, integer) is
	'What a device is to be told now: {endpoint, p256dh, auth, words}, or {wait_until}; null when nothing is due (any more).';

create function service.forget_push(subscription_id uuid) returns void
language sql security invoker set search_path = ''
return private.forget_push(subscription_id);
comment on function service.forget_push(uuid) is 'The push service knows a device no more.';

grant execute on function
	api.subscribe_push(text, text, text), private.subscribe_push(text, text, text),
	api.unsubscribe_push(text), private.unsubscribe_push(text),
	api.try_notification(uuid, text), private.try_notification(uuid, text)
to authenticated;
grant execute on function
	service.take_push(uuid, uuid, integer), private.take_push(uuid, uuid, integer),
	service.forget_push(uuid), private.forget_push(uuid)
to edge, service_role;
