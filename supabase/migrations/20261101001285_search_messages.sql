-- The search of texts and notes: newest first, a page at a time, and never for long.

-- Of these texts those that the caller may see, that pass the filters and, where there is a question left, answer it: so many
-- of the newest. A code that is masked to the caller is not found either: `wanted`, the whole question, is asked of what they see.
create function private.found_among(
	ids uuid[], number_ids uuid[], team_ids uuid[], within uuid[], filters jsonb, question tsquery, patterns text[], most integer,
	wanted tsquery
) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select f.id
		from (
			select m.id, m.body, m.masked_body, m.code_reader_id, m.organization_id
			from public.messages m
			where m.id = any (found_among.ids) and m.status <> 'cancelled'
				and (m.phone_number_id = any (number_ids) or (m.phone_number_id is null and m.conversation_id = any (team_ids)))
				and (within is null or m.conversation_id = any (within))
				and (filters is null or private.fits(m, filters))
			order by m.id desc
			-- a fence: from here on one after the other, until there are enough
			offset 0
		) f
		where (question is null or private.answers(f.body, question, patterns))
			and (f.masked_body is null or f.code_reader_id = (select auth.uid())
				or f.organization_id = any ((select private.my_code_organization_ids())::uuid[])
				or private.search_vector(f.masked_body) @@ wanted)
		limit most);
end
$$;

-- Notes that answer a question, of the numbers and conversations given: so many of the newest. By the index of words, as in
-- found_rare.
create function private.found_notes(
	organization_id uuid, question tsquery, number_ids uuid[], within uuid[], filters jsonb, above uuid, below uuid, most integer
) returns uuid[]
language plpgsql stable security definer set search_path = '' set enable_seqscan = off set enable_indexscan = off
as $$
begin
	-- what only texts have narrows them away
	if filters ?| array['direction', 'status', 'has_attachment', 'has_code'] then
		return '{}';
	end if;
	return array(
		select n.id
		from public.notes n
		where n.organization_id = found_notes.organization_id and private.search_vector(n.body) @@ question
			and n.phone_number_id = any (number_ids) and n.deleted_at is null and n.id >= above and n.id < below
			and (within is null or n.conversation_id = any (within))
			and (filters ->> 'phone_number_id' is null or n.phone_number_id = (filters ->> 'phone_number_id')::uuid)
			and (filters ->> 'author_id' is null or n.author_id = (filters ->> 'author_id')::uuid)
			and (filters ->> 'since' is null or n.created_at >= (filters ->> 'since')::timestamptz)
			and (filters ->> 'until' is null or n.created_at < (filters ->> 'until')::timestamptz)
		order by n.id desc
		limit most);
end
$$;

-- Texts with these words, newest first: the ids of so many, and down to which id it was looked (null: all the way). Common words
-- are found among the newest texts, any others by the index of words, span by span of time from the newest end; where that brings
-- little, all their texts are taken at once. What was looked at is counted, and beyond a limit the rest is left to the next call.
-- `together`: the question's words in any order. `few`: of so many texts each is looked at.
create function private.found_back(
	organization_id uuid, question tsquery, together tsquery, number_ids uuid[], team_ids uuid[], within uuid[], filters jsonb,
	above uuid, below uuid, few integer, most integer, out ids uuid[], out down_to uuid
)
language plpgsql stable security definer set search_path = ''
	-- which index is the right one depends on the words
	set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
	recheck constant tsquery := nullif(question, together);
	patterns constant text[] := private.search_patterns(question);
	walk integer := case when within is null or patterns is null then 400 else 2000 end;
	walked integer := 0;
	looked integer := 0;
	candidates uuid[];
	span integer;
	last_span integer;
begin
	ids := '{}';
	if within is null then
		loop
			candidates := array(
				select m.id from public.messages m
				where m.organization_id = found_back.organization_id and m.id < below and m.id >= above
				order by m.id desc
				limit walk);
			ids := ids || private.found_among(candidates, number_ids, team_ids, within, filters, question, patterns,
				most - cardinality(ids), question);
			if cardinality(ids) = most or cardinality(candidates) < walk then
				return;
			end if;
			below := candidates[walk];
			walked := walked + walk;
			-- on, while so many would be found within a few such walks: each look into the index costs as much as one
			walk := walked * most / greatest(cardinality(ids), 1) * 5 / 4 - walked;
			exit when walked + walk > 2000;
		end loop;
	else
		candidates := array(
			select m.id
			from unnest(within) w (id)
			cross join lateral (
				select m.id from public.messages m
				where m.conversation_id = w.id and m.organization_id = found_back.organization_id
					and m.id < below and m.id >= above
				order by m.seq desc
				limit walk
			) m);
		ids := private.found_among(candidates, number_ids, team_ids, within, filters, question, patterns, most, question);
		if cardinality(ids) = most or cardinality(candidates) < walk then
			return;
		end if;
		ids := '{}';
	end if;

	span := private.span_of(least(below, private.first_id_at(now() + interval '1 day')));
	last_span := private.span_of(greatest(above, (
		select m.id from public.messages m
		where m.organization_id = found_back.organization_id
		order by m.id
		limit 1)));
	for step in 1 .. 60 loop
		candidates := array(
			select m.id from public.messages m
			where m.organization_id = found_back.organization_id and private.span_of(m.id) = span
				and private.search_vector(m.body) @@ together and m.id < below and m.id >= above);
		looked := looked + cardinality(candidates);
		ids := ids || private.found_among(candidates, number_ids, team_ids, within, filters, recheck, patterns,
			most - cardinality(ids), question);
		if cardinality(ids) = most or span <= last_span then
			down_to := null;
			return;
		end if;
		down_to := private.first_id_of(span);
		span := span - 1;

		if step = 3 then
			candidates := private.found_rare(found_back.organization_id, together, above, down_to, few + 1);
			if cardinality(candidates) <= few then
				ids := ids || private.found_among(candidates, number_ids, team_ids, within, filters, recheck, patterns,
					most - cardinality(ids), question);
				down_to := null;
				return;
			end if;
		end if;
		exit when looked > few;
	end loop;
end
$$;

-- The same of words of any kind: a rare one is looked up in the index of words at once, unless that brings more than `few`.
create function private.found_texts(
	organization_id uuid, question tsquery, number_ids uuid[], team_ids uuid[], within uuid[], filters jsonb, above uuid,
	below uuid, most integer, out ids uuid[], out down_to uuid
)
language plpgsql stable security definer set search_path = ''
as $$
declare
	-- the index knows which words a text has, not their order
	together constant tsquery := case when question::text like '%<%'
		then regexp_replace(question::text, '<(-|\d+)>', '&', 'g')::tsquery else question end;
	recheck constant tsquery := nullif(question, together);
	few constant integer := case when recheck is null then 3000 else 1000 end;
	candidates uuid[];
begin
	if private.are_rare(together) then
		candidates := private.found_rare(organization_id, together, above, below, few + 1);
		if cardinality(candidates) <= few then
			ids := case when cardinality(candidates) = 0 then candidates
				else private.found_among(candidates, number_ids, team_ids, within, filters, recheck,
					case when recheck is not null then private.search_patterns(question) end, most, question) end;
			return;
		end if;
	end if;
	select f.ids, f.down_to into ids, down_to
	from private.found_back(organization_id, question, together, number_ids, team_ids, within, filters, above, below, few, most) f;
end
$$;

create function private.search_messages(organization_id uuid, query text, filters jsonb, before_id uuid, batch integer)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	most constant integer := least(greatest(coalesce(batch, 30), 1), 100);
	narrow constant jsonb := nullif(jsonb_strip_nulls(coalesce(filters, '{}')), '{}');
	question constant tsquery := private.search_query(query);
	number_ids uuid[];
	within uuid[];
	below uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
	above uuid := '00000000-0000-0000-0000-000000000000';
	texts record;
	note_ids uuid[];
	ids uuid[];
begin
	perform private.require('messages:read', search_messages.organization_id);
	if question is null then
		return jsonb_build_object('hits', '[]'::jsonb, 'before_id', null);
	end if;
	number_ids := private.my_phone_number_ids();
	-- ids are given in the order of time, but for the moments that a transaction takes
	if narrow ? 'until' then
		below := least(below, private.first_id_at((narrow ->> 'until')::timestamptz + interval '1 day'));
	end if;
	if narrow ? 'since' then
		above := private.first_id_at((narrow ->> 'since')::timestamptz - interval '1 day');
	end if;
	if narrow ? 'conversation_id' then
		within := array[(narrow ->> 'conversation_id')::uuid];
	elsif narrow ? 'contact_id' then
		within := array(
			select v.id
			from public.contacts c
			join public.contacts o on o.organization_id = c.organization_id
				and coalesce(o.merged_into_id, o.id) = coalesce(c.merged_into_id, c.id)
			join public.conversations v on v.contact_id = o.id
			where c.id = (narrow ->> 'contact_id')::uuid and c.organization_id = search_messages.organization_id);
	end if;

	-- one more than the page holds, to know whether there is more
	texts := private.found_texts(search_messages.organization_id, question, number_ids, private.my_team_conversation_ids(),
		within, narrow, above, below, most + 1);
	-- notes as far back as the texts go
	note_ids := private.found_notes(search_messages.organization_id, question, number_ids, within, narrow,
		greatest(above, case when cardinality(texts.ids) > most then texts.ids[most + 1] else texts.down_to end), below, most + 1);
	ids := array(select i.id from unnest(texts.ids || note_ids) i (id) order by i.id desc limit most + 1);

	if cardinality(ids) = 0 then
		return jsonb_build_object('hits', '[]'::jsonb, 'before_id', texts.down_to);
	end if;
	return jsonb_build_object(
		'before_id', case when cardinality(ids) > most then ids[most] else texts.down_to end,
		'hits', coalesce((
			select jsonb_agg(to_jsonb(h) order by h.id desc)
			from (
				select f.*, c.title, t.name as contact_name, t.phone_number as contact_number, n.color as number_color
				from (
					select m.id, false as note, m.conversation_id, m.phone_number_id, m.seq, m.direction, m.status, m.author_id,
						case when m.masked_body is null or m.code_reader_id = (select auth.uid())
							or m.organization_id = any ((select private.my_code_organization_ids())::uuid[])
							then m.body else m.masked_body end as body,
						m.created_at, m.attachment_count
					from public.messages m
					where m.id = any (ids[1:most])
					union all
					select o.id, true, o.conversation_id, o.phone_number_id, o.after_seq, null, null, o.author_id, o.body,
						o.created_at, 0
					from public.notes o
					where o.id = any (ids[1:most])
				) f
				join public.conversations c on c.id = f.conversation_id
				left join public.contacts t on t.id = c.contact_id
				left join public.phone_numbers n on n.id = c.phone_number_id
			) h), '[]'));
end
$$;

create function api.search_messages(
	organization_id uuid, query text, filters jsonb default '{}', before_id uuid default null, batch integer default 30
) returns jsonb
language sql stable security invoker set search_path = ''
return private.search_messages(organization_id, query, filters, before_id, batch);
comment on function api.search_messages(uuid, text, jsonb, uuid, integer) is
	'{hits, before_id}: texts and notes that the caller may see, newest first: words in any order, "phrases", beginnings*. A note '
	'(note: true) has the place of the text it stands below. filters: phone_number_id, contact_id, conversation_id, author_id, '
	'since, until, direction, status, has_attachment, has_code. batch: at most 100. before_id: from where to go on, null when all '
	'was looked through; no call looks for long, so that a page may be short or empty and still have one. Fails with '
	'session_ended, not_found.';

grant execute on function
	api.search_messages(uuid, text, jsonb, uuid, integer),
	private.search_messages(uuid, text, jsonb, uuid, integer)
to authenticated;
