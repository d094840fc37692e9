-- Codes found in texts. They are secrets: shown to whoever waited for them and to the roles that an organization names.

create table public.message_codes (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	phone_number_id uuid not null,
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	message_id uuid not null references public.messages (id) on delete cascade,
	-- as it must be typed; null once codes are not kept any more
	code text check (char_length(code) between 1 and 40),
	-- where it stands in the text, in UTF-16 units, and how it stands there
	from_place integer not null,
	to_place integer not null,
	score real not null,
	reasons text[] not null,
	-- whom the text names, in its own words, and how long it says that the code is good for
	service_name text,
	valid_seconds integer,
	verification_id uuid,
	-- those it fits equally well, while nobody has chosen
	candidate_ids uuid[] not null default '{}',
	-- it came after the end of its verification
	late boolean not null default false,
	kept_until timestamptz not null,
	created_at timestamptz not null default now(),
	unique (message_id, from_place),
	foreign key (organization_id, verification_id) references public.verifications (organization_id, id)
		on delete set null (verification_id),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table public.message_codes is
	'Every code that was found in a text from outside, and the verification that it belongs to. '
	'Whoever may see the number sees that there is one; the code only those who may (api.verification_codes).';

create index message_codes_conversation on public.message_codes (conversation_id);
create index message_codes_number on public.message_codes (organization_id, phone_number_id, id desc);
create index message_codes_verification on public.message_codes (organization_id, verification_id, id desc) where verification_id is not null;
create index message_codes_candidates on public.message_codes using gin (candidate_ids) where candidate_ids <> '{}';
create index message_codes_due on public.message_codes (kept_until) where code is not null;

alter table public.message_codes enable row level security;
create policy "those with access to the number can read" on public.message_codes for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids())::uuid[])
		and phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

create view api.verification_codes with (security_invoker = true) as
select c.id, c.organization_id, c.phone_number_id, c.conversation_id, c.message_id, c.verification_id, c.candidate_ids, c.late,
	case when m.code_reader_id = (select auth.uid())
		or c.organization_id = any ((select private.my_code_organization_ids())::uuid[]) then c.code end as code,
	c.code is not null as has_code,
	c.score, c.reasons, c.service_name, c.valid_seconds, c.kept_until, c.created_at
from public.message_codes c
join public.messages m on m.id = c.message_id;
comment on view api.verification_codes is
	'Codes found in texts to the numbers the caller may see. code is null for those who may not see it (api.reveal_code) and once '
	'it is not kept any more. candidate_ids: the verifications that it may belong to, until somebody chooses. late: it came after '
	'the end of its verification.';

-- Whether one of these words (lower case) stands in a text by itself.
create function private.names_one(said text, words text[]) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
	return exists (
		select from unnest(words) w
		where position(w in said) > 0
			-- signs of scripts without spaces stand by themselves anywhere
			and (octet_length(w) >= 3 * char_length(w)
				or said ~ ('(^|[^[:alnum:]])' || regexp_replace(w, '([^[:alnum:][:space:]])', '\\\1', 'g') || '($|[^[:alnum:]])')));
end
$$;

-- The verifications of a number that a text may belong to, locked. fit: 4 for the service that the text names, 2 for a sender
-- that is known for it, 1 while it has no code yet. strange: the text names another service of the catalogue, and not this one.
create function private.fit_verifications(
	phone_number_id uuid, conversation_id uuid, from_number text, body text, named text
) returns table (id uuid, requested_by uuid, is_open boolean, status public.verification_status, fit integer, strange boolean,
	ended_at timestamptz)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	said constant text := lower(concat_ws(' ', fit_verifications.body, fit_verifications.named));
	others constant text[] := array(select s.id from public.services s where private.names_one(said, s.words));
begin
	return query
		select v.id, v.requested_by, v.status in ('waiting', 'code_received') and v.expires_at > clock_timestamp(), v.status,
			case when e.named then 4 else 0 end + case when e.known then 2 else 0 end
				+ case when v.status = 'waiting' then 1 else 0 end,
			not e.named and not e.known and cardinality(others) > 0, coalesce(v.ended_at, v.expires_at)
		from public.verifications v
		left join public.services s on s.id = v.service_id
		cross join lateral (
			select case when v.service_id is null then private.names_one(said, array[lower(v.service_name)])
					else v.service_id = any (others) end as named,
				lower(fit_verifications.from_number) = any (coalesce(s.senders, array[lower(v.service_name)]))
				or exists (
					select from public.message_codes c
					where c.organization_id = v.organization_id and c.verification_id = v.id
						and c.conversation_id = fit_verifications.conversation_id) as known
		) e
		where v.phone_number_id = fit_verifications.phone_number_id
			and (v.status in ('waiting', 'code_received') or v.ended_at > now() - interval '1 day')
		order by v.id
		for update of v;
end
$$;

create type private.code_match as (
	verification_id uuid,
	late boolean,
	-- where nobody can say which
	candidate_ids uuid[],
	-- who may see it without being asked about their role
	reader_id uuid
);

-- Which verification a text with a code belongs to: the one whose service it names, whose sender it has; with no such sign,
-- the oldest that waits. Two with the same signs, or only such as the text names another service than theirs: candidates. One
-- that has just ended, and has such a sign, goes before those without.
create function private.match_code(
	phone_number_id uuid, conversation_id uuid, from_number text, body text, named text
) returns private.code_match
language plpgsql security definer set search_path = ''
as $$
declare
	fits record;
	answer private.code_match;
begin
	with all_fits as materialized (
		select f.* from private.fit_verifications(match_code.phone_number_id, match_code.conversation_id, match_code.from_number,
			match_code.body, match_code.named) f
	)
	select
		-- the best of those that are open, oldest first
		array(select f.id from all_fits f where f.is_open and not f.strange and f.fit = b.best order by f.id) as best_ids,
		b.best,
		array(select f.id from all_fits f where f.is_open and f.strange order by f.id) as strange_ids,
		l.id as late_id, coalesce(l.fit, 0) >= 2 as late_fits
	into fits
	from (select max(f.fit) filter (where f.is_open and not f.strange) as best from all_fits f) b
	left join lateral (
		select f.id, f.fit from all_fits f
		where not f.is_open and not f.strange
			and (f.fit >= 2 or f.status in ('waiting', 'code_received', 'expired') and f.ended_at > now() - interval '1 hour')
		order by f.fit & 6 desc, f.ended_at desc
		limit 1) l on true;

	if fits.late_fits and coalesce(fits.best, 0) < 2 then
		answer := (fits.late_id, true, '{}'::uuid[], null);
	elsif fits.best is not null and (cardinality(fits.best_ids) = 1 or fits.best < 2) then
		answer := (fits.best_ids[1], false, '{}'::uuid[], null);
	elsif fits.best is not null then
		answer := (null, false, fits.best_ids, null);
	elsif cardinality(fits.strange_ids) > 0 then
		answer := (null, false, fits.strange_ids, null);
	else
		answer := (fits.late_id, fits.late_id is not null, '{}'::uuid[], null);
	end if;
	-- where one person waits for all of them, it is theirs whichever it belongs to
	answer.reader_id := (
		select case when count(*) = count(v.requested_by) and min(v.requested_by::text) = max(v.requested_by::text)
			then min(v.requested_by::text)::uuid end
		from public.verifications v
		where v.id = answer.verification_id
			or v.id = any (answer.candidate_ids) and cardinality(fits.strange_ids) = 0);
	return answer;
end
$$;

-- A code has come to a verification: the newest counts, all are kept.
create function private.attach_code(verification_id uuid, code text, late boolean) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.verifications v
	set status = case when not attach_code.late and v.status = 'waiting' then 'code_received' else v.status end,
		code = case when attach_code.late then v.code else attach_code.code end,
		code_count = v.code_count + (not attach_code.late)::integer,
		late_count = v.late_count + attach_code.late::integer
	where v.id = attach_code.verification_id;
end
$$;

-- What a text looks like to those who may not see its codes: every place where one stands, however it is written there.
create function private.mask_codes(body text, codes jsonb) returns text
language plpgsql immutable set search_path = ''
as $$
declare
	form text;
	masked text := body;
begin
	for form in
		select f.form from jsonb_array_elements(codes) c
		cross join lateral (
			values (c ->> 'surface'), (c ->> 'code')
			union all
			select jsonb_array_elements_text(c -> 'forms')) f (form)
		where f.form <> ''
		group by f.form
		order by char_length(f.form) desc
	loop
		masked := replace(masked, form, regexp_replace(form, '[^[:space:]-]', '•', 'g'));
	end loop;
	return masked;
end
$$;

-- Keeps the codes of a text that has just been stored; the likeliest is the one that somebody waits for.
create function private.keep_codes(message_id uuid, codes jsonb, match private.code_match) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.message_codes (organization_id, phone_number_id, conversation_id, message_id, code, from_place, to_place,
		score, reasons, service_name, valid_seconds, verification_id, candidate_ids, late, kept_until, created_at)
	select m.organization_id, m.phone_number_id, m.conversation_id, m.id, left(f.code ->> 'code', 40),
		(f.code ->> 'from')::integer, (f.code ->> 'to')::integer, (f.code ->> 'score')::real,
		array(select r from jsonb_array_elements_text(f.code -> 'reasons') r),
		left(f.code ->> 'service', 80), (f.code ->> 'valid_seconds')::integer,
		case when f.place = 1 then match.verification_id end,
		case when f.place = 1 then coalesce(match.candidate_ids, '{}') else '{}' end,
		f.place = 1 and coalesce(match.late, false),
		m.created_at + make_interval(hours => o.code_hours), m.created_at
	from public.messages m
	join public.organizations o on o.id = m.organization_id
	cross join jsonb_array_elements(codes) with ordinality f (code, place)
	where m.id = message_id and f.place <= 5
	order by f.place;
	if match.verification_id is not null then
		perform private.attach_code(match.verification_id, left(codes -> 0 ->> 'code', 40), match.late);
	elsif cardinality(match.candidate_ids) > 0 then
		-- open pages look again
		update public.verifications v set revision = v.revision + 1 where v.id = any (match.candidate_ids);
	end if;
end
$$;

-- A verification that is over may be it no more.
create function private.withdraw_candidate(verification_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.message_codes c
	set candidate_ids = array_remove(c.candidate_ids, withdraw_candidate.verification_id)
	where c.candidate_ids <> '{}' and c.candidate_ids @> array[withdraw_candidate.verification_id];
end
$$;

-- A text that is deleted takes its code along: nobody could forget it later.
create function private.forget_deleted_code() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.verifications v
	set code = null, final_code = null
	where v.id = old.verification_id and num_nonnulls(v.code, v.final_code) > 0
		and not exists (
			select from public.message_codes c
			where c.organization_id = v.organization_id and c.verification_id = v.id and c.code is not null);
	return null;
end
$$;
create trigger forget_deleted_code after delete on public.message_codes
	for each row when (old.verification_id is not null) execute function private.forget_deleted_code();

-- The carrier struck a code out of a text: whoever waits for it need not wait on.
create function private.filter_verification(match private.code_match) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	filtered uuid;
begin
	select v.id into filtered from public.verifications v
	where v.id = coalesce(match.verification_id, match.candidate_ids[1]) and v.status = 'waiting' and not match.late;
	if filtered is not null then
		perform private.end_verification(filtered, 'filtered', null, null, null);
		perform private.notify_of_verification(filtered, null);
	end if;
end
$$;

grant select on public.message_codes, api.verification_codes to authenticated;
