-- The list of conversations, as one person sees it.

create view api.conversations with (security_invoker = true) as
select
	c.id, c.organization_id, c.phone_number_id,
	n.e164 as number_e164, n.label as number_label, n.color as number_color,
	c.contact_id, t.name as contact_name, t.phone_number as contact_number,
	c.last_seq, c.revision, c.last_message_at,
	left(m.body, 160) as last_message_body,
	m.direction as last_message_direction,
	m.status as last_message_status,
	m.error_code as last_message_error_code,
	m.author_id as last_message_author_id,
	least(100, c.inbound_count - coalesce(r.inbound_count, 0))::integer as unread_count,
	coalesce(r.last_read_seq, 0) as last_read_seq,
	c.opted_out_at is not null as opted_out,
	c.archived_at, c.created_at, c.updated_at
from public.conversations c
left join public.phone_numbers n on n.id = c.phone_number_id
left join public.contacts t on t.id = c.contact_id
left join public.messages m on m.id = c.last_message_id
-- one look-up for each row: joined plainly, everything the caller ever read would be collected first
left join lateral (
	select o.last_read_seq, o.inbound_count
	from public.conversation_reads o
	where o.conversation_id = c.id and o.user_id = (select auth.uid())
	limit 1
) r on true;
comment on view api.conversations is
	'The conversations the caller may see, with the start of the last text, how far the caller has read, and how many texts '
	'from outside are newer (counted up to 100).';

grant select on api.conversations to authenticated;
