-- Texts that a team writes again and again, with placeholders to be filled in.

create table public.templates (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	name text not null check (char_length(name) between 1 and 60),
	body text not null check (char_length(body) between 1 and 1600),
	updated_by uuid references public.profiles (id) on delete set null,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
comment on table public.templates is
	'Texts to begin with. {{contact.name}}, {{my.name}} and {{date}} fill themselves, any other {{word}} is for the person to fill.';

create unique index templates_named_once on public.templates (organization_id, lower(name));
create index templates_updated_by on public.templates (updated_by) where updated_by is not null;

alter table public.templates enable row level security;
create policy "members can read" on public.templates for select to authenticated
	using (organization_id = any ((select private.my_organization_ids())::uuid[]));

create view api.templates with (security_invoker = true) as
select t.id, t.organization_id, t.name, t.body, t.updated_by, t.created_at, t.updated_at
from public.templates t;
comment on view api.templates is 'The texts to begin with of the caller''s organizations.';

create function private.save_template(organization_id uuid, name text, body text, template_id uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('templates:update', save_template.organization_id);
	saved uuid;
begin
	if char_length(btrim(coalesce(save_template.name, ''))) not between 1 and 60 then
		perform private.fail(422, 'template_name_invalid', 'Give the template a name of 1 to 60 characters.');
	end if;
	if btrim(coalesce(save_template.body, ''), E' \t\r\n') = '' then
		perform private.fail(422, 'message_empty', 'Write something first. Nothing was sent.');
	elsif char_length(save_template.body) > 1600 then
		perform private.fail(422, 'message_too_long', 'A text can have at most 1,600 characters. Yours was not sent.');
	end if;

	if save_template.template_id is null then
		if (select count(*) from public.templates t where t.organization_id = save_template.organization_id) >= 500 then
			perform private.fail(409, 'too_many_templates', 'An organization keeps at most 500 templates. Delete one first.');
		end if;
		insert into public.templates (organization_id, name, body, updated_by)
		values (save_template.organization_id, btrim(save_template.name), save_template.body, caller)
		returning id into saved;
	else
		update public.templates t
		set name = btrim(save_template.name), body = save_template.body, updated_by = caller, updated_at = now()
		where t.id = save_template.template_id and t.organization_id = save_template.organization_id
		returning t.id into saved;
		if saved is null then
			perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
		end if;
	end if;
	return saved;
exception when unique_violation then
	perform private.fail(409, 'template_name_taken', 'Another template has this name. Choose a different one.');
end
$$;

create function api.save_template(organization_id uuid, name text, body text, template_id uuid default null) returns uuid
language sql security invoker set search_path = ''
return private.save_template(organization_id, name, body, template_id);
comment on function api.save_template(uuid, text, text, uuid) is
	'Makes a template, or changes one, and answers its id. Fails with session_ended, not_found, not_allowed, '
	'template_name_invalid, template_name_taken, message_empty, message_too_long, too_many_templates.';

create function private.delete_template(template_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	organization uuid;
begin
	perform private.require_session();
	select t.organization_id into organization
	from public.templates t
	where t.id = delete_template.template_id;
	-- of another organization's it says what it says of none
	perform private.require('templates:update', organization);
	delete from public.templates t where t.id = delete_template.template_id;
end
$$;

create function api.delete_template(template_id uuid) returns void
language sql security invoker set search_path = ''
return private.delete_template(template_id);
comment on function api.delete_template(uuid) is
	'Texts that began with it stay as they are. Fails with session_ended, not_found, not_allowed.';

grant select on public.templates, api.templates to authenticated;
grant execute on function
	api.save_template(uuid, text, text, uuid), private.save_template(uuid, text, text, uuid),
	api.delete_template(uuid), private.delete_template(uuid)
to authenticated;
