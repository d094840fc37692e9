-- What an organization taught the recogniser: that what stands between these words is a code, or is none. A rule concerns texts
-- that come later; those that are stored already are changed where whoever made it says so.

create table public.code_rules (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	verdict text not null check (verdict in ('code', 'not a code')),
	-- folded, what has digits written 0: core/codes-rules.ts
	before text not null check (char_length(before) <= 100),
	after text not null check (char_length(after) <= 100),
	-- as core asks for it
	wording text not null generated always as (before || E'\n' || after) stored,
	-- null: whoever sends it
	sender text check (char_length(sender) <= 64),
	created_by uuid references public.profiles (id) on delete set null,
	created_at timestamptz not null default now()
);
comment on table public.code_rules is
	'Corrections of the recogniser, by the words around a code. For those who correct codes: the words are out of a text.';

create unique index code_rules_once on public.code_rules (organization_id, wording, sender) nulls not distinct;
create index code_rules_created_by on public.code_rules (created_by) where created_by is not null;

alter table public.code_rules enable row level security;
create policy "those who correct codes can read" on public.code_rules for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids_for('verifications:manage'))::uuid[])
		-- letters of another code of the text may stand in them
		and organization_id = any ((select private.my_code_organization_ids())::uuid[]));

create view api.code_rules with (security_invoker = true) as
select r.id, r.organization_id, r.verdict, r.before, r.after, r.sender, r.created_by, r.created_at
from public.code_rules r;
comment on view api.code_rules is
	'What organizations taught the recogniser: what stands between before and after is a code, or not a code. For '
	'owners and admins who see every code.';

-- What is known besides a text and could make other codes of it; null: nothing. doubts: {unsure, wordings}, as core says them.
create function private.code_context(organization_id uuid, phone_number_id uuid, from_number text, doubts jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	rules jsonb;
	services jsonb;
begin
	-- one for this sender comes last, and wins
	select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('verdict', r.verdict, 'before', r.before, 'after', r.after, 'sender', r.sender))
		order by r.sender nulls first)
	into rules
	from public.code_rules r
	where r.organization_id = code_context.organization_id
		and r.wording = any (array(select w from jsonb_array_elements_text(doubts -> 'wordings') w))
		and (r.sender is null or r.sender = code_context.from_number);
	if rules is null and not (doubts ->> 'unsure')::boolean then
		return null;
	end if;
	select jsonb_agg(distinct v.service_name) into services
	from public.verifications v
	where v.phone_number_id = code_context.phone_number_id
		and v.status in ('waiting', 'code_received') and v.expires_at > clock_timestamp();
	if rules is null and services is null then
		return null;
	end if;
	return jsonb_build_object('rules', coalesce(rules, '[]'), 'services', coalesce(services, '[]'));
end
$$;

-- Who corrects codes sees every one of them anyway.
create function private.require_code_reader(organization_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require('verifications:manage', organization_id);
begin
	if organization_id <> all (private.my_code_organization_ids()) then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	return caller;
end
$$;

-- A text that is stored has other codes than it had. Whose it was stays; one that had none may be somebody's who waits. A
-- verification goes on from where it is: nothing moves backwards.
create function private.recode_text(message_id uuid, codes jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	told public.messages;
	former public.message_codes;
	match private.code_match;
	-- what its request was completed with stays as long as there is a code of it
	used text;
begin
	select m.* into strict told from public.messages m where m.id = recode_text.message_id;
	select c.* into former from public.message_codes c
	where c.message_id = told.id
	order by (c.verification_id is not null or c.candidate_ids <> '{}') desc, c.id
	limit 1;
	if former.verification_id is not null or former.candidate_ids <> '{}' then
		match := (former.verification_id, former.late, former.candidate_ids, told.code_reader_id);
	elsif jsonb_array_length(codes) > 0 and told.created_at > now() - interval '1 day' then
		match := private.match_code(told.phone_number_id, told.conversation_id,
			(select t.phone_number from public.conversations c join public.contacts t on t.id = c.contact_id where c.id = told.conversation_id),
			told.body, codes -> 0 ->> 'service');
		-- who asked after it came waits for another one
		if exists (
			select from public.verifications v
			where (v.id = match.verification_id or v.id = any (match.candidate_ids)) and v.created_at > told.created_at)
		then
			match := null;
		end if;
	end if;

	select v.final_code into used from public.verifications v where v.id = former.verification_id;
	delete from public.message_codes c where c.message_id = told.id;
	update public.messages m
	set masked_body = case when jsonb_array_length(codes) > 0 then private.mask_codes(m.body, codes) end,
		code_reader_id = case when jsonb_array_length(codes) > 0 then match.reader_id end
	where m.id = told.id;
	perform private.keep_codes(told.id, codes, match);
	update public.verifications v set final_code = used
	where v.id = former.verification_id and used is not null and jsonb_array_length(codes) > 0;
	perform private.count_codes(v) from (values (former.verification_id), (match.verification_id)) a (v)
	where v is not null
	group by v;
end
$$;

-- Gives stored texts of an organization the codes that core finds in them now, as [{message_id, codes}]. Those whose codes were
-- forgotten, and texts whose words are gone, stay as they are. Answers how many were changed.
create function private.recode_texts(organization_id uuid, changes jsonb) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	hours constant integer := (select o.code_hours from public.organizations o where o.id = organization_id);
	-- nobody waits for what somebody does with texts of others
	ids uuid[] := array(
		select m.id from jsonb_array_elements(changes) c
		join public.messages m on m.id = (c ->> 'message_id')::uuid and m.organization_id = recode_texts.organization_id);
begin
	perform private.lock_for_codes(ids);
	ids := array(
		select m.id from public.messages m
		where m.id = any (ids) and m.organization_id = recode_texts.organization_id and m.direction = 'inbound'
			and m.created_at + make_interval(hours => hours) > now()
			and not exists (select from public.message_codes c where c.message_id = m.id and c.code is null));
	-- a code stands in its text: nobody makes one up
	if exists (
		select from jsonb_array_elements(changes) t
		join public.messages m on m.id = (t ->> 'message_id')::uuid
		cross join jsonb_array_elements(t -> 'codes') c
		where m.id = any (ids)
			and (coalesce(c ->> 'code', '') = '' or coalesce(position(c ->> 'surface' in m.body), 0) = 0
				or char_length(c ->> 'code') > char_length(c ->> 'surface')))
	then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform private.recode_text(i.id, (
		select t -> 'codes' from jsonb_array_elements(changes) t where t ->> 'message_id' = i.id::text limit 1))
	from unnest(ids) i (id);
	return cardinality(ids);
end
$$;

create function private.save_code_rule(
	organization_id uuid, verdict text, before text, after text, sender text, changes jsonb
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_code_reader(save_code_rule.organization_id);
	saved uuid;
	changed integer;
begin
	if (select count(*) from public.code_rules r where r.organization_id = save_code_rule.organization_id) >= 500 then
		perform private.fail(409, 'code_rules_full', 'An organization keeps at most 500 rules about codes. Delete one first.');
	end if;
	if jsonb_array_length(save_code_rule.changes) > 500 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	insert into public.code_rules (organization_id, verdict, before, after, sender, created_by)
	values (save_code_rule.organization_id, save_code_rule.verdict, save_code_rule.before, save_code_rule.after,
		nullif(save_code_rule.sender, ''), caller)
	on conflict (organization_id, wording, sender) do update
		set verdict = excluded.verdict, created_by = excluded.created_by, created_at = now()
	returning id into saved;
	changed := private.recode_texts(save_code_rule.organization_id, save_code_rule.changes);
	perform private.audit(save_code_rule.organization_id, 'code.rule_added', 'organization', save_code_rule.organization_id, null,
		jsonb_build_object('verdict', save_code_rule.verdict, 'changed', changed));
	return saved;
exception when check_violation or not_null_violation or data_exception then
	perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
end
$$;

create function private.delete_code_rule(rule_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	found public.code_rules;
begin
	perform private.require_session();
	select r.* into found from public.code_rules r where r.id = delete_code_rule.rule_id;
	-- of another organization's it says what it says of none
	perform private.require('verifications:manage', found.organization_id);
	delete from public.code_rules r where r.id = found.id;
	perform private.audit(found.organization_id, 'code.rule_removed', 'organization', found.organization_id,
		jsonb_build_object('verdict', found.verdict), null);
end
$$;

-- A page of what was texted to an organization in the last 90 days, newest first, as {texts, next}: what a rule is tried on.
create function private.replay_texts(organization_id uuid, before_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	answer jsonb;
begin
	perform private.require_code_reader(replay_texts.organization_id);
	with page as (
		select m.* from public.messages m
		where m.organization_id = replay_texts.organization_id
			and m.id < coalesce(replay_texts.before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
		order by m.id desc
		limit 1000
	)
	select jsonb_build_object(
		'next', case when count(*) = 1000 and min(p.created_at) > now() - interval '90 days' then min(p.id::text) end,
		'texts', coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'body', p.body, 'sender', t.phone_number, 'created_at', p.created_at)
			order by p.id desc) filter (
				where p.direction = 'inbound' and p.body <> '' and p.created_at > now() - interval '90 days'
					and p.created_at + make_interval(hours => o.code_hours) > now()
					and not exists (select from public.message_codes c where c.message_id = p.id and c.code is null)), '[]'))
	into answer
	from page p
	join public.organizations o on o.id = p.organization_id
	left join public.conversations v on v.id = p.conversation_id
	left join public.contacts t on t.id = v.contact_id;
	return answer;
end
$$;

create function api.save_code_rule(
	organization_id uuid, verdict text, before text, after text, sender text default null, changes jsonb default '[]'
) returns uuid
language sql security invoker set search_path = ''
return private.save_code_rule(organization_id, verdict, before, after, sender, changes);
comment on function api.save_code_rule(uuid, text, text, text, text, jsonb) is
	'Teaches the recogniser that what stands between these words (folded, as core/codes-rules.ts makes them) is a code, or not a '
	'code; from one sender, or from all. changes: texts that are stored and get other codes, as [{message_id, codes}], 500 at most. '
	'For owners and admins who see every code. Fails with session_ended, not_found, not_allowed, malformed, code_rules_full.';

create function api.delete_code_rule(rule_id uuid) returns void
language sql security invoker set search_path = ''
return private.delete_code_rule(rule_id);
comment on function api.delete_code_rule(uuid) is
	'Texts to come are read without it; those that are stored stay as they are. Fails with session_ended, not_found, not_allowed.';

create function api.replay_texts(organization_id uuid, before_id uuid default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.replay_texts(organization_id, before_id);
comment on function api.replay_texts(uuid, uuid) is
	'What a rule about codes is tried on: texts of the last 90 days whose codes are still kept, newest first, as {texts, next}; next is '
	'the before_id of the page after it, null at the end. For owners and admins who see every code. Fails with session_ended, '
	'not_found, not_allowed.';

grant select on public.code_rules, api.code_rules to authenticated;
grant execute on function
	api.save_code_rule(uuid, text, text, text, text, jsonb), private.save_code_rule(uuid, text, text, text, text, jsonb),
	api.delete_code_rule(uuid), private.delete_code_rule(uuid),
	api.replay_texts(uuid, uuid), private.replay_texts(uuid, uuid)
to authenticated;
