/** A person's Realtime connection as the app has it, and what a test wants to see of it. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RealtimeClient, type RealtimeChannel, type RealtimeChannelOptions } from '@supabase/realtime-js';
import postgres, { type Sql } from 'postgres';
import { afterAll, onTestFinished } from 'vitest';
import { plans, type Limits } from '../../stack/realtime/limits.ts';
import { serve } from '../../stack/realtime/server.ts';
import type { Environment } from './stack.ts';

type Address = { SUPABASE_URL: string; SUPABASE_PUBLISHABLE_KEY: string };

/** A broadcast as it arrived. */
export type Heard = { event: string; payload: Record<string, unknown>; meta?: { id: string; replayed?: boolean } };

/** A joined channel: its broadcasts, its statuses (`SUBSCRIBED`, `CHANNEL_ERROR: why` …) and the server's own words, in order. */
export type Listening = { channel: RealtimeChannel; heard: Heard[]; log: string[] };

/** Opens a connection that brings this token (a function may bring another one later). It ends with the test. */
export function connect(env: Address, token: string | (() => string | null), vsn = '2.0.0'): RealtimeClient {
	const client = new RealtimeClient(`${env.SUPABASE_URL.replace('http', 'ws')}/realtime/v1`, {
		params: { apikey: env.SUPABASE_PUBLISHABLE_KEY },
		accessToken: async () => (typeof token === 'string' ? token : token()),
		timeout: 5000,
		vsn
	});
	onTestFinished(async () => {
		await client.disconnect();
	});
	return client;
}

/** Joins a topic, private unless the config says otherwise, and answers with the first status. */
export async function join(
	client: RealtimeClient,
	topic: string,
	config: RealtimeChannelOptions['config'] = {},
	prepare: (channel: RealtimeChannel) => void = () => {}
): Promise<Listening & { status: string }> {
	// as the app has to: without it the first join carries no token
	await client.setAuth();
	const channel = client.channel(topic, { config: { private: true, ...config } });
	const heard: Heard[] = [];
	const log: string[] = [];
	channel.on('broadcast', { event: '*' }, (message) => heard.push(message as unknown as Heard));
	channel.on('system', {}, (message: { message: string }) => log.push(message.message));
	prepare(channel);
	const status = await new Promise<string>((resolve) =>
		channel.subscribe((name, error) => {
			log.push(error ? `${name}: ${error.message}` : name);
			resolve(log.at(-1) ?? '');
		})
	);
	return { channel, heard, log, status };
}

/** A Realtime server of a test file's own. */
export type Own = {
	env: Address;
	sql: Sql;
	/** the server's database, through nothing */
	databaseUrl: string;
	/** a token of the role `authenticated` with these claims */
	token: (claims?: Record<string, unknown>, lifetime?: number) => string;
	/** stops the server and starts it again at the same address */
	restart: (pause?: number) => Promise<void>;
};

const everybody = `
	create policy "everybody may do everything" on realtime.messages for all to authenticated using (true) with check (true);
`;

/** How the rights of `rightsOfToken` are written: `broadcast:read presence:write`. */
export const rightsOfToken = `
	create policy "as the token says" on realtime.messages for select to authenticated
		using ((select auth.jwt() ->> 'rights') like '%' || extension || ':read%');
	create policy "as the token says too" on realtime.messages for insert to authenticated
		with check ((select auth.jwt() ->> 'rights') like '%' || extension || ':write%');
`;

/**
 * A Realtime server with limits of its own, on a database of its own with policies of its own (by default everybody may
 * do everything). Both end with the test file.
 */
export async function ownRealtime(
	stack: { env: Environment; sql: Sql },
	{ limits = {}, policies = everybody }: { limits?: Partial<Limits>; policies?: string } = {}
): Promise<Own> {
	const { SUPABASE_JWT_SECRET: jwtSecret, SUPABASE_PUBLISHABLE_KEY: publishableKey } = stack.env;
	const name = `realtime_${randomBytes(6).toString('hex')}`;
	const databaseUrl = Object.assign(new URL(stack.env.DATABASE_URL), { pathname: `/${name}` }).href;
	await stack.sql.unsafe(`create database ${name}`);
	const sql = postgres(databaseUrl, { max: 4, onnotice() {} });
	await stack.sql.begin(async (tx) => {
		// roles are the cluster's: two files must not change them at once
		await tx`select pg_advisory_xact_lock(hashtext('own realtime'))`;
		await sql.unsafe('create schema auth; create table auth.sessions (id uuid primary key, not_after timestamptz)');
		await sql.unsafe(readFileSync(new URL('../../stack/platform.sql', import.meta.url), 'utf8')).simple();
	});
	await sql.unsafe(policies);

	const start = (port: number) =>
		serve({ port, databaseUrl, jwtSecret, publishableKey, limits: { ...plans.large, ...limits } });
	let server = await start(0);
	const { port } = server;
	afterAll(async () => {
		await server.stop();
		await sql.end({ timeout: 1 });
		await stack.sql.unsafe(`drop database ${name} with (force)`);
	});
	return {
		env: { SUPABASE_URL: `http://127.0.0.1:${port}`, SUPABASE_PUBLISHABLE_KEY: publishableKey },
		sql,
		databaseUrl,
		token(claims = {}, lifetime = 3600) {
			const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
			const exp = Math.floor(Date.now() / 1000) + lifetime;
			const body = `${part({ alg: 'HS256' })}.${part({ role: 'authenticated', sub: randomUUID(), exp, ...claims })}`;
			return `${body}.${createHmac('sha256', jwtSecret).update(body).digest('base64url')}`;
		},
		async restart(pause = 0) {
			await server.stop();
			await new Promise((resolve) => setTimeout(resolve, pause));
			server = await start(port);
		}
	};
}
