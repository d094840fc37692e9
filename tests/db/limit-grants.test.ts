import { expect, test } from 'vitest';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { createKey } from '../functions/api-keys.ts';
import { as } from './acting.ts';
import { asKey, take } from './admitting.ts';

const { env, sql } = stack;

async function scene() {
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner, plan: 'starter' });
	const limits = () =>
		as(owner, async (tx) => (await tx`select api.request_limits(${id}) as said`)[0]!.said as Record<string, unknown>);
	const double = () => as(owner, (tx) => tx`select api.double_limits(${id})`);
	return { id, owner, limits, double };
}

/** What a request of the organization's is counted against: requests a minute of the caller and of all together. */
async function counted(organizationId: string): Promise<number[]> {
	const { key } = await createKey(sql, organizationId, { scopes: ['usage:read'] });
	const [own, , shared] = (await take(asKey(key))).limits;
	return [own!.quota, shared!.quota];
}

test('R7.7 an organization that confirmed its address, has paid and was not suspended doubles its limits, once a month', async () => {
	const { id, owner, limits, double } = await scene();
	await sql`update auth.users set email_confirmed_at = null where id = ${owner.userId}`;
	expect(await limits()).toMatchObject({ per_minute: 300, not_verified: 'email_unconfirmed' });
	await sql`update auth.users set email_confirmed_at = now() where id = ${owner.userId}`;
	expect(await limits()).toMatchObject({ not_verified: 'nothing_paid' });
	await expect(double()).rejects.toMatchObject({ message: 'limits_not_verified' });
	await sql`
		insert into public.top_ups (organization_id, amount_micros, status, received_micros, paid_at, idempotency_key)
		values (${id}, 20000000, 'paid', 20000000, now(), 'grants')`;
	await sql`
		insert into private.suspensions (organization_id, reason, suspended_at, resumed_at)
		values (${id}, 'spam', now() - interval '95 days', now() - interval '89 days')`;
	expect(await limits()).toMatchObject({ not_verified: 'suspended_lately' });
	await sql`update private.suspensions set resumed_at = now() - interval '91 days' where organization_id = ${id}`;
	expect(await limits()).toMatchObject({ not_verified: null, doubled_until: null });

	// the limit was known already
	expect(await counted(id)).toEqual([300, 600]);
	await double();
	expect(await counted(id)).toEqual([600, 1200]);
	const { doubled_until, double_from } = await limits();
	expect(Date.parse(String(doubled_until)) - Date.now()).toBeGreaterThan(86_390_000);
	expect(Date.parse(String(double_from))).toBeGreaterThan(Date.now() + 27 * 86_400_000);
	await expect(double()).rejects.toMatchObject({ message: 'limits_doubled_already' });

	// a day later it is over, a month later it can be taken again
	await sql`
		update private.limit_grants set starts_at = starts_at - interval '25 hours', until = until - interval '25 hours'
		where organization_id = ${id}`;
	expect(await limits()).toMatchObject({ per_minute: 300, doubled_until: null });
	await sql`
		update private.limit_grants set starts_at = starts_at - interval '31 days', until = until - interval '31 days'
		where organization_id = ${id}`;
	await double();
	expect(await limits()).toMatchObject({ per_minute: 600 });
});

test('R7.7 the platform grants more until a date, and doubling counts on top of it', async () => {
	const { id, limits, double } = await scene();
	await sql`select private.grant_limit(${id}, 900, now() + interval '1 day', 'a launch')`;
	expect(await limits()).toMatchObject({ plan_per_minute: 300, per_minute: 900, is_granted: true });
	expect(await counted(id)).toEqual([900, 1800]);
	await sql`select private.verify_organization(${id}, 'known for years')`;
	await double();
	expect(await counted(id)).toEqual([1800, 3600]);
	await sql`update private.limit_grants set until = now(), starts_at = now() - interval '1 hour' where organization_id = ${id}`;
	expect(await limits()).toMatchObject({ per_minute: 300, is_granted: false, granted_until: null });
	await sql`select private.grant_limit(${id}, 900, 'infinity', 'for ever')`;
	expect(await limits()).toMatchObject({ per_minute: 900, is_granted: true, granted_until: null });
	await sql`select private.grant_limit(${id}, null, null, null)`;
	expect(await limits()).toMatchObject({ per_minute: 300, is_granted: false });
});
