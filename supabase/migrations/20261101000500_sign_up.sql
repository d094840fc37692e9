-- Signing up makes a person, their own organization and its owner, in the transaction that makes the account.

-- The first free slug for a name: `_` becomes `-`, words of our own addresses are not given away, a number is added
-- until it is free. Two sign-ups at once: the insert decides, so the caller repeats while it conflicts.
create function private.free_slug(wish text) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
	base text := coalesce(nullif(trim('-' from regexp_replace(lower(wish), '[^a-z0-9]+', '-', 'g')), ''), 'team');
	candidate text := base;
	attempt integer := 1;
begin
	while exists (select from public.organizations o where o.slug = candidate)
		or private.is_reserved(candidate)
	loop
		attempt := attempt + 1;
		candidate := base || '-' || attempt;
	end loop;
	return candidate;
end
$$;

create function private.on_sign_up() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	wanted_username text := new.raw_user_meta_data ->> 'username';
	wanted_name text := nullif(btrim(new.raw_user_meta_data ->> 'full_name'), '');
	organization uuid;
begin
	if wanted_username is null or wanted_username !~ '^[a-z0-9_]{3,30}$' then
		perform private.fail(422, 'username_invalid', 'Use a to z, 0 to 9 and _, for example noor_haddad. 3 to 30 characters.');
	end if;

	if private.is_reserved(wanted_username) then
		perform private.fail(409, 'username_taken', 'Somebody has this username already. Try another.');
	end if;

	insert into public.profiles (id, username, full_name)
	values (new.id, wanted_username, left(wanted_name, 100))
	on conflict (username) do nothing;
	if not found then
		perform private.fail(409, 'username_taken', 'Somebody has this username already. Try another.');
	end if;

	while organization is null loop
		insert into public.organizations (slug, name, personal_for)
		values (private.free_slug(wanted_username), coalesce(left(wanted_name, 100), wanted_username), new.id)
		on conflict (slug) do nothing
		returning id into organization;
	end loop;

	insert into public.memberships (organization_id, user_id, role) values (organization, new.id, 'owner');
	return null;
end
$$;

create trigger on_sign_up after insert on auth.users
	for each row execute function private.on_sign_up();
