/** Flaws in what API keys may. */
import type { Flaw } from './flaws.ts';
import { openToKeys, wrongKeyRows, wrongKeyScopes } from './matrix-keys.ts';

/** The caller's key, with a condition less. */
const keyWithout = (condition: string) => `
	do $$ begin execute 'create or replace view private.my_key with (security_invoker = true) as '
		|| replace(pg_get_viewdef('private.my_key'::regclass), '${condition}', 'true'); end $$;`;

export const keyFlaws: Flaw[] = [
	{
		flaw: 'a policy that forgets the scope',
		plant: `alter policy "keys with its scope can read" on public.contacts
			using (organization_id = any ((select private.key_organization_ids())::uuid[]));`,
		find: wrongKeyRows,
		finding: /^a key that only sends sees \d+ rows of others in public.contacts$/
	},
	{
		flaw: 'a policy that forgets the numbers of a key',
		plant: `alter policy "keys with its scope can read" on public.messages
			using (organization_id = any ((select private.key_organization_ids('{messages:read}'))::uuid[]));`,
		find: wrongKeyRows,
		finding: /^a key for one number sees \d+ rows of others in public.messages$/
	},
	{
		flaw: 'a policy that forgets keys',
		plant: 'drop policy "keys with its scope can read" on public.opt_outs;',
		find: wrongKeyRows,
		finding: /^a key for everything misses \d+ own rows of public.opt_outs$/
	},
	{
		flaw: 'a revoked key that still reads',
		plant: keyWithout('k.revoked_at IS NULL'),
		find: wrongKeyRows,
		finding: /^a revoked key sees \d+ rows of others in public.messages$/
	},
	{
		flaw: 'a key of a suspended organization that still reads',
		plant: keyWithout('o.suspended_at IS NULL'),
		find: wrongKeyRows,
		finding: /^a key of a suspended organization sees \d+ rows of others in public.messages$/
	},
	{
		flaw: 'a list of numbers that forgets who asks',
		plant: `create or replace function private.key_phone_number_ids(scopes text[] default null) returns uuid[]
			language sql stable security definer set search_path = ''
			as $$ select array(select n.id from public.phone_numbers n order by n.id desc limit 50) $$;`,
		find: wrongKeyRows,
		finding: /^a key of another organization sees \d+ rows of others in public.messages$/
	},
	{
		flaw: 'a verb that keys can call by the way',
		plant: 'grant execute on function private.revoke_api_key(uuid), api.revoke_api_key(uuid) to api_key;',
		find: openToKeys,
		finding: /^keys can execute api.revoke_api_key\(key_id uuid\)/
	},
	{
		flaw: 'a scope that nobody asks for',
		plant: `create or replace function private.require_of_key(capability text, organization_id uuid) returns void
			language plpgsql stable security definer set search_path = '' as $$
			begin
				if private.my_key_id() is null then
					perform private.fail(401, 'unauthorized', 'This needs a valid key or token.');
				end if;
			end $$;`,
		find: wrongKeyScopes,
		finding: 'a key that only reads hears null of create_contact, not scope_missing'
	}
];
