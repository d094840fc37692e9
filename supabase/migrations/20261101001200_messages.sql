-- A text: its place in the conversation, and a status that only ever moves forward.

create type public.message_direction as enum ('inbound', 'outbound');
create type public.message_status as enum ('received', 'queued', 'sending', 'sent', 'delivered', 'failed',
	'cancelled');
create type public.message_origin as enum ('contact', 'person', 'api_key', 'schedule', 'automatic');
comment on type public.message_direction is 'Seen from us: inbound was texted to a number of ours.';
comment on type public.message_status is
	'Where a text is. Inbound: received. Outbound: queued → sending → sent → delivered or failed; cancelled: taken back before it left.';
comment on type public.message_origin is
	'Who wrote a text: the contact, a person, a program by a key, a schedule that a person made, or an automatic reply.';

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
	origin public.message_origin not null,
	body text not null,
	-- the same without the codes in it, for whoever may not see them; null where it holds none
	masked_body text,
	-- who waited for its code
	code_reader_id uuid,
	-- the words were removed by the organization's retention
	body_removed_at timestamptz,
	attachment_count smallint not null default 0,
	segments smallint,
	author_id uuid references public.profiles (id) on delete set null,
	-- where no person wrote it, but a program by a key
	api_key_id uuid,
	idempotency_key text,
	carrier text,
	carrier_message_id text,
	error_code text,
	created_at timestamptz not null default now(),
	-- until then its author can take it back
	held_until timestamptz,
	sent_at timestamptz,
	delivered_at timestamptz,
	failed_at timestamptz,
	check ((direction = 'inbound') = (status = 'received')),
	check ((direction = 'inbound') = (origin = 'contact')),
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
	('queued', 'sending'), ('queued', 'sent'), ('queued', 'delivered'), ('queued', 'failed'), ('queued', 'cancelled'),
	('sending', 'sent'), ('sending', 'delivered'), ('sending', 'failed'), ('sending', 'cancelled'),
	('sent', 'delivered'), ('sent', 'failed');

create index messages_healing on public.messages (conversation_id, revision);
create index messages_organization on public.messages (organization_id, id);
create index messages_author on public.messages (author_id) where author_id is not null;
create unique index messages_carrier_once on public.messages (carrier, carrier_message_id) where carrier_message_id is not null;
create unique index messages_sent_once on public.messages (organization_id, idempotency_key) where idempotency_key is not null;

alter table public.messages enable row level security;
-- the hottest read of all: one list is asked, and it holds nothing from a foreign organization
create policy "those with access can read" on public.messages for select to authenticated
	using (
		case
			when phone_number_id is null then conversation_id = any ((select private.my_team_conversation_ids())::uuid[])
			else phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
		end);

create function private.is_blocked(contact_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (select from public.contacts t where t.id = is_blocked.contact_id and t.blocked_at is not null);
end
$$;

-- Whether a text from outside brings an archived conversation back to the inbox.
create function private.comes_back(organization_id uuid, contact_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return not private.is_blocked(comes_back.contact_id)
		and (select o.reopen_archived from public.organizations o where o.id = comes_back.organization_id);
end
$$;

-- A new message takes the conversation's next place and revision, under the conversation's row lock.
-- A text from outside ends a snooze, and brings an archived conversation back where the organization wants it so. In a team's own
-- conversation every message comes from outside for those who did not write it. What somebody blocked sends is kept and counted,
-- and does nothing else.
create function private.place_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	contact uuid;
	blocked boolean;
begin
	new.origin := coalesce(new.origin, case new.direction when 'inbound' then 'contact'::public.message_origin else 'person' end);
	update public.conversations c
	set last_seq = c.last_seq + 1,
		revision = c.revision + 1,
		last_message_id = new.id,
		last_message_at = case when c.last_seq = 0 then new.created_at else greatest(c.last_message_at, new.created_at) end,
		inbound_count = c.inbound_count + (case
			when c.phone_number_id is null then true
			else new.direction = 'inbound' and t.blocked_at is null
		end)::integer,
		-- a code asks for no answer, and an automatic reply is none
		unanswered_since = case
			when new.origin = 'automatic' or new.masked_body is not null or t.blocked_at is not null or c.phone_number_id is null
			then c.unanswered_since
			when new.direction = 'inbound' then coalesce(c.unanswered_since, new.created_at)
		end,
		-- (asked of the few that are put away)
		archived_at = case
			when c.archived_at is not null and (new.direction = 'outbound' or not private.comes_back(c.organization_id, c.contact_id))
			then c.archived_at
		end,
		snoozed_until = case
			when c.snoozed_until is not null and (new.direction = 'outbound' or private.is_blocked(c.contact_id))
			then c.snoozed_until
		end,
		updated_at = clock_timestamp()
	from public.conversations o
	left join public.contacts t on t.id = o.contact_id
	where c.id = new.conversation_id and o.id = c.id
	returning c.last_seq, c.revision, c.inbound_count, c.last_message_at, c.organization_id, c.phone_number_id, t.id,
		t.blocked_at is not null
	into new.seq, new.revision, new.inbound_count, new.created_at, new.organization_id, new.phone_number_id, contact, blocked;
	if blocked and new.direction = 'inbound' then
		update public.contacts t set blocked_count = t.blocked_count + 1 where t.id = contact;
	end if;
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

	new.revision := private.next_revision(new.conversation_id);
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
select m.id, m.organization_id, m.conversation_id, m.phone_number_id, m.seq, m.revision, m.direction, m.origin, m.status,
	-- of the lists, only the first is asked where there is no code
	case when m.masked_body is null or m.code_reader_id = (select auth.uid())
		or m.organization_id = any ((select private.my_code_organization_ids())::uuid[])
		then m.body else m.masked_body end as body,
	m.masked_body is not null as has_code, m.masked_body,
	m.masked_body is not null and m.code_reader_id is distinct from (select auth.uid())
		and m.organization_id <> all ((select private.my_code_organization_ids())::uuid[]) as code_masked,
	m.body_removed_at, m.attachment_count, m.segments, m.author_id, m.idempotency_key, m.error_code, m.created_at, m.held_until, m.sent_at, m.delivered_at, m.failed_at,
	m.api_key_id
from public.messages m;
comment on view api.messages is
	'Texts of the conversations the caller may see. Codes in a body are • for those who may not see them (code_masked), and for '
	'everybody in masked_body, null where there is none. Ordered by seq; everything changed since is revision > n.';

grant select on public.messages, api.messages to authenticated;
