-- What is written and not sent: kept for its author wherever they sign in next. Colleagues see that there is something,
-- never what.

create table public.drafts (
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	user_id uuid not null,
	organization_id uuid not null,
	body text not null check (char_length(body) <= 10000),
	-- the files beside it, in their order
	attachment_ids uuid[] not null default '{}' check (cardinality(attachment_ids) <= 10),
	-- counts how often it was saved
	revision bigint not null default 1,
	updated_at timestamptz not null default now(),
	primary key (conversation_id, user_id),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade,
	check (body <> '' or attachment_ids <> '{}')
);
comment on table public.drafts is 'One for each person and conversation; nobody sees another''s.';

create table public.draft_marks (
	conversation_id uuid not null references public.conversations (id) on delete cascade,
	organization_id uuid not null,
	phone_number_id uuid,
	user_id uuid not null,
	created_at timestamptz not null default now(),
	primary key (conversation_id, user_id),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade,
	foreign key (organization_id, phone_number_id) references public.phone_numbers (organization_id, id) on delete cascade
);
comment on table public.draft_marks is 'Who is writing an answer in which conversation. The words are in public.drafts.';

create index drafts_member on public.drafts (organization_id, user_id);
create index draft_marks_member on public.draft_marks (organization_id, user_id);
create index draft_marks_number on public.draft_marks (organization_id, phone_number_id);

-- a draft holds nothing that its author did not write, so a number shut to them since does not matter
alter table public.drafts enable row level security;
create policy "everyone can read their own" on public.drafts for select to authenticated
	using (
		user_id = (select auth.uid())
		and organization_id = any ((select private.my_organization_ids())::uuid[]));

alter table public.draft_marks enable row level security;
create policy "those with access can read" on public.draft_marks for select to authenticated
	using (
		case
			when phone_number_id is null then conversation_id = any ((select private.my_team_conversation_ids())::uuid[])
			else phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
		end);

create view api.drafts with (security_invoker = true) as
select d.conversation_id, d.user_id, d.organization_id, d.body, d.revision, d.updated_at, d.attachment_ids
from public.drafts d;
comment on view api.drafts is 'What the caller has written and not sent, and the files beside it.';

create view api.draft_marks with (security_invoker = true) as
select m.conversation_id, m.organization_id, m.phone_number_id, m.user_id, m.created_at
from public.draft_marks m;
comment on view api.draft_marks is 'Which colleagues have an answer begun in the conversations the caller may see.';

-- Files beside a draft are kept for a month; one that lies there no longer for a day, or as long as a link leads to it.
create function private.keep_files(kept uuid[], dropped uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.attachments a set expires_at = now() + interval '30 days'
	where a.id = any (kept) and a.expires_at < now() + interval '29 days';
	update public.attachments a
	set expires_at = coalesce(
		(select max(l.expires_at) from private.attachment_links l where l.attachment_id = a.id), now() + interval '1 day')
	where a.id = any (dropped) and a.id <> all (kept) and a.message_id is null and a.scheduled_id is null;
end
$$;

create function private.save_draft(conversation_id uuid, body text, based_on bigint, attachment_ids uuid[]) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require_session();
	place public.conversations;
	known public.drafts;
	files uuid[];
	changed boolean := false;
begin
	if not private.can_read_topic('conversation:' || save_draft.conversation_id) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	select c.* into place from public.conversations c where c.id = save_draft.conversation_id;
	perform private.require('messages:send', place.organization_id);
	if char_length(save_draft.body) > 10000 then
		perform private.fail(422, 'message_too_long', 'A text can have at most 1,600 characters. Yours was not sent.');
	end if;

	select d.* into known from public.drafts d
	where d.conversation_id = place.id and d.user_id = caller for update;
	-- their own, of this conversation, not sent
	files := (array(
		select a.id
		from unnest(coalesce(save_draft.attachment_ids, known.attachment_ids)) with ordinality as each (id, place)
		join public.attachments a on a.id = each.id
		where a.conversation_id = save_draft.conversation_id and a.uploader_id = caller and a.message_id is null
			and a.scheduled_id is null and a.status <> 'refused'
		order by each.place))[1:10];
	if cardinality(files) = 0 and btrim(coalesce(save_draft.body, ''), E' \t\r\n') = '' then
		-- an emptied page does not empty what was written on another since
		if known.conversation_id is not null and (based_on is null or based_on >= known.revision) then
			delete from public.drafts d where d.conversation_id = place.id and d.user_id = caller;
			delete from public.draft_marks m where m.conversation_id = place.id and m.user_id = caller;
			perform private.keep_files('{}', known.attachment_ids);
			changed := true;
			known := null;
		end if;
	else
		perform private.keep_files(files, known.attachment_ids);
		insert into public.drafts as d (conversation_id, user_id, organization_id, body, attachment_ids)
		values (place.id, caller, place.organization_id, coalesce(save_draft.body, ''), files)
		on conflict (conversation_id, user_id) do update
			set body = excluded.body, attachment_ids = excluded.attachment_ids, revision = d.revision + 1, updated_at = now()
			where d.body <> excluded.body or d.attachment_ids <> excluded.attachment_ids
		returning d.* into known;
		if known.conversation_id is null then
			select d.* into known from public.drafts d where d.conversation_id = place.id and d.user_id = caller;
		end if;
		insert into public.draft_marks (conversation_id, organization_id, phone_number_id, user_id)
		values (place.id, place.organization_id, place.phone_number_id, caller)
		on conflict (conversation_id, user_id) do nothing;
		changed := found;
	end if;

	-- other pages of the same person; and colleagues, when there is something now or no longer
	perform realtime.send(
		jsonb_build_object('conversation_id', place.id, 'revision', coalesce(known.revision, 0)), 'draft', 'user:' || caller, true);
	if changed and place.phone_number_id is not null then
		perform realtime.send(jsonb_build_object('conversation_id', place.id, 'user_id', caller), 'draft',
			'number:' || place.phone_number_id, true);
	end if;
	return jsonb_build_object('revision', coalesce(known.revision, 0));
end
$$;

create function api.save_draft(
	conversation_id uuid, body text, based_on bigint default null, attachment_ids uuid[] default null
) returns jsonb
language sql security invoker set search_path = ''
return private.save_draft(conversation_id, body, based_on, attachment_ids);
comment on function api.save_draft(uuid, text, bigint, uuid[]) is
	'Keeps what the caller has written and not sent, and the files beside it (null leaves those as they are); neither words nor files '
	'drop it, unless something newer than based_on was saved since. '
	'Answers {revision}. Fails with session_ended, not_found, not_allowed, message_too_long.';

grant select on public.drafts, public.draft_marks, api.drafts, api.draft_marks to authenticated;
grant execute on function api.save_draft(uuid, text, bigint, uuid[]), private.save_draft(uuid, text, bigint, uuid[]) to authenticated;
