import { createHmac, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { visitor, welcome } from './newcomer.ts';

const { env } = stack;
const publishable = { apikey: env.SUPABASE_PUBLISHABLE_KEY };

async function ask(path: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
	const response = await fetch(env.SUPABASE_URL + path, { ...init, headers, redirect: 'manual' });
	const text = await response.text();
	return { status: response.status, headers: response.headers, body: text ? (JSON.parse(text) as unknown) : null };
}

/** A token of the stack's own making, as lite signs them. */
function token(claims: Record<string, unknown>, secret = env.SUPABASE_JWT_SECRET): string {
	const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
	const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: randomUUID(), role: 'authenticated', ...claims })}`;
	return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

describe('the doors', () => {
	test.each(['/', '/nope', '/rest', '/rest/v2/x', '/storage/v2/object/x', '/studio', '/functions/v2/twilio'])(
		'%s is 404',
		async (path) => {
			expect((await ask(path, publishable)).status).toBe(404);
		}
	);

	test.each([
		'/rest/v1/organizations',
		'/auth/v1/settings',
		'/auth/v1/token?grant_type=password',
		'/storage/v1/bucket'
	])('%s asks for an API key', async (path) => {
		expect(await ask(path)).toMatchObject({ status: 401, body: { message: 'No API key found in request' } });
		expect(await ask(path, { apikey: 'sb_publishable_guessed' })).toMatchObject({ status: 401 });
	});

	test('a key may come in the query, as links need it', async () => {
		expect((await ask(`/auth/v1/settings?apikey=${env.SUPABASE_PUBLISHABLE_KEY}`)).status).toBe(200);
	});

	test('a function gets its path without /functions/v1, and an unknown one is 404', async () => {
		expect(await ask('/functions/v1/worker/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
		for (const name of ['nobody', 'constructor', '_shared', '']) {
			expect((await ask(`/functions/v1/${name}/health`)).status, name).toBe(404);
		}
	});

	test('a body of more than 10 MB is refused', async () => {
		const body = 'x'.repeat(10_000_001);
		expect((await ask('/rest/v1/rpc/me', publishable, { method: 'POST', body })).status).toBe(413);
	});
});

describe('who one is', () => {
	const withToken = (value: string) => ({ ...publishable, authorization: `Bearer ${value}`, 'accept-profile': 'api' });
	const now = Math.floor(Date.now() / 1000);

	test('R1.5 a token that is signed by us opens, the same token changed does not', async () => {
		const { session } = await welcome(env);
		const [header, claims, signature] = session.access_token.split('.');
		expect((await ask('/rest/v1/organizations', withToken(session.access_token))).body).toHaveLength(1);
		const other = Buffer.from(claims!, 'base64url').toString().replace('authenticated', 'service_role');
		const forged = [header, Buffer.from(other).toString('base64url'), signature].join('.');
		expect(await ask('/rest/v1/organizations', withToken(forged))).toMatchObject({ status: 401 });
	});

	test('R1.6 an expired token is refused, on reads and on functions that anyone may call', async () => {
		const headers = withToken(token({ exp: now - 1 }));
		for (const path of ['/rest/v1/organizations', '/rest/v1/rpc/username_available?username=somebody']) {
			expect(await ask(path, headers)).toMatchObject({ status: 401, body: { message: 'JWT expired' } });
		}
	});

	test.each([
		['nonsense', 'nonsense'],
		['another secret', token({ exp: now + 60 }, 'another secret of at least thirty-two bytes')],
		['no algorithm', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
		['the role of the superuser', token({ exp: now + 60, role: 'supabase_admin' })],
		['the role of migrations', token({ exp: now + 60, role: 'postgres' })]
	])('R1.5 a bad token is no anonymous visitor: %s', async (_, bad) => {
		expect((await ask('/rest/v1/rpc/username_available?username=somebody', withToken(bad))).status).toBe(401);
	});

	test('the secret key is service_role: it reaches the service verbs, and no table', async () => {
		const server = visitor(env, env.SUPABASE_SECRET_KEY);
		expect((await server.schema('service' as never).rpc('queue_depth' as never)).error).toBeNull();
		expect((await server.from('messages').select()).error?.code).toBe('42501');
	});

	test('the secret key is refused from a browser', async () => {
		const headers = { apikey: env.SUPABASE_SECRET_KEY, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0' };
		expect((await ask('/rest/v1/messages', headers)).status).toBe(401);
	});

	test('a person reaches neither the service verbs nor the tables behind the views', async () => {
		const { client } = await welcome(env);
		const service = await client.schema('service' as never).rpc('queue_depth' as never);
		expect(service.error?.code).toBe('42501');
		const table = await client
			.schema('public' as never)
			.from('profiles')
			.select();
		expect(table.error?.code).toBe('PGRST106');
		const hidden = await client
			.schema('private' as never)
			.from('jobs')
			.select();
		expect(hidden.error?.code).toBe('PGRST106');
	});
});

describe('a browser on another origin', () => {
	const asked = 'apikey,authorization,accept-profile,content-profile,prefer,x-client-info';

	test.each(['/rest/v1/organizations', '/auth/v1/token', '/realtime/v1/api/broadcast', '/storage/v1/object/a/b'])(
		'may call %s with the headers of supabase-js',
		async (path) => {
			const preflight = await ask(
				path,
				{ origin: env.APP_URL, 'access-control-request-method': 'POST', 'access-control-request-headers': asked },
				{ method: 'OPTIONS' }
			);
			expect(preflight.status).toBe(204);
			expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
			expect(preflight.headers.get('access-control-allow-headers')).toBe(asked);
			expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
		}
	);

	test('sees the count of a list', async () => {
		const { session } = await welcome(env);
		const headers = {
			...publishable,
			authorization: `Bearer ${session.access_token}`,
			'accept-profile': 'api',
			prefer: 'count=exact',
			origin: env.APP_URL
		};
		const list = await ask('/rest/v1/organizations', headers);
		expect(list.headers.get('content-range')).toBe('0-0/1');
		expect(list.headers.get('access-control-expose-headers')).toContain('Content-Range');
	});
});

describe('refusals of the database', () => {
	test('keep their status, slug and sentence', async () => {
		const { client } = await welcome(env);
		const { error, status } = await client.rpc('me', { slug: 'not-mine' });
		expect(status).toBe(404);
		expect(error).toMatchObject({ code: 'PT404', message: 'not_found' });
		expect(error!.details).toMatch(/\.$/);
	});
});
