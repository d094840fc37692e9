/** That the checks of isolation.test.ts can fail: each flaw is planted, found by name, and undone. */
import { expect, test } from 'vitest';
import { prepareAttempts, undone } from './attempts.ts';
import * as catalog from './findings.ts';
import { openFunctions } from './matrix-functions.ts';
import { openTopics } from './matrix-topics.ts';
import { openTables, wrongRows } from './matrix.ts';
import { createWorld } from './world.ts';

type Flaw = {
	flaw: string;
	plant: string;
	find: typeof wrongRows | typeof catalog.definerDoors;
	finding: string | RegExp;
};

const newTable =
	'create table public.leaks (id uuid primary key, organization_id uuid not null, secret text not null);';

const flaws: Flaw[] = [
	{
		flaw: 'a new table without row level security',
		plant: newTable,
		find: catalog.tablesWithoutRowSecurity,
		finding: 'row level security is off on leaks'
	},
	{
		flaw: 'a new table that nobody protected, seen by strangers',
		plant: `${newTable} grant select on public.leaks to authenticated;`,
		find: wrongRows,
		finding: 'a member of another organization sees 1 rows of others in public.leaks'
	},
	{
		flaw: 'a new table with a policy that lets everyone in',
		plant: `${newTable} alter table public.leaks enable row level security; grant select on public.leaks to authenticated;
			create policy "all" on public.leaks for select to authenticated using (secret is not null);`,
		find: wrongRows,
		finding: 'a removed member sees 1 rows of others in public.leaks'
	},
	{
		flaw: 'a new table that forgets the number',
		plant: `create table public.leaks (id uuid primary key, organization_id uuid not null, phone_number_id uuid not null);
			alter table public.leaks enable row level security; grant select on public.leaks to authenticated;
			create policy "members can read" on public.leaks for select to authenticated
				using (organization_id = any ((select private.my_organization_ids())::uuid[]));`,
		find: wrongRows,
		finding: 'a member without the grant sees 1 rows of others in public.leaks'
	},
	{
		flaw: 'a new table that does not say whose its rows are',
		plant: 'create table public.leaks (id uuid primary key); alter table public.leaks enable row level security;',
		find: wrongRows,
		finding: 'public.leaks has no organization_id: the matrix needs a rule for who may see a row'
	},
	{
		flaw: 'row level security switched off',
		plant: 'alter table public.opt_outs disable row level security;',
		find: wrongRows,
		finding: /^a signed-out session sees \d+ rows of others in public.opt_outs$/
	},
	{
		flaw: 'a list of numbers that asks for the organization alone',
		plant: `alter policy "those with access can read" on public.phone_numbers
			using (organization_id = any ((select private.my_organization_ids())::uuid[]));`,
		find: wrongRows,
		finding: 'a member without the grant sees 1 rows of others in public.phone_numbers'
	},
	{
		flaw: "reading marks that are not only one's own",
		plant: `alter policy "everyone can read their own" on public.conversation_reads
			using (organization_id = any ((select private.my_organization_ids())::uuid[]));`,
		find: wrongRows,
		finding: /^a member without the grant sees \d+ rows of others in public.conversation_reads$/
	},
	{
		flaw: "reading marks that outlive their owner's session",
		plant: `alter policy "everyone can read their own" on public.conversation_reads using (user_id = (select auth.uid()));`,
		find: wrongRows,
		finding: 'a session past its 30 days sees 1 rows of others in public.conversation_reads'
	},
	{
		flaw: 'a policy for everyone',
		plant: 'create policy "oops" on public.opt_outs for all to public using (true);',
		find: catalog.strangePolicies,
		finding: 'policy "oops" on public.opt_outs is for ALL to {public} using (true)'
	},
	{
		flaw: 'a list of organizations that does not ask for the session',
		plant: `create or replace function private.my_organization_ids() returns uuid[]
			language sql stable security definer set search_path = ''
			as $$ select array(select m.organization_id from public.memberships m where m.user_id = auth.uid()) $$;`,
		find: wrongRows,
		finding: /^a signed-out session sees \d+ rows of others in public.memberships$/
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
		flaw: 'a verb that visitors can execute',
		plant:
			'grant execute on function private.receive_message(text, text, text, text, text, int, text, jsonb, text) to public;',
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
		flaw: 'a write grant',
		plant: 'grant insert (name) on public.contacts to authenticated;',
		find: catalog.relationGrants,
		finding: 'authenticated may insert contacts'
	},
	{
		flaw: 'a write grant, used',
		plant: 'grant truncate on public.opt_outs to authenticated;',
		find: openTables,
		finding: 'a member of another organization can truncate public.opt_outs cascade (done)'
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
		flaw: "a view with its owner's rights, read",
		plant: 'create view api.oops as select * from public.messages; grant select on api.oops to authenticated;',
		find: wrongRows,
		finding: /^a session past its 30 days sees \d+ rows of others in api.oops$/
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
		flaw: 'a topic policy that lets another organization listen',
		plant: `create policy "oops" on realtime.messages for select to authenticated using ((select realtime.topic()) like 'number:%');`,
		find: openTopics,
		finding: /^a member of another organization hears number:/
	},
	{
		flaw: 'a topic policy that lets another organization speak',
		plant: `create policy "oops" on realtime.messages for insert to authenticated with check (extension = 'presence');`,
		find: openTopics,
		finding: /^a removed member speaks on conversation:/
	},
	{
		flaw: 'a file policy that lets another organization in',
		plant: `			insert into storage.buckets (id, name) values ('oops', 'oops');
			alter table storage.objects enable row level security;
			grant usage on schema storage to authenticated; grant select on storage.objects to authenticated;
			create policy "oops" on storage.objects for select to authenticated using (bucket_id = 'oops');`,
		find: openTopics,
		finding: 'a member of another organization sees files of others in oops'
	}
];

test.each(flaws)('$flaw is found', async ({ plant, find, finding }) => {
	const findings = await undone(async (tx) => {
		// first of all: what is planted may lock a table, and must not while we hold another
		await tx.unsafe(plant);
		await prepareAttempts(tx);
		return find(tx, await createWorld(tx));
	});
	expect(findings).toContainEqual(typeof finding === 'string' ? finding : expect.stringMatching(finding));
});
