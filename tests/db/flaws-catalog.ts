/** Flaws that the catalog alone gives away. */
import * as catalog from './findings.ts';
import * as tenants from './findings-tenants.ts';
import type { Flaw } from './flaws.ts';
import { unlistedVerbs } from './matrix-verbs.ts';

export const catalogFlaws: Flaw[] = [
	{
		flaw: 'a new table without row level security',
		plant: 'create table public.leaks (id uuid primary key);',
		find: catalog.tablesWithoutRowSecurity,
		finding: 'row level security is off on leaks'
	},
	{
		flaw: 'a policy for everyone',
		plant: 'create policy "oops" on public.opt_outs for all to public using (true);',
		find: catalog.strangePolicies,
		finding: 'policy "oops" on public.opt_outs is for ALL to {public} using (true)'
	},
	{
		flaw: 'a definer function in api',
		plant: "create function api.oops() returns int language sql security definer set search_path = '' return 1;",
		find: catalog.definerDoors,
		finding: 'api.oops() is security definer'
	},
	{
		flaw: 'a function for visitors that is not listed',
		plant: 'grant execute on function api.me(text) to anon;',
		find: catalog.doorsForVisitors,
		finding: 'visitors may execute api.me(text)'
	},
	{
		flaw: 'a write grant',
		plant: 'grant insert (name) on public.contacts to authenticated;',
		find: catalog.relationGrants,
		finding: 'authenticated may insert contacts'
	},
	{
		flaw: 'a grant to the secret key',
		plant: 'grant select on public.messages to service_role;',
		find: catalog.relationGrants,
		finding: 'service_role may select messages'
	},
	{
		flaw: 'a private function for members',
		plant: 'grant execute on function private.claim_jobs(text[], int, int) to authenticated;',
		find: catalog.functionGrants,
		finding: 'authenticated may execute private.claim_jobs(text[],integer,integer)'
	},
	{
		flaw: 'private opened to members',
		plant: 'grant usage on schema private to authenticated;',
		find: catalog.schemaGrants,
		finding: 'authenticated has usage on schema private'
	},
	{
		flaw: 'a function that trusts the search path',
		plant: 'create function private.oops() returns int language sql return 1;',
		find: catalog.functionsWithoutSearchPath,
		finding: 'private.oops() does not set search_path to nothing'
	},
	{
		flaw: "a view with its owner's rights",
		plant: 'create view api.oops as select id, organization_id from public.messages;',
		find: catalog.viewsOfTheirOwner,
		finding: "api.oops reads with its owner's rights"
	},
	{
		flaw: 'something without a word of explanation',
		plant: 'create table private.oops (id int);',
		find: catalog.thingsWithoutComment,
		finding: 'private.oops has no comment'
	},
	{
		flaw: 'a role edge that bypasses policies',
		plant: 'alter role edge bypassrls;',
		find: catalog.edgeTooStrong,
		finding: 'the role edge has bypassrls'
	},
	{
		flaw: 'a policy for members and keys at once',
		plant: `create policy "oops" on public.notes for select to authenticated, api_key
			using (organization_id = any ((select private.my_organization_ids())::uuid[]));`,
		find: catalog.strangePolicies,
		finding: /^policy "oops" on public.notes is for SELECT to {api_key,authenticated}/
	},
	{
		flaw: 'a table that is opened to keys by the way',
		plant: 'grant select on public.notes to api_key;',
		find: catalog.relationGrants,
		finding: 'api_key may select notes'
	},
	{
		flaw: 'a policy with check (true)',
		plant: `grant insert on public.memberships to authenticated;
			create policy "oops" on public.memberships for insert to authenticated with check (true);`,
		find: catalog.strangePolicies,
		finding: /^policy "oops" on public.memberships is for INSERT to {authenticated}/
	},
	{
		flaw: "a readable column with a token's hash",
		plant: 'alter table public.invitations add column token_hash text;',
		find: tenants.readableSecrets,
		finding: 'people can select invitations.token_hash, which looks like a secret'
	},
	{
		flaw: 'a unique name that tells what exists elsewhere',
		plant: 'create table public.tags (id uuid primary key, organization_id uuid not null, name text not null unique);',
		find: tenants.uniquesAcrossOrganizations,
		finding: 'tags_name_key on tags is unique across organizations'
	},
	{
		flaw: 'a foreign key into another organization',
		plant: `create table public.drawings (
			id uuid primary key, organization_id uuid not null, contact_id uuid references public.contacts (id));`,
		find: tenants.referencesAcrossOrganizations,
		finding: "drawings may point into another organization's contacts (drawings_contact_id_fkey)"
	},
	{
		flaw: 'a row that points into another organization',
		plant: `create table public.drawings (
				id uuid primary key, organization_id uuid not null, contact_id uuid references public.contacts (id));
			with here as (
				insert into public.organizations (slug, name) values ('a-place-with-a-contact', 'Here') returning id
			), contact as (
				insert into public.contacts (organization_id, phone_number) select id, '+14155550196' from here returning id
			)
			insert into public.drawings select gen_random_uuid(), gen_random_uuid(), id from contact;`,
		find: tenants.rowsAcrossOrganizations,
		finding: "1 rows of drawings point into another organization's contacts"
	},
	{
		flaw: 'a line of the book that can be changed',
		plant: 'drop trigger append_only on public.audit_log;',
		find: tenants.changeableBook,
		finding: "somebody can update public.audit_log set verb = 'nothing.happened'"
	},
	{
		flaw: 'a book that can be emptied while triggers rest',
		plant: 'alter table public.audit_log enable trigger never_emptied;',
		find: tenants.changeableBook,
		finding: 'somebody can truncate public.audit_log'
	},
	{
		flaw: 'a capability that only the database gives',
		plant: `insert into private.capabilities (capability, role) values ('members:invite', 'viewer');`,
		find: tenants.wrongCapabilities,
		finding: 'only the database says: viewer members:invite'
	},
	{
		flaw: 'a verb that nobody wrote into the table of verbs',
		plant: `create function api.oops(organization_id uuid) returns uuid language sql set search_path = '' return organization_id;`,
		find: unlistedVerbs,
		finding: 'api.oops(organization_id uuid) has no entry in verbs.ts'
	}
];
