-- Who is asked to join an organization: by a letter whose link only the reader has, for seven days.

create table public.invitations (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	email text not null check (
		char_length(email) <= 254 and email = lower(email) and email ~ '^[^\s@<>()\[\]\\,;:"]+@[^\s@<>()\[\]\\,;:"]+\.[^\s@<>()\[\]\\,;:".]+$'),
	role public.membership_role not null check (role <> 'owner'),
	invited_by uuid references public.profiles (id) on delete set null,
	created_at timestamptz not null default now(),
	sent_at timestamptz not null default now(),
	mailed_at timestamptz,
	refused_at timestamptz,
	expires_at timestamptz not null default now() + interval '7 days',
	accepted_at timestamptz,
	accepted_by uuid references public.profiles (id) on delete set null,
	revoked_at timestamptz,
	check (accepted_at is null or revoked_at is null)
);
comment on table public.invitations is
	'Who was asked to join, as what and by whom. sent_at: by the inviter, the last time; mailed_at, refused_at: what the mail '
	'server said to that letter. Open while it is neither accepted nor revoked; one open one for each address.';

create unique index invitations_open on public.invitations (organization_id, email)
	where accepted_at is null and revoked_at is null;
create index invitations_invited_by on public.invitations (invited_by);
create index invitations_accepted_by on public.invitations (accepted_by);

create table private.invitation_letters (
	id uuid primary key default private.uuid_v7(),
	invitation_id uuid not null references public.invitations (id) on delete cascade,
	organization_id uuid not null,
	sent_by uuid not null,
	replaced_at timestamptz,
	created_at timestamptz not null default now()
);
comment on table private.invitation_letters is
	'Each time an invitation is sent. The next one replaces it, and turns its links off. Counted for the hourly limit.';
create index invitation_letters_invitation on private.invitation_letters (invitation_id);
create index invitation_letters_organization on private.invitation_letters (organization_id, created_at);
create index invitation_letters_sender on private.invitation_letters (sent_by, created_at);

alter table public.invitations enable row level security;
create policy "those who may invite can read" on public.invitations for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('members:invite'))::uuid[]));

-- Whether somebody may invite for a role: owners for every role below theirs, admins for those below admin.
create function private.may_invite(organization_id uuid, user_id uuid, role public.membership_role) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		select from public.memberships m
		join private.capabilities c on c.role = m.role and c.capability = 'members:invite'
		where m.organization_id = may_invite.organization_id and m.user_id = may_invite.user_id
			and may_invite.role <> 'owner' and (m.role = 'owner' or may_invite.role <> 'admin'));
end
$$;

-- Puts a letter on its way: the links of those before stop working, and the seven days begin anew. Whoever sends it holds
-- the organization's lock, so that the count is right. Fails with too_many_invitations.
create function private.send_invitation(invitation_id uuid, sent_by uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	organization uuid;
	letter uuid;
begin
	update public.invitations i
	set invited_by = send_invitation.sent_by, sent_at = now(), expires_at = now() + interval '7 days',
		mailed_at = null, refused_at = null
	where i.id = send_invitation.invitation_id
	returning i.organization_id into organization;

	if 20 <= (
			select count(*) from private.invitation_letters l
			where l.organization_id = organization and l.created_at > now() - interval '1 hour')
		or 40 <= (
			select count(*) from private.invitation_letters l
			where l.sent_by = send_invitation.sent_by and l.created_at > now() - interval '1 hour')
	then
		perform private.fail(429, 'too_many_invitations',
			'An organization sends at most 20 invitations in an hour. This one was not sent; try again later.');
	end if;

	update private.invitation_letters l set replaced_at = now()
	where l.invitation_id = send_invitation.invitation_id and l.replaced_at is null;

	insert into private.invitation_letters (invitation_id, organization_id, sent_by)
	values (send_invitation.invitation_id, organization, send_invitation.sent_by)
	returning id into letter;
	insert into private.jobs (kind, queue_key, payload)
	values ('send_invitation', 'invitation:' || send_invitation.invitation_id, jsonb_build_object('letter_id', letter));
end
$$;

create function private.invite(organization_id uuid, email text, role public.membership_role) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	person constant uuid := private.require('members:invite', organization_id);
	address constant text := lower(btrim(invite.email));
	invitation public.invitations;
begin
	if invite.role is null or address is null then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	if invite.role = 'owner' then
		perform private.fail(422, 'owner_not_invitable', 'Nobody is invited as an owner: ownership is offered to somebody who belongs here already.');
	end if;
	if not private.may_invite(invite.organization_id, person, invite.role) then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	if char_length(address) > 254 or address !~ '^[^\s@<>()\[\]\\,;:"]+@[^\s@<>()\[\]\\,;:"]+\.[^\s@<>()\[\]\\,;:".]+$' then
		perform private.fail(422, 'email_invalid', 'This does not look like an e-mail address, for example noor@tidewater.example.');
	end if;
	-- colleagues only: whether an address has an account elsewhere is nobody's business
	if exists (
		select from public.memberships m
		join auth.users u on u.id = m.user_id
		where m.organization_id = invite.organization_id and lower(u.email) = address)
	then
		perform private.fail(409, 'already_member', 'Somebody with this address belongs here already. Nothing was sent.');
	end if;

	perform pg_advisory_xact_lock(hashtextextended('invitations:' || invite.organization_id, 0));
	select * into invitation
	from public.invitations i
	where i.organization_id = invite.organization_id and i.email = address and i.accepted_at is null and i.revoked_at is null;

	if invitation.expires_at > now() then
		perform private.fail(409, 'already_invited', 'This address has an open invitation. Send that one again, or revoke it first.');
	elsif invitation.id is not null then
		-- one whose time ran out is taken up again, as what is meant now
		update public.invitations i set role = invite.role, created_at = now() where i.id = invitation.id;
	else
		-- who is invited already will need room as well
		perform private.require_room(invite.organization_id, 'members', (
			select count(*) from public.invitations i
			where i.organization_id = invite.organization_id and i.accepted_at is null and i.revoked_at is null
				and i.expires_at > now()));
		insert into public.invitations (organization_id, email, role, invited_by)
		values (invite.organization_id, address, invite.role, person)
		returning * into invitation;
	end if;
	perform private.send_invitation(invitation.id, person);
	perform private.audit(invite.organization_id, 'member.invited', 'invitation', invitation.id, null,
		jsonb_build_object('email', address, 'role', invite.role));
	return jsonb_build_object('id', invitation.id);
end
$$;

-- An invitation that the caller may change, under its organization's lock. Fails with what private.require says, not_allowed
-- for one to a role that they could not give, and invitation_closed for one that was accepted.
create function private.own_invitation(invitation_id uuid) returns public.invitations
language plpgsql security definer set search_path = ''
as $$
declare
	organization constant uuid := (select i.organization_id from public.invitations i where i.id = own_invitation.invitation_id);
	person constant uuid := private.require('members:invite', organization);
	invitation public.invitations;
begin
	perform pg_advisory_xact_lock(hashtextextended('invitations:' || organization, 0));
	select * into invitation from public.invitations i where i.id = own_invitation.invitation_id for update;
	if not private.may_invite(organization, person, invitation.role) then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	end if;
	if invitation.accepted_at is not null then
		perform private.fail(409, 'invitation_closed',
			'This invitation is not open any more: it was accepted, revoked or replaced, or its time ran out.');
	end if;
	return invitation;
end
$$;

create function private.resend_invitation(invitation_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	invitation constant public.invitations := private.own_invitation(invitation_id);
begin
	if invitation.revoked_at is not null then
		perform private.fail(409, 'invitation_closed',
			'This invitation is not open any more: it was accepted, revoked or replaced, or its time ran out.');
	end if;
	perform private.send_invitation(invitation.id, private.require_session());
	perform private.audit(invitation.organization_id, 'invitation.resent', 'invitation', invitation.id, null,
		jsonb_build_object('email', invitation.email, 'role', invitation.role));
end
$$;

create function private.revoke_invitation(invitation_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	invitation constant public.invitations := private.own_invitation(invitation_id);
begin
	-- one that is revoked already is what was asked for
	if invitation.revoked_at is null then
		update public.invitations i set revoked_at = now() where i.id = invitation.id;
		perform private.audit(invitation.organization_id, 'invitation.revoked', 'invitation', invitation.id,
			jsonb_build_object('email', invitation.email, 'role', invitation.role));
	end if;
end
$$;

-- Whoever is removed, or may not invite for a role any more, leaves no open doors behind: their invitations are revoked.
create function private.on_inviter_gone() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	invitation public.invitations;
begin
	for invitation in
		update public.invitations i set revoked_at = now()
		where i.organization_id = old.organization_id and i.invited_by = old.user_id
			and i.accepted_at is null and i.revoked_at is null
			and not private.may_invite(i.organization_id, old.user_id, i.role)
		returning i.*
	loop
		perform private.audit(invitation.organization_id, 'invitation.revoked', 'invitation', invitation.id,
			jsonb_build_object('email', invitation.email, 'role', invitation.role));
	end loop;
	return null;
end
$$;
create trigger on_inviter_gone after delete or update of role on public.memberships
	for each row execute function private.on_inviter_gone();

create view api.invitations with (security_invoker = true) as
select i.id, i.organization_id, i.email, i.role, i.invited_by, coalesce(p.full_name, p.username) as inviter_name, i.created_at,
	i.sent_at, i.mailed_at, i.refused_at, i.expires_at
from public.invitations i
left join public.profiles p on p.id = i.invited_by
where i.accepted_at is null and i.revoked_at is null;
comment on view api.invitations is
	'Open invitations of the caller''s organizations, those whose time ran out included, for those who may invite.';

create function api.invite(organization_id uuid, email text, role public.membership_role) returns jsonb
language sql security invoker set search_path = ''
return private.invite(organization_id, email, role);
comment on function api.invite(uuid, text, public.membership_role) is
	'Invites an address for a role below one''s own: {id}. Fails with owner_not_invitable, email_invalid, already_member (of this '
	'very organization), already_invited, members_full, members_capped, too_many_invitations.';

create function api.resend_invitation(invitation_id uuid) returns void
language sql security invoker set search_path = ''
return private.resend_invitation(invitation_id);
comment on function api.resend_invitation(uuid) is
	'Sends an open invitation again: earlier links stop working and the seven days begin anew.';

create function api.revoke_invitation(invitation_id uuid) returns void
language sql security invoker set search_path = ''
return private.revoke_invitation(invitation_id);
comment on function api.revoke_invitation(uuid) is 'Takes an invitation back: its links stop working at once.';

grant select on public.invitations, api.invitations to authenticated;
grant execute on function
	api.invite(uuid, text, public.membership_role), private.invite(uuid, text, public.membership_role),
	api.resend_invitation(uuid), private.resend_invitation(uuid),
	api.revoke_invitation(uuid), private.revoke_invitation(uuid)
to authenticated;
