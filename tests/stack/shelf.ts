import { randomBytes } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

/** What a migration of a bucket would write: everybody has a folder named after them. For all buckets of the tests. */
const policies = `
	select pg_advisory_xact_lock(7001);
	do $$
	declare
		mine constant text := 'bucket_id like ''test-%'' and (storage.foldername(name))[1] = (select auth.uid())::text';
	begin
		if exists (select from pg_policies where schemaname = 'storage' and policyname = 'test people can read') then
			return;
		end if;
		execute 'create policy "test people can read" on storage.objects for select to authenticated using (' || mine || ')';
		execute 'create policy "test people can add" on storage.objects for insert to authenticated with check (' || mine || ')';
		execute 'create policy "test people can change" on storage.objects for update to authenticated using (' || mine
			|| ') with check (' || mine || ')';
		execute 'create policy "test people can remove" on storage.objects for delete to authenticated using (' || mine || ')';
		-- a letter box: anybody puts in, nobody looks
		create policy "test visitors can post" on storage.objects for insert to anon
			with check (bucket_id like 'test-%' and (storage.foldername(name))[1] = 'post');
	end $$`;

type Wish = { public?: boolean; sizeLimit?: number; types?: string[] };

/** A bucket as a migration makes it, and the policies. */
export async function createBucket({ public: open = false, sizeLimit, types }: Wish = {}): Promise<string> {
	await sql.begin((tx) => tx.unsafe(policies).simple());
	const id = `test-${randomBytes(6).toString('hex')}`;
	await sql`insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
		values (${id}, ${id}, ${open}, ${sizeLimit ?? null}, ${types ?? null})`;
	return id;
}

/** The default client, signed in as somebody by their token, or with a key alone. */
export function clientOf(person: Pick<Person, 'accessToken'> | null, key = env.SUPABASE_PUBLISHABLE_KEY) {
	return createClient(env.SUPABASE_URL, key, person ? { accessToken: () => Promise.resolve(person.accessToken) } : {});
}

/** Somebody with a bucket of their own kind, and what they see of it. */
export async function keeper(wish: Wish = {}) {
	const [bucket, person] = await Promise.all([createBucket(wish), createPerson(sql, env)]);
	const client = clientOf(person);
	return {
		bucket,
		person,
		client,
		shelf: client.storage.from(bucket),
		at: (name: string) => `${person.userId}/${name}`
	};
}

/** A request to Storage that supabase-js would not make. */
export async function askStorage(path: string, init: RequestInit & { person?: Pick<Person, 'accessToken'> } = {}) {
	const { person, headers, ...rest } = init;
	return fetch(`${env.SUPABASE_URL}/storage/v1${path}`, {
		...rest,
		headers: {
			apikey: env.SUPABASE_PUBLISHABLE_KEY,
			...(person ? { authorization: `Bearer ${person.accessToken}` } : {}),
			...(headers as Record<string, string>)
		}
	});
}
