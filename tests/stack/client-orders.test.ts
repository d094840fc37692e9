/** Buying numbers by the default client of @supabase/supabase-js. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createBuyer } from '../functions/buying.ts';
import { testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

test('rpc number_terms and order_number, from number_prices and number_orders', async () => {
	const buyer = await createBuyer(sql, env);
	const options = { db: { schema: 'api' } } as const;
	const database = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, options);
	const { error } = await database.auth.signInWithPassword({ email: buyer.email, password: testPassword });
	expect(error).toBeNull();
	const organization_id = buyer.organizationId;

	await sql`select service.record_number_prices('BR', '[{"kind": "mobile", "cost_micros": 15000000, "documents": ["A paper"]}]')`;
	const terms = await database.rpc('number_terms', { organization_id, country_code: 'BR', sample: '+5511950000000' });
	expect(terms.data).toMatchObject({
		text_out_micros: expect.any(Number),
		kinds: { mobile: { monthly_micros: 15_000_000, setup_micros: 0, documents: ['A paper'] } }
	});
	const prices = await database.from('number_prices').select('*').eq('country_code', 'BR').eq('kind', 'mobile');
	expect(prices.data).toMatchObject([{ monthly_micros: 15_000_000, documents: ['A paper'] }]);

	const order = { organization_id, e164: '+5511950000000', total_micros: 15_000_000, idempotency_key: 'one' };
	expect((await database.rpc('order_number', order)).error).toMatchObject({ message: 'fresh_session_required' });
	expect((await database.from('number_orders').select('*')).data).toEqual([]);
});
