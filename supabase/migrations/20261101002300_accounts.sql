-- What a person says about themselves.

-- Replaces the caller's profile. A time zone without letters first would be an offset that browsers do not know.
create function private.update_profile(username text, full_name text, locale text, time_zone text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	person constant uuid := private.require_session();
	wanted_name constant text := nullif(btrim(update_profile.full_name), '');
begin
	if update_profile.username is null or update_profile.username !~ '^[a-z0-9_]{3,30}$' then
		perform private.fail(422, 'username_invalid', 'Use a to z, 0 to 9 and _, for example noor_haddad. 3 to 30 characters.');
	end if;
	if char_length(wanted_name) > 100 then
		perform private.fail(422, 'full_name_too_long', 'Use at most 100 characters.');
	end if;
	if update_profile.locale is null or update_profile.locale !~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$' then
		perform private.fail(422, 'locale_invalid', 'Choose one of the languages of the list.');
	end if;
	if update_profile.time_zone is null or update_profile.time_zone !~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$'
		or not private.is_time_zone(update_profile.time_zone)
	then
		perform private.fail(422, 'time_zone_invalid', 'Choose a time zone of the list, for example Europe/Berlin.');
	end if;
	if private.is_reserved(update_profile.username)
		and not exists (select from public.profiles p where p.id = person and p.username = update_profile.username)
	then
		perform private.fail(409, 'username_taken', 'Somebody has this username already. Try another.');
	end if;

	update public.profiles p
	set username = update_profile.username, full_name = wanted_name, locale = update_profile.locale,
		time_zone = update_profile.time_zone, updated_at = now()
	where p.id = person;
exception when unique_violation then
	perform private.fail(409, 'username_taken', 'Somebody has this username already. Try another.');
end
$$;

create function api.update_profile(username text, full_name text, locale text, time_zone text) returns void
language sql security invoker set search_path = ''
begin atomic
	select private.update_profile(username, full_name, locale, time_zone);
end;
comment on function api.update_profile(text, text, text, text) is
	'Replaces what the caller says about themselves; an empty full name is none. Fails with username_invalid, username_taken, '
	'full_name_too_long, locale_invalid, time_zone_invalid.';

grant execute on function
	api.update_profile(text, text, text, text), private.update_profile(text, text, text, text)
to authenticated;
