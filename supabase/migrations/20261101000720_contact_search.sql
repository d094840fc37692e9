-- Finding people.

-- People by name, in spite of typos, or by the digits of their number in any writing: the best first. Team conversations by
-- their title stand beside them.
create function private.search_contacts(organization_id uuid, query text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	wanted constant text := private.fold(left(private.clean(query), 100));
	digits constant text := regexp_replace(coalesce(query, ''), '\D', '', 'g');
	pattern constant text := regexp_replace(wanted, '([\\%_])', '\\\1', 'g');
	number_ids uuid[];
	team_ids uuid[];
begin
	perform private.require('messages:read', search_contacts.organization_id);
	number_ids := private.my_phone_number_ids();
	team_ids := private.my_team_conversation_ids();
	if wanted is null then
		return jsonb_build_object('contacts', '[]'::jsonb, 'teams', '[]'::jsonb);
	end if;
	-- below the extension's own 0.6, at which no short name survives two letters in the wrong order
	perform set_config('pg_trgm.word_similarity_threshold', '0.4', true);

	return jsonb_build_object(
		'contacts', coalesce((
			select jsonb_agg(to_jsonb(f) - 'rank' order by f.rank desc, f.name, f.phone_number)
			from (
				select c.id, c.name, c.phone_number, c.blocked_at is not null as blocked, r.rank,
					(select jsonb_agg(jsonb_build_object('id', v.id, 'phone_number_id', v.phone_number_id) order by v.last_message_at desc nulls last)
					from public.conversations v
					where v.contact_id = c.id and v.phone_number_id = any (number_ids)) as conversations
				from public.contacts c
				cross join lateral (select greatest(
					case when private.fold(c.name) like pattern || '%' then 3
						when private.fold(c.name) like '% ' || pattern || '%' then 2.5
						else extensions.word_similarity(wanted, private.fold(c.name)) end,
					case when char_length(digits) >= 3 and c.phone_number like '%' || digits || '%' then 2 else 0 end)) r (rank)
				where c.organization_id = search_contacts.organization_id and left(c.phone_number, 5) <> '+1555' and (
					(char_length(wanted) >= 3 and private.fold(c.name) operator(extensions.%>) wanted)
					or private.fold(c.name) like pattern || '%'
					or private.fold(c.name) like '% ' || pattern || '%'
					or (char_length(digits) >= 3 and c.phone_number like '%' || digits || '%'))
				order by r.rank desc, c.name, c.phone_number
				limit 8
			) f), '[]'::jsonb),
		'teams', coalesce((
			select jsonb_agg(jsonb_build_object('id', v.id, 'title', v.title) order by v.last_message_at desc nulls last)
			from public.conversations v
			where v.id = any (team_ids) and v.organization_id = search_contacts.organization_id
				and private.fold(v.title) like '%' || pattern || '%'), '[]'::jsonb));
end
$$;

create function api.search_contacts(organization_id uuid, query text) returns jsonb
language sql stable security invoker set search_path = ''
return private.search_contacts(organization_id, query);
comment on function api.search_contacts(uuid, text) is
	'{contacts, teams}: up to eight people by name (typos forgiven) or digits of their number, with the conversations the caller '
	'may see, and team conversations by title. Fails with session_ended, not_found.';

grant execute on function
	api.search_contacts(uuid, text), private.search_contacts(uuid, text)
to authenticated;
