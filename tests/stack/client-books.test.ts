/** What an organization reads of its books, by the default client of @supabase/supabase-js. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createOrganization, createPerson, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

test('rpc statement, statement_movements: a month, and each movement of it', async () => {
	const owner = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner });
	await sql`
		select private.transfer(${organization_id}, array[row('payments', -5000000), row('wallet', 5000000)]::private.ledger_leg[],
			'top_up', 'one')`;
	const database = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	await database.auth.signInWithPassword({ email: owner.email, password: testPassword });
	const { data } = await database.rpc('statement', { organization_id });
	expect(data).toMatchObject({
		opening_micros: 0,
		closing_micros: 5_000_000,
		lines: [{ reason: 'top_up', transfers: 1, amount_micros: 5_000_000 }]
	});
	const { month } = data as { month: string };
	const moved = await database.rpc('statement_movements', { organization_id, month: `${month}-01`, batch: 10 });
	expect(moved.data).toMatchObject([{ reason: 'top_up', amount_micros: 5_000_000 }]);
	const earlier = await database.rpc('statement', { organization_id, month: '2024-02-29' });
	expect(earlier.data).toMatchObject({ month: '2024-02', opening_micros: 0, closing_micros: 0, lines: [] });
});

test('rpc request_analytics, request_log: what was asked by API, and each request of it', async () => {
	const owner = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner });
	const request = {
		...{ user_id: owner.userId, organization_id, endpoint: 'GET /v1/numbers', address: '203.0.113.7', units: 1 },
		...{ status: 404, micros: 900, code: 'not_found', started_at: new Date() }
	};
	await sql`select private.close_requests(jsonb_build_array(${sql.json(request)}::jsonb || jsonb_build_object('id', private.uuid_v7())))`;
	const database = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	await database.auth.signInWithPassword({ email: owner.email, password: testPassword });
	const told = await database.rpc('request_analytics', { organization_id, period: 'hour' });
	expect(told.data).toMatchObject({
		all: { requests: 1, refused: 1, failed: 0 },
		callers: [{ id: owner.userId, by_key: false, name: owner.fullName, requests: 1 }],
		errors: [{ status: 404, code: 'not_found', requests: 1 }]
	});
	const log = await database.rpc('request_log', { organization_id, outcome: 'refused' });
	expect(log.data).toMatchObject([{ endpoint: 'GET /v1/numbers', status: 404, caller_name: owner.fullName }]);
	const missing = await database.rpc('request_log', { organization_id, outcome: 'failed' });
	expect(missing.data).toEqual([]);
});
