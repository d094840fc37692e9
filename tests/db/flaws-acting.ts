/** Flaws in who may do what: tables written to, verbs that serve whom they should not, and what a verb leaves undone. */
import type { Flaw } from './flaws.ts';
import { openFunctions } from './matrix-functions.ts';
import { risenPowers } from './matrix-powers.ts';
import { staleVerbs, wrongRoles } from './matrix-verbs.ts';
import { openTables } from './matrix.ts';

/** A verb of the contract and its namesake, which does it. */
const verb = (name: string, parameters: string, body: string, returns = 'void') => {
	const names = parameters.split(', ').map((parameter) => parameter.split(' ')[0]);
	const types = parameters.split(', ').map((parameter) => parameter.split(' ')[1]);
	return `
		create or replace function private.${name}(${parameters}) returns ${returns}
		language plpgsql security definer set search_path = '' as $$ begin ${body} end $$;
		create or replace function api.${name}(${parameters}) returns ${returns}
		language sql security invoker set search_path = '' return private.${name}(${names.join(', ')});
		grant execute on function private.${name}(${types.join(', ')}), api.${name}(${types.join(', ')}) to authenticated;`;
};

/** A verb of ours, done differently. */
const instead = (name: string, parameters: string, body: string, returns = 'void') => `
	create or replace function private.${name}(${parameters}) returns ${returns}
	language plpgsql security definer set search_path = '' as $$ begin ${body} end $$;`;

export const actingFlaws: Flaw[] = [
	{
		flaw: 'a verb that visitors can execute',
		plant:
			'grant execute on function private.receive_message(text, text, text, text, text, int, text, jsonb, text, jsonb, jsonb, jsonb, timestamptz) to public;',
		find: openFunctions,
		finding: /^an anonymous visitor can execute private.receive_message/
	},
	{
		flaw: 'a verb that does not ask who calls',
		plant: `create function private.read_text(message_id uuid) returns text
				language plpgsql security definer set search_path = ''
				as $$ begin return (select m.body from public.messages m where m.id = message_id); end $$;
			create function api.read_text(message_id uuid) returns text
				language sql security invoker set search_path = '' return private.read_text(message_id);
			grant execute on function private.read_text(uuid), api.read_text(uuid) to authenticated;`,
		find: openFunctions,
		finding: 'api.read_text(message_id uuid) tells a member of another organization what is not theirs'
	},
	{
		flaw: 'a verb with an argument the matrix has nothing for',
		plant: `create function api.oops(unheard_of text) returns text language sql set search_path = '' return unheard_of;`,
		find: openFunctions,
		finding: 'the matrix does not know what to give to api.oops(unheard_of text)'
	},
	{
		flaw: 'a write grant, used',
		plant: 'grant truncate on public.opt_outs to authenticated;',
		find: openTables,
		finding: 'a member of another organization can truncate public.opt_outs cascade (done)'
	},
	{
		flaw: 'a policy with check (true), used',
		plant: `grant insert on public.memberships to authenticated;
			create policy "oops" on public.memberships for insert to authenticated with check (true);`,
		find: openTables,
		// not refused, but for the columns it leaves empty
		finding: 'a member of another organization can insert into public.memberships default values (23502)'
	},
	{
		flaw: 'a member who raises their own role',
		plant: instead(
			'change_role',
			'organization_id uuid, user_id uuid, role public.membership_role',
			`perform private.require('members:read', change_role.organization_id);
			update public.memberships m set role = change_role.role
			where m.organization_id = change_role.organization_id and m.user_id = change_role.user_id;`
		),
		find: risenPowers,
		finding: /^a viewer without the grant becomes more by api.change_role\(/
	},
	{
		flaw: 'an admin who makes themselves the owner',
		plant: instead(
			'change_role',
			'organization_id uuid, user_id uuid, role public.membership_role',
			`perform private.require('roles:change', change_role.organization_id);
			update public.memberships m set role = change_role.role
			where m.organization_id = change_role.organization_id and m.user_id = change_role.user_id;`
		),
		find: risenPowers,
		finding: /^an admin becomes more by api.change_role\(/
	},
	{
		flaw: 'somebody who lets themselves into another organization',
		plant: verb(
			'join_organization',
			'organization_id uuid',
			`insert into public.memberships values (join_organization.organization_id, private.require_session(), 'viewer');`
		),
		find: risenPowers,
		finding: 'a member of another organization becomes more by api.join_organization(organization_id uuid)'
	},
	{
		flaw: 'a revoked invitation that still lets somebody in',
		plant: `create or replace function private.invitation_state(
				invitation public.invitations, letter private.invitation_letters) returns text
			language sql stable set search_path = '' return 'open';
			alter table public.invitations drop constraint invitations_check;`,
		find: risenPowers,
		finding: /^a removed member becomes more by api.accept_invitation/
	},
	{
		flaw: 'a number that one opens to oneself',
		plant: verb(
			'grant_number',
			'organization_id uuid, phone_number_id uuid, user_id uuid',
			`perform private.require('members:read', grant_number.organization_id);
			insert into public.phone_number_grants (organization_id, phone_number_id, user_id)
			values (grant_number.organization_id, grant_number.phone_number_id, grant_number.user_id);`
		),
		find: risenPowers,
		finding: /^a viewer without the grant becomes more by api.grant_number/
	},
	{
		flaw: "a verb that tells a token's hash under another name",
		plant: verb(
			'link_of',
			'organization_id uuid',
			`perform private.require('members:read', link_of.organization_id);
			return (
				select encode(t.token_hash, 'hex') from private.invitation_tokens t
				join private.invitation_letters l on l.id = t.letter_id where l.organization_id = link_of.organization_id limit 1);`,
			'text'
		),
		find: openFunctions,
		finding: 'api.link_of(organization_id uuid) tells a hash'
	},
	{
		flaw: 'a verb whose bare unique error tells what exists elsewhere',
		plant: verb(
			'claim_address',
			'slug text',
			`perform private.require_session();
			insert into public.organizations (slug, name) values (claim_address.slug, 'Claimed');`
		),
		find: openFunctions,
		finding: 'api.claim_address(slug text) breaks for a member of another organization: 23505'
	},
	{
		flaw: 'a viewer who may invite',
		plant: `insert into private.capabilities (capability, role) values ('members:invite', 'viewer');`,
		find: wrongRoles,
		finding: 'a viewer with the grant may invite, and should hear not_allowed'
	},
	{
		flaw: 'a verb that asks for less than its capability',
		plant: instead(
			'left_behind',
			'organization_id uuid, user_id uuid',
			`perform private.require('members:read', left_behind.organization_id); return '{}'::jsonb;`,
			'jsonb'
		),
		find: wrongRoles,
		finding: 'a member without the grant may left_behind, and should hear not_allowed'
	},
	{
		flaw: 'a verb that lets a stranger know that something exists',
		plant: instead(
			'leave_organization',
			'organization_id uuid',
			`if private.role_in(leave_organization.organization_id, private.require_session()) is null then
				perform private.fail(403, 'not_allowed', 'Your role here does not allow this. Nothing was changed.');
			end if;`
		),
		find: wrongRoles,
		finding: 'a member of another organization hears not_allowed of leave_organization, not not_found'
	},
	{
		flaw: 'verbs that do not ask for the session',
		plant: `create or replace function private.require_session() returns uuid
			language sql stable security definer set search_path = ''
			return (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid;`,
		find: wrongRoles,
		finding: 'a signed-out session may update_profile, and should hear session_ended'
	},
	{
		flaw: 'a suspended person who still acts',
		plant: `create or replace function private.require_session() returns uuid
			language plpgsql stable security definer set search_path = ''
			as $$ begin return (select s.user_id from private.my_session s); end $$;`,
		find: wrongRoles,
		finding: 'a suspended member may update_profile, and should hear suspended'
	},
	{
		flaw: 'a suspended organization in which people still act',
		plant: 'drop trigger on_suspension on public.organizations;',
		find: wrongRoles,
		finding: 'the owner of a suspended organization may update_organization, and should hear organization_suspended'
	},
	{
		flaw: 'a verb that leaves nothing in the book',
		plant: instead(
			'withdraw_ownership',
			'organization_id uuid',
			`perform private.require('ownership:transfer', withdraw_ownership.organization_id);
			delete from public.ownership_offers o where o.organization_id = withdraw_ownership.organization_id;`
		),
		find: wrongRoles,
		finding: 'withdraw_ownership by the owner leaves "" in the book, not "ownership.withdrawn"'
	},
	{
		flaw: 'a sensitive verb that asks for no fresh password',
		plant: `create or replace function private.require_fresh_session() returns uuid
			language plpgsql stable security definer set search_path = '' as $$ begin return private.require_session(); end $$;`,
		find: staleVerbs,
		finding: /^change_role asks an admin for no password/
	}
];
