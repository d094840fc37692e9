-- Who must not be texted from a number: our own suppression list, whatever the carrier keeps.

create table public.opt_outs (
	organization_id uuid not null,
	phone_number_id uuid not null,
	contact_number text not null,
	opted_out_at timestamptz not null default now(),
	source text not null check (source in ('keyword', 'carrier', 'person', 'import')),
	added_by uuid references public.profiles (id) on delete set null,
	note text check (char_length(note) between 1 and 500),
	-- the automatic reply that told them: the only text that still goes to them
	confirmation_id uuid,
	primary key (phone_number_id, contact_number),
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table public.opt_outs is
	'Contacts who asked a number for silence: by keyword, as the carrier told us (21610), or as a colleague wrote down or '
	'imported. A START takes the row away, and so does a person with evidence.';

create table public.opt_out_replies (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	stop_text text check (char_length(stop_text) between 1 and 300),
	start_text text check (char_length(start_text) between 1 and 300),
	help_text text check (char_length(help_text) between 1 and 300),
	updated_at timestamptz not null default now()
);
comment on table public.opt_out_replies is
	'What is answered to STOP, START and HELP where the carrier has not answered; null: nothing. Without a row, our own words.';

create index opt_outs_number on public.opt_outs (organization_id, phone_number_id);
create index opt_outs_newest_first on public.opt_outs (organization_id, opted_out_at desc, contact_number);
create index opt_outs_added_by on public.opt_outs (added_by) where added_by is not null;

alter table public.opt_outs enable row level security;
create policy "those with access can read" on public.opt_outs for select to authenticated
	using (phone_number_id = any ((select private.my_phone_number_ids())::uuid[]));

alter table public.opt_out_replies enable row level security;
create policy "members can read" on public.opt_out_replies for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]));

-- A conversation says itself whether its contact may be texted: lists need not look here for every row.
create function private.on_opt_out() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	told public.opt_outs := coalesce(new, old);
begin
	update public.conversations c
	set opted_out_at = new.opted_out_at, updated_at = clock_timestamp()
	from public.contacts t
	where t.organization_id = told.organization_id and t.phone_number = told.contact_number
		and c.contact_id = t.id and c.phone_number_id = told.phone_number_id;
	return null;
end
$$;

create trigger on_opt_out after insert or update or delete on public.opt_outs
	for each row execute function private.on_opt_out();


create view api.opt_outs with (security_invoker = true) as
select o.organization_id, o.phone_number_id, n.e164 as number_e164, n.label as number_label, o.contact_number,
	t.name as contact_name, o.opted_out_at, o.source, o.added_by, o.note
from public.opt_outs o
join public.phone_numbers n on n.id = o.phone_number_id
left join public.contacts t on t.organization_id = o.organization_id and t.phone_number = o.contact_number;
comment on view api.opt_outs is 'Who may not be texted from which number, since when and why.';

-- What is answered to a keyword: the organization's words, or ours. A null of theirs means silence.
create function private.opt_out_reply(organization_id uuid, keyword text) returns text
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	theirs public.opt_out_replies;
	name text;
begin
	select r.* into theirs from public.opt_out_replies r where r.organization_id = opt_out_reply.organization_id;
	if found then
		return case keyword when 'stop' then theirs.stop_text when 'start' then theirs.start_text else theirs.help_text end;
	end if;
	select left(o.name, 60) into name from public.organizations o where o.id = opt_out_reply.organization_id;
	return case keyword
		when 'stop' then name || ': you will get no more texts from this number. Reply START to get them again.'
		when 'start' then name || ': you will get texts from this number again. Reply STOP to end them.'
		else name || ': reply to this number to reach us, or STOP to get no more texts.'
	end;
end
$$;

-- Obeys a keyword, and answers it once: not where the carrier said that it has, not to what was found late (there nobody
-- knows), not without end where two machines talk to each other.
create function private.obey_keyword(
	organization_id uuid, phone_number_id uuid, conversation_id uuid, contact_number text, keyword text, payload jsonb
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	changed boolean := true;
	reply text;
	message uuid;
begin
	if keyword = 'stop' then
		insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
		values (obey_keyword.organization_id, obey_keyword.phone_number_id, obey_keyword.contact_number, 'keyword')
		on conflict (phone_number_id, contact_number) do nothing;
		changed := found;
	elsif keyword = 'start' then
		delete from public.opt_outs o
		where o.phone_number_id = obey_keyword.phone_number_id and o.contact_number = obey_keyword.contact_number;
		changed := found;
	end if;

	reply := private.opt_out_reply(obey_keyword.organization_id, keyword);
	if not changed or reply is null or payload ? 'OptOutType' or not payload ? 'MessageSid' or (
		select count(*) >= 5 from public.messages m
		where m.conversation_id = obey_keyword.conversation_id and m.origin = 'automatic'
			and m.created_at > now() - interval '1 hour')
	then
		return;
	end if;

	-- the gate first, as for everybody. Whatever holds back what an organization sends, and whatever it can pay, who writes STOP, HELP or
	-- START is answered; a STOP's own confirmation is what an opt-out makes an exception for
	if exists (
		select from unnest(private.check_sending(null, obey_keyword.phone_number_id, obey_keyword.contact_number, reply)) reason
		where reason not in ('sending_stopped', 'overage_stopped', 'spending_capped', 'balance_too_low')
			and (reason <> 'opted_out' or obey_keyword.keyword <> 'stop'))
	then
		return;
	end if;
	message := private.queue_message(obey_keyword.conversation_id, reply, null, null, 'automatic', null);
	if keyword = 'stop' then
		update public.opt_outs o set confirmation_id = message
		where o.phone_number_id = obey_keyword.phone_number_id and o.contact_number = obey_keyword.contact_number;
	end if;
end
$$;

-- A number of the organization's, by who may keep its list. Fails with not_found for what the caller cannot see.
create function private.require_opt_outs(phone_number_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	organization uuid;
begin
	perform private.require_caller();
	select n.organization_id into organization
	from public.phone_numbers n
	where n.id = require_opt_outs.phone_number_id and n.id = any ((select private.my_phone_number_ids())::uuid[]);
	if organization is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.require('opt_outs:update', organization);
	return organization;
end
$$;

create function private.set_opt_out(phone_number_id uuid, contact_number text, note text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	organization constant uuid := private.require_opt_outs(set_opt_out.phone_number_id);
begin
	if set_opt_out.contact_number is null or set_opt_out.contact_number !~ '^\+[1-9][0-9]{6,14}$' then
		perform private.fail(422, 'phone_number_invalid', 'This does not look like a phone number.');
	end if;
	insert into public.opt_outs (organization_id, phone_number_id, contact_number, source, added_by, note)
	values (organization, set_opt_out.phone_number_id, set_opt_out.contact_number, 'person', (select auth.uid()),
		left(nullif(btrim(set_opt_out.note), ''), 500))
	on conflict (phone_number_id, contact_number) do nothing;
	if found then
		perform private.audit(organization, 'opt_out.added', 'phone_number', set_opt_out.phone_number_id, null,
			jsonb_build_object('contact_number', set_opt_out.contact_number));
	end if;
end
$$;

create function api.set_opt_out(phone_number_id uuid, contact_number text, note text default null) returns void
language sql security invoker set search_path = ''
return private.set_opt_out(phone_number_id, contact_number, note);
comment on function api.set_opt_out(uuid, text, text) is
	'Writes down that somebody (E.164) wants no more texts from a number. Fails with session_ended, not_found, not_allowed, '
	'phone_number_invalid.';

create function private.lift_opt_out(phone_number_id uuid, contact_number text, evidence text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	organization constant uuid := private.require_opt_outs(lift_opt_out.phone_number_id);
	lifted public.opt_outs;
begin
	if char_length(btrim(coalesce(lift_opt_out.evidence, ''))) not between 10 and 500 then
		perform private.fail(422, 'evidence_missing',
			'Write down how they agreed to be texted again, in 10 to 500 characters. Nothing was changed.');
	end if;
	delete from public.opt_outs o
	where o.phone_number_id = lift_opt_out.phone_number_id and o.contact_number = lift_opt_out.contact_number
	returning o.* into lifted;
	if lifted.phone_number_id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	perform private.audit(organization, 'opt_out.removed', 'phone_number', lift_opt_out.phone_number_id,
		jsonb_build_object('contact_number', lifted.contact_number, 'source', lifted.source, 'opted_out_at', lifted.opted_out_at),
		jsonb_build_object('evidence', btrim(lift_opt_out.evidence)));
end
$$;

create function api.lift_opt_out(phone_number_id uuid, contact_number text, evidence text) returns void
language sql security invoker set search_path = ''
return private.lift_opt_out(phone_number_id, contact_number, evidence);
comment on function api.lift_opt_out(uuid, text, text) is
	'Somebody may be texted again; evidence says how they agreed, and stays in the audit log. Fails with session_ended, '
	'not_found, not_allowed, evidence_missing.';

create view api.opt_out_replies with (security_invoker = true) as
select r.organization_id, r.stop_text, r.start_text, r.help_text, r.updated_at
from public.opt_out_replies r;
comment on view api.opt_out_replies is 'The organization''s own answers to STOP, START and HELP; none while ours are in use.';

grant select on public.opt_outs, public.opt_out_replies, api.opt_outs, api.opt_out_replies to authenticated;
grant execute on function
	api.set_opt_out(uuid, text, text), private.set_opt_out(uuid, text, text),
	api.lift_opt_out(uuid, text, text), private.lift_opt_out(uuid, text, text)
to authenticated;
