-- A change of one's e-mail address. Auth does it, by a letter to each of the two mailboxes; here is what the page says about
-- it, how it is called off, and that it needs somebody who has just shown who they are.

-- The caller's change that waits for a letter to be answered; null where there is none. Letters last an hour (otp_expiry).
create function private.my_email_change() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_session();
begin
	return (
		select jsonb_build_object(
			'new_email', u.email_change,
			'expires_at', u.email_change_sent_at + interval '1 hour',
			'current_confirmed', u.email_change_confirm_status = 1 and coalesce(u.email_change_token_current, '') = '',
			'new_confirmed', u.email_change_confirm_status = 1 and coalesce(u.email_change_token_new, '') = '')
		from auth.users u
		where u.id = person and u.email_change <> '' and u.email_change_sent_at > now() - interval '1 hour');
end
$$;

create function private.cancel_email_change() returns void
language plpgsql security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_session();
begin
	update auth.users u
	set email_change = '', email_change_token_new = '', email_change_token_current = '', email_change_confirm_status = 0
	where u.id = person and u.email_change <> '';
	-- hosted Auth keeps what its letters carry there as well
	if to_regclass('auth.one_time_tokens') is not null then
		execute $sql$
			delete from auth.one_time_tokens
			where user_id = $1 and token_type in ('email_change_token_new', 'email_change_token_current')
		$sql$ using person;
	end if;
end
$$;

create function private.confirm_fresh_session() returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
	perform private.require_fresh_session();
end
$$;

-- Auth's own endpoint takes a new address from any session. So whoever asks there must have signed in, or entered their
-- password, in the last quarter of an hour, in one session or another: Auth does not say in which.
create function private.guard_email_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if not exists (
		select from auth.sessions s
		left join private.session_details d on d.session_id = s.id
		where s.user_id = new.id
			and greatest(s.created_at, d.password_entered_at) > now() - interval '15 minutes')
	then
		perform private.fail(403, 'fresh_session_required', 'Enter your password once more to go on. Nothing was changed.');
	end if;
	return new;
end
$$;
create trigger guard_email_change before update of email_change on auth.users
	for each row when (new.email_change <> '' and new.email_change is distinct from old.email_change)
	execute function private.guard_email_change();

create function api.my_email_change() returns jsonb
language sql stable security invoker set search_path = ''
begin atomic
	select private.my_email_change();
end;
comment on function api.my_email_change() is
	'The caller''s change of address that is under way: {new_email, expires_at, current_confirmed, new_confirmed}, or null.';

create function api.cancel_email_change() returns void
language sql security invoker set search_path = ''
begin atomic
	select private.cancel_email_change();
end;
comment on function api.cancel_email_change() is 'Calls the caller''s change of address off: its letters open nothing any more.';

create function api.confirm_fresh_session() returns void
language sql stable security invoker set search_path = ''
begin atomic
	select private.confirm_fresh_session();
end;
comment on function api.confirm_fresh_session() is
	'Nothing where the caller''s password was entered in the last 15 minutes, else fresh_session_required: for what Auth does.';

grant execute on function
	api.my_email_change(), private.my_email_change(),
	api.cancel_email_change(), private.cancel_email_change(),
	api.confirm_fresh_session(), private.confirm_fresh_session()
to authenticated;
