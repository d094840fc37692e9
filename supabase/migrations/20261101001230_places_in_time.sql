-- Where in a conversation a moment is. Places and times grow together (private.place_message), so that the index by place
-- finds it in a few steps, and the hottest table of all needs no index by time.

create function private.find_place(conversation_id uuid, moment timestamptz) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
declare
	low bigint := 1;
	high bigint;
	middle bigint;
	met record;
begin
	perform private.require_session();
	if not private.can_read_topic('conversation:' || find_place.conversation_id) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;

	select c.last_seq + 1 into high from public.conversations c where c.id = find_place.conversation_id;
	while low < high loop
		middle := (low + high) / 2;
		select m.seq, m.created_at into met
		from public.messages m
		where m.conversation_id = find_place.conversation_id and m.seq >= middle
		order by m.seq
		limit 1;
		if met.seq is null or met.created_at >= moment then
			high := middle;
		else
			low := met.seq + 1;
		end if;
	end loop;
	return low;
end
$$;

create function api.find_place(conversation_id uuid, moment timestamptz) returns bigint
language sql stable security invoker set search_path = ''
return private.find_place(conversation_id, moment);
comment on function api.find_place(uuid, timestamptz) is
	'The place of the first text at or after a moment in a conversation; after the last text the place that comes next. Fails with session_ended, not_found.';

grant execute on function api.find_place(uuid, timestamptz), private.find_place(uuid, timestamptz) to authenticated;
