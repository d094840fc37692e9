-- Which words are in many texts: a search for one of them goes back in time, all others ask the index of words at once.

create table private.common_words (
	is_only boolean primary key default true check (is_only),
	words tsvector not null
);
alter table private.common_words alter column words set storage external;
comment on table private.common_words is
	'One row: the words that are in more than a five-hundredth of all texts (and in more than a thousand), as of the last minute.';

-- Takes them from what the planner knows of the index of words; without such statistics no word is common.
create function private.learn_common_words() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.common_words (words)
	select array_to_tsvector(coalesce(array_agg(distinct w.word), '{}'))
	from pg_catalog.pg_stats s
	join pg_catalog.pg_class c on c.oid = 'public.messages'::regclass
	cross join lateral unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) w (word, share)
	where s.schemaname = 'public' and s.tablename = 'messages_words' and w.word <> ''
		and w.share * c.reltuples > greatest(1000, c.reltuples / 500)
	on conflict (is_only) do update set words = excluded.words where common_words.words <> excluded.words;
end
$$;
select private.learn_common_words();
select cron.schedule('common-words', '* * * * *', 'select private.learn_common_words()');

-- Whether at least one of these words (joined by &) is in few texts.
create function private.are_rare(words tsquery) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return not exists (select from private.common_words c where c.words @@ are_rare.words);
end
$$;

-- Texts with rare words, in no order: so many of them. By the index of words, whatever the planner would guess of words that it
-- does not know yet: so the plan can be kept.
create function private.found_rare(organization_id uuid, words tsquery, above uuid, below uuid, most integer) returns uuid[]
language plpgsql stable security definer set search_path = '' set enable_seqscan = off set enable_indexscan = off
as $$
begin
	return array(
		select f.id
		from (
			select m.id from public.messages m
			where m.organization_id = found_rare.organization_id and private.search_vector(m.body) @@ words
			-- a fence: the index has no order of ids
			offset 0
		) f
		where f.id < below and f.id >= above
		limit most);
end
$$;
