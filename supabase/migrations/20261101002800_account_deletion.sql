-- The end of an account: asked for with a fresh password, fourteen days to change one's mind, then nothing is left that says
-- whose it was. What belongs to an organization stays with it: texts, conversations, the lines of its audit log.

-- Organizations that would be left without an owner but not without people. A personal one counts: nobody else can own it,
-- so its guests have to leave first.
create function private.sole_ownerships(user_id uuid)
returns table (organization_id uuid, slug text, name text, is_personal boolean, others bigint)
language plpgsql stable security definer set search_path = ''
as $$
begin
	return query
		select o.id, o.slug, o.name, o.personal_for is not null,
			(select count(*) from public.memberships c where c.organization_id = o.id and c.user_id <> mine.user_id)
		from public.memberships mine
		join public.organizations o on o.id = mine.organization_id
		where mine.user_id = sole_ownerships.user_id and mine.role = 'owner'
			and exists (
				select from public.memberships c where c.organization_id = o.id and c.user_id <> mine.user_id)
			and not exists (
				select from public.memberships c
				where c.organization_id = o.id and c.user_id <> mine.user_id and c.role = 'owner')
		order by o.name, o.id;
end
$$;

create function private.my_sole_ownerships()
returns table (organization_id uuid, slug text, name text, is_personal boolean, others bigint)
language plpgsql stable security definer set search_path = ''
as $$
begin
	return query select * from private.sole_ownerships(private.require_session());
end
$$;

create function private.request_account_deletion() returns timestamptz
language plpgsql security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_session();
	requested timestamptz;
begin
	perform private.require_fresh_session();
	-- one at a time for each person
	select p.deletion_requested_at into requested from public.profiles p where p.id = person for no key update;
	if requested is not null then
		return requested + interval '14 days';
	end if;
	if exists (select from private.sole_ownerships(person)) then
		perform private.fail(409, 'sole_owner', 'Other people belong to an organization that only you own. Nothing was changed.');
	end if;

	update public.profiles p set deletion_requested_at = now() where p.id = person;
	insert into private.jobs (kind, queue_key, payload, run_at)
	values ('delete_account', 'account:' || person, jsonb_build_object('user_id', person), now() + interval '14 days');
	perform private.enqueue_letter('account_deletion_requested', person,
		jsonb_build_object('deletes_at', now() + interval '14 days'));
	return now() + interval '14 days';
end
$$;

create function private.cancel_account_deletion() returns void
language plpgsql security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_session();
begin
	update public.profiles p set deletion_requested_at = null
	where p.id = person and p.deletion_requested_at is not null and p.anonymized_at is null;
	delete from private.jobs j
	where j.queue_key = 'account:' || person and j.kind = 'delete_account' and j.completed_at is null and j.parked_at is null;
end
$$;

-- Nobody can sign in to this account any more, and nothing in it says whose it was. What Auth keeps in its own columns is
-- emptied as Auth itself empties it: with '' where it reads text, which its hosted version does not expect to be null.
create function private.scramble_account(user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	key bytea;
begin
	select private.account_key(u.email) into key from auth.users u where u.id = scramble_account.user_id;
	-- so many at most that it stays quick; the rest goes after its half year
	delete from private.sign_in_attempts a
	where a.id in (select o.id from private.sign_in_attempts o where o.account = key limit 10000);
	delete from private.mail_requests r where r.account = key;
	delete from private.kept_invitations k where k.account = key;

	perform private.end_sessions(scramble_account.user_id);
	delete from auth.identities i where i.user_id = scramble_account.user_id;
	-- hosted Auth keeps what its letters carry there as well
	if to_regclass('auth.one_time_tokens') is not null then
		execute 'delete from auth.one_time_tokens where user_id = $1' using scramble_account.user_id;
	end if;
	update auth.users u
	set email = u.id || '@deleted.invalid', phone = null,
		encrypted_password = extensions.crypt(
			encode(extensions.gen_random_bytes(32), 'base64'), extensions.gen_salt('bf', 8)),
		raw_user_meta_data = '{}', raw_app_meta_data = '{}', banned_until = now() + interval '100 years',
		confirmation_token = '', recovery_token = '', reauthentication_token = '',
		email_change = '', email_change_token_new = '', email_change_token_current = '', email_change_confirm_status = 0
	where u.id = scramble_account.user_id;
end
$$;

-- Takes a deleted person out of an organization. One that has nobody left is closed: kept, and suspended, so that nothing
-- happens in it any more; its numbers are given back. A personal one was called after its person.
create function private.drop_membership(organization_id uuid, user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	former public.memberships;
	logo text;
begin
	delete from public.memberships m
	where m.organization_id = drop_membership.organization_id and m.user_id = drop_membership.user_id
	returning * into former;
	perform private.audit(drop_membership.organization_id, 'member.left', 'member', drop_membership.user_id,
		jsonb_build_object('role', former.role), jsonb_build_object('account', 'deleted'));
	if exists (select from public.memberships m where m.organization_id = drop_membership.organization_id) then
		return;
	end if;

	perform private.suspend_organization(drop_membership.organization_id, 'Its only member deleted their account.');
	perform private.release_numbers_of(drop_membership.organization_id);
	select o.logo_path into logo
	from public.organizations o
	where o.id = drop_membership.organization_id and o.personal_for = drop_membership.user_id;
	if not found then
		return;
	end if;
	perform private.give_up_upload('logos', drop_membership.organization_id);
	if logo is not null then
		perform private.remove_object_later('logos', logo);
	end if;
	update public.organizations o
	set name = 'Deleted account', slug = 'deleted-' || replace(o.id::text, '-', ''), logo_path = null
	where o.id = drop_membership.organization_id;
end
$$;

-- What the worker does when the fourteen days are over, in small steps: "more" asks for another one. The first is the one
-- that counts: the person is nobody from then on. "postponed": they became the only owner of something since; tried again
-- every day. "nothing": there is nothing (any more) to delete.
create function private.delete_account(user_id uuid, batch integer) returns text
language plpgsql security definer set search_path = ''
as $$
declare
	person public.profiles;
	organization uuid;
begin
	select * into person from public.profiles p where p.id = delete_account.user_id for no key update;
	if person.deletion_requested_at is null or person.deletion_requested_at > now() - interval '14 days' then
		return 'nothing';
	end if;

	if person.anonymized_at is null then
		-- nobody joins or leaves what they own until this is done
		perform from public.organizations o
		where o.id in (
			select m.organization_id from public.memberships m where m.user_id = delete_account.user_id and m.role = 'owner')
		order by o.id
		for no key update;
		if exists (select from private.sole_ownerships(delete_account.user_id)) then
			insert into private.jobs (kind, queue_key, payload, run_at)
			values ('delete_account', 'account:' || delete_account.user_id,
				jsonb_build_object('user_id', delete_account.user_id), now() + interval '1 day');
			return 'postponed';
		end if;

		perform private.scramble_account(delete_account.user_id);
		perform private.drop_avatar(delete_account.user_id);
		update public.profiles p
		set username = 'deleted_' || substr(encode(extensions.gen_random_bytes(4), 'hex'), 1, 8), full_name = 'Deleted person',
			locale = 'en', time_zone = 'UTC', anonymized_at = now(), updated_at = now()
		where p.id = delete_account.user_id;
		for organization in
			select m.organization_id from public.memberships m
			where m.user_id = delete_account.user_id and m.role = 'owner' order by 1
		loop
			perform private.drop_membership(organization, delete_account.user_id);
		end loop;
	end if;

	for organization in
		select m.organization_id from public.memberships m
		where m.user_id = delete_account.user_id order by 1 limit batch
	loop
		perform private.drop_membership(organization, delete_account.user_id);
	end loop;

	if exists (select from public.memberships m where m.user_id = delete_account.user_id) then
		return 'more';
	end if;
	update public.profiles p set deletion_requested_at = null where p.id = delete_account.user_id;
	return 'deleted';
end
$$;

create function api.my_sole_ownerships()
returns table (organization_id uuid, slug text, name text, is_personal boolean, others bigint)
language sql stable security invoker set search_path = ''
begin atomic
	select * from private.my_sole_ownerships();
end;
comment on function api.my_sole_ownerships() is
	'What keeps the caller from deleting their account: organizations with other people that nobody else owns.';

create function api.request_account_deletion() returns timestamptz
language sql security invoker set search_path = ''
begin atomic
	select private.request_account_deletion();
end;
comment on function api.request_account_deletion() is
	'Has the caller''s account deleted in fourteen days; returns when. Again: nothing changes. Needs a fresh session. Fails with '
	'sole_owner, fresh_session_required.';

create function api.cancel_account_deletion() returns void
language sql security invoker set search_path = ''
begin atomic
	select private.cancel_account_deletion();
end;
comment on function api.cancel_account_deletion() is 'The caller keeps their account. Nothing happens where nothing was asked for.';

create function service.delete_account(user_id uuid, batch integer) returns text
language sql security invoker set search_path = ''
begin atomic
	select private.delete_account(user_id, batch);
end;
comment on function service.delete_account(uuid, integer) is
	'Anonymises an account whose fourteen days are over, so many memberships at a time: "more", "deleted", "postponed" (its person '
	'is an only owner) or "nothing".';

grant execute on function
	api.my_sole_ownerships(), private.my_sole_ownerships(),
	api.request_account_deletion(), private.request_account_deletion(),
	api.cancel_account_deletion(), private.cancel_account_deletion()
to authenticated;
grant execute on function
	service.delete_account(uuid, integer), private.delete_account(uuid, integer)
to edge, service_role;
