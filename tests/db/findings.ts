/** What is wrong with the database by its catalog alone: each function lists its findings, none is good. */
import type { TransactionSql } from 'postgres';
import { keyHelpers, keyRelations, keysOnly, keyVerbs } from './keys-cast.ts';

type Find = (tx: TransactionSql) => Promise<string[]>;

/** The only functions that visitors may execute; each with its namesake in private. */
export const anonymousFunctions = ['username_available(text)', 'invitation_preview(text)', 'list_plans()', 'status()'];

/** What of private the policies call, so members must be able to. */
export const policyHelpers = [
	'session_alive()',
	'fold(text)',
	'my_organization_ids()',
	'my_organization_ids_for(text)',
	'my_user_id()',
	'may_upload(text, text)',
	'may_attach(text)',
	'my_open_organization_ids()',
	'my_phone_number_ids()',
	'my_team_conversation_ids()',
	'my_code_organization_ids()',
	'can_read_topic(text)',
	'can_write_topic(text)'
];

const one = (query: (tx: TransactionSql) => PromiseLike<readonly { finding: string }[]>): Find => {
	return async (tx) => (await query(tx)).map((row) => row.finding);
};

export const tablesWithoutRowSecurity = one(
	(tx) => tx<{ finding: string }[]>`
		select format('row level security is off on %s', c.oid::regclass) as finding
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity
		order by 1`
);

/** Tables are nobody's to write, so policies exist only for reading, for members or keys and not for both, and never say just "true". */
export const strangePolicies = one(
	(tx) => tx<{ finding: string }[]>`
		select format('policy "%s" on public.%s is for %s to %s using (%s)', policyname, tablename, cmd, roles, qual) as finding
		from pg_policies
		where schemaname in ('public', 'private') and (cmd <> 'SELECT' or roles not in ('{authenticated}', '{api_key}') or qual = 'true')
		union all
		select format('public.%s has no policy', c.relname)
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			and not exists (select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname)
		order by 1`
);

export const definerDoors = one(
	(tx) => tx<{ finding: string }[]>`
		select format('%s is security definer', p.oid::regprocedure) as finding
		from pg_proc p
		where p.pronamespace::regnamespace::text in ('public', 'api', 'service') and p.prosecdef
		order by 1`
);

export const doorsForVisitors = one(
	(tx) => tx<{ finding: string }[]>`
		select format('visitors may execute %s', p.oid::regprocedure) as finding
		from pg_proc p
		where p.pronamespace::regnamespace::text in ('public', 'api', 'service', 'private')
			and has_function_privilege('anon', p.oid, 'execute')
			and not (
				p.pronamespace::regnamespace::text in ('api', 'private')
				and format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) = any (${anonymousFunctions}))
		order by 1`
);

export const functionsWithoutSearchPath = one(
	(tx) => tx<{ finding: string }[]>`
		select format('%s does not set search_path to nothing', p.oid::regprocedure) as finding
		from pg_proc p
		where p.pronamespace::regnamespace::text in ('public', 'api', 'service', 'private')
			and not coalesce(p.proconfig @> array['search_path=""'], false)
		order by 1`
);

export const viewsOfTheirOwner = one(
	(tx) => tx<{ finding: string }[]>`
		select format('%s reads with its owner''s rights', c.oid::regclass) as finding
		from pg_class c
		where c.relnamespace::regnamespace::text in ('public', 'api', 'service', 'private') and (
			c.relkind = 'm'
			or c.relkind = 'v' and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false))
		order by 1`
);

export const thingsWithoutComment = one(
	(tx) => tx<{ finding: string }[]>`
		select format('%s has no comment', c.oid::regclass) as finding
		from pg_class c
		where c.relnamespace::regnamespace::text in ('public', 'api', 'service', 'private')
			and c.relkind in ('r', 'p', 'v', 'm') and obj_description(c.oid, 'pg_class') is null
		union all
		select format('%s has no comment', p.oid::regprocedure)
		from pg_proc p
		where p.pronamespace::regnamespace::text in ('api', 'service') and obj_description(p.oid, 'pg_proc') is null
		order by 1`
);

/** Grants on tables, views, columns and sequences: members may select from public and api, keys from what is listed, nobody anything else. */
export const relationGrants = one(
	(tx) => tx<{ finding: string }[]>`
		select format('%s may %s %s', r.role, lower(p.privilege), c.oid::regclass) as finding
		from pg_class c
		cross join unnest(array['public', 'anon', 'authenticated', 'api_key', 'service_role', 'edge', 'authenticator']) r (role)
		cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']) p (privilege)
		where c.relnamespace::regnamespace::text in ('public', 'api', 'service', 'private')
			and c.relkind in ('r', 'p', 'v', 'm', 'f')
			and (
				has_table_privilege(r.role, c.oid, p.privilege)
				or p.privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
					and has_any_column_privilege(r.role, c.oid, p.privilege))
			and not (
				r.role = 'authenticated' and p.privilege = 'SELECT'
				and c.relnamespace::regnamespace::text in ('public', 'api'))
			and not (
				r.role = 'api_key' and p.privilege = 'SELECT'
				and format('%I.%I', c.relnamespace::regnamespace, c.relname) = any (${Object.keys(keyRelations)}))
		union all
		select format('%s may %s sequence %s', r.role, lower(p.privilege), c.oid::regclass)
		from pg_class c
		cross join unnest(array['public', 'anon', 'authenticated', 'api_key', 'service_role', 'edge', 'authenticator']) r (role)
		cross join unnest(array['USAGE', 'SELECT', 'UPDATE']) p (privilege)
		where c.relnamespace::regnamespace::text in ('public', 'api', 'service', 'private')
			and c.relkind = 'S' and has_sequence_privilege(r.role, c.oid, p.privilege)
		order by 1`
);

/** Grants on functions: api is for members, service for our own, private for whoever has the namesake. */
export const functionGrants = one(
	(tx) => tx<{ finding: string }[]>`
		with functions as (
			select p.oid, p.pronamespace::regnamespace::text as schema,
				format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) as signature
			from pg_proc p
			where p.pronamespace::regnamespace::text in ('public', 'api', 'service', 'private')
		)
		select format('%s may execute %s', r.role, f.oid::regprocedure) as finding
		from functions f
		cross join unnest(array['public', 'authenticated', 'api_key', 'service_role', 'edge', 'authenticator']) r (role)
		where has_function_privilege(r.role, f.oid, 'execute') and not case
			when r.role = 'authenticated' then f.schema = 'api' or f.schema = 'private' and (
				f.signature = any (${policyHelpers})
				or exists (select from functions d where d.schema = 'api' and d.signature = f.signature))
			when r.role = 'api_key' then
				f.schema in ('api', 'private') and split_part(f.signature, '(', 1) = any (${Object.keys(keyVerbs)})
				or f.schema = 'private' and f.signature = any (${keyHelpers})
				or f.schema = 'api' and split_part(f.signature, '(', 1) = any (${keysOnly})
			-- the operators' realm is the app's own server's: functions have no part in it
			when r.role = 'edge' and f.signature like 'operator\\_%' then false
			when r.role in ('service_role', 'edge') then f.schema = 'service' or f.schema = 'private' and
				exists (select from functions d where d.schema = 'service' and d.signature = f.signature)
			else false
		end
		order by 1`
);

/** Usage of schemas. Nobody but their owner makes anything in them. */
export const schemaGrants = one(
	(tx) => tx<{ finding: string }[]>`
		select format('%s has %s on schema %s', r.role, lower(p.privilege), n.nspname) as finding
		from pg_namespace n
		cross join unnest(array['public', 'anon', 'authenticated', 'api_key', 'service_role', 'edge', 'authenticator']) r (role)
		cross join unnest(array['USAGE', 'CREATE']) p (privilege)
		where n.nspname in ('public', 'api', 'service', 'private') and has_schema_privilege(r.role, n.oid, p.privilege)
			and not (p.privilege = 'USAGE' and case n.nspname
				when 'public' then true
				when 'api' then r.role in ('anon', 'authenticated', 'api_key')
				else r.role in ('edge', 'service_role')
			end)
		order by 1`
);

/** edge bypasses nothing, owns nothing, and becomes nobody but a member or a key. */
export const edgeTooStrong = one(
	(tx) => tx<{ finding: string }[]>`
		select format('the role edge has %s', a.attribute) as finding
		from pg_roles r
		cross join lateral (values
			('superuser', r.rolsuper), ('bypassrls', r.rolbypassrls), ('createrole', r.rolcreaterole),
			('createdb', r.rolcreatedb), ('replication', r.rolreplication), ('inherit', r.rolinherit)
		) as a (attribute, has)
		where r.rolname = 'edge' and a.has
		union all
		select format('edge is a member of %s', m.roleid::regrole)
		from pg_auth_members m
		where m.member = 'edge'::regrole and (m.roleid not in ('authenticated'::regrole, 'api_key'::regrole) or m.inherit_option or m.admin_option)
		union all
		select format('edge owns %s', d.objid) from pg_shdepend d where d.refobjid = 'edge'::regrole and d.deptype = 'o'
		order by 1`
);

export const catalogFindings = {
	tablesWithoutRowSecurity,
	strangePolicies,
	definerDoors,
	doorsForVisitors,
	functionsWithoutSearchPath,
	viewsOfTheirOwner,
	thingsWithoutComment,
	relationGrants,
	functionGrants,
	schemaGrants,
	edgeTooStrong
};
