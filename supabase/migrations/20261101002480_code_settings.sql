-- Who sees every code that is texted to an organization, and how long codes are kept. Afterwards only the fact remains: that
-- there was one, when, and for whom.

create function private.set_code_settings(organization_id uuid, code_roles public.membership_role[], code_hours integer) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former public.organizations;
	wanted constant public.membership_role[] := array(select distinct r from unnest(set_code_settings.code_roles) r order by r);
begin
	perform private.require_locked('codes:change', set_code_settings.organization_id);
	if set_code_settings.code_roles is null or array_position(set_code_settings.code_roles, null) is not null
		or coalesce(set_code_settings.code_hours, 0) not between 1 and 87600
	then
		perform private.fail(422, 'code_settings_invalid', 'Codes can be kept for an hour to ten years. Nothing was changed.');
	end if;
	perform private.require_fresh_session();

	select o.* into former from public.organizations o where o.id = set_code_settings.organization_id;
	if (former.code_roles, former.code_hours) = (wanted, set_code_settings.code_hours) then
		return;
	end if;
	update public.organizations o
	set code_roles = wanted, code_hours = set_code_settings.code_hours
	where o.id = set_code_settings.organization_id;
	if former.code_hours <> set_code_settings.code_hours then
		update public.message_codes c
		set kept_until = c.created_at + make_interval(hours => set_code_settings.code_hours)
		where c.organization_id = set_code_settings.organization_id and c.code is not null;
		-- nor do files of them stay longer
		update public.verification_exports e
		set expires_at = least(e.expires_at,
			coalesce(e.finished_at, e.created_at) + make_interval(hours => set_code_settings.code_hours))
		where e.organization_id = set_code_settings.organization_id;
	end if;
	perform private.audit(set_code_settings.organization_id, 'code.settings_changed', 'organization',
		set_code_settings.organization_id,
		jsonb_build_object('code_roles', former.code_roles, 'code_hours', former.code_hours),
		jsonb_build_object('code_roles', wanted, 'code_hours', set_code_settings.code_hours));
end
$$;

-- The verifications of these texts, locked: before their conversations, as a text that arrives takes them.
create function private.lock_verifications_of(message_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform from public.verifications v
	where v.id in (select c.verification_id from public.message_codes c where c.message_id = any (message_ids))
	order by v.id
	for update;
end
$$;

-- The codes of these texts are not known any more, wherever they were written down.
create function private.forget_codes(message_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	asked uuid[];
begin
	with gone as (
		update public.message_codes c set code = null
		where c.message_id = any (message_ids) and c.code is not null
		returning c.verification_id)
	select array_agg(distinct g.verification_id) into asked from gone g;
	update public.verifications v
	set code = null, final_code = null
	where v.id = any (asked)
		and not exists (
			select from public.message_codes c
			where c.organization_id = v.organization_id and c.verification_id = v.id and c.code is not null);
end
$$;

-- So many texts whose codes are due: they stay as they look to those who may not see codes.
create function private.forget_due_codes(batch integer) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	ids constant uuid[] := array(
		select distinct d.message_id
		from (
			select c.message_id from public.message_codes c
			where c.code is not null and c.kept_until <= now()
			order by c.kept_until
			limit batch) d);
begin
	if cardinality(ids) > 0 then
		perform private.lock_verifications_of(ids);
		perform from public.conversations c
		where c.id in (select m.conversation_id from public.messages m where m.id = any (ids))
		order by c.id
		for no key update;
		perform private.forget_codes(ids);
		perform private.forget_words(ids);
		update public.messages m set body = m.masked_body, masked_body = null
		where m.id = any (ids) and m.masked_body is not null;
	end if;
	return cardinality(ids);
end
$$;
select cron.schedule('codes', '* * * * *', 'select private.forget_due_codes(500)');

create function api.set_code_settings(
	organization_id uuid, code_roles public.membership_role[], code_hours integer default 2160
) returns void
language sql security invoker set search_path = ''
return private.set_code_settings(organization_id, code_roles, code_hours);
comment on function api.set_code_settings(uuid, public.membership_role[], integer) is
	'Which roles see every code that is texted to the organization (whoever asked for one always sees it), and for how many hours '
	'codes are kept: 1 to 87,600. For the owner. Needs a fresh session. Fails with session_ended, not_found, not_allowed, '
	'code_settings_invalid, fresh_session_required.';

grant execute on function
	api.set_code_settings(uuid, public.membership_role[], integer),
	private.set_code_settings(uuid, public.membership_role[], integer)
to authenticated;
