-- How long an organization keeps what was texted, class by class. No rule: for ever. The worker carries it out once a day,
-- in small steps, and what it removed stands in the book.

create type public.retention_class as enum ('codes', 'bodies', 'attachments', 'metadata');
comment on type public.retention_class is
	'codes: the words of texts from outside that hold a one-time code. bodies: the words of every text. '
	'attachments: files that came or went with a text. metadata: whole conversations, counted from their last text.';

create table public.retention_rules (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	class public.retention_class not null,
	days integer not null check (days between 1 and 3650),
	updated_at timestamptz not null default now(),
	primary key (organization_id, class)
);

create table private.retention_progress (
	organization_id uuid not null references public.organizations (id) on delete cascade,
	class public.retention_class not null,
	-- whatever has an id below it is dealt with
	from_id uuid not null default '00000000-0000-0000-0000-000000000000',
	-- where the run under way has come to, and the first that it had to leave for the next
	at_id uuid,
	left_id uuid,
	removed bigint not null default 0,
	finished_at timestamptz,
	-- the step that failed last, and why: until then it was as if it had not been tried
	failed_at timestamptz,
	failure text,
	primary key (organization_id, class)
);
comment on table public.retention_rules is 'After how many days a class of what was texted is removed. What has no row is kept for ever.';
comment on table private.retention_progress is
	'How far the removal has come, by ids, which sort by time. removed: of the run under way, until it is written into the book. '
	'failed_at, failure: for an operator to see; the rule is tried again an hour later, and holds up no other.';

create index attachments_organization on public.attachments (organization_id, id) where message_id is not null;

alter table public.retention_rules enable row level security;
create policy "members can read" on public.retention_rules for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]));

create function private.set_retention(organization_id uuid, class public.retention_class, days integer) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former integer;
begin
	perform private.require_locked('retention:change', set_retention.organization_id);
	if set_retention.class is null or set_retention.days not between 1 and 3650 then
		perform private.fail(422, 'retention_invalid', 'Choose between one day and ten years. Nothing was changed.');
	end if;
	perform private.require_fresh_session();

	select r.days into former from public.retention_rules r
	where r.organization_id = set_retention.organization_id and r.class = set_retention.class;
	if former is not distinct from set_retention.days then
		return;
	end if;
	if set_retention.days is null then
		delete from public.retention_rules r
		where r.organization_id = set_retention.organization_id and r.class = set_retention.class;
	else
		insert into public.retention_rules (organization_id, class, days)
		values (set_retention.organization_id, set_retention.class, set_retention.days)
		on conflict (organization_id, class) do update set days = excluded.days, updated_at = now();
	end if;
	perform private.audit(set_retention.organization_id, 'retention.changed', 'organization', set_retention.organization_id,
		jsonb_build_object('class', set_retention.class, 'days', former),
		jsonb_build_object('class', set_retention.class, 'days', set_retention.days));
end
$$;

-- Conversations whose last text is older than that, and where nothing else has happened since or is still to come.
create function private.idle_conversations(organization_id uuid, before timestamptz, batch integer) returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
	return query
		select c.id from public.conversations c
		where c.organization_id = idle_conversations.organization_id and c.last_message_at < before
			and not exists (select from public.notes n where n.conversation_id = c.id and n.created_at >= before)
			and not exists (
				select from public.scheduled_messages s where s.conversation_id = c.id and s.status = 'scheduled')
		order by c.last_message_at
		limit batch;
end
$$;

-- How many there are, of at most 100,000 that are looked at.
create function private.count_retention(organization_id uuid, class public.retention_class, days integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	most constant integer := 100000;
	before constant timestamptz := now() - make_interval(days => count_retention.days);
	since uuid;
	looked bigint;
	found bigint;
begin
	perform private.require('retention:change', count_retention.organization_id);
	if count_retention.class is null or coalesce(count_retention.days, 0) not between 1 and 3650 then
		perform private.fail(422, 'retention_invalid', 'Choose between one day and ten years. Nothing was changed.');
	end if;
	since := coalesce((
		select p.from_id from private.retention_progress p
		where p.organization_id = count_retention.organization_id and p.class = count_retention.class),
		'00000000-0000-0000-0000-000000000000');

	if count_retention.class = 'metadata' then
		select count(*), count(*) into looked, found
		from private.idle_conversations(count_retention.organization_id, before, most);
	elsif count_retention.class = 'attachments' then
		select count(*), count(*) into looked, found
		from (
			select from public.attachments a
			where a.organization_id = count_retention.organization_id and a.message_id is not null
				and a.id >= since and a.id < private.first_id_at(before)
			limit most) old;
	else
		select count(*), count(*) filter (where private.is_kept(old.m, count_retention.class))
		into looked, found
		from (
			select m from public.messages m
			where m.organization_id = count_retention.organization_id
				and m.id >= since and m.id < private.first_id_at(before)
			order by m.id
			limit most) old;
	end if;
	return jsonb_build_object('count', found, 'more', looked >= most);
end
$$;

create view api.retention_rules with (security_invoker = true) as
select r.organization_id, r.class, r.days, r.updated_at
from public.retention_rules r;
comment on view api.retention_rules is
	'After how many days the caller''s organizations remove a class of what was texted. What has no row is kept for ever.';

create function api.set_retention(organization_id uuid, class public.retention_class, days integer default null) returns void
language sql security invoker set search_path = ''
return private.set_retention(organization_id, class, days);
comment on function api.set_retention(uuid, public.retention_class, integer) is
	'After how many days (1 to 3,650) a class of what was texted is removed, beginning with the next night; null: never. For the '
	'owner. Needs a fresh session. Fails with session_ended, not_found, not_allowed, retention_invalid, fresh_session_required.';

create function api.count_retention(organization_id uuid, class public.retention_class, days integer) returns jsonb
language sql stable security invoker set search_path = ''
return private.count_retention(organization_id, class, days);
comment on function api.count_retention(uuid, public.retention_class, integer) is
	'How many texts, files or conversations a rule of so many days would remove now: {count, more}; more: only the oldest 100,000 '
	'were looked at. Removes nothing. For the owner. Fails with session_ended, not_found, not_allowed, retention_invalid.';

grant select on public.retention_rules, api.retention_rules to authenticated;
grant execute on function
	api.set_retention(uuid, public.retention_class, integer), private.set_retention(uuid, public.retention_class, integer),
	api.count_retention(uuid, public.retention_class, integer), private.count_retention(uuid, public.retention_class, integer)
to authenticated;
