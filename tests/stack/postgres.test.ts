import { createServer, type IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { visitor, welcome } from './newcomer.ts';

const { env, sql } = stack;
const people = ['anon', 'authenticated', 'service_role'];

class Undo extends Error {}

/** Does something as a role with claims, in a transaction that is undone. */
async function as<T>(role: string, claims: object, work: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
	let result: T | undefined;
	await sql
		.begin(async (tx) => {
			await tx`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
			result = await work(tx);
			throw new Undo();
		})
		.catch((error: unknown) => {
			if (!(error instanceof Undo)) throw error;
		});
	return result as T;
}

describe('roles', () => {
	test('are what they are on hosted: nobody but supabase_admin is a superuser', async () => {
		const roles = await sql`
			select rolname as name, rolsuper as super, rolbypassrls as bypasses, rolcanlogin as login, rolcreaterole as creates
			from pg_roles where rolname !~ '^pg_' order by 1`;
		expect(roles.filter((role) => role.super).map((role) => role.name)).toEqual(['supabase_admin']);
		const bypassing = roles.filter((role) => role.bypasses).map((role) => role.name);
		expect(bypassing).toEqual(['postgres', 'service_role', 'supabase_admin']);
		expect(roles.find((role) => role.name === 'postgres')).toMatchObject({ login: true, creates: true });
		expect(roles.find((role) => role.name === 'edge')).toMatchObject({ login: true, bypasses: false, creates: false });
	});

	test('edge logs in, and can make no temporary table', async () => {
		const edge = postgres(env.EDGE_DATABASE_URL, { max: 1, onnotice() {} });
		try {
			expect((await edge`select current_user as name`)[0]!.name).toBe('edge');
			await expect(edge`create temporary table t (x int)`).rejects.toThrow(/permission denied/);
			await expect(edge`select * from public.messages`).rejects.toThrow(/permission denied/);
			await expect(edge`select * from vault.decrypted_secrets`).rejects.toThrow(/permission denied/);
		} finally {
			await edge.end();
		}
	});

	test('lite grants nothing behind our back, after requests of every kind', async () => {
		const { client } = await welcome(env);
		await client.from('organizations').select();
		await client.rpc('me');
		await visitor(env).from('organizations').select();
		await visitor(env, env.SUPABASE_SECRET_KEY).from('organizations').select();

		const granted = await sql`
			select format('%s on %I.%I to %s', privilege, n.nspname, c.relname, role) as extra
			from pg_class c
			join pg_namespace n on n.oid = c.relnamespace
			cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) privilege
			cross join unnest(${people}::text[]) role
			where n.nspname in ('public', 'private', 'auth') and c.relkind in ('r', 'p', 'v')
				and has_table_privilege(role, c.oid, privilege)`;
		expect(granted.map((row) => row.extra)).toEqual([]);
		const readable = await sql`
			select format('%I.%I to %s', n.nspname, c.relname, role) as extra
			from pg_class c
			join pg_namespace n on n.oid = c.relnamespace
			cross join unnest(${people}::text[]) role
			where c.relkind in ('r', 'p', 'v') and has_table_privilege(role, c.oid, 'SELECT')
				and (n.nspname in ('private', 'auth') or n.nspname = 'public' and role <> 'authenticated')`;
		expect(readable.map((row) => row.extra)).toEqual([]);
		const defaults = await sql`select pg_get_userbyid(defaclrole) as owner, defaclacl::text as acl from pg_default_acl`;
		expect(defaults.filter((row) => /anon|authenticated|service_role/.test(row.acl as string))).toEqual([]);
	});

	test('a sign-up trigger runs as supabase_auth_admin, which owns schema auth and can read no table of ours', async () => {
		const [owner] = await sql`select tableowner from pg_tables where schemaname = 'auth' and tablename = 'users'`;
		expect(owner!.tableowner).toBe('supabase_auth_admin');
		const [may] = await sql`select has_table_privilege('supabase_auth_admin', 'public.profiles', 'INSERT') as may`;
		expect(may!.may).toBe(false);
	});
});

describe('what hosted has', () => {
	test('auth.uid(), auth.role() and auth.jwt() read the claims however they were set', async () => {
		const id = randomUUID();
		const read = (tx: postgres.TransactionSql) =>
			tx`select auth.uid() as id, auth.role() as role, auth.email() as email, auth.jwt() ->> 'session_id' as session`;
		const [whole] = await as(
			'authenticated',
			{ sub: id, role: 'authenticated', email: 'a@b.example', session_id: 'x' },
			read
		);
		expect(whole).toEqual({ id, role: 'authenticated', email: 'a@b.example', session: 'x' });
		const [single] = await as('authenticated', {}, async (tx) => {
			await tx`select set_config('request.jwt.claim.sub', ${id}, true), set_config('request.jwt.claim.role', 'authenticated', true)`;
			return read(tx);
		});
		expect(single).toMatchObject({ id, role: 'authenticated' });
		const [nobody] = await as('anon', {}, read);
		expect(nobody).toMatchObject({ id: null, session: null });
	});

	test('realtime.send swallows a refusal: without a policy a caller’s broadcast is not stored', async () => {
		const topic = `conversation:${randomUUID()}`;
		const rows = await as('authenticated', { sub: randomUUID(), role: 'authenticated' }, async (tx) => {
			await tx`select realtime.send('{}', 'message', ${topic}, true)`;
			await tx`reset role`;
			return tx`select from realtime.messages where topic = ${topic}`;
		});
		expect(rows).toHaveLength(0);
	});

	test('secrets of the vault are read by postgres alone', async () => {
		const read = (tx: postgres.TransactionSql) =>
			tx`select decrypted_secret from vault.decrypted_secrets where name = 'worker_url'`;
		expect((await as('postgres', {}, read))[0]!.decrypted_secret).toBe(env.WORKER_URL);
		for (const role of people) await expect(as(role, {}, read)).rejects.toThrow(/permission denied/);
	});

	test('net.http_post leaves when the transaction commits, and never when it does not', async () => {
		const received: { request: IncomingMessage; body: string }[] = [];
		const server = createServer((request, response) => {
			let body = '';
			request.on('data', (text: Buffer) => (body += text.toString()));
			request.on('end', () => {
				received.push({ request, body });
				response.end();
			});
		});
		await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
		try {
			const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bell`;
			await as('postgres', {}, (tx) => tx`select net.http_post(${url}, '{"undone": true}')`);
			await sql.begin(async (tx) => {
				await tx`set local role postgres`;
				await tx`select net.http_post(url := ${url}, body := '{"n": 1}', params := '{"a": "b"}', headers := '{"authorization": "Bearer x"}')`;
			});
			await expect.poll(() => received.length, { timeout: 2000, interval: 5 }).toBe(1);
			expect(received[0]!.body).toBe('{"n":1}');
			expect(received[0]!.request).toMatchObject({ url: '/bell?a=b', method: 'POST' });
			expect(received[0]!.request.headers).toMatchObject({
				authorization: 'Bearer x',
				'content-type': 'application/json'
			});
		} finally {
			server.close();
		}
	});

	test('a job of cron runs at its time as the role that scheduled it', async () => {
		const name = `test-${randomUUID()}`;
		const channel = `cron_${randomUUID().slice(0, 8)}`;
		const heard = Promise.withResolvers<string>();
		const { unlisten } = await sql.listen(channel, heard.resolve);
		const command = `select pg_notify('${channel}', current_user || ' ' || coalesce(current_setting('is_superuser'), ''))`;
		const schedule = (as: postgres.TransactionSql) => as`select cron.schedule(${name}, '1 seconds', ${command})`;
		await sql.begin(async (tx) => {
			await tx`set local role postgres`;
			await schedule(tx);
			await schedule(tx);
		});
		try {
			expect(await sql`select from cron.job where jobname = ${name}`).toHaveLength(1);
			expect(await heard.promise).toBe('postgres off');
		} finally {
			await sql`delete from cron.job where jobname = ${name}`;
			await unlisten();
		}
	});
});
