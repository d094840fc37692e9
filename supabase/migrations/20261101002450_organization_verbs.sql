-- Making an organization, its name, its address and its time zone.

-- How often somebody asked for free addresses in this minute: typing asks now and then, going through a list asks always.
create table private.slug_questions (
	user_id uuid primary key references public.profiles (id) on delete cascade,
	minute timestamptz not null,
	asked integer not null
);
comment on table private.slug_questions is 'Per person and minute, how many addresses were asked about: 60 are answered.';

-- A name as it is stored. Fails with organization_name_invalid.
create function private.organization_name(wish text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
	name constant text := btrim(regexp_replace(coalesce(wish, ''), '\s+', ' ', 'g'));
begin
	if char_length(name) not between 1 and 100 then
		perform private.fail(422, 'organization_name_invalid', 'Give the organization a name of 1 to 100 characters.');
	end if;
	return name;
end
$$;

create function private.require_slug(slug text) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
	if coalesce(slug !~ '^[a-z0-9](-?[a-z0-9])*$' or char_length(slug) not between 3 and 60, true) then
		perform private.fail(422, 'slug_invalid', 'Use a to z, 0 to 9 and single hyphens, for example tidewater-stays. 3 to 60 characters.');
	end if;
	if private.is_reserved(slug) then
		perform private.fail(409, 'slug_taken', 'This address is taken already. Try another.');
	end if;
end
$$;

create function private.require_time_zone(time_zone text) returns void
language plpgsql immutable set search_path = ''
as $$
begin
	-- by a name of the list, not by a rule of one's own that Postgres would also understand
	if not coalesce(time_zone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$' and private.is_time_zone(time_zone), false) then
		perform private.fail(422, 'time_zone_invalid', 'Choose a time zone of the list, for example Europe/Berlin.');
	end if;
end
$$;

create function private.slug_available(slug text) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_session();
	asked integer;
begin
	insert into private.slug_questions as q (user_id, minute, asked)
	values (caller, date_trunc('minute', now()), 1)
	on conflict on constraint slug_questions_pkey do update
		set asked = case when q.minute = excluded.minute then q.asked + 1 else 1 end, minute = excluded.minute
	returning q.asked into asked;
	if asked > 60 then
		perform private.fail(429, 'rate_limited', 'That was a lot at once. Try again in a moment.');
	end if;
	return coalesce(
		slug_available.slug ~ '^[a-z0-9](-?[a-z0-9])*$' and char_length(slug_available.slug) between 3 and 60
			and not private.is_reserved(slug_available.slug)
			and not exists (select from public.organizations o where o.slug = slug_available.slug),
		false);
end
$$;

-- At most ten a day for each person: enough for who builds, too few for who collects addresses.
create function private.create_organization(name text, slug text, time_zone text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_session();
	organization uuid;
begin
	-- one at a time for each person, so that the count holds
	perform from public.profiles p where p.id = caller for no key update;
	if (
		select count(*) from public.audit_log l
		where l.actor_id = caller and l.verb = 'organization.created' and l.created_at > now() - interval '1 day') >= 10
	then
		perform private.fail(429, 'rate_limited', 'That was a lot at once. Try again in a moment.');
	end if;
	perform private.require_slug(create_organization.slug);
	perform private.require_time_zone(create_organization.time_zone);

	insert into public.organizations (name, slug, time_zone)
	values (private.organization_name(create_organization.name), create_organization.slug, create_organization.time_zone)
	on conflict on constraint organizations_slug_key do nothing
	returning id into organization;
	if organization is null then
		perform private.fail(409, 'slug_taken', 'This address is taken already. Try another.');
	end if;

	insert into public.memberships (organization_id, user_id, role) values (organization, caller, 'owner');
	perform private.audit(organization, 'organization.created', 'organization', organization, null,
		(select jsonb_build_object('name', o.name, 'slug', o.slug, 'time_zone', o.time_zone)
		from public.organizations o where o.id = organization));
	return jsonb_build_object('id', organization, 'slug', create_organization.slug);
end
$$;

create function private.update_organization(organization_id uuid, name text, slug text, time_zone text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	old_one public.organizations;
	was jsonb;
	becomes jsonb;
begin
	perform private.require_locked('organization:update', update_organization.organization_id);
	select * into old_one from public.organizations o where o.id = update_organization.organization_id;
	was := jsonb_build_object('name', old_one.name, 'slug', old_one.slug, 'time_zone', old_one.time_zone);
	becomes := jsonb_build_object('name', private.organization_name(update_organization.name),
		'slug', update_organization.slug, 'time_zone', update_organization.time_zone);
	if was = becomes then
		return;
	end if;
	-- an address from before the rule stays good
	if old_one.slug is distinct from update_organization.slug then
		perform private.require_slug(update_organization.slug);
	end if;
	perform private.require_time_zone(update_organization.time_zone);

	begin
		update public.organizations o
		set name = becomes ->> 'name', slug = update_organization.slug, time_zone = update_organization.time_zone
		where o.id = update_organization.organization_id;
	exception when unique_violation then
		perform private.fail(409, 'slug_taken', 'This address is taken already. Try another.');
	end;

	perform private.audit(update_organization.organization_id, 'organization.updated', 'organization',
		update_organization.organization_id,
		(select jsonb_object_agg(key, value) from jsonb_each(was) where becomes -> key <> value),
		(select jsonb_object_agg(key, value) from jsonb_each(becomes) where was -> key <> value));
end
$$;

-- Open pages learn of another name, address, logo or time zone.
create function private.hint_organization() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(jsonb_build_object('id', new.id), 'members', 'organization:' || new.id, true);
	return null;
end
$$;
create trigger hint_organization after update on public.organizations
	for each row when (
		(old.name, old.slug, old.time_zone) <> (new.name, new.slug, new.time_zone)
		or old.logo_path is distinct from new.logo_path)
	execute function private.hint_organization();

create function api.slug_available(slug text) returns boolean
language sql security invoker set search_path = ''
return private.slug_available(slug);
comment on function api.slug_available(text) is
	'Whether an address is well formed and free, for forms while one types. Fails with session_ended, and rate_limited after 60 '
	'questions in a minute.';

create function api.create_organization(name text, slug text, time_zone text) returns jsonb
language sql security invoker set search_path = ''
return private.create_organization(name, slug, time_zone);
comment on function api.create_organization(text, text, text) is
	'Makes an organization that the caller owns: {id, slug}. Fails with session_ended, organization_name_invalid, slug_invalid, '
	'slug_taken, time_zone_invalid, and rate_limited after ten in a day.';

create function api.update_organization(organization_id uuid, name text, slug text, time_zone text) returns void
language sql security invoker set search_path = ''
return private.update_organization(organization_id, name, slug, time_zone);
comment on function api.update_organization(uuid, text, text, text) is
	'Changes name, address and time zone. The old address is nobody''s at once. Fails with session_ended, not_found, not_allowed, '
	'organization_name_invalid, slug_invalid, slug_taken, time_zone_invalid.';

grant execute on function
	api.slug_available(text), private.slug_available(text),
	api.create_organization(text, text, text), private.create_organization(text, text, text),
	api.update_organization(uuid, text, text, text), private.update_organization(uuid, text, text, text)
to authenticated;
