-- The list of conversations, as one person sees it.

create view api.conversations with (security_invoker = true) as
select
	c.id, c.organization_id, c.phone_number_id,
	n.e164 as number_e164, n.label as number_label, n.color as number_color,
	c.contact_id, t.name as contact_name, t.phone_number as contact_number,
	c.title,
	-- who takes part in a team's own conversation
	case when c.phone_number_id is null then array(
		select p.user_id from public.conversation_participants p where p.conversation_id = c.id order by p.created_at, p.user_id)
	end as participant_ids,
	t.blocked_at is not null as contact_blocked,
	c.assignee_id,
	c.snoozed_until, coalesce(c.snoozed_until > now(), false) as snoozed,
	c.label_ids,
	c.last_seq, c.revision, c.last_message_at,
	left(case when m.masked_body is null or m.code_reader_id = (select auth.uid())
		or m.organization_id = any ((select private.my_code_organization_ids())::uuid[])
		then m.body else m.masked_body end, 160) as last_message_body,
	m.direction as last_message_direction,
	m.status as last_message_status,
	m.error_code as last_message_error_code,
	m.author_id as last_message_author_id,
	m.body_removed_at as last_message_removed_at,
	m.attachment_count as last_message_files,
	-- whether a text without words is pictures and nothing else
	case when m.body = '' and m.attachment_count > 0 then coalesce((
		select bool_and(a.type like 'image/%') from public.attachments a where a.message_id = m.id), false)
	end as last_message_is_pictures,
	least(100, c.inbound_count - coalesce(r.inbound_count, 0))::integer as unread_count,
	c.inbound_count > coalesce(r.inbound_count, 0) as unread,
	coalesce(r.last_read_seq, 0) as last_read_seq,
	coalesce(r.version, 0) as read_version,
	c.opted_out_at is not null as opted_out,
	case when c.opted_out_at is not null then (
		select p.source from public.opt_outs p
		where p.phone_number_id = c.phone_number_id and p.contact_number = t.phone_number)
	end as opt_out_source,
	c.archived_at, c.created_at, c.updated_at
from public.conversations c
left join public.phone_numbers n on n.id = c.phone_number_id
left join public.contacts t on t.id = c.contact_id
left join public.messages m on m.id = c.last_message_id
-- one look-up for each row: joined plainly, everything the caller ever read would be collected first
left join lateral (
	select o.last_read_seq, o.inbound_count, o.version
	from public.conversation_reads o
	where o.conversation_id = c.id and o.user_id = (select auth.uid())
	limit 1
) r on true;
comment on view api.conversations is
	'The conversations the caller may see, with the start of the last text or what it brought, how far the caller has read, how '
	'many texts from outside are newer (counted up to 100), and how an opt-out came to us (public.opt_outs.source).';

-- Each count stops at a thousand: beyond, nobody reads the figure, and a page should not wait for it.
create view api.inbox_counts with (security_invoker = true) as
select o.id as organization_id,
	(select count(*) from (
		select from public.conversations c
		where c.organization_id = o.id and c.archived_at is null and c.assignee_id = (select auth.uid())
			and (c.snoozed_until is null or c.snoozed_until <= now())
		limit 1000) mine)::integer as mine,
	(select count(*) from (
		select from public.conversations c
		where c.organization_id = o.id and c.archived_at is null and c.assignee_id is null
			and c.phone_number_id is not null and (c.snoozed_until is null or c.snoozed_until <= now())
		limit 1000) unassigned)::integer as unassigned,
	(select count(*) from (
		select from public.conversations c
		where c.organization_id = o.id and c.archived_at is null
			and (c.snoozed_until is null or c.snoozed_until <= now())
		limit 1000) open)::integer as open,
	(select count(*) from (
		select from public.conversations c
		left join lateral (
			select r.inbound_count from public.conversation_reads r
			where r.conversation_id = c.id and r.user_id = (select auth.uid())
			limit 1) r on true
		where c.organization_id = o.id and c.archived_at is null
			and (c.snoozed_until is null or c.snoozed_until <= now())
			and c.inbound_count > coalesce(r.inbound_count, 0)
		limit 1000) unread)::integer as unread,
	(select count(*) from (
		select from public.scheduled_messages s
		where s.organization_id = o.id and s.status = 'scheduled'
		limit 1000) scheduled)::integer as scheduled
from public.organizations o;
comment on view api.inbox_counts is
	'How many conversations of each organization wait for the caller: assigned to them, to nobody, open at all, unread; and how '
	'many texts wait for their time. Each is counted up to 1,000; what is archived or snoozed is in none.';

grant select on api.conversations, api.inbox_counts to authenticated;
