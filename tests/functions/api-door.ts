import type { Sql } from 'postgres';
import { createApp } from '../../supabase/functions/api/app.ts';
import { createWaiting } from '../../supabase/functions/api/waiting.ts';
import { createCallerDatabase } from '../../supabase/functions/_shared/database-caller.ts';
import { createDoorDatabase } from '../../supabase/functions/_shared/database-door.ts';
import { createListener } from '../../supabase/functions/_shared/database-listener.ts';
import { orderDatabaseOf } from '../../supabase/functions/_shared/database-orders.ts';
import { createRequestLog } from '../../supabase/functions/_shared/http/request-log.ts';
import { createScopeNotes } from '../../supabase/functions/_shared/http/scope-notes.ts';
import type { Environment } from '../support/stack.ts';
import { collect, type Lines } from './doors.ts';

export type Problem = {
	type: string;
	title: string;
	detail?: string;
	status: number;
	code: string;
	request_id: string;
	errors?: { field: string; says: string }[];
};

/** Who asks: a token, or none. */
export type Bearer = { accessToken: string } | null;

/** The developer API as Vitest runs it, on the stack's database as the role it has when deployed. */
export function openApi(env: Environment, { fetch }: { fetch?: typeof globalThis.fetch } = {}) {
	const lines: Lines = [];
	const log = collect(lines);
	const url = env.EDGE_DATABASE_URL;
	const database = createCallerDatabase(url);
	const door = createDoorDatabase(url);
	const requests = createRequestLog({ close: door.closeRequests, log, pause: 50 });
	const scopes = createScopeNotes({ note: door.noteKeyScopes, log, pause: 50 });
	const orders = orderDatabaseOf(env);
	const waiting = createWaiting({
		database,
		log,
		listen: (hear) => createListener({ url, channel: 'verifications', hear, failed() {} })
	});
	const app = createApp({
		...{ env: functionEnvironment(env), database, door, orders, waiting, requests, scopes, log },
		...(fetch && { fetch })
	});

	async function ask<Body>(method: string, path: string, by: Bearer, wish: RequestInit & { json?: unknown } = {}) {
		const { json, ...init } = wish;
		const response = await app.request(`/api/v1${path}`, {
			method,
			...init,
			headers: {
				...(by && { authorization: `Bearer ${by.accessToken}` }),
				...(json !== undefined && { 'content-type': 'application/json' }),
				...(init.headers as Record<string, string>)
			},
			...(json !== undefined && { body: JSON.stringify(json) })
		});
		const text = await response.text();
		return {
			status: response.status,
			headers: response.headers,
			body: (isJson(response) ? JSON.parse(text) : text || null) as Body
		};
	}

	return {
		app,
		lines,
		waiting,
		ask,
		get: <Body>(path: string, by: Bearer, init?: RequestInit) => ask<Body>('GET', path, by, init),
		post: <Body>(path: string, by: Bearer, json?: unknown, init?: RequestInit) =>
			ask<Body>('POST', path, by, { ...init, ...(json !== undefined && { json }) }),
		async end() {
			await waiting.end();
			await requests.end();
			await scopes.end();
			await Promise.all([database.end(), door.end()]);
			await orders.end();
		}
	};
}

function functionEnvironment(env: Environment): Record<string, string> {
	const k = Buffer.from(env.SUPABASE_JWT_SECRET).toString('base64url');
	return { ...env, TOKEN_SIGNING_KEY: JSON.stringify({ kty: 'oct', alg: 'HS256', k }) };
}

/** An organization that has said that it asks for codes of its own accounts and tests only. */
export const confirmUse = (sql: Sql, organizationId: string) =>
	sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${organizationId}`;

const isJson = (response: Response) => /\bjson\b/.test(response.headers.get('content-type') ?? '');
