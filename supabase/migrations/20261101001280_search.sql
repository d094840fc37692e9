-- Finding texts: words in any order, phrases, beginnings of words, without an age limit.

-- What is found in a text: its words, folded. Languages that put no space between words are taken as overlapping pairs of
-- signs, and the last sign of a run once more by itself, so that a single one is found as the beginning of a pair.
create function private.search_vector(text text) returns tsvector
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	-- CJK and Hangul, Thai, Lao, Tibetan, Burmese, Khmer
	unspaced constant text := '[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff'
		|| '\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]';
	-- what makes addresses, files, tags and negative numbers of parts of a text; all other signs part words anyway
	joins constant text := '-./_@:+&<>~\';
	folded text;
begin
	if octet_length(text) = char_length(text) then
		return to_tsvector('pg_catalog.simple', translate(text, joins || '''', '            '));
	end if;
	folded := translate(private.fold(text), joins || '''’', '            ');
	if folded ~ unspaced then
		folded := (
			select string_agg(
				case when c.sign ~ unspaced
					then ' ' || c.sign || case when c.next ~ unspaced then c.next else '' end || ' '
					else c.sign
				end, '' order by c.place)
			from (
				select s.sign, s.place, lead(s.sign) over (order by s.place) as next
				from regexp_split_to_table(folded, '') with ordinality s (sign, place)
			) c);
	end if;
	return to_tsvector('pg_catalog.simple', folded);
end
$$;

-- In which twelve days (2^30 ms) something was made, from its id: the index of words is read from its newest end by them.
create function private.span_of(id uuid) returns integer
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
	return (get_byte(uuid_send(id), 0) << 10) + (get_byte(uuid_send(id), 1) << 2) + (get_byte(uuid_send(id), 2) >> 6);
end
$$;

-- The first id that such a span can have.
create function private.first_id_of(span integer) returns uuid
language plpgsql stable set search_path = ''
as $$
begin
	return private.first_id_at(to_timestamp(span * 1073741.824));
end
$$;

-- new texts wait in a list that is short, so that nobody's text and nobody's search pays for many at once
create index messages_words on public.messages
	using gin (organization_id, private.span_of(id), private.search_vector(body))
	with (gin_pending_list_limit = 256);
create index notes_words on public.notes using gin (organization_id, private.search_vector(body));

-- What somebody typed, as a question to the vector: "phrases" in quotes, beginnings with word* or as the last word, which may
-- not be finished yet. Null where nothing is left to look for.
create function private.search_query(query text) returns tsquery
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	piece record;
	word record;
	written text;
	answer tsquery;
	before integer;
	previous text;
begin
	for piece in
		select coalesce(m.parts[1], m.parts[2]) as text, m.parts[1] is not null as quoted,
			m.parts[2] like '%*' or m.parts[2] is not null and m.place = max(m.place) over () as open
		from regexp_matches(left(query, 200), '"([^"]*)"?|([^\s"]+)', 'g') with ordinality m (parts, place)
		order by m.place
		limit 20
	loop
		written := '';
		before := null;
		previous := null;
		for word in
			select v.lexeme, p.place, p.place = max(p.place) over () as last
			from unnest(private.search_vector(piece.text)) v
			cross join lateral unnest(v.positions) p (place)
			order by p.place
		loop
			-- the single last sign of a run is in its last pair already
			if char_length(word.lexeme) = 1 and octet_length(word.lexeme) = 3 and char_length(previous) = 2
				and right(previous, 1) = word.lexeme
			then
				continue;
			end if;
			written := written
				|| case when before is null then '' else ' <' || (word.place - before) || '> ' end
				|| quote_literal(word.lexeme)
				|| case when word.last and piece.open and char_length(word.lexeme) > 1
						or char_length(word.lexeme) = 1 and octet_length(word.lexeme) = 3
					then ':*' else '' end;
			before := word.place;
			previous := word.lexeme;
		end loop;
		if written <> '' then
			answer := coalesce(answer && written::tsquery, written::tsquery);
		end if;
	end loop;
	return answer;
end
$$;

-- What a plain English text has to look like to be an answer to the question, as regular expressions: a tenth of the price of
-- taking it apart. Null where the question is not plain itself.
create function private.search_patterns(query tsquery) returns text[]
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
	written constant text := translate(replace(query::text, ':*', ''), '''', '');
begin
	if written ~ '[^a-z0-9<>& -]' then
		return null;
	end if;
	return string_to_array(regexp_replace(replace(written, ' <-> ', '[^a-z0-9]*'), ' <\d+> ', '.*', 'g'), ' & ');
end
$$;

-- Whether a text answers the question; `patterns` are the question's.
create function private.answers(body text, query tsquery, patterns text[]) returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
	if patterns is not null and octet_length(body) = char_length(body) and strpos(body, '''') = 0
		and not (body ~* all (patterns))
	then
		return false;
	end if;
	return private.search_vector(body) @@ query;
end
$$;

-- Texts that may be a one-time code: four to eight digits beside a word that says so.
create function private.has_code(body text) returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
	return body ~ '\m[0-9]{3}[- ]?[0-9]{1,5}\M' and body ~* '(code|otp|pin|passcode|password|verif|2fa|login|log in|sign in)';
end
$$;

-- Whether a text passes what the search is narrowed to; what is not said narrows nothing.
create function private.fits(m public.messages, filters jsonb) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (filters ->> 'phone_number_id' is null or m.phone_number_id = (filters ->> 'phone_number_id')::uuid)
		and (filters ->> 'author_id' is null or m.author_id = (filters ->> 'author_id')::uuid)
		and (filters ->> 'direction' is null or m.direction::text = filters ->> 'direction')
		and (filters ->> 'status' is null or m.status::text = filters ->> 'status')
		and (filters ->> 'since' is null or m.created_at >= (filters ->> 'since')::timestamptz)
		and (filters ->> 'until' is null or m.created_at < (filters ->> 'until')::timestamptz)
		and (filters ->> 'has_attachment' is null or (m.attachment_count > 0) = (filters ->> 'has_attachment')::boolean)
		and (filters ->> 'has_code' is null or (m.masked_body is not null or private.has_code(m.body)) = (filters ->> 'has_code')::boolean);
end
$$;
