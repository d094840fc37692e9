-- A conversation: one of our numbers and one contact, or a team among itself. It hands out places and revisions.

create table public.conversations (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	phone_number_id uuid,
	contact_id uuid,
	-- what a team calls its own conversation
	title text check (char_length(title) between 1 and 100),
	assignee_id uuid,
	snoozed_until timestamptz,
	label_ids uuid[] not null default '{}',
	last_seq bigint not null default 0,
	revision bigint not null default 0,
	last_message_id uuid,
	-- without a text: when it was made
	last_message_at timestamptz not null default now(),
	inbound_count bigint not null default 0,
	-- since when somebody outside waits for an answer
	unanswered_since timestamptz,
	opted_out_at timestamptz,
	archived_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	check ((phone_number_id is null) = (contact_id is null)),
	unique (contact_id, phone_number_id),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id),
	foreign key (organization_id, contact_id) references public.contacts (organization_id, id),
	-- whose membership ends has nothing assigned any more
	foreign key (organization_id, assignee_id) references public.memberships (organization_id, user_id)
		on delete set null (assignee_id)
);

create table public.conversation_participants (
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	organization_id uuid not null,
	user_id uuid not null,
	created_at timestamptz not null default now(),
	primary key (conversation_id, user_id),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);

create table public.conversation_reads (
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	user_id uuid not null references public.profiles (id) on delete cascade,
	organization_id uuid not null references public.organizations (id) on delete cascade,
	last_read_seq bigint not null,
	inbound_count bigint not null default 0,
	-- counts the changes: reading again after "mark unread" is newer, though it stands further up
	version bigint not null default 1,
	read_at timestamptz not null default now(),
	primary key (conversation_id, user_id)
);

create table public.conversation_followers (
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	organization_id uuid not null,
	user_id uuid not null,
	created_at timestamptz not null default now(),
	primary key (conversation_id, user_id),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);

comment on table public.conversations is
	'One for each (our number, their number); without a number it is a team''s own. last_seq is the newest message''s place; '
	'every change inside takes the next revision under this row''s lock, so what commits late cannot hide. inbound_count: how '
	'many texts came from outside, so that nobody has to count them. unanswered_since: of the first text from outside that nobody has '
	'answered yet, codes aside. opted_out_at follows public.opt_outs.';
comment on table public.conversation_participants is 'Who takes part in a team conversation, one without a number.';
comment on table public.conversation_followers is
	'Who wants to hear of a conversation with a contact, besides whom it is assigned to. It opens nothing to anybody.';
comment on table public.conversation_reads is
	'How far each person has read, and how many texts from outside that were. Nobody sees another''s.';

-- An inbox shows what is not put away, however much is; each of its filters reads one of these from its newest end.
create index conversations_newest_first on public.conversations (organization_id, last_message_at desc, id desc)
	where archived_at is null;
-- with what else it takes to count them
create index conversations_assigned on public.conversations (organization_id, assignee_id, last_message_at desc, id desc)
	include (phone_number_id, snoozed_until) where archived_at is null;
create index conversations_number on public.conversations (phone_number_id, last_message_at desc, id desc)
	where archived_at is null;
create index conversations_archived on public.conversations (organization_id, last_message_at desc, id desc)
	where archived_at is not null;
create index conversations_all on public.conversations (organization_id, last_message_at desc, id desc);
create index conversations_labelled on public.conversations using gin (label_ids) where label_ids <> '{}';
create index conversations_snoozed on public.conversations (snoozed_until) where snoozed_until is not null;
create index conversations_unanswered on public.conversations (organization_id, unanswered_since)
	where unanswered_since is not null and archived_at is null;
create index conversations_changed on public.conversations (organization_id, updated_at, id);
-- whose membership ends is looked for, also in what is put away
create index conversations_assignee on public.conversations (organization_id, assignee_id) where assignee_id is not null;
create index conversation_participants_member on public.conversation_participants (organization_id, user_id);
create index conversation_followers_member on public.conversation_followers (organization_id, user_id);
create index conversation_reads_user on public.conversation_reads (user_id);

-- Both lists hold nothing from a foreign organization. A case, because from "= any" the planner expects next to nothing to
-- be left, and joins and sorts a whole organization's conversations to show fifty; of a case it expects half.
alter table public.conversations enable row level security;
create policy "those with access can read" on public.conversations for select to authenticated
	using (
		case
			when phone_number_id is null then id = any ((select private.my_team_conversation_ids())::uuid[])
			else phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
		end);

alter table public.conversation_participants enable row level security;
create policy "those who take part can read" on public.conversation_participants for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids())::uuid[])
		and conversation_id = any ((select private.my_team_conversation_ids())::uuid[]));

-- a mark holds nothing that its owner did not know when they set it, so a number shut to them since does not matter
alter table public.conversation_reads enable row level security;
create policy "everyone can read their own" on public.conversation_reads for select to authenticated
	using (
		user_id = (select auth.uid())
		and organization_id = any ((select private.my_organization_ids())::uuid[]));

alter table public.conversation_followers enable row level security;
create policy "everyone can read their own" on public.conversation_followers for select to authenticated
	using (
		user_id = (select auth.uid())
		and organization_id = any ((select private.my_organization_ids())::uuid[]));

-- The conversation of a number with somebody, made when it is the first time, with its contact. Safe when two ask at once.
create function private.open_conversation(organization_id uuid, phone_number_id uuid, contact_number text) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	contact uuid;
	conversation uuid;
begin
	insert into public.contacts (organization_id, phone_number)
	values (open_conversation.organization_id, contact_number)
	on conflict (organization_id, phone_number) do nothing;
	select c.id into contact from public.contacts c
	where c.organization_id = open_conversation.organization_id and c.phone_number = contact_number;

	insert into public.conversations (organization_id, phone_number_id, contact_id, opted_out_at)
	values (open_conversation.organization_id, open_conversation.phone_number_id, contact, (
		select o.opted_out_at from public.opt_outs o
		where o.phone_number_id = open_conversation.phone_number_id and o.contact_number = open_conversation.contact_number))
	on conflict (contact_id, phone_number_id) do nothing;
	select c.id into conversation from public.conversations c
	where c.contact_id = contact and c.phone_number_id = open_conversation.phone_number_id;
	return conversation;
end
$$;

-- Whatever is shown in a conversation takes its next revision, under the conversation's row lock.
create function private.next_revision(conversation_id uuid) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	place bigint;
begin
	update public.conversations c
	set revision = c.revision + 1, updated_at = clock_timestamp()
	where c.id = next_revision.conversation_id
	returning c.revision into place;
	return place;
end
$$;

-- A reading mark learns how many texts from outside stand before it: what is unread is then a subtraction.
create function private.place_read() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	new.inbound_count := coalesce((
		select m.inbound_count from public.messages m
		where m.conversation_id = new.conversation_id and m.seq <= new.last_read_seq
		order by m.seq desc
		limit 1), 0);
	return new;
end
$$;

create trigger place_read before insert or update on public.conversation_reads
	for each row execute function private.place_read();

create function private.mark_read(conversation_id uuid, seq bigint) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller uuid := private.require_session();
begin
	if not private.can_read_topic('conversation:' || mark_read.conversation_id) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;

	insert into public.conversation_reads as r (conversation_id, user_id, organization_id, last_read_seq)
	select c.id, caller, c.organization_id, greatest(0, least(mark_read.seq, c.last_seq))
	from public.conversations c
	where c.id = mark_read.conversation_id
	on conflict (conversation_id, user_id) do update
		set last_read_seq = excluded.last_read_seq, version = r.version + 1, read_at = now()
		where r.last_read_seq < excluded.last_read_seq;
	if found then
		perform realtime.send(jsonb_build_object('id', mark_read.conversation_id), 'read', 'user:' || caller, true);
	end if;
end
$$;

-- The newest text from outside is unread again: the mark goes before it.
create function private.mark_unread(conversation_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller uuid := private.require_session();
	newest bigint;
begin
	if not private.can_read_topic('conversation:' || mark_unread.conversation_id) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	select m.seq into newest
	from public.messages m
	where m.conversation_id = mark_unread.conversation_id and m.direction = 'inbound'
	order by m.seq desc
	limit 1;

	update public.conversation_reads r
	set last_read_seq = newest - 1, version = r.version + 1, read_at = now()
	where r.conversation_id = mark_unread.conversation_id and r.user_id = caller and r.last_read_seq >= newest;
	if found then
		perform realtime.send(jsonb_build_object('id', mark_unread.conversation_id), 'read', 'user:' || caller, true);
	end if;
end
$$;

create function api.mark_unread(conversation_id uuid) returns void
language sql security invoker set search_path = ''
return private.mark_unread(conversation_id);
comment on function api.mark_unread(uuid) is
	'The newest text from outside is unread for the caller again; nobody else''s marks change. Fails with session_ended, not_found.';

create function api.mark_read(conversation_id uuid, seq bigint) returns void
language sql security invoker set search_path = ''
return private.mark_read(conversation_id, seq);
comment on function api.mark_read(uuid, bigint) is
	'The caller has read the conversation up to this place; earlier places change nothing. Fails with session_ended, not_found.';

grant select on
	public.conversations, public.conversation_participants, public.conversation_followers, public.conversation_reads
to authenticated;
grant execute on function
	api.mark_read(uuid, bigint), private.mark_read(uuid, bigint),
	api.mark_unread(uuid), private.mark_unread(uuid)
to authenticated;
