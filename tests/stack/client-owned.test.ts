/** Owned numbers by the default client of @supabase/supabase-js. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createNumber, createOrganization, createPerson, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

test('rpc number_usage, update_number, set_auto_renew, set_default_number, renew_number, keep_number and cancel_number, from owned_numbers and number_events', async () => {
	const owner = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner });
	const { id, e164 } = await createNumber(sql, null, { organizationId: organization_id });
	const options = { db: { schema: 'api' } } as const;
	const database = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, options);
	expect((await database.auth.signInWithPassword({ email: owner.email, password: testPassword })).error).toBeNull();
	const done = async (call: PromiseLike<{ error: unknown }>) => expect((await call).error).toBeNull();
	const phone_number_id = id;

	await done(database.rpc('update_number', { phone_number_id, label: 'Night desk', color: 5 }));
	await done(database.rpc('set_auto_renew', { phone_number_id, auto_renew: false }));
	await done(database.rpc('set_default_number', { organization_id, phone_number_id }));
	await done(database.rpc('renew_number', { phone_number_id }));
	await done(database.rpc('keep_number', { phone_number_id }));
	const listed = await database.from('owned_numbers').select('*').eq('id', id);
	expect(listed.data).toMatchObject([
		{ label: 'Night desk', color: 5, auto_renew: false, is_default: true, status: 'active' }
	]);
	expect((await database.rpc('number_usage', { organization_id, days: 30 })).data).toEqual([]);
	await done(database.rpc('cancel_number', { phone_number_id, e164, at_period_end: false }));
	const events = await database.from('number_events').select('kind').eq('phone_number_id', id);
	expect(events.data).toEqual([{ kind: 'released' }]);
});
