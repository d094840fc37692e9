import { createClient } from '@supabase/supabase-js';
import { beforeAll, expect, test } from 'vitest';
import { failures } from '#core/failures.ts';
import { keyPrefix } from '#core/api-keys.ts';
import type { KeyScope } from '#core/key-scopes.ts';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { confirmUse, openApi } from './api-door.ts';
import { createKey, revokeKey, useUp } from './api-keys.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;

/** The official client, as the guide has it. */
const client = (key: string) =>
	createClient<Database, 'api'>(`${env.SUPABASE_URL}/functions/v1/api`, key, {
		auth: { persistSession: false, autoRefreshToken: false },
		db: { schema: 'api' }
	});

let organizationId: string;
let number: { id: string; e164: string };

beforeAll(async () => {
	const owner = await createPerson(sql, env);
	({ id: organizationId } = await createOrganization(sql, { owner }));
	number = await createNumber(sql, null, { organizationId });
	await confirmUse(sql, organizationId);
});

const usesOf = async (id: string) => {
	const [row] = await sql<{ scopes: string[] }[]>`
		select array(select jsonb_object_keys(scope_uses)) as scopes from public.api_keys where id = ${id}`;
	return row!.scopes.toSorted();
};

const keyFor = (...scopes: KeyScope[]) => createKey(sql, organizationId, { scopes });

test('R7.1 supabase-js works with a key: verbs, reads, filters and embedded rows', async () => {
	const guest = inventNumber();
	const { key, id } = await keyFor('messages:write', 'messages:read', 'conversations:read', 'numbers:read');
	const api = client(key);
	for (const body of ['One', 'Two', 'Three']) {
		const sent = await api.rpc('send_message', {
			...{ body, idempotency_key: `through ${body}` },
			...{ phone_number_id: number.id, recipient: guest }
		});
		expect(sent.error).toBeNull();
	}
	const read = await api
		.from('messages')
		.select('body, api_key_id, phone_number_id', { count: 'exact' })
		.eq('phone_number_id', number.id)
		.in('body', ['One', 'Two'])
		.order('body', { ascending: false })
		.limit(1);
	expect(read).toMatchObject({
		...{ status: 206, count: 2, error: null },
		data: [{ body: 'Two', api_key_id: id, phone_number_id: number.id }]
	});
	const one = await api.from('phone_numbers').select('e164').eq('id', number.id).single();
	expect(one.data).toEqual({ e164: number.e164 });
	const embedded = await api
		.from('messages')
		.select('body, conversations!messages_conversation_id_fkey(id, phone_number_id)')
		.eq('body', 'Two')
		.single();
	expect(embedded).toMatchObject({
		error: null,
		data: { body: 'Two', conversations: { id: expect.any(String) as string, phone_number_id: number.id } }
	});
	const head = await api.from('messages').select('*', { count: 'exact', head: true });
	expect([head.count, head.data]).toEqual([3, null]);
});

test('R7.1 R7.3 with a scope less it is refused there as well, and so is a revoked key, in words', async () => {
	const { key, id } = await keyFor('contacts:read');
	const api = client(key);
	expect(await api.from('messages').select('id')).toMatchObject({ data: [], error: null });
	const made = await api.rpc('create_contact', { organization_id: organizationId, phone_number: inventNumber() });
	expect(made).toMatchObject({ status: 403, error: { code: 'PT403', message: 'scope_missing' } });
	expect((await api.from('notes').select('*')).error).toMatchObject({ code: '42501' });
	await revokeKey(sql, id);
	const refused = await api.from('contacts').select('id');
	expect(refused).toMatchObject({
		status: 401,
		error: { code: 'PT401', message: 'unauthorized', details: 'This needs a valid key or token.' }
	});
});

test('R7.2 it is counted like the other door, and its limits are announced', async () => {
	const { key } = await keyFor('contacts:read');
	const ask = (path: string) =>
		fetch(`${env.SUPABASE_URL}/functions/v1/api${path}`, { headers: { authorization: `Bearer ${key}` } });
	const read = await ask('/rest/v1/contacts?select=id');
	expect([read.status, read.headers.get('ratelimit-policy')]).toEqual([
		200,
		(await ask('/v1/me')).headers.get('ratelimit-policy')
	]);
	expect((await ask('/rest/v1/Nothing')).status).toBe(404);
	await useUp(sql, keyPrefix(key)!);
	const refused = await ask('/rest/v1/contacts?select=id');
	expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'PT429', message: 'rate_limited' }]);
	expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
	expect((await ask('/v1/me')).status).toBe(429);
});

test('R7.6 which scopes a key needed is known by both doors, also of embedded rows, and what it never needs stays pointed out', async () => {
	const { key, id } = await keyFor(
		...([
			'messages:read',
			'conversations:read',
			'contacts:read',
			'numbers:read',
			'opt_outs:write',
			'usage:read'
		] as const)
	);
	const api = client(key);
	const embedded = await api
		.from('messages')
		.select('id, conversations!messages_conversation_id_fkey(contacts!conversations_contact_id_fkey(name))')
		.limit(1);
	expect(embedded.error).toBeNull();
	const opted = await api.rpc('set_opt_out', { phone_number_id: number.id, contact_number: inventNumber() });
	expect(opted.error).toBeNull();
	// refused: it has no scope for that, so it is not what it needs
	expect((await api.rpc('create_label', { organization_id: organizationId, name: 'Urgent' })).error).not.toBeNull();
	const read = await fetch(`${env.SUPABASE_URL}/functions/v1/api/v1/numbers`, {
		headers: { authorization: `Bearer ${key}` }
	});
	expect(read.status).toBe(200);
	expect(
		await eventually(
			() => usesOf(id),
			(scopes) => scopes.length >= 5
		)
	).toEqual(['contacts:read', 'conversations:read', 'messages:read', 'numbers:read', 'opt_outs:write']);
});

test('R6.7 while the platform rests a client of the Data API hears so, with when to come back', async () => {
	const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
	const { key } = await keyFor('messages:write');
	const ask = async (status: number, said: object) => {
		const api = openApi(env, { fetch: async () => Response.json({ details: null, ...said }, { status }) });
		const answer = await api.app.request('/api/rest/v1/rpc/send_message', {
			method: 'POST',
			headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
			body: '{}'
		});
		expect(await answer.json()).toMatchObject({
			code: 'PT503',
			message: 'maintenance',
			details: failures.maintenance.says
		});
		await api.end();
		return [answer.status, answer.headers.get('retry-after')];
	};
	expect(await ask(503, { code: 'PT503', message: 'maintenance', hint: inAnHour })).toEqual([503, '3600']);
	// a database that is only to be read, whatever the reason
	const readOnly = { code: '25006', message: 'cannot execute INSERT in a read-only transaction', hint: null };
	expect(await ask(405, readOnly)).toEqual([503, '60']);
});
