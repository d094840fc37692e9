-- Views of the history of verifications that a person has given a name.

create table public.saved_views (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null,
	user_id uuid not null,
	name text not null check (char_length(name) between 1 and 40),
	-- as it stands in an address, without the question mark
	query text not null check (query ~ '^[A-Za-z0-9%&=._*+-]+$' and char_length(query) <= 1500),
	created_at timestamptz not null default now(),
	unique (organization_id, user_id, name),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table public.saved_views is 'Filters of the verifications'' history under names of their owner''s; nobody sees another''s.';

alter table public.saved_views enable row level security;
create policy "everyone can read their own" on public.saved_views for select to authenticated
	using (
		user_id = (select auth.uid())
		and organization_id = any ((select private.my_organization_ids())::uuid[]));

create function private.save_view(organization_id uuid, name text, query text) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('messages:read', save_view.organization_id);
	word constant text := btrim(coalesce(save_view.name, ''));
	saved uuid;
begin
	if char_length(word) not between 1 and 40 then
		perform private.fail(422, 'view_name_invalid', 'Give the view a name of 1 to 40 characters. Nothing was saved.');
	end if;
	if coalesce(save_view.query, '') !~ '^[A-Za-z0-9%&=._*+-]+$' or char_length(save_view.query) > 1500 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	-- one at a time for a person, so that none slips through
	perform pg_advisory_xact_lock(hashtextextended('saved_views:' || caller, 0));
	update public.saved_views v set query = save_view.query
	where v.organization_id = save_view.organization_id and v.user_id = caller and v.name = word
	returning v.id into saved;
	if saved is null then
		if (
			select count(*) from public.saved_views v
			where v.organization_id = save_view.organization_id and v.user_id = caller) >= 20
		then
			perform private.fail(409, 'too_many_views', 'You keep at most 20 views here. Delete one first. Nothing was saved.');
		end if;
		insert into public.saved_views (organization_id, user_id, name, query)
		values (save_view.organization_id, caller, word, save_view.query)
		returning id into saved;
	end if;
	return saved;
end
$$;

create function private.delete_view(view_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_session();
begin
	delete from public.saved_views v where v.id = view_id and v.user_id = caller;
	if not found then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
end
$$;

create view api.saved_views with (security_invoker = true) as
select v.id, v.organization_id, v.user_id, v.name, v.query, v.created_at
from public.saved_views v;
comment on view api.saved_views is 'The caller''s own views of the history of verifications; query is the end of an address.';

create function api.save_view(organization_id uuid, name text, query text) returns uuid
language sql security invoker set search_path = ''
return private.save_view(organization_id, name, query);
comment on function api.save_view(uuid, text, text) is
	'Keeps a filter of the verifications'' history under a name, in the place of what had this name, and answers its id. Fails with '
	'session_ended, not_found, view_name_invalid, malformed, too_many_views.';

create function api.delete_view(view_id uuid) returns void
language sql security invoker set search_path = ''
return private.delete_view(view_id);
comment on function api.delete_view(uuid) is 'Forgets a view of one''s own. Fails with session_ended, not_found.';

grant select on public.saved_views, api.saved_views to authenticated;
grant execute on function
	api.save_view(uuid, text, text), private.save_view(uuid, text, text),
	api.delete_view(uuid), private.delete_view(uuid)
to authenticated;
