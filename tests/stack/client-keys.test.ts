/** API keys: made by people, and used by the default client of @supabase/supabase-js with a token that our door minted. */
import { createHash, randomBytes } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import { makeKey } from '#core/api-keys.ts';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { mintKeyToken } from '../../supabase/functions/_shared/http/key-token.ts';
import { createNumber, createOrganization, createPerson, inventNumber, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

function client(token?: string) {
	return createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' },
		...(token && { global: { headers: { authorization: `Bearer ${token}` } } })
	});
}

function fresh() {
	const { key, id } = makeKey('live', randomBytes);
	return { public_id: id, hash: createHash('sha256').update(key).digest('hex') };
}

/** The stack's secret as TOKEN_SIGNING_KEY has it. */
const signingKey = JSON.stringify({
	kty: 'oct',
	alg: 'HS256',
	k: Buffer.from(env.SUPABASE_JWT_SECRET).toString('base64url')
});

test('rpc create_api_key, change_api_key, rename_api_key, rotate_api_key, revoke_api_key, list_tests; from api_keys, api_key_refusals', async () => {
	const noor = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner: noor });
	const number = await createNumber(sql, null, { organizationId: organization_id });
	const owner = client();
	await owner.auth.signInWithPassword({ email: noor.email, password: testPassword });
	await sql`
		select private.record_password_entered(s.id) from auth.sessions s where s.user_id = ${noor.userId}`;
	const scopes = ['messages:read', 'messages:write'];
	const made = await owner.rpc('create_api_key', {
		...{ organization_id, name: 'Booking sync', mode: 'live', scopes, allowed_from: ['203.0.113.0/24'] },
		...fresh()
	});
	expect(made.error).toBeNull();
	const keyId = made.data ?? '';
	const kept = await owner.from('api_keys').select('*').eq('organization_id', organization_id);
	expect(kept.data).toMatchObject([{ id: keyId, name: 'Booking sync', scopes, allowed_from: ['203.0.113.0/24'] }]);
	expect((await owner.from('api_key_refusals').select('*')).data).toEqual([]);
	expect((await owner.rpc('list_tests', { organization_id })).data).toEqual([]);

	const used = async (address: string) => client(await mintKeyToken(signingKey, { keyId, address }, new Date()));
	const program = await used('203.0.113.7');
	const sent = await program.rpc('send_message', {
		...{ body: 'By a program', idempotency_key: 'once' },
		...{ phone_number_id: number.id, recipient: inventNumber() }
	});
	expect(sent.error).toBeNull();
	const read = await program.from('messages').select('body, api_key_id').eq('organization_id', organization_id);
	expect(read.data).toEqual([{ body: 'By a program', api_key_id: keyId }]);
	expect((await program.from('notes').select('*')).error).toMatchObject({ code: '42501' });
	expect((await (await used('198.51.100.7')).from('messages').select('id')).data).toEqual([]);

	expect((await owner.rpc('rename_api_key', { key_id: keyId, name: 'Bookings' })).error).toBeNull();
	const narrower = await owner.rpc('change_api_key', { key_id: keyId, scopes: ['messages:read'] });
	expect(narrower.error).toBeNull();
	const next = await owner.rpc('rotate_api_key', { key_id: keyId, overlap_seconds: 3600, ...fresh() });
	expect(next.data).toMatch(/^[0-9a-f-]{36}$/);
	expect((await owner.rpc('revoke_api_key', { key_id: keyId })).error).toBeNull();
	expect((await program.from('messages').select('id')).data).toEqual([]);
});

test('rpc conversation_numbers, schedule_message, usage; from scheduled_messages, number_orders, owned_numbers', async () => {
	const noor = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner: noor });
	const number = await createNumber(sql, null, { organizationId: organization_id });
	const scopes = ['messages:read', 'messages:write', 'numbers:read', 'usage:read'];
	const [key] = await sql<{ id: string }[]>`
		insert into public.api_keys (organization_id, name, mode, public_id, scopes)
		values (${organization_id}, 'All day', 'live', left(md5(random()::text), 8), ${scopes}) returning id`;
	const program = client(await mintKeyToken(signingKey, { keyId: key!.id, address: null }, new Date()));
	const recipient = inventNumber();
	const planned = await program.rpc('schedule_message', {
		...{ conversation_id: null as unknown as string, phone_number_id: number.id, recipient },
		...{ body: 'Later', send_at: new Date(Date.now() + 3_600_000).toISOString(), time_zone: 'UTC' },
		idempotency_key: 'later'
	});
	expect(planned.error).toBeNull();
	const kept = await program.from('scheduled_messages').select('body, status, api_key_id');
	expect(kept.data).toEqual([{ body: 'Later', status: 'scheduled', api_key_id: key!.id }]);
	const between = await program.rpc('conversation_numbers', { organization_id, recipient });
	expect(between.data).toMatchObject([{ number_e164: number.e164, contact_number: recipient }]);
	const day = new Date().toISOString().slice(0, 10);
	const used = await program.rpc('usage', { organization_id, since: day, until: day });
	expect(used.data).toMatchObject({ since: day, until: day, currency: 'USD', money: [], verifications: [] });
	expect((await program.from('owned_numbers').select('id')).data).toEqual([{ id: number.id }]);
	expect((await program.from('number_orders').select('id')).data).toEqual([]);
});
