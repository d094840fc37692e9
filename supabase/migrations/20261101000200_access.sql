-- Who is asking, and what they may see. Every policy and every verb asks here and nowhere else.
-- plpgsql on purpose: its plans stay cached on a warm connection, and its bodies may name tables that later files create.

create type public.membership_role as enum ('owner', 'admin', 'member', 'viewer');
comment on type public.membership_role is
	'What a person is in an organization. Owners and admins see every number, viewers only read.';

-- What each role may do: the one table that verbs, pages and the documentation read (core/capabilities.ts is its twin, and a
-- test compares them). What is not in it is nobody's.
create table private.capabilities (
	capability text not null,
	role public.membership_role not null,
	primary key (capability, role)
);
comment on table private.capabilities is 'Capability × role. private.require asks here; the same table is printed in the docs.';

insert into private.capabilities (capability, role)
select c.capability, r.role
from (values
	('messages:read', 4), ('members:read', 4), ('numbers:read', 4),
	('messages:send', 3), ('conversations:update', 3), ('contacts:update', 3), ('templates:update', 3),
	('verifications:request', 3),
	('organization:update', 2), ('members:invite', 2), ('members:remove', 2), ('roles:change', 2), ('numbers:assign', 2),
	('audit:read', 2), ('opt_outs:update', 2),
	('verifications:manage', 2), ('codes:reveal', 2), ('billing:read', 2), ('billing:write', 2), ('numbers:buy', 2), ('keys:manage', 2),
	('webhooks:write', 2),
	('ownership:transfer', 1), ('retention:change', 1), ('codes:change', 1), ('support:allow', 1),
	('conversations:delete', 1)
) as c (capability, roles)
join (values
	('owner'::public.membership_role, 1), ('admin', 2), ('member', 3), ('viewer', 4)
) as r (role, rank) on r.rank <= c.roles;

-- The caller's session, if it still is one: signing out deletes the row, 30 days after sign-in it is over, and so it is
-- after 7 days without a refresh. A token that outlives its session opens nothing. Every statement of every page asks, so
-- the forms are the cheap ones: json (two values, no parsing of the rest), hours and a zero offset (no calendar, no zones),
-- and as few operators as there can be: preparing them is most of the price.
create view private.my_session with (security_invoker = true) as
select s.id, s.user_id
from auth.sessions s
where s.id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'session_id')::uuid
	and s.user_id::text = nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'
	and s.created_at > now() - interval '720 hours'
	and least(
		s.not_after,
		greatest(s.created_at, s.updated_at, s.refreshed_at at time zone interval '0') + interval '168 hours') > now();
comment on view private.my_session is
	'The caller''s own session while it is alive: at most one row, none after sign-out or its limits (30 days, 7 idle days).';

create function private.session_alive() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (select from private.my_session);
end
$$;

-- The lists below are arrays, so that they can drive an index: policies wrap them as `= any ((select …)::uuid[])`, asked once
-- per statement. Without the cast it would be a subquery. What a person has none of is a key's, if a key asks
-- (4000_api_keys): people are answered before anybody thinks of keys.

-- The organizations the caller belongs to. A suspended one is known by name only, and only to `me`.
create function private.my_organization_ids() returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce(nullif(array(
		select m.organization_id
		from private.my_session s
		join public.memberships m on m.user_id = s.user_id and m.suspended_at is null), '{}'), private.key_organization_ids());
end
$$;

-- Those of them where the caller's role has a capability.
create function private.my_organization_ids_for(capability text) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce(nullif(array(
		select m.organization_id
		from private.my_session s
		join public.memberships m on m.user_id = s.user_id and m.suspended_at is null
		join private.capabilities c on c.role = m.role and c.capability = my_organization_ids_for.capability), '{}'),
		private.key_organization_ids_for(my_organization_ids_for.capability));
end
$$;

-- Of these, the ones whose every number the caller may see: as owner or admin, or because no number is restricted.
-- (A scalar subquery, where "not exists" would prepare two plans at every call.)
create function private.my_open_organization_ids() returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce(nullif(array(
		select m.organization_id
		from private.my_session s
		join public.memberships m on m.user_id = s.user_id and m.suspended_at is null
		where m.role in ('owner', 'admin')
			or coalesce((
				select false from public.phone_numbers n
				where n.organization_id = m.organization_id and n.restricted_at is not null
				limit 1), true)), '{}'), private.key_open_organization_ids());
end
$$;

-- The numbers whose texts the caller may see: all of an organization's, but a restricted one only by a grant.
-- Owners and admins are never shut out. Numbers since released keep their history. (What is granted is read once, not asked
-- number by number; lateral keeps the planner, which cannot know whose numbers it will be, from reading everybody's.)
create function private.my_phone_number_ids() returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce(nullif(array(
		select n.id
		from private.my_session s
		join public.memberships m on m.user_id = s.user_id and m.suspended_at is null
		cross join lateral (
			select o.id
			from public.phone_numbers o
			-- what test keys do is no person's to work with
			where o.organization_id = m.organization_id and o.carrier <> 'test'
				and (o.restricted_at is null or m.role in ('owner', 'admin'))
			union all
			select g.phone_number_id
			from public.phone_number_grants g
			where g.organization_id = m.organization_id and (g.user_id = m.user_id or g.role = m.role)
		) n), '{}'), private.key_phone_number_ids());
end
$$;

-- Conversations without a number belong to those who take part in them.
create function private.my_team_conversation_ids() returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return array(
		select p.conversation_id
		from private.my_session s
		join public.memberships m on m.user_id = s.user_id and m.suspended_at is null
		join public.conversation_participants p on p.user_id = m.user_id and p.organization_id = m.organization_id);
end
$$;

-- Where every code in a text is shown to the caller: the organization names the roles, and keys have a scope for it. Others
-- see their own.
create function private.my_code_organization_ids() returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce(nullif(array(
		select m.organization_id
		from private.my_session s
		join public.memberships m on m.user_id = s.user_id and m.suspended_at is null
		join public.organizations o on o.id = m.organization_id and m.role = any (o.code_roles)), '{}'),
		private.key_organization_ids('{verifications:read}'));
end
$$;

-- While the platform rests (5260_announcements), whoever says who they are can only read: from here on Postgres itself refuses
-- whatever their transaction would write (25006, which the doors know as `maintenance`), so that no verb can forget to. The Data API
-- would make a 405 of that: whoever calls a verb there that may write hears it in our words, with the moment to come back.
create function private.only_read() returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
	if exists (
		select from pg_catalog.pg_proc p
		where p.pronamespace = 'api'::regnamespace and p.provolatile = 'v'
			and p.proname = substring(current_setting('request.path', true) from '/rpc/([a-z_]+)$'))
	then
		perform private.require_awake();
	end if;
	perform set_config('transaction_read_only', 'on', true);
end
$$;

-- The caller's user id. Fails with session_ended, or suspended.
create function private.require_session() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	person uuid;
	suspended boolean;
	resting boolean;
begin
	select s.user_id, p.suspended_at is not null, exists (select from private.maintenance) into person, suspended, resting
	from private.my_session s
	left join public.profiles p on p.id = s.user_id;

	if person is null then
		perform private.fail(401, 'session_ended', 'Your session has ended. Sign in again to go on.');
	end if;
	if suspended then
		perform private.fail(403, 'suspended', 'This account is suspended. Nothing of it is deleted. Write to our support to have it looked at.');
	end if;
	if resting then
		perform private.only_read();
	end if;
	return person;
end
$$;

-- Who calls a verb that keys may call as well: the user id of a person, null for a key. Fails with session_ended, suspended, or
-- unauthorized.
create function private.require_caller() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
	if not private.by_key() then
		return private.require_session();
	elsif private.my_key_id() is null then
		perform private.fail(401, 'unauthorized', 'This needs a valid key or token.');
	end if;
	return null;
end
$$;

-- How a verb asks for a role or a scope: the caller's user id, if their role in the organization has the capability; null for a
-- key that has a scope for it. Fails with session_ended or suspended; with not_found for a stranger, who learns nothing; with
-- organization_suspended or not_allowed for a colleague; with unauthorized or scope_missing for a key.
create function private.require(capability text, organization_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	caller record;
begin
	-- one look at everything: preparing several would be most of the price of a small verb
	select s.user_id, p.suspended_at is not null as person_suspended, m.role, m.suspended_at is not null as suspended,
		c.role is not null as may, exists (select from private.maintenance) as resting
	into caller
	from private.my_session s
	left join public.profiles p on p.id = s.user_id
	left join public.memberships m on m.user_id = s.user_id and m.organization_id = require.organization_id
	left join private.capabilities c on c.capability = require.capability and c.role = m.role;

	if caller.user_id is null and private.by_key() then
		perform private.require_of_key(require.capability, require.organization_id);
	elsif caller.user_id is null or caller.person_suspended then
		perform private.require_session();
	elsif caller.role is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	elsif caller.suspended then
		perform private.fail(403, 'organization_suspended',
			'This organization is suspended. Its texts are kept. Write to our support to have it looked at.');
	elsif not caller.may then
		perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
	elsif caller.resting then
		perform private.only_read();
	end if;
	return caller.user_id;
end
$$;

-- May the caller listen on a Realtime topic? `<kind>:<id>`; anything else is nobody's.
create function private.can_read_topic(topic text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
	subject uuid;
begin
	if topic is null or topic !~ '^(number|conversation|organization|user):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
		return false;
	end if;
	subject := split_part(topic, ':', 2)::uuid;
	return case split_part(topic, ':', 1)
		when 'user' then exists (
			select from private.my_session s
			join public.profiles p on p.id = s.user_id and p.suspended_at is null
			where s.user_id = subject)
		when 'organization' then subject = any ((select private.my_organization_ids())::uuid[])
		when 'number' then subject = any ((select private.my_phone_number_ids())::uuid[])
		when 'conversation' then exists (
			select from public.conversations c
			where c.id = subject and (
				c.phone_number_id = any ((select private.my_phone_number_ids())::uuid[])
				or c.id = any ((select private.my_team_conversation_ids())::uuid[])))
	end;
end
$$;

-- May the caller send on it (typing, presence)? Only where colleagues work together.
create function private.can_write_topic(topic text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return topic ~ '^(number|conversation):' and private.can_read_topic(topic);
end
$$;

grant execute on function
	private.session_alive(),
	private.my_organization_ids(),
	private.my_organization_ids_for(text),
	private.my_open_organization_ids(),
	private.my_phone_number_ids(),
	private.my_team_conversation_ids(),
	private.my_code_organization_ids(),
	private.can_read_topic(text),
	private.can_write_topic(text)
to authenticated;
