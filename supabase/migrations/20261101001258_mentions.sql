-- Colleagues whom a text or a note mentions, and who of them may see where.

-- The usernames that a text mentions, in lower case, each once: core/mentions.ts finds the same.
create function private.mentioned_names(body text) returns text[]
language plpgsql immutable set search_path = ''
as $$
begin
	return array(
		select distinct lower(name[1])
		from regexp_matches(mentioned_names.body,
			'(?<![A-Za-z0-9_%+@/-])@([A-Za-z0-9_]{3,30})(?![A-Za-z0-9_@]|[.-][A-Za-z0-9])', 'g') as name);
end
$$;

-- Which of these people may see a conversation: members of its organization with its number, or who take part in it.
create function private.readers_among(conversation_id uuid, user_ids uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select m.user_id
		from public.conversations c
		join public.memberships m on m.organization_id = c.organization_id and m.user_id = any (readers_among.user_ids)
			and m.suspended_at is null
		left join public.phone_numbers n on n.id = c.phone_number_id
		where c.id = readers_among.conversation_id and case
			when n.id is null then exists (
				select from public.conversation_participants p
				where p.conversation_id = c.id and p.user_id = m.user_id)
			else n.restricted_at is null or m.role in ('owner', 'admin') or exists (
				select from public.phone_number_grants g
				where g.phone_number_id = n.id and (g.user_id = m.user_id or g.role = m.role))
		end);
end
$$;

-- Members of the conversation's organization whom a text mentions, whether or not they may see the conversation.
create function private.members_mentioned(conversation_id uuid, body text) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
	names constant text[] := private.mentioned_names(members_mentioned.body);
begin
	return array(
		select m.user_id
		from public.conversations c
		join public.profiles p on p.username = any (names)
		join public.memberships m on m.organization_id = c.organization_id and m.user_id = p.id
		where c.id = members_mentioned.conversation_id
		order by m.user_id);
end
$$;
