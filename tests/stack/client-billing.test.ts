/** Plans and what belongs to paying, by the default client of @supabase/supabase-js. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createOrganization, createPerson, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

function visitor() {
	return createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, { db: { schema: 'api' } });
}

async function signedIn(person: { email: string }) {
	const database = visitor();
	const { error } = await database.auth.signInWithPassword({ email: person.email, password: testPassword });
	if (error) throw error;
	return database;
}

test('rpc list_plans for a visitor, and from plans for a member: the same rows', async () => {
	const plans = (await visitor().rpc('list_plans')).data;
	expect(plans?.map(({ code }) => code)).toEqual(['free', 'starter', 'pro', 'scale']);
	const member = await signedIn(await createPerson(sql, env));
	expect((await member.from('plans').select('*').order('place')).data).toEqual(plans);
});

test('an organization has Free until the platform gives it another plan, and only as long as it says', async () => {
	const { id } = await createOrganization(sql, { owner: await createPerson(sql, env), plan: null });
	const planAt = async (at: string) => {
		const [row] = await sql<{ code: string }[]>`select (private.plan_of(${id}, now() + ${at}::interval)).code`;
		return row!.code;
	};
	expect(await planAt('0')).toBe('free');
	await sql`select service.grant_plan(${id}, 'scale', now() + interval '1 day')`;
	expect([await planAt('0'), await planAt('25 hours')]).toEqual(['scale', 'free']);
	const credit = async () =>
		(await sql`select credit_micros::int as micros from api.wallets where organization_id = ${id}`)[0]!
			.micros as number;
	expect(await credit()).toBe(50_000_000);
	await sql`select service.grant_plan(${id}, null, null)`;
	expect([await planAt('0'), await credit()]).toEqual(['free', 0]);
});

test('from plan_retention: what a plan lets go is read by its own members', async () => {
	const [noor, stranger] = [await createPerson(sql, env), await createPerson(sql, env)];
	const { id: organization_id } = await createOrganization(sql, { owner: noor });
	await sql`insert into public.plan_retention (organization_id, days, applies_at)
		values (${organization_id}, 90, '2030-01-01T00:00:00Z')`;
	const rows = async (person: { email: string }) =>
		(await (await signedIn(person)).from('plan_retention').select('days, applies_at').match({ organization_id })).data;
	expect(await rows(noor)).toEqual([{ days: 90, applies_at: '2030-01-01T00:00:00+00:00' }]);
	expect(await rows(stranger)).toEqual([]);
});

test('rpc plan_usage, payments_under_way, require_billing, begin_top_up, begin_subscription, subscription_to_change, set_auto_top_up, top_up_to_confirm; from billing_customers, top_ups, auto_top_ups, subscriptions, invoices', async () => {
	const noor = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner: noor });
	const owner = await signedIn(noor);
	const wish = { organization_id, amount_micros: 20_000_000, idempotency_key: 'once' };
	const [first, again] = [await owner.rpc('begin_top_up', wish), await owner.rpc('begin_top_up', wish)];
	expect([first.error, again.data]).toEqual([null, first.data]);
	expect((await owner.rpc('begin_top_up', { ...wish, amount_micros: 1 })).error).toMatchObject({
		code: 'PT422',
		message: 'top_up_invalid'
	});
	expect((await owner.rpc('plan_usage', { organization_id })).data).toMatchObject({
		members: 1,
		numbers: 0,
		segments: 0
	});
	expect((await owner.rpc('payments_under_way', { organization_id })).data).toEqual([]);
	expect(await owner.rpc('require_billing', { organization_id })).toMatchObject({ data: null, error: null });
	const plan = { organization_id, plan: 'pro', billing_interval: 'month' as const };
	const [page, same] = [await owner.rpc('begin_subscription', plan), await owner.rpc('begin_subscription', plan)];
	expect(page.data).toMatchObject({ outcome: 'open', plan: 'pro' });
	expect(same.data).toEqual(page.data);
	const other = await owner.rpc('begin_subscription', { ...plan, billing_interval: 'year' });
	expect(other.data).toMatchObject({ outcome: 'close_first', billing_interval: 'month' });
	expect((await owner.rpc('subscription_to_change', { organization_id })).error).toMatchObject({
		message: 'not_subscribed'
	});

	const auto = { threshold_micros: 5_000_000, amount_micros: 20_000_000, monthly_ceiling_micros: 100_000_000 };
	const refused = await owner.rpc('set_auto_top_up', { organization_id, ...auto });
	expect(refused.error).toMatchObject({ message: 'payment_method_missing' });
	expect((await owner.rpc('set_auto_top_up', { organization_id })).error).toBeNull();
	const top_up_id = (first.data as { id: string }).id;
	expect((await owner.rpc('top_up_to_confirm', { top_up_id })).error).toMatchObject({ message: 'nothing_to_confirm' });

	const seen = await Promise.all(
		(['billing_customers', 'top_ups', 'auto_top_ups', 'subscriptions', 'invoices'] as const).map(async (name) => {
			const { data, error } = await owner.from(name).select('*').eq('organization_id', organization_id);
			return error ?? data.length;
		})
	);
	expect(seen).toEqual([0, 1, 0, 0, 0]);
});
