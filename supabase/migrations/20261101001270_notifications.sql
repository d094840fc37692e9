-- What a person should know of: who mentioned them, what was given to them, what did not arrive, who answered.

create type public.notification_kind as enum ('mention', 'assigned', 'message', 'failed', 'verification', 'export', 'notice');
comment on type public.notification_kind is
	'mention: by @username in a note or a team''s text. assigned: a conversation was given to them. message: a text from outside '
	'where it is theirs to answer. failed: a text of theirs did not arrive. verification: a request of theirs for a code ended '
	'without them. export: files that they asked for are there. notice: something happened to what no conversation is about.';

create type public.notification_event as enum (
	'mention', 'assigned', 'message', 'any_text', 'failed', 'verification', 'export', 'numbers', 'billing', 'programs');
comment on type public.notification_event is
	'What people choose by. message: a text from outside where it is theirs to answer; any_text: one anywhere else that they may '
	'see. numbers, billing, programs: notices about numbers, about plan and wallet, about keys and webhooks.';
create type public.notification_email as enum ('off', 'unread', 'at_once', 'hourly', 'daily');
comment on type public.notification_email is
	'Whether and when a letter tells of something: never, after five minutes unless it was read, at once, with others of the hour, '
	'with others of the day.';

create table public.notifications (
	id uuid primary key default private.uuid_v7(),
	user_id uuid not null,
	organization_id uuid not null,
	phone_number_id uuid,
	conversation_id uuid references public.conversations (id) on delete cascade,
	kind public.notification_kind not null,
	-- what its person chose by, and how they wanted to be told when it happened; null: a test of their own
	event public.notification_event,
	bell boolean not null default true,
	push boolean not null default false,
	email public.notification_email not null default 'off',
	-- the place in the conversation that it is about: whoever has read so far knows
	seq bigint,
	verification_id uuid,
	export_id uuid,
	-- of a notice: what happened ('number_grace'), to what (an id, or 'plan'), and what its words need
	topic text check (topic ~ '^[a-z_]{1,60}$'),
	subject text check (char_length(subject) between 1 and 100),
	details jsonb not null default '{}',
	message_id uuid references public.messages (id) on delete cascade,
	note_id uuid references public.notes (id) on delete cascade,
	actor_id uuid references public.profiles (id) on delete set null,
	-- how many texts from outside it stands for
	texts integer not null default 1,
	created_at timestamptz not null default now(),
	read_at timestamptz,
	emailed_at timestamptz,
	check (num_nonnulls(conversation_id, verification_id, export_id, topic) = 1
		and num_nonnulls(seq, verification_id, export_id, topic) = 1),
	check ((kind = 'notice') = (topic is not null) and (topic is null) = (subject is null)),
	foreign key (organization_id, verification_id) references public.verifications (organization_id, id) on delete cascade,
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table public.notifications is
	'What a person was told, for 90 days. Texts from outside take one row for each conversation while it is unread. Without `bell` '
	'only a device or a letter tells of it. Nobody sees another''s, and one about a number that is shut to its person now is gone '
	'for them.';

create index notifications_newest_first on public.notifications (user_id, organization_id, created_at desc, id desc);
create index notifications_unread on public.notifications (user_id, conversation_id) where read_at is null;
create unique index notifications_texts_once on public.notifications (user_id, conversation_id)
	where kind = 'message' and read_at is null;
create unique index notifications_note_once on public.notifications (note_id, user_id) where note_id is not null;
create unique index notifications_message_once on public.notifications (message_id, user_id) where kind in ('mention', 'failed');
create index notifications_conversation on public.notifications (conversation_id);
create index notifications_message on public.notifications (message_id) where message_id is not null;
create index notifications_verification on public.notifications (organization_id, verification_id)
	where verification_id is not null;
create index notifications_subject on public.notifications (organization_id, subject) where subject is not null;
create index notifications_age on public.notifications (created_at);

alter table public.notifications enable row level security;
create policy "everyone can read their own, of what they may see" on public.notifications for select to authenticated
	using (
		user_id = (select auth.uid())
		and organization_id = any ((select private.my_organization_ids())::uuid[])
		and case
			when export_id is not null then true
			when topic is not null and phone_number_id is null then true
			when phone_number_id is null then conversation_id = any ((select private.my_team_conversation_ids())::uuid[])
			else phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
		end);

-- Tells those of these people who may see the conversation, but not its author and nobody twice, that a note or a team's text
-- mentions them.
create function private.notify_mentions(
	conversation_id uuid, author_id uuid, mentioned uuid[], note_id uuid, message_id uuid, seq bigint
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if cardinality(mentioned) = 0 then
		return;
	end if;
	insert into public.notifications (user_id, organization_id, phone_number_id, conversation_id, kind, seq, message_id,
		note_id, actor_id)
	select reader, c.organization_id, c.phone_number_id, c.id, 'mention', notify_mentions.seq, notify_mentions.message_id,
		notify_mentions.note_id, notify_mentions.author_id
	from public.conversations c
	cross join unnest(private.readers_among(notify_mentions.conversation_id, mentioned)) as reader
	where c.id = notify_mentions.conversation_id and reader is distinct from notify_mentions.author_id
	on conflict do nothing;
end
$$;

-- A text from outside is told to whom the conversation is assigned, to who follows it, to those who wrote lately, and to who
-- asked for every text: bounded, so that a long conversation costs what a short one does. Everybody else sees it in the list.
create function private.notify_of_text() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.notifications as t (user_id, organization_id, phone_number_id, conversation_id, kind, event, seq, message_id)
	select m.user_id, new.organization_id, new.phone_number_id, new.conversation_id, 'message', concerned.event, new.seq, new.id
	from public.conversations c
	join public.contacts b on b.id = c.contact_id and b.blocked_at is null
	cross join lateral (
		select w.user_id, min(w.event) as event
		from (
			select c.assignee_id as user_id, 'message'::public.notification_event as event
			union all
			select f.user_id, 'message' from public.conversation_followers f where f.conversation_id = new.conversation_id
			union all
			select w.author_id, 'message' from public.messages w
			where w.conversation_id = new.conversation_id and w.seq between new.seq - 20 and new.seq - 1
			union all
			select h.user_id, 'any_text' from private.notification_choices h
			where h.organization_id = new.organization_id and h.event = 'any_text' and (h.bell or h.push or h.email <> 'off')
				and (h.phone_number_id is null or h.phone_number_id = new.phone_number_id)
		) w
		group by w.user_id
	) concerned
	join public.memberships m on m.organization_id = c.organization_id and m.user_id = concerned.user_id
		and m.suspended_at is null
	where c.id = new.conversation_id
	on conflict (user_id, conversation_id) where kind = 'message' and read_at is null
		do update set seq = excluded.seq, message_id = excluded.message_id, texts = t.texts + 1, created_at = excluded.created_at,
			bell = t.bell or excluded.bell, push = excluded.push;
	return null;
end
$$;
create trigger notify_of_text after insert on public.messages
	for each row when (new.direction = 'inbound') execute function private.notify_of_text();

-- In a conversation of a team with itself a text mentions people as a note does elsewhere.
create function private.notify_of_team_text() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.notify_mentions(new.conversation_id, new.author_id,
		private.members_mentioned(new.conversation_id, new.body), null, new.id, new.seq);
	return null;
end
$$;
create trigger notify_of_team_text after insert on public.messages
	for each row when (new.phone_number_id is null and new.author_id is not null and position('@' in new.body) > 0)
	execute function private.notify_of_team_text();

create function private.notify_of_failure() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.notifications (user_id, organization_id, phone_number_id, conversation_id, kind, seq, message_id)
	select m.user_id, new.organization_id, new.phone_number_id, new.conversation_id, 'failed', new.seq, new.id
	from public.memberships m
	where m.organization_id = new.organization_id and m.user_id = new.author_id
	on conflict do nothing;
	return null;
end
$$;
create trigger notify_of_failure after update on public.messages
	for each row when (new.status = 'failed' and old.status <> 'failed' and new.author_id is not null)
	execute function private.notify_of_failure();

-- Whoever has a conversation given to them by somebody else hears of it. An earlier one of the same is not news any more.
create function private.notify_of_assignment() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	delete from public.notifications t
	where t.conversation_id = new.id and t.kind = 'assigned' and t.read_at is null;
	insert into public.notifications (user_id, organization_id, phone_number_id, conversation_id, kind, seq, actor_id)
	select m.user_id, new.organization_id, new.phone_number_id, new.id, 'assigned', new.last_seq, auth.uid()
	from public.memberships m
	where m.organization_id = new.organization_id and m.user_id = new.assignee_id
		and m.user_id is distinct from auth.uid();
	return null;
end
$$;
create trigger notify_of_assignment after update of assignee_id on public.conversations
	for each row when (new.assignee_id is distinct from old.assignee_id)
	execute function private.notify_of_assignment();

-- A verification ended otherwise than by whoever asked for it: they hear of it, if they still belong here.
create function private.notify_of_verification(verification_id uuid, actor uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.notifications (user_id, organization_id, phone_number_id, kind, verification_id, actor_id)
	select m.user_id, v.organization_id, v.phone_number_id, 'verification', v.id, actor
	from public.verifications v
	join public.memberships m on m.organization_id = v.organization_id and m.user_id = v.requested_by
	where v.id = notify_of_verification.verification_id;
end
$$;

-- Tells these people of something that no conversation is about. Of several about the same the last one that is unread counts.
create function private.give_notice_to(
	user_ids uuid[], organization_id uuid, topic text, subject text, details jsonb default '{}', phone_number_id uuid default null
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from public.notifications t
	where t.organization_id = give_notice_to.organization_id and t.subject = give_notice_to.subject and t.read_at is null
		and t.user_id = any (user_ids);
	insert into public.notifications (user_id, organization_id, phone_number_id, kind, topic, subject, details)
	select m.user_id, m.organization_id, give_notice_to.phone_number_id, 'notice', give_notice_to.topic, give_notice_to.subject,
		give_notice_to.details
	from public.memberships m
	where m.organization_id = give_notice_to.organization_id and m.user_id = any (user_ids) and m.suspended_at is null;
end
$$;

-- Tells everybody whose role has the capability, but not whoever did it themselves.
create function private.give_notice(
	capability text, organization_id uuid, topic text, subject text, details jsonb default '{}', phone_number_id uuid default null
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.give_notice_to(array(
		select m.user_id
		from public.memberships m
		join private.capabilities c on c.role = m.role and c.capability = give_notice.capability
		where m.organization_id = give_notice.organization_id and m.user_id is distinct from auth.uid()
	), give_notice.organization_id, give_notice.topic, give_notice.subject, give_notice.details, give_notice.phone_number_id);
end
$$;

-- Open pages of whom it concerns ask again. A further text in a conversation that is unread anyway is not worth a word.
create function private.hint_notification(user_id uuid, organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(jsonb_build_object('organization_id', hint_notification.organization_id), 'notification',
		'user:' || hint_notification.user_id, true);
end
$$;

-- many go at once, and their person is told once
create function private.hint_removed_notifications() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.hint_notification(c.user_id, c.organization_id)
	from (select distinct t.user_id, t.organization_id from removed t) c;
	return null;
end
$$;
create trigger hint_removed_notifications after delete on public.notifications
	referencing old table as removed for each statement execute function private.hint_removed_notifications();

-- What somebody has read is no news to them, wherever they read it.
create function private.clear_notifications() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.notifications t
	set read_at = now()
	where t.user_id = new.user_id and t.conversation_id = new.conversation_id and t.read_at is null
		and t.seq <= new.last_read_seq;
	if found then
		perform private.hint_notification(new.user_id, new.organization_id);
	end if;
	return null;
end
$$;
create trigger clear_notifications after insert or update on public.conversation_reads
	for each row execute function private.clear_notifications();

create function private.mark_notifications_read(organization_id uuid, notification_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require('messages:read', mark_notifications_read.organization_id);
begin
	update public.notifications t
	set read_at = now()
	where t.user_id = caller and t.organization_id = mark_notifications_read.organization_id and t.read_at is null
		and (notification_ids is null or t.id = any (notification_ids));
	if found then
		perform private.hint_notification(caller, mark_notifications_read.organization_id);
	end if;
end
$$;

-- Once an hour, so many at a time.
create function private.prune_notifications() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from public.notifications t
	where t.id in (
		select o.id from public.notifications o
		where o.created_at < now() - interval '90 days'
		order by o.created_at
		limit 5000);
end
$$;
select cron.schedule('notifications', '* * * * *',
	'select private.prune_notifications() where extract(minute from now()) = 41');

create view api.notifications with (security_invoker = true) as
select t.id, t.user_id, t.organization_id, t.phone_number_id, t.conversation_id, t.kind, t.seq, t.message_id, t.note_id,
	t.verification_id, t.export_id, t.topic, t.subject, t.details, t.actor_id, t.texts, t.created_at, t.read_at,
	k.name as contact_name, k.phone_number as contact_number, c.title, v.label as number_label, v.color as number_color,
	-- a code is in nobody's but of whoever waited for it
	left(coalesce(n.body, case when m.code_reader_id = (select auth.uid()) then m.body end, m.masked_body, m.body), 160) as body,
	m.error_code, a.status as verification_status, a.service_name
from public.notifications t
left join public.conversations c on c.id = t.conversation_id
left join public.phone_numbers v on v.id = t.phone_number_id
left join public.contacts k on k.id = c.contact_id
left join public.messages m on m.id = t.message_id
left join public.notes n on n.id = t.note_id
left join public.verifications a on a.id = t.verification_id
where t.bell;
comment on view api.notifications is
	'What the caller was told and may still see, with the start of the words it is about.';

create function api.mark_notifications_read(organization_id uuid, notification_ids uuid[] default null) returns void
language sql security invoker set search_path = ''
return private.mark_notifications_read(organization_id, notification_ids);
comment on function api.mark_notifications_read(uuid, uuid[]) is
	'The caller knows of these, or of everything in an organization. Fails with session_ended, not_found.';

grant select on public.notifications, api.notifications to authenticated;
grant execute on function
	api.mark_notifications_read(uuid, uuid[]), private.mark_notifications_read(uuid, uuid[])
to authenticated;
