-- Operators' accounts: an administrator or the command line makes them, a link of one day sets password and codes.

-- A link for an operator, who is made where there is none of the name; whoever has one starts anew by it. Answers its token.
create function private.invite_operator(name text, full_name text, role text, allowed_from inet[]) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	token constant text := encode(extensions.gen_random_bytes(24), 'hex');
begin
	insert into private.operators as o (name, full_name, role, allowed_from, invitation_hash, invited_until)
	values (lower(btrim(invite_operator.name)), invite_operator.full_name, invite_operator.role, invite_operator.allowed_from,
		private.sha256_of(token), now() + interval '1 day')
	on conflict (name) do update
	set full_name = excluded.full_name, role = excluded.role, allowed_from = excluded.allowed_from, disabled_at = null,
		password_hash = null, totp_secret = null, invitation_hash = excluded.invitation_hash,
		invited_until = excluded.invited_until;
	delete from private.operator_sessions s using private.operators o where o.name = lower(btrim(invite_operator.name)) and s.operator_id = o.id;
	return token;
end
$$;

-- Whoever administrates cannot all be gone.
create function private.require_administrator_left() returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
	if not exists (select from private.operators o where o.role = 'administrator' and o.disabled_at is null) then
		perform private.fail(409, 'last_administrator', 'Nobody would be left to administrate. Nothing was changed.');
	end if;
end
$$;

-- What a link is for: {id, name, full_name, role}; null where it is used or over. What it offers the app follows from its token.
create function private.operator_invitation(token text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('id', o.id, 'name', o.name, 'full_name', o.full_name, 'role', o.role)
		from private.operators o
		where o.invitation_hash = private.sha256_of(token) and o.invited_until > now() and o.disabled_at is null);
end
$$;

-- The link is used: password, codes of the app and those to write down are set, the first session begins. Fails with
-- invitation_over.
create function private.operator_set_up(
	token text, session text, step bigint, password_hash text, recovery text[], secret text, address text, user_agent text
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	operator uuid;
begin
	update private.operators o
	set password_hash = operator_set_up.password_hash, totp_secret = operator_set_up.secret, totp_step = operator_set_up.step,
		invitation_hash = null, invited_until = null
	where o.invitation_hash = private.sha256_of(operator_set_up.token) and o.invited_until > now() and o.disabled_at is null
		and (o.allowed_from is null or coalesce(operator_set_up.address::inet <<= any (o.allowed_from), false))
	returning o.id into operator;
	if operator is null then
		perform private.fail(410, 'operator_invitation_over',
			'This link was used already, or its day is over. Ask an administrator for a new one.');
	end if;
	delete from private.operator_recovery_codes c where c.operator_id = operator;
	insert into private.operator_recovery_codes (operator_id, hash)
	select operator, private.sha256_of(code) from unnest(operator_set_up.recovery) code;
	insert into private.operator_sessions (hash, operator_id, stage, code_at, address, user_agent)
	values (decode(operator_set_up.session, 'hex'), operator, 'full', now(), operator_set_up.address::inet,
		left(operator_set_up.user_agent, 400));
	perform private.note_deed(operator, 'operator.set_up', address => operator_set_up.address::inet);
end
$$;

-- By an administrator. Fails with operator_not_allowed, reason_missing, last_administrator.
create function private.operator_invite(session text, name text, full_name text, role text, allowed_from text[], reason text) returns text
language plpgsql security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator_fresh(session, 'administrator', reason);
	token text;
begin
	token := private.invite_operator(operator_invite.name, operator_invite.full_name, operator_invite.role,
		nullif(operator_invite.allowed_from, '{}')::inet[]);
	perform private.require_administrator_left();
	perform private.note_deed(live.operator_id, 'operator.invited', operator_invite.reason, 'operator', lower(btrim(operator_invite.name)),
		details => jsonb_build_object('role', operator_invite.role, 'allowed_from', operator_invite.allowed_from), address => live.address);
	return token;
end
$$;

create function private.operator_disable(session text, name text, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator_fresh(session, 'administrator', reason);
begin
	update private.operators o
	set disabled_at = now(), invitation_hash = null, invited_until = null
	where o.name = operator_disable.name and o.disabled_at is null;
	if found then
		perform private.require_administrator_left();
		delete from private.operator_sessions s using private.operators o where o.name = operator_disable.name and s.operator_id = o.id;
		perform private.note_deed(live.operator_id, 'operator.disabled', operator_disable.reason, 'operator', operator_disable.name,
			address => live.address);
	end if;
end
$$;

create function private.operator_list(session text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'administrator');
begin
	return coalesce((
		select jsonb_agg(jsonb_build_object('name', o.name, 'full_name', o.full_name, 'role', o.role, 'is_me', o.id = live.operator_id,
			'is_set_up', o.password_hash is not null, 'invited_until', o.invited_until, 'disabled_at', o.disabled_at,
			'allowed_from', (select jsonb_agg(a::text) from unnest(o.allowed_from) a),
			'recovery_codes', (select count(*) from private.operator_recovery_codes c where c.operator_id = o.id),
			'last_seen_at', (select max(l.created_at) from private.operator_log l where l.operator_id = o.id)) order by o.name)
		from private.operators o), '[]');
end
$$;

-- Lines of the book, newest first, from before_id downwards: everybody's for administrators, one's own for the others.
create function private.operator_deeds(session text, before_id uuid, organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return coalesce((
		select jsonb_agg(to_jsonb(d) order by d.id desc)
		from (
			select l.id, coalesce(o.full_name, case l.role when 'rule' then 'A rule' else 'The command line' end) as who, l.role, l.verb, l.reason, l.object_kind, l.object_id,
				l.organization_id, n.name as organization, l.details, host(l.address) as address, l.created_at
			from private.operator_log l
			left join private.operators o on o.id = l.operator_id
			left join public.organizations n on n.id = l.organization_id
			where (operator_deeds.before_id is null or l.id < operator_deeds.before_id)
				and (operator_deeds.organization_id is null or l.organization_id = operator_deeds.organization_id)
				and (live.role = 'administrator' or l.operator_id = live.operator_id)
			order by l.id desc
			limit 50
		) d), '[]');
end
$$;

create function service.operator_invitation(token text) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_invitation(token);
comment on function service.operator_invitation(text) is
	'What an operator''s link is for: {id, name, full_name, role}; null where it was used or its day is over.';

create function service.operator_set_up(
	token text, session text, step bigint, password_hash text, recovery text[], secret text, address text default null,
	user_agent text default null
) returns void
language sql security invoker set search_path = ''
return private.operator_set_up(token, session, step, password_hash, recovery, secret, address, user_agent);
comment on function service.operator_set_up(text, text, bigint, text, text[], text, text, text) is
	'Uses an operator''s link: password, codes and the first session. Fails with operator_invitation_over.';

create function service.operator_invite(
	session text, name text, full_name text, role text, allowed_from text[], reason text
) returns text
language sql security invoker set search_path = ''
return private.operator_invite(session, name, full_name, role, allowed_from, reason);
comment on function service.operator_invite(text, text, text, text, text[], text) is
	'An administrator makes an operator, or has one start anew: the token of a link of one day. Fails with last_administrator.';

create function service.operator_disable(session text, name text, reason text) returns void
language sql security invoker set search_path = ''
return private.operator_disable(session, name, reason);
comment on function service.operator_disable(text, text, text) is
	'An administrator shuts an operator out, at once. Fails with last_administrator.';

create function service.operator_list(session text) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_list(session);
comment on function service.operator_list(text) is 'All operators, for administrators.';

create function service.operator_deeds(session text, before_id uuid default null, organization_id uuid default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_deeds(session, before_id, organization_id);
comment on function service.operator_deeds(text, uuid, uuid) is
	'Fifty lines of the operators'' book, newest first; everybody''s for administrators, one''s own for the others.';

grant execute on function
	service.operator_invitation(text), private.operator_invitation(text),
	service.operator_set_up(text, text, bigint, text, text[], text, text, text),
	private.operator_set_up(text, text, bigint, text, text[], text, text, text),
	service.operator_invite(text, text, text, text, text[], text), private.operator_invite(text, text, text, text, text[], text),
	service.operator_disable(text, text, text), private.operator_disable(text, text, text),
	service.operator_list(text), private.operator_list(text),
	service.operator_deeds(text, uuid, uuid), private.operator_deeds(text, uuid, uuid)
to service_role;
