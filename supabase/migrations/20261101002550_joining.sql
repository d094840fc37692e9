-- How an invitation is answered: the letter and its link, what the link shows, and joining.

create table private.invitation_tokens (
	token_hash bytea primary key check (octet_length(token_hash) = 32),
	letter_id uuid not null references private.invitation_letters (id) on delete cascade,
	created_at timestamptz not null default now()
);
comment on table private.invitation_tokens is
	'The SHA-256 of what a letter''s link holds; the token itself is in the letter alone. A letter that may have left twice has '
	'two, and both work.';
create index invitation_tokens_letter on private.invitation_tokens (letter_id);

-- Somebody who came by a link and signs up may confirm their address on another device, where no cookie tells of the link.
create table private.kept_invitations (
	account bytea primary key,
	letter_id uuid not null references private.invitation_letters (id) on delete cascade,
	kept_at timestamptz not null default now()
);
comment on table private.kept_invitations is
	'By which letter an address signed up, until it is accepted or its seven days are over. The account is the SHA-256 of the '
	'address, like in sign_in_attempts.';
create index kept_invitations_letter on private.kept_invitations (letter_id);
create index kept_invitations_age on private.kept_invitations (kept_at);

create function private.token_key(token text) returns bytea
language sql immutable set search_path = ''
return sha256(convert_to(token, 'UTF8'));

-- Before somebody signs up by a link. Whoever knows a link may keep it for any address: it only asks, and joins nobody.
create function private.keep_invitation(email text, token text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.kept_invitations k
	where k.account in (select o.account from private.kept_invitations o order by o.kept_at limit 10)
		and k.kept_at < now() - interval '7 days';
	insert into private.kept_invitations as k (account, letter_id)
	select private.account_key(keep_invitation.email), t.letter_id
	from private.invitation_tokens t
	where t.token_hash = private.token_key(keep_invitation.token)
	on conflict on constraint kept_invitations_pkey do update set letter_id = excluded.letter_id, kept_at = now();
end
$$;

-- The letter of a link; without one, the letter that the caller signed up by.
create function private.letter_of(token text) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
	if letter_of.token is not null then
		return (select t.letter_id from private.invitation_tokens t where t.token_hash = private.token_key(letter_of.token));
	end if;
	return (
		select k.letter_id
		from private.my_session s
		join auth.users u on u.id = s.user_id and u.email_confirmed_at is not null
		join private.kept_invitations k on k.account = private.account_key(u.email)
		where k.kept_at > now() - interval '7 days');
end
$$;

-- How an invitation stands for the holder of one of its letters.
create function private.invitation_state(invitation public.invitations, letter private.invitation_letters) returns text
language sql stable set search_path = ''
return case
	when invitation.accepted_at is not null then 'accepted'
	when invitation.revoked_at is not null then 'revoked'
	when letter.replaced_at is not null then 'replaced'
	when invitation.expires_at <= now() then 'expired'
	else 'open'
end;

-- What the page of a letter's link shows, to whoever holds the link. The slug only to somebody who belongs there.
create function private.invitation_preview(token text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object(
			'organization_name', o.name,
			'inviter_name', coalesce(p.full_name, p.username),
			'role', i.role,
			'email', i.email,
			'expires_at', i.expires_at,
			'state', private.invitation_state(i, l),
			'slug', (
				select o.slug
				from private.my_session s
				join public.memberships m on m.user_id = s.user_id and m.organization_id = o.id and m.suspended_at is null))
		from private.invitation_letters l
		join public.invitations i on i.id = l.invitation_id
		join public.organizations o on o.id = i.organization_id
		left join public.profiles p on p.id = i.invited_by
		where l.id = private.letter_of(invitation_preview.token));
end
$$;

create function private.accept_invitation(token text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	person constant uuid := private.require_session();
	letter private.invitation_letters;
	invitation public.invitations;
	organization public.organizations;
	joined boolean;
begin
	select l.* into letter from private.invitation_letters l where l.id = private.letter_of(accept_invitation.token);
	select * into invitation from public.invitations i where i.id = letter.invitation_id for update;
	if invitation.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	select * into organization from public.organizations o where o.id = invitation.organization_id;

	-- pressed twice: they are in already
	if invitation.accepted_by = person and exists (
		select from public.memberships m where m.organization_id = organization.id and m.user_id = person)
	then
		return jsonb_build_object('slug', organization.slug);
	end if;
	-- again, under the row's lock: it may have been replaced while we waited
	select l.* into letter from private.invitation_letters l where l.id = letter.id;
	if private.invitation_state(invitation, letter) <> 'open' then
		perform private.fail(409, 'invitation_closed',
			'This invitation is not open any more: it was accepted, revoked or replaced, or its time ran out.');
	end if;
	if organization.suspended_at is not null then
		perform private.fail(403, 'organization_suspended',
			'This organization is suspended. Its texts are kept. Write to our support to have it looked at.');
	end if;

	if not exists (
		select from public.memberships m where m.organization_id = organization.id and m.user_id = person)
	then
		-- two who join at once do not both take the last place
		perform pg_advisory_xact_lock(hashtextextended('members:' || organization.id, 0));
		perform private.require_room(organization.id, 'members');
	end if;

	delete from private.kept_invitations k
	using private.invitation_letters l
	where l.invitation_id = invitation.id and k.letter_id = l.id;
	-- a member keeps the role they have
	insert into public.memberships (organization_id, user_id, role)
	values (organization.id, person, invitation.role)
	on conflict do nothing;
	joined := found;
	update public.invitations i set accepted_at = now(), accepted_by = person where i.id = invitation.id;
	if joined then
		perform private.audit(organization.id, 'member.joined', 'member', person, null,
			jsonb_build_object('role', invitation.role, 'email', invitation.email));
	else
		perform private.audit(organization.id, 'invitation.accepted', 'invitation', invitation.id, null,
			jsonb_build_object('email', invitation.email));
	end if;
	return jsonb_build_object('slug', organization.slug);
end
$$;

-- For the worker, just before a letter leaves: keeps its token's hash and says what the letter says; null when there is
-- nothing to send (any more).
create function private.issue_invitation_token(letter_id uuid, token_hash text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	letter private.invitation_letters;
	invitation public.invitations;
begin
	select i.* into invitation
	from public.invitations i
	join private.invitation_letters l on l.invitation_id = i.id
	where l.id = issue_invitation_token.letter_id
	for update of i;
	select l.* into letter from private.invitation_letters l where l.id = issue_invitation_token.letter_id;

	if letter.id is null or private.invitation_state(invitation, letter) <> 'open'
		or exists (select from public.organizations o where o.id = invitation.organization_id and o.suspended_at is not null)
	then
		return null;
	end if;
	insert into private.invitation_tokens (token_hash, letter_id) values (decode(issue_invitation_token.token_hash, 'hex'), letter.id);
	return (
		select jsonb_build_object(
			'address', invitation.email,
			'time_zone', o.time_zone,
			'details', jsonb_build_object(
				'organization_name', o.name,
				'inviter_name', coalesce(p.full_name, p.username),
				'role', invitation.role,
				'expires_at', invitation.expires_at))
		from public.organizations o
		left join public.profiles p on p.id = invitation.invited_by
		where o.id = invitation.organization_id);
end
$$;

-- What came of a letter, as long as no newer one has taken its place.
create function private.record_invitation_letter(letter_id uuid, outcome text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update public.invitations i
	set mailed_at = case when record_invitation_letter.outcome = 'taken' then now() end,
		refused_at = case when record_invitation_letter.outcome = 'refused' then now() end
	from private.invitation_letters l
	where l.id = record_invitation_letter.letter_id and l.replaced_at is null and i.id = l.invitation_id;
end
$$;

create function api.invitation_preview(token text default null) returns jsonb
language sql stable security invoker set search_path = ''
return private.invitation_preview(token);
comment on function api.invitation_preview(text) is
	'What the holder of an invitation''s link may know of it, signed in or not: {organization_name, inviter_name, role, email, '
	'expires_at, state: open, expired, replaced, revoked or accepted, slug: for somebody who belongs there}. Null for no such link. '
	'Without a token: the one that the caller signed up by.';

create function api.accept_invitation(token text default null) returns jsonb
language sql security invoker set search_path = ''
return private.accept_invitation(token);
comment on function api.accept_invitation(text) is
	'Joins the organization of an invitation, as the caller''s account whatever its address: {slug}. Without a token: of the one '
	'that the caller signed up by. Fails with not_found, invitation_closed, organization_suspended, '
	'members_full, members_capped.';

create function service.issue_invitation_token(letter_id uuid, token_hash text) returns jsonb
language sql security invoker set search_path = ''
return private.issue_invitation_token(letter_id, token_hash);
comment on function service.issue_invitation_token(uuid, text) is
	'Before an invitation''s letter leaves: keeps the SHA-256 (hex) of its token and answers {address, time_zone, details}; null '
	'when there is nothing to send any more.';

create function service.record_invitation_letter(letter_id uuid, outcome text) returns void
language sql security invoker set search_path = ''
return private.record_invitation_letter(letter_id, outcome);
comment on function service.record_invitation_letter(uuid, text) is
	'What the mail server said to an invitation''s letter: taken or refused, for the list of open ones.';

create function service.keep_invitation(email text, token text) returns void
language sql security invoker set search_path = ''
return private.keep_invitation(email, token);
comment on function service.keep_invitation(text, text) is
	'Before an address signs up by an invitation''s link: remembers which, so that it is asked for wherever the address is confirmed.';

grant execute on function api.accept_invitation(text), private.accept_invitation(text) to authenticated;
grant execute on function api.invitation_preview(text), private.invitation_preview(text) to anon, authenticated;
grant execute on function
	service.keep_invitation(text, text), private.keep_invitation(text, text),
	service.issue_invitation_token(uuid, text), private.issue_invitation_token(uuid, text),
	service.record_invitation_letter(uuid, text), private.record_invitation_letter(uuid, text)
to edge, service_role;
