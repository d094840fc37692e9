-- A text: its place in the conversation, and a status that only ever moves forward.

create type public.message_direction as enum ('inbound', 'outbound');
create type public.message_status as enum ('received', 'queued', 'sending', 'sent', 'delivered', 'failed');
comment on type public.message_direction is 'Seen from us: inbound was texted to a number of ours.';
comment on type public.message_status is
	'Where a text is. Inbound: received. Outbound: queued → sending → sent → delivered or failed.';

create table public.messages (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	phone_number_id uuid,
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	seq bigint not null,
	revision bigint not null,
	inbound_count bigint not null default 0,
	direction public.message_direction not null,
	status public.message_status not null,
	body text not null,
	segments smallint,
	author_id uuid references public.profiles (id) on delete set null,
	idempotency_key text,
	carrier text,
	carrier_message_id text,
	error_code text,
	created_at timestamptz not null default now(),
	sent_at timestamptz,
	delivered_at timestamptz,
	failed_at timestamptz,
	check ((direction = 'inbound') = (status = 'received')),
	unique (conversation_id, seq)
);

create table private.message_transitions (
	from_status public.message_status not null,
	to_status public.message_status not null,
	primary key (from_status, to_status)
);

comment on table public.messages is
	'Texts. organization_id, phone_number_id, seq, revision and inbound_count (how many from outside there are up to this one) '
	'are the conversation''s to give, whatever an insert says.';
comment on table private.message_transitions is
	'How a status may change. What is missing here is refused: nothing moves backwards, and the first final status stays.';

insert into private.message_transitions values
	('queued', 'sending'), ('queued', 'sent'), ('queued', 'delivered'), ('queued', 'failed'),
	('sending', 'sent'), ('sending', 'delivered'), ('sending', 'failed'),
	('sent', 'delivered'), ('sent', 'failed');

create index messages_healing on public.messages (conversation_id, revision);
create index messages_organization on public.messages (organization_id, id);
create index messages_author on public.messages (author_id) where author_id is not null;
create unique index messages_carrier_once on public.messages (carrier, carrier_message_id) where carrier_message_id is not null;
create unique index messages_sent_once on public.messages (organization_id, idempotency_key) where idempotency_key is not null;

alter table public.messages enable row level security;
-- the hottest read of all: where no number is shut to the caller, the first list answers and the others are never asked
create policy "those with access can read" on public.messages for select to authenticated
	using (
		(phone_number_id is not null and organization_id = any ((select private.my_open_organization_ids())::uuid[]))
		or (
			organization_id = any ((select private.my_organization_ids())::uuid[])
			and (
				phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
				or (phone_number_id is null and conversation_id = any ((select private.my_team_conversation_ids())::uuid[])))));

-- A new message takes the conversation's next place and revision, under the conversation's row lock.
-- A text from outside brings an archived conversation back.
create function private.place_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.conversations c
	set last_seq = c.last_seq + 1,
		revision = c.revision + 1,
		last_message_id = new.id,
		last_message_at = greatest(c.last_message_at, new.created_at),
		inbound_count = c.inbound_count + (new.direction = 'inbound')::integer,
		archived_at = case when new.direction = 'outbound' then c.archived_at end,
		updated_at = clock_timestamp()
	where c.id = new.conversation_id
	returning c.last_seq, c.revision, c.inbound_count, c.last_message_at, c.organization_id, c.phone_number_id
	into new.seq, new.revision, new.inbound_count, new.created_at, new.organization_id, new.phone_number_id;
	return new;
end
$$;

-- A changed message takes the next revision; its status only moves along private.message_transitions.
create function private.advance_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if new.status <> old.status then
		if not exists (
			select from private.message_transitions t
			where t.from_status = old.status and t.to_status = new.status
		) then
			raise exception 'a message cannot go from % to %', old.status, new.status using errcode = 'check_violation';
		end if;
		case new.status
			when 'sent' then new.sent_at := coalesce(new.sent_at, now());
			when 'delivered' then new.delivered_at := coalesce(new.delivered_at, now());
			when 'failed' then new.failed_at := coalesce(new.failed_at, now());
			else null;
		end case;
	end if;

	update public.conversations c
	set revision = c.revision + 1, updated_at = clock_timestamp()
	where c.id = new.conversation_id
	returning c.revision into new.revision;
	return new;
end
$$;

-- The status a message has after hearing of another: the new one where the step is allowed, else the old.
create function private.later_status(known public.message_status, heard public.message_status) returns public.message_status
language plpgsql stable security definer set search_path = ''
as $$
begin
	if exists (select from private.message_transitions t where t.from_status = known and t.to_status = heard) then
		return heard;
	end if;
	return known;
end
$$;

create trigger place_message before insert on public.messages
	for each row execute function private.place_message();
create trigger advance_message before update on public.messages
	for each row when (old.* is distinct from new.*) execute function private.advance_message();

create view api.messages with (security_invoker = true) as
select m.id, m.organization_id, m.conversation_id, m.phone_number_id, m.seq, m.revision, m.direction, m.status, m.body,
	m.segments, m.author_id, m.idempotency_key, m.error_code, m.created_at, m.sent_at, m.delivered_at, m.failed_at
from public.messages m;
comment on view api.messages is
	'Texts of the conversations the caller may see. Ordered by seq; everything changed since is revision > n.';

grant select on public.messages, api.messages to authenticated;
