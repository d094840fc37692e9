/** Webhooks as their settings keep them, by the default client of @supabase/supabase-js. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createOrganization, createPerson, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

test('R7.1 rpc create_, update_, disable_, enable_, delete_webhook_endpoint, rotate_webhook_secret, send_test_event, replay_webhook_delivery, replay_webhook_deliveries, webhook_delivery_payload; from webhook_endpoints, webhook_deliveries, webhook_attempts', async () => {
	const noor = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner: noor });
	const owner = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	await owner.auth.signInWithPassword({ email: noor.email, password: testPassword });
	const wish = { organization_id, url: 'https://hooks.example/texts', event_types: ['message.received'] };
	await sql`delete from private.session_details d using auth.sessions s where s.id = d.session_id and s.user_id = ${noor.userId}`;
	expect((await owner.rpc('create_webhook_endpoint', wish)).error).toMatchObject({ message: 'fresh_session_required' });
	await sql`select private.record_password_entered(s.id) from auth.sessions s where s.user_id = ${noor.userId}`;

	const urls = [
		'http://hooks.example/',
		'https://a:b@hooks.example/',
		'https://hooks.example/#here',
		'hooks.example',
		''
	];
	for (const url of urls) {
		const { error } = await owner.rpc('create_webhook_endpoint', { ...wish, url });
		expect([url, error?.message]).toEqual([url, 'webhook_url_invalid']);
	}
	const unknown = await owner.rpc('create_webhook_endpoint', { ...wish, event_types: ['message.read'] });
	expect(unknown.error).toMatchObject({ message: 'webhook_events_invalid' });

	const made = await owner.rpc('create_webhook_endpoint', wish);
	expect(made.data).toMatchObject({ secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/) });
	const { id: endpoint_id } = made.data as { id: string };
	const changed = { endpoint_id, url: wish.url, event_types: ['limit.reached'], order_by: 'endpoint' as const };
	expect((await owner.rpc('update_webhook_endpoint', changed)).error).toBeNull();
	const seen = await owner.from('webhook_endpoints').select('*').eq('organization_id', organization_id);
	expect(seen.data).toMatchObject([{ id: endpoint_id, event_types: ['limit.reached'], order_by: 'endpoint' }]);
	expect((await owner.rpc('rotate_webhook_secret', { endpoint_id })).data).toMatch(/^whsec_/);

	expect((await owner.rpc('disable_webhook_endpoint', { endpoint_id })).error).toBeNull();
	expect((await owner.rpc('send_test_event', { endpoint_id })).error).toMatchObject({ message: 'webhook_disabled' });
	expect((await owner.rpc('enable_webhook_endpoint', { endpoint_id })).error).toBeNull();
	const delivery_id = (await owner.rpc('send_test_event', { endpoint_id })).data ?? '';
	const sent = await owner.from('webhook_deliveries').select('*').eq('endpoint_id', endpoint_id);
	expect(sent.data).toMatchObject([{ id: delivery_id, event_type: 'webhook.test' }]);
	expect((await owner.rpc('webhook_delivery_payload', { delivery_id })).data).toMatchObject({ type: 'webhook.test' });
	expect((await owner.from('webhook_attempts').select('*').eq('delivery_id', delivery_id)).error).toBeNull();
	expect((await owner.rpc('replay_webhook_delivery', { delivery_id })).error).toBeNull();
	expect((await owner.rpc('replay_webhook_deliveries', { endpoint_id })).data).toBe(0);
	expect((await owner.rpc('delete_webhook_endpoint', { endpoint_id })).error).toBeNull();
	expect((await owner.from('webhook_endpoints').select('id').eq('organization_id', organization_id)).data).toEqual([]);
});
