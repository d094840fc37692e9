-- How operators sign in: a password, then a code that counts once. The app's own server asks, and looks at both.

-- Before a password is looked at: as everybody's sign-in is counted, under a name that is nobody's e-mail address. Whoever may not
-- sign in from there is as unknown as somebody who does not exist.
create function private.operator_begin_sign_in(name text, address text, user_agent text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	begun constant jsonb := private.begin_sign_in('operator:' || lower(btrim(operator_begin_sign_in.name)),
		operator_begin_sign_in.address, operator_begin_sign_in.user_agent);
begin
	return begun || jsonb_build_object('operator', (
		select jsonb_build_object('id', o.id, 'password_hash', o.password_hash)
		from private.operators o
		where o.name = lower(btrim(operator_begin_sign_in.name)) and o.disabled_at is null and o.password_hash is not null
			and (o.allowed_from is null
				or coalesce(operator_begin_sign_in.address::inet <<= any (o.allowed_from), false))));
end
$$;

-- The try that a session follows from, done: it has to have been of this operator.
create function private.operator_finish_attempt(attempt_id uuid, account text, outcome text) returns private.sign_in_attempts
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	attempt private.sign_in_attempts;
begin
	update private.sign_in_attempts a set outcome = operator_finish_attempt.outcome
	where a.id = operator_finish_attempt.attempt_id and a.outcome = 'pending'
		and a.account = private.account_key(operator_finish_attempt.account)
	returning a.* into attempt;
	return attempt;
end
$$;

-- The password was wrong, or nobody has this name.
create function private.operator_refuse_sign_in(attempt_id uuid, name text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	attempt constant private.sign_in_attempts := private.operator_finish_attempt(attempt_id, 'operator:' || lower(btrim(name)), 'failed');
	known uuid;
begin
	select o.id into known from private.operators o where o.name = lower(btrim(operator_refuse_sign_in.name));
	if attempt.id is not null and known is not null then
		perform private.note_deed(known, 'sign_in.refused', address => attempt.address);
	end if;
end
$$;

-- The password was right: a session that is good for the code and for nothing else.
create function private.operator_enter(session text, operator_id uuid, attempt_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	operator private.operators;
	attempt private.sign_in_attempts;
begin
	select o.* into operator from private.operators o where o.id = operator_enter.operator_id and o.disabled_at is null;
	attempt := private.operator_finish_attempt(operator_enter.attempt_id, 'operator:' || operator.name, 'succeeded');
	if attempt.id is null then
		perform private.fail(401, 'operator_session_ended', 'This sign-in has ended. Sign in again to go on.');
	end if;
	delete from private.operator_sessions s where s.created_at < now() - interval '1 day';
	insert into private.operator_sessions (hash, operator_id, stage, address, user_agent)
	values (decode(operator_enter.session, 'hex'), operator.id, 'password', attempt.address, attempt.user_agent);
end
$$;

-- Before a code is looked at, the second step or once more: {attempt_id, retry_after, operator_id, secret: sealed}.
create function private.operator_begin_code(session text, address text, user_agent text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live private.live_operator_sessions;
begin
	select s.* into live from private.live_operator_sessions s
	where s.hash = decode(operator_begin_code.session, 'hex');
	if live.hash is null then
		perform private.fail(401, 'operator_session_ended', 'This sign-in has ended. Sign in again to go on.');
	end if;
	return private.begin_sign_in('operator-code:' || live.name, operator_begin_code.address, operator_begin_code.user_agent)
		|| jsonb_build_object('operator_id', live.operator_id, 'secret', live.totp_secret);
end
$$;

-- The code was looked at. `step`: the time step of a right one; `recovery`: the code that was written down. Neither: it was wrong.
-- Where it counts, `session` takes the place of `former`. Answers whether it does; five wrong ones end the sign-in.
create function private.operator_confirm(former text, session text, attempt_id uuid, step bigint, recovery text) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live private.live_operator_sessions;
	counts boolean := false;
begin
	select s.* into live from private.live_operator_sessions s
	where s.hash = decode(operator_confirm.former, 'hex') and s.stage = 'password';
	if live.hash is null then
		perform private.fail(401, 'operator_session_ended', 'This sign-in has ended. Sign in again to go on.');
	end if;
	if operator_confirm.step is not null then
		update private.operators o set totp_step = operator_confirm.step
		where o.id = live.operator_id and o.totp_step < operator_confirm.step;
		counts := found;
	elsif operator_confirm.recovery is not null then
		delete from private.operator_recovery_codes c
		where c.operator_id = live.operator_id and c.hash = private.sha256_of(operator_confirm.recovery);
		counts := found;
	end if;
	if (private.operator_finish_attempt(operator_confirm.attempt_id, 'operator-code:' || live.name,
		case when counts then 'succeeded' else 'failed' end)).id is null
	then
		perform private.fail(401, 'operator_session_ended', 'This sign-in has ended. Sign in again to go on.');
	end if;
	if counts then
		insert into private.operator_sessions (hash, operator_id, stage, code_at, address, user_agent)
		select decode(operator_confirm.session, 'hex'), s.operator_id, 'full',
			case when operator_confirm.step is not null then now() end, s.address, s.user_agent
		from private.operator_sessions s where s.hash = live.hash;
		delete from private.operator_sessions s where s.hash = live.hash;
	else
		update private.operator_sessions s set failed_codes = s.failed_codes + 1 where s.hash = live.hash;
		delete from private.operator_sessions s where s.hash = live.hash and s.failed_codes >= 5;
	end if;
	perform private.note_deed(live.operator_id,
		case when not counts then 'code.refused' when operator_confirm.step is null then 'recovery_code.used' else 'session.started' end,
		address => live.address);
	return counts;
end
$$;

-- A code of the app once more, in a session that goes on: what is dear asks for it. Answers whether it counts; five wrong ones end the
-- session.
create function private.operator_freshen(session text, attempt_id uuid, step bigint) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	counts boolean := false;
begin
	if (private.operator_finish_attempt(operator_freshen.attempt_id, 'operator-code:' || live.name,
		case when operator_freshen.step is null then 'failed' else 'succeeded' end)).id is null
	then
		perform private.fail(401, 'operator_session_ended', 'This sign-in has ended. Sign in again to go on.');
	end if;
	if operator_freshen.step is not null then
		update private.operators o set totp_step = operator_freshen.step
		where o.id = live.operator_id and o.totp_step < operator_freshen.step;
		counts := found;
	end if;
	update private.operator_sessions s
	set code_at = case when counts then now() else s.code_at end, failed_codes = case when counts then 0 else s.failed_codes + 1 end
	where s.hash = live.hash;
	delete from private.operator_sessions s where s.hash = live.hash and s.failed_codes >= 5;
	perform private.note_deed(live.operator_id, case when counts then 'code.entered' else 'code.refused' end, address => live.address);
	return counts;
end
$$;

-- The same secret under another key, or another nonce; only in the place of the one that was read.
create function private.operator_reseal(operator_id uuid, former text, secret text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update private.operators o set totp_secret = operator_reseal.secret
	where o.id = operator_reseal.operator_id and o.totp_secret = operator_reseal.former;
end
$$;

-- Who asks, and until when: {operator_id, name, full_name, role, stage, address, created_at, expires_at}; null where the session is
-- over. Asking keeps it alive.
create function private.operator_session(session text, address text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update private.operator_sessions s set seen_at = now(), address = operator_session.address::inet
	from private.live_operator_sessions l
	where l.hash = decode(operator_session.session, 'hex') and s.hash = l.hash;
	return (
		select jsonb_build_object('operator_id', s.operator_id, 'name', s.name, 'full_name', s.full_name, 'role', s.role,
			'stage', s.stage, 'created_at', s.created_at, 'expires_at', s.expires_at, 'fresh_until', s.code_at + interval '10 minutes')
		from private.live_operator_sessions s
		where s.hash = decode(operator_session.session, 'hex'));
end
$$;

create function private.operator_sign_out(session text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	over private.operator_sessions;
begin
	delete from private.operator_sessions s where s.hash = decode(operator_sign_out.session, 'hex')
	returning s.* into over;
	if over.stage = 'full' then
		perform private.note_deed(over.operator_id, 'session.ended', address => over.address);
	end if;
end
$$;

create function service.operator_begin_sign_in(name text, address text default null, user_agent text default null) returns jsonb
language sql security invoker set search_path = ''
return private.operator_begin_sign_in(name, address, user_agent);
comment on function service.operator_begin_sign_in(text, text, text) is
	'Before an operator''s password is looked at: {attempt_id, retry_after, operator: {id, password_hash} or null}.';

create function service.operator_refuse_sign_in(attempt_id uuid, name text) returns void
language sql security invoker set search_path = ''
return private.operator_refuse_sign_in(attempt_id, name);
comment on function service.operator_refuse_sign_in(uuid, text) is 'Counts a wrong password of an operator, or a name that nobody has.';

create function service.operator_enter(session text, operator_id uuid, attempt_id uuid) returns void
language sql security invoker set search_path = ''
return private.operator_enter(session, operator_id, attempt_id);
comment on function service.operator_enter(text, uuid, uuid) is
	'After a right password: a session of ten minutes in which a code is awaited, under a hash of its id. Fails with operator_session_ended.';

create function service.operator_begin_code(session text, address text default null, user_agent text default null) returns jsonb
language sql security invoker set search_path = ''
return private.operator_begin_code(session, address, user_agent);
comment on function service.operator_begin_code(text, text, text) is
	'Before an operator''s code is looked at: {attempt_id, retry_after, operator_id, secret}. Fails with operator_session_ended.';

create function service.operator_confirm(
	former text, session text, attempt_id uuid, step bigint default null, recovery text default null
) returns boolean
language sql security invoker set search_path = ''
return private.operator_confirm(former, session, attempt_id, step, recovery);
comment on function service.operator_confirm(text, text, uuid, bigint, text) is
	'After it: true where the code counts, which it does once; then the new session takes the place of the former.';

create function service.operator_freshen(session text, attempt_id uuid, step bigint default null) returns boolean
language sql security invoker set search_path = ''
return private.operator_freshen(session, attempt_id, step);
comment on function service.operator_freshen(text, uuid, bigint) is
	'A code once more, for what is dear: true where it counts. Without a step it was wrong. Fails with operator_session_ended.';

create function service.operator_reseal(operator_id uuid, former text, secret text) returns void
language sql security invoker set search_path = ''
return private.operator_reseal(operator_id, former, secret);
comment on function service.operator_reseal(uuid, text, text) is
	'Keeps the secret of an operator''s codes under the key that counts now, where it is still the one that was read.';

create function service.operator_session(session text, address text default null) returns jsonb
language sql security invoker set search_path = ''
return private.operator_session(session, address);
comment on function service.operator_session(text, text) is
	'Whose session it is, what they may, and until when; null where it is over. Asking is a sign of life.';

create function service.operator_sign_out(session text) returns void
language sql security invoker set search_path = ''
return private.operator_sign_out(session);
comment on function service.operator_sign_out(text) is 'Ends an operator''s session.';

grant execute on function
	service.operator_begin_sign_in(text, text, text), private.operator_begin_sign_in(text, text, text),
	service.operator_refuse_sign_in(uuid, text), private.operator_refuse_sign_in(uuid, text),
	service.operator_enter(text, uuid, uuid), private.operator_enter(text, uuid, uuid),
	service.operator_begin_code(text, text, text), private.operator_begin_code(text, text, text),
	service.operator_confirm(text, text, uuid, bigint, text), private.operator_confirm(text, text, uuid, bigint, text),
	service.operator_freshen(text, uuid, bigint), private.operator_freshen(text, uuid, bigint),
	service.operator_reseal(uuid, text, text), private.operator_reseal(uuid, text, text),
	service.operator_session(text, text), private.operator_session(text, text),
	service.operator_sign_out(text), private.operator_sign_out(text)
to service_role;
