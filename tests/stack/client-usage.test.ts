/** How an organization stands and what it used, and support that an owner lets in, by the default client of @supabase/supabase-js. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { addMember, createNumber, createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

const by = ({ accessToken }: { accessToken: string }) =>
	createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' },
		global: { headers: { authorization: `Bearer ${accessToken}` } }
	});

async function team() {
	const [noor, sam, stranger] = [
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env)
	];
	const { id } = await createOrganization(sql, { owner: noor, plan: 'starter' });
	await addMember(sql, id, sam, 'member');
	const number = await createNumber(sql, env, { organizationId: id });
	return { id, number, owner: by(noor), member: by(sam), stranger: by(stranger) };
}

const notFound = { code: 'PT404', message: 'not_found' };

test('rpc dashboard, dismiss_first_steps', async () => {
	const { id: organization_id, number, owner, member, stranger } = await team();
	expect((await owner.rpc('dashboard', { organization_id, days: 7 })).data).toMatchObject({
		days: 7,
		number_ids: [number.id],
		texts: [],
		plan: { code: 'starter', name: 'Starter' },
		money: { balance_micros: expect.any(Number) }
	});
	expect((await member.rpc('dashboard', { organization_id })).data).toMatchObject({ days: 30, money: null });
	expect((await stranger.rpc('dashboard', { organization_id })).error).toMatchObject(notFound);
	const steps = async () =>
		((await owner.rpc('dashboard', { organization_id })).data as { first_steps: unknown }).first_steps;
	expect(await steps()).not.toBeNull();
	expect((await owner.rpc('dismiss_first_steps', { organization_id })).error).toBeNull();
	expect(await steps()).toBeNull();
});

test('rpc usage_figures, usage_months, set_caps; from limit_warnings', async () => {
	const { id: organization_id, number, owner, member, stranger } = await team();
	const today = new Date().toISOString().slice(0, 10);
	const days = { organization_id, since: today, until: today };
	expect((await owner.rpc('usage_figures', days)).data).toMatchObject({
		numbers: [{ id: number.id, sent: 0 }],
		caps: []
	});
	const caps = [{ name: 'segments', most: null, stops: true }];
	expect((await stranger.rpc('usage_figures', days)).error).toMatchObject(notFound);
	expect((await owner.rpc('usage_months', { organization_id })).data).toEqual(expect.any(Array));
	expect((await member.rpc('set_caps', { organization_id, caps })).error).toMatchObject({
		code: 'PT403',
		message: 'not_allowed'
	});
	expect((await owner.rpc('set_caps', { organization_id, caps })).error).toBeNull();
	expect((await owner.rpc('usage_figures', days)).data).toMatchObject({ caps });
	await sql`
		insert into public.limit_warnings (organization_id, name, begins_on, percent, used, most)
		values (${organization_id}, 'segments', ${today}, 50, 500, 1000)`;
	const warnings = async (client: typeof owner) =>
		(await client.from('limit_warnings').select('name, percent').match({ organization_id, name: 'segments' })).data;
	expect(await warnings(owner)).toEqual([{ name: 'segments', percent: 50 }]);
	expect(await warnings(stranger)).toEqual([]);
});

test('rpc issue_support_code, support_access, end_support_access', async () => {
	const { id: organization_id, owner, member } = await team();
	expect((await owner.rpc('support_access', { organization_id })).data).toBeNull();
	expect((await member.rpc('issue_support_code', { organization_id })).error).toMatchObject({ code: 'PT403' });
	const { data } = await owner.rpc('issue_support_code', { organization_id });
	expect(data).toMatchObject({ code: expect.stringMatching(/^[A-Z2-9]{5}-[A-Z2-9]{5}$/) });
	expect((await owner.rpc('support_access', { organization_id })).data).toMatchObject({ used_at: null });
	expect((await owner.rpc('end_support_access', { organization_id })).error).toBeNull();
	expect((await owner.rpc('support_access', { organization_id })).data).toBeNull();
});
