import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	type Person
} from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, receive, send } from './acting.ts';

const { sql, env } = stack;

let owner: Person;
let admin: Person;
let member: Person;
beforeAll(async () => {
	[owner, admin, member] = await Promise.all([createPerson(sql, env), createPerson(sql, env), createPerson(sql, env)]);
});

/** Starter: 1,000 segments, 3 numbers, 5 members, of whom three are there. */
async function newTeam(): Promise<string> {
	const { id } = await createOrganization(sql, {
		owner,
		plan: 'starter',
		members: [
			{ person: admin, role: 'admin' },
			{ person: member, role: 'member' }
		]
	});
	await sql`delete from public.limit_warnings where organization_id = ${id}`;
	await sql`delete from public.notifications where organization_id = ${id}`;
	return id;
}

const take = (id: string, segments: number, month = '2026-11-01') =>
	sql`select private.take_included(${id}, ${month}::date, ${segments}, 100)`;
const warned = async (id: string) =>
	(
		await sql<{ name: string; percent: number }[]>`
			select name, percent from public.limit_warnings where organization_id = ${id} order by begins_on, name, percent`
	).map(({ name, percent }) => `${name} ${percent}`);
const letters = (id: string) =>
	sql<{ user_id: string; details: { limit_name: string; percent: number } }[]>`
		select j.payload ->> 'user_id' as user_id, j.payload -> 'details' as details
		from private.jobs j join public.organizations o on o.id = ${id}
		where j.kind = 'send_letter' and j.payload ->> 'template' = 'limit_near' and j.payload -> 'details' ->> 'slug' = o.slug
			and j.payload -> 'details' ->> 'limit_name' = 'segments'
		order by j.ordinal`;
const bells = (who: Person, id: string) =>
	as(
		who,
		(tx) => tx<{ topic: string; details: { percent: number } }[]>`
			select topic, details from api.notifications where organization_id = ${id} and topic = 'limit_near'`
	);

test('R6.6 each step of a limit is told once in a period, to who decides about the money, by bell and letter', async () => {
	const id = await newTeam();
	await take(id, 499);
	expect(await warned(id)).toEqual([]);
	await take(id, 1);
	await take(id, 100);
	expect(await warned(id)).toEqual(['segments 50']);
	// two steps at once are told as the last of them
	await take(id, 400);
	await take(id, 10);
	expect(await warned(id)).toEqual(['segments 50', 'segments 80', 'segments 100']);
	for (const who of [owner, admin])
		expect(
			(await letters(id)).filter(({ user_id }) => user_id === who.userId).map(({ details }) => details.percent)
		).toEqual([50, 100]);
	expect((await letters(id)).some(({ user_id }) => user_id === member.userId)).toBe(false);
	// of several unread ones about the same the last counts
	expect((await bells(owner, id)).map(({ details }) => details.percent)).toEqual([100]);
	expect(await bells(member, id)).toEqual([]);
	// given back and taken again: no news; next month it is
	await sql`update public.segment_allowances set used = 0 where organization_id = ${id}`;
	await take(id, 900);
	expect((await letters(id)).length).toBe(4);
	await take(id, 500, '2026-12-01');
	expect((await letters(id)).length).toBe(6);
	const seen = (who: Person | null) =>
		as(who, (tx) => tx`select from api.limit_warnings where organization_id = ${id}`);
	expect([(await seen(owner)).length, (await seen(member)).length]).toEqual([4, 0]);
	const stranger = await createPerson(sql, env);
	expect(await seen(stranger)).toEqual([]);
	await expect(seen(null)).rejects.toThrow(/permission denied/);
});

test('R6.6 for any way that a limit fills up, exactly the steps that were reached are kept, each once', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 450 }), { minLength: 1, maxLength: 8 }), async (steps) => {
			const { id } = await createOrganization(sql, { owner, plan: 'starter' });
			for (const step of steps) await take(id, step);
			const used = Math.min(
				1000,
				steps.reduce((sum, step) => sum + step, 0)
			);
			const reached = [50, 80, 100].filter((percent) => used * 100 >= percent * 1000);
			expect(await warned(id)).toEqual(reached.map((percent) => `segments ${percent}`));
			const told = (await letters(id)).map(({ details }) => details.percent);
			expect(new Set(told).size).toBe(told.length);
			expect(told.at(-1)).toBe(reached.at(-1));
		}),
		{ numRuns: 15 }
	);
});

test('R6.6 members, numbers and codes have their warnings too, and the smallest limits none', async () => {
	const id = await newTeam();
	await addMember(sql, id, await createPerson(sql, env), 'viewer');
	expect(await warned(id)).toEqual(['members 50', 'members 80']);
	await addMember(sql, id, await createPerson(sql, env), 'viewer');
	expect(await warned(id)).toContain('members 100');
	await createNumber(sql, null, { organizationId: id });
	const number = await createNumber(sql, null, { organizationId: id });
	expect((await warned(id)).filter((one) => one.startsWith('numbers'))).toEqual(['numbers 50']);
	await sql`
		insert into public.verifications (organization_id, phone_number_id, service_name, requested_by, ttl_seconds, idempotency_key,
			status, expires_at, ended_at)
		select ${id}, ${number.id}, 'Door', ${owner.userId}, 60, 'many ' || n, 'expired', now(), now() from generate_series(1, 1000) n`;
	expect((await warned(id)).filter((one) => one.startsWith('verifications'))).toEqual(['verifications 50']);
	const free = await createOrganization(sql, { owner, plan: null });
	await createNumber(sql, null, { organizationId: free.id });
	expect(await warned(free.id)).toEqual([]);
});

test('R6.6 what the plan does not cover is paid from the wallet, or stops, as the organization chose', async () => {
	const id = await newTeam();
	const number = await createNumber(sql, null, { organizationId: id });
	const outside = inventNumber();
	const { conversation_id } = await receive(number.e164, { from: outside });
	const draft = { conversation_id: conversation_id!, body: 'Hello' };
	const stopping = (stops: boolean) => sql.json([{ name: 'segments', most: null, stops }]);
	await sql`
		select private.transfer(${id}, array[row('payments', -5000000), row('wallet', 5000000)]::private.ledger_leg[], 'top_up', 'caps')`;
	await sql`
		insert into public.segment_allowances (organization_id, month, used) values (${id}, private.month_of(${id}), 1000)`;
	await send(member, draft);
	await expect(as(member, (tx) => tx`select api.set_caps(${id}, ${stopping(true)})`)).rejects.toMatchObject({
		message: 'not_allowed'
	});
	await as(owner, (tx) => tx`select api.set_caps(${id}, ${stopping(true)})`);
	await expect(send(member, draft)).rejects.toMatchObject({ message: 'overage_stopped' });
	const [asked] = await as(
		member,
		(tx) => tx<{ it: { allowed: boolean; reasons: { slug: string }[] } }[]>`
			select api.preflight_message('Hello', conversation_id => ${conversation_id}) as it`
	);
	expect([asked!.it.allowed, asked!.it.reasons.map(({ slug }) => slug)]).toEqual([false, ['overage_stopped']]);
	const balance = async () =>
		(
			await sql<{ held: number }[]>`
			select balance_micros::int as held from public.ledger_accounts where organization_id = ${id} and kind = 'wallet'`
		)[0]!.held;
	const before = await balance();
	await expect(send(member, draft)).rejects.toMatchObject({ message: 'overage_stopped' });
	expect(await balance()).toBe(before);
	// what is still covered goes, and what was chosen otherwise goes again
	await sql`update public.segment_allowances set used = 999 where organization_id = ${id}`;
	await send(member, draft);
	await expect(send(member, draft)).rejects.toMatchObject({ message: 'overage_stopped' });
	await as(owner, (tx) => tx`select api.set_caps(${id}, ${stopping(false)})`);
	await send(member, draft);
});
