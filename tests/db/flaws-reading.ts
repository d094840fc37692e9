/** Flaws in who sees what: rows, topics and files of others. */
import { openTopics } from './matrix-topics.ts';
import { wrongRows } from './matrix.ts';
import type { Flaw } from './flaws.ts';

const newTable =
	'create table public.leaks (id uuid primary key, organization_id uuid not null, secret text not null);';
const newPolicy = `alter table public.leaks enable row level security; grant select on public.leaks to authenticated;
	create policy "all" on public.leaks for select to authenticated using (organization_id is not null);`;

const myOrganizations = (query: string) => `
	create or replace function private.my_organization_ids() returns uuid[]
	language sql stable security definer set search_path = '' as $$ select array(${query}) $$;`;

export const readingFlaws: Flaw[] = [
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
		flaw: 'a list of organizations that does not ask for the session',
		plant: `create or replace function private.my_organization_ids() returns uuid[]
			language sql stable security definer set search_path = ''
			as $$ select array(select m.organization_id from public.memberships m where m.user_id = auth.uid()) $$;`,
		find: wrongRows,
		finding: /^a signed-out session sees \d+ rows of others in public.memberships$/
	},
	{
		flaw: "a view with its owner's rights, read",
		plant: 'create view api.oops as select * from public.messages; grant select on api.oops to authenticated;',
		find: wrongRows,
		finding: /^a session past its 30 days sees \d+ rows of others in api.oops$/
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
		plant: `insert into storage.buckets (id, name) values ('oops', 'oops');
			create policy "oops" on storage.objects for select to authenticated using (bucket_id = 'oops');`,
		find: openTopics,
		finding: 'a member of another organization sees files of others in oops'
	},
	{
		flaw: 'a new table whose checks no made-up row would pass, with a policy that lets everyone in',
		plant: `create type public.shade as enum ('light', 'dark');
			create table public.leaks (
				id uuid primary key, organization_id uuid not null, user_id uuid,
				kind text not null check (kind in ('one', 'two')), shade public.shade not null, at inet not null,
				code text not null check (code ~ '^[0-9]{6}$'), tags text[] not null,
				first_at timestamptz not null, last_at timestamptz not null, check (last_at > first_at),
				check ((kind = 'one') = (user_id is null)));
			${newPolicy}`,
		find: wrongRows,
		finding: 'a member of another organization sees 1 rows of others in public.leaks'
	},
	{
		flaw: 'an EXISTS that forgets the organization',
		plant: `alter policy "members can read" on public.contacts
			using (exists (select from public.memberships m where m.user_id = (select auth.uid())));`,
		find: wrongRows,
		finding: /^a member of another organization sees \d+ rows of others in public.contacts$/
	},
	{
		flaw: 'a grant of a number that is ignored',
		plant: `create or replace function private.my_phone_number_ids() returns uuid[]
			language sql stable security definer set search_path = ''
			as $$ select array(
				select n.id from private.my_session s
				join public.memberships m on m.user_id = s.user_id and m.suspended_at is null
				join public.phone_numbers n on n.organization_id = m.organization_id) $$;`,
		find: openTopics,
		finding: /^a viewer without the grant hears number:/
	},
	{
		flaw: 'an organization that an invitation alone opens',
		plant: myOrganizations(`
			select m.organization_id from private.my_session s
			join public.memberships m on m.user_id = s.user_id and m.suspended_at is null
			union select i.organization_id from private.my_session s
			join auth.users u on u.id = s.user_id join public.invitations i on i.email = u.email`),
		find: wrongRows,
		finding: 'an invited person sees 1 rows of others in public.organizations'
	},
	{
		flaw: 'a suspended person who still reads',
		plant: 'drop trigger on_suspension on public.profiles;',
		find: wrongRows,
		finding: /^a suspended member sees \d+ rows of others in public.messages$/
	},
	{
		flaw: 'a suspended organization that is still read',
		plant: myOrganizations(`
			select m.organization_id from private.my_session s join public.memberships m on m.user_id = s.user_id`),
		find: wrongRows,
		finding: /^the owner of a suspended organization sees \d+ rows of others in public.contacts$/
	},
	{
		flaw: 'sessions that never grow idle',
		plant: `create or replace view private.my_session with (security_invoker = true) as
			select s.id, s.user_id from auth.sessions s
			where s.id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'session_id')::uuid
				and s.created_at > now() - interval '720 hours' and coalesce(s.not_after > now(), true);`,
		find: wrongRows,
		finding: /^a session idle for 7 days sees \d+ rows of others in public.messages$/
	},
	{
		flaw: 'sessions that outlive the end they were given',
		plant: `create or replace view private.my_session with (security_invoker = true) as
			select s.id, s.user_id from auth.sessions s
			where s.id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'session_id')::uuid
				and s.created_at > now() - interval '720 hours'
				and greatest(s.created_at, s.updated_at, s.refreshed_at at time zone 'utc') > now() - interval '168 hours';`,
		find: openTopics,
		finding: /^a session past its own end hears conversation:/
	},
	{
		flaw: 'the book open to everybody who belongs there',
		plant: `alter policy "those who may audit can read" on public.audit_log
			using (organization_id = any ((select private.my_organization_ids())::uuid[]));`,
		find: wrongRows,
		finding: /^a viewer with the grant sees \d+ rows of others in api.audit_log$/
	},
	{
		flaw: 'pictures that anybody sees before they were looked at',
		plant: `create policy "oops" on storage.objects for select to authenticated using (bucket_id = 'avatars');`,
		find: openTopics,
		finding: 'a member of another organization sees files of others in avatars'
	},
	{
		flaw: 'a logo that anybody may put up',
		plant: `create policy "oops" on storage.objects for insert to authenticated with check (bucket_id = 'logos');`,
		find: openTopics,
		finding: 'a member without the grant can put up a logo'
	},
	{
		flaw: 'files that whoever sees them may delete',
		plant: `create policy "oops" on storage.objects for delete to authenticated using (true);`,
		find: openTopics,
		finding: 'a viewer with the grant can delete files'
	}
];
