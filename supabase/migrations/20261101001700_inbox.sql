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
	(
		select count(*)::integer from (
			select from public.messages u
			where u.conversation_id = c.id and u.direction = 'inbound' and u.seq > coalesce(r.last_read_seq, 0)
			limit 100
		) unread
	) as unread_count,
	coalesce(r.last_read_seq, 0) as last_read_seq,
	exists (
		select from public.opt_outs o
		where o.phone_number_id = c.phone_number_id and o.contact_number = t.phone_number
	) as opted_out,
	c.archived_at, c.created_at, c.updated_at
from public.conversations c
left join public.phone_numbers n on n.id = c.phone_number_id
left join public.contacts t on t.id = c.contact_id
left join public.messages m on m.id = c.last_message_id
left join public.conversation_reads r on r.conversation_id = c.id and r.user_id = (select auth.uid());
comment on view api.conversations is
	'The conversations the caller may see, with the start of the last text, how far the caller has read, and how many texts '
	'from outside are newer (counted up to 100).';

grant select on api.conversations to authenticated;
