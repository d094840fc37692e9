/** How many requests the API takes, asked for with the default client of @supabase/supabase-js. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

test('rpc request_limits, double_limits', async () => {
	const noor = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner: noor, plan: 'starter' });
	const owner = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' },
		global: { headers: { authorization: `Bearer ${noor.accessToken}` } }
	});
	expect((await owner.rpc('double_limits', { organization_id })).error).toMatchObject({
		code: 'PT409',
		message: 'limits_not_verified'
	});
	await sql`select private.verify_organization(${organization_id}, 'a test')`;
	const { data } = await owner.rpc('double_limits', { organization_id });
	expect(data).toMatchObject({ plan: 'Starter', plan_per_minute: 300, per_minute: 600, not_verified: null });
	expect((await owner.rpc('request_limits', { organization_id })).data).toEqual(data);
});
