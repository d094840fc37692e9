-- Single limits of a plan that operators set for one organization until a date; private.plan_of answers with them.

-- null takes it back: what the plan says counts again at once. What is there already stays, whatever the limit becomes.
create function private.operator_override_limit(
	session text, organization_id uuid, name text, value bigint, until timestamptz, reason text
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former bigint;
begin
	if name is null or name not in ('segments', 'verifications', 'numbers', 'members', 'storage')
		or operator_override_limit.value not between 0 and
			(case operator_override_limit.name when 'storage' then 1000000000000000 else 1000000000 end)
		or operator_override_limit.name = 'members' and operator_override_limit.value < 1
		or operator_override_limit.value is not null
			and (until is null or operator_override_limit.until <= now() or operator_override_limit.until > now() + interval '3 years')
	then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform private.operator_act(session, operator_override_limit.organization_id, reason, 'organization.limit_set',
		jsonb_build_object('limit', operator_override_limit.name, 'value', operator_override_limit.value,
			'until', operator_override_limit.until));
	select l.most into former from private.limits_of(operator_override_limit.organization_id) l
	where l.name = operator_override_limit.name;
	if operator_override_limit.value is null then
		delete from private.limit_overrides o
		where o.organization_id = operator_override_limit.organization_id and o.name = operator_override_limit.name;
	else
		insert into private.limit_overrides (organization_id, name, value, until)
		values (operator_override_limit.organization_id, operator_override_limit.name, operator_override_limit.value,
			operator_override_limit.until)
		on conflict (organization_id, name) do update set value = excluded.value, until = excluded.until, created_at = now();
	end if;
	perform private.audit(operator_override_limit.organization_id, 'limit.set', 'organization',
		operator_override_limit.organization_id, jsonb_build_object('most', former),
		jsonb_build_object('limit', operator_override_limit.name, 'until', operator_override_limit.until, 'most', (
			select l.most from private.limits_of(operator_override_limit.organization_id) l
			where l.name = operator_override_limit.name)));
end
$$;

create function service.operator_override_limit(
	session text, organization_id uuid, name text, value bigint, until timestamptz, reason text
) returns void
language sql security invoker set search_path = ''
return private.operator_override_limit(session, organization_id, name, value, until, reason);
comment on function service.operator_override_limit(text, uuid, text, bigint, timestamptz, text) is
	'Sets one limit of an organization until a moment, whatever its plan says: segments a month, verifications a day, numbers, members, '
	'storage (bytes); null takes it back. Fails with malformed.';

grant execute on function
	service.operator_override_limit(text, uuid, text, bigint, timestamptz, text),
	private.operator_override_limit(text, uuid, text, bigint, timestamptz, text)
to service_role;
