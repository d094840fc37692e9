-- What a new organization does first: a list that ticks itself, for those who can do it, until they put it away.

create table private.dismissed_steps (
	organization_id uuid not null,
	user_id uuid not null,
	dismissed_at timestamptz not null default now(),
	primary key (organization_id, user_id),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table private.dismissed_steps is 'Who does not want to see an organization''s first steps any more.';

-- {number, text, invite, key}: what is done; null for who has no part in it, who put it away, and where all is done.
create function private.first_steps(organization_id uuid, person uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	steps jsonb;
begin
	if first_steps.organization_id <> all (private.my_organization_ids_for('numbers:buy'))
		or exists (
			select from private.dismissed_steps d
			where d.organization_id = first_steps.organization_id and d.user_id = person)
	then
		return null;
	end if;
	steps := jsonb_build_object(
		'number', exists (
			select from public.phone_numbers n where n.organization_id = first_steps.organization_id and n.carrier <> 'test'),
		'text', exists (
			select from public.conversations c
			join public.phone_numbers n on n.id = c.phone_number_id and n.carrier <> 'test'
			where c.organization_id = first_steps.organization_id and c.last_seq > 0),
		'invite', (
			select count(*) > 1 from (
				select from public.memberships m where m.organization_id = first_steps.organization_id limit 2) two)
			or exists (select from public.invitations i where i.organization_id = first_steps.organization_id),
		'key', exists (select from public.api_keys k where k.organization_id = first_steps.organization_id));
	return case when steps <> '{"number": true, "text": true, "invite": true, "key": true}' then steps end;
end
$$;

create function private.dismiss_first_steps(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require('numbers:buy', dismiss_first_steps.organization_id);
begin
	insert into private.dismissed_steps (organization_id, user_id) values (dismiss_first_steps.organization_id, caller)
	on conflict do nothing;
end
$$;

create function api.dismiss_first_steps(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.dismiss_first_steps(organization_id);
comment on function api.dismiss_first_steps(uuid) is
	'The caller has seen enough of an organization''s first steps. Fails with session_ended, not_found, not_allowed.';

grant execute on function api.dismiss_first_steps(uuid), private.dismiss_first_steps(uuid) to authenticated;
