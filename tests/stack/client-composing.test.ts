/** What composers and their settings call, by the default client of @supabase/supabase-js, against the whole stack. */
import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createNumber, createOrganization, createPerson, inventNumber, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

test('rpc unsend_message, save_draft, schedule_message and what changes it, templates, opt-outs, set_undo_send', async () => {
	const owner = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner });
	const { id: phone_number_id } = await createNumber(sql, env, { organizationId: organization_id });
	const database = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	const signedIn = await database.auth.signInWithPassword({ email: owner.email, password: testPassword });
	expect(signedIn.error).toBeNull();

	const recipient = inventNumber();
	const sent = await database.rpc('send_message', {
		body: 'In a while',
		idempotency_key: randomUUID(),
		phone_number_id,
		recipient,
		hold_seconds: 30
	});
	expect(sent.data).toMatchObject({ status: 'queued', held_until: expect.any(String) });
	const { id: message_id, conversation_id } = sent.data as { id: string; conversation_id: string };
	expect((await database.rpc('unsend_message', { message_id })).data).toMatchObject({ status: 'cancelled' });
	expect((await database.rpc('save_draft', { conversation_id, body: 'Dear' })).data).toEqual({ revision: 1 });

	const later = { body: 'Tomorrow', send_at: new Date(Date.now() + 86_400_000).toISOString(), time_zone: 'UTC' };
	const planned = await database.rpc('schedule_message', { ...later, conversation_id, idempotency_key: randomUUID() });
	const { id: scheduled_id } = planned.data as { id: string };
	const changed = await database.rpc('update_scheduled_message', { ...later, scheduled_id, cancel_on_reply: false });
	expect(changed.data).toMatchObject({ cancel_on_reply: false });
	const coming = await database
		.from('scheduled_messages')
		.select('*')
		.in('status', ['scheduled', 'refused'])
		.order('send_at');
	expect(coming.data).toMatchObject([{ id: scheduled_id, contact_number: recipient }]);
	expect((await database.rpc('cancel_scheduled_message', { scheduled_id })).data).toMatchObject({
		status: 'cancelled'
	});

	const template = await database.rpc('save_template', { organization_id, name: 'Hello', body: 'Hello {{word}}' });
	expect((await database.from('templates').select('id, name').eq('organization_id', organization_id)).data).toEqual([
		{ id: template.data, name: 'Hello' }
	]);
	expect((await database.rpc('delete_template', { template_id: template.data as string })).error).toBeNull();

	const pair = { phone_number_id, contact_number: recipient };
	expect((await database.rpc('set_opt_out', pair)).error).toBeNull();
	const listed = await database.from('opt_outs').select('*').like('contact_number', `%${recipient}%`).range(0, 9);
	expect(listed.data).toMatchObject([{ ...pair, source: 'person' }]);
	expect((await database.rpc('lift_opt_out', { ...pair, evidence: 'Signed the form' })).error).toBeNull();
	const imported = await database.rpc('import_opt_outs', {
		organization_id,
		rows: [{ row: 2, contact_number: recipient }],
		dry_run: false
	});
	expect(imported.data).toMatchObject({ added: 1, known: 0 });
	const replies = { stop_text: 'Bye.', start_text: '', help_text: '' };
	expect((await database.rpc('set_opt_out_replies', { organization_id, ...replies })).error).toBeNull();
	expect((await database.from('opt_out_replies').select('stop_text, start_text')).data).toEqual([
		{ stop_text: 'Bye.', start_text: null }
	]);
	expect((await database.rpc('set_undo_send', { seconds: 0 })).error).toBeNull();
});
