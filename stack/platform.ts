import { readFileSync } from 'node:fs';
import { App } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import postgres from 'postgres';
import type { Stack } from './environment.ts';
import { wires } from './wires.ts';

export type Sql = postgres.Sql;

const { socket, cut } = wires();

/** Ends this process's connections to a database that has fallen silent: what waits for it fails, what comes asks anew. */
export const cutConnections = cut;

/** How a pool looks for a database that was away: within a second. The driver's own pauses grow to 20 s. */
export const tenacity = {
	socket,
	connect_timeout: 2,
	backoff: (failures: number) => Math.min(0.05 * 2 ** failures, 1)
};

/** A superuser connection for the stack's own errands. */
export function connect(url: string, max = 1): Sql {
	return postgres(url, { max, onnotice() {}, connection: { application_name: 'stack' }, ...tenacity });
}

/**
 * Makes a plain Postgres look like a hosted project before its first migration: roles and their passwords, schema auth,
 * and the stand-ins of platform.sql. Idempotent, run at every start.
 */
export async function preparePlatform(sql: Sql, { environment, secrets }: Stack): Promise<void> {
	await run(sql, 'roles.sql');
	await sql.unsafe(`
		alter role postgres password '${secrets.postgresPassword}';
		alter role supabase_auth_admin password '${secrets.authPassword}';
	`);
	await makeAuthSchema(environment);
	await run(sql, 'platform.sql');
	await run(sql, 'storage/schema.sql');
	const kept = { worker_url: environment.WORKER_URL, worker_secret: environment.WORKER_SECRET };
	for (const [name, secret] of Object.entries(kept)) {
		await sql`insert into vault.secrets (name, secret) values (${name}, ${secret})
			on conflict (name) do update set secret = excluded.secret, updated_at = now()`;
	}
}

/** The migrations make the role `edge` without a login; its password belongs to the place where it runs. */
export async function openEdgeRole(sql: Sql, { secrets }: Stack): Promise<void> {
	await sql.unsafe(`
		do $$ begin
			if exists (select from pg_roles where rolname = 'edge') then
				alter role edge login password '${secrets.edgePassword}';
			end if;
		end $$;
	`);
}

/** lite makes the tables of schema auth; it has to be a superuser for that, and never is again. */
async function makeAuthSchema({ DATABASE_URL, SUPABASE_JWT_SECRET, APP_URL }: Stack['environment']): Promise<void> {
	const connection = createPostgresConnection({ url: DATABASE_URL, postgresOptions: { max: 1, onnotice() {} } });
	try {
		const app = new App({
			connection,
			auth: { enabled: true, jwt_secret: SUPABASE_JWT_SECRET, site_url: APP_URL },
			studio: { enabled: false }
		});
		await app.ensureSystemSchema();
	} finally {
		await connection.close();
	}
}

async function run(sql: Sql, file: string): Promise<void> {
	await sql.unsafe(readFileSync(new URL(file, import.meta.url), 'utf8')).simple();
}
