import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { createKey } from '../functions/api-keys.ts';
import { createOrganization, createPerson, givePlan } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { admission, allow, asKey, place, standingOf, take, takeTogether, together, type Asked } from './admitting.ts';

const { env, sql } = stack;
const clients = 8;
const many = postgres(env.DATABASE_URL, { max: clients, onnotice() {} });
afterAll(() => many.end({ timeout: 1 }));

const second = 1_000_000;

/** The same thing told otherwise: buckets into which a µs's worth of right falls each µs. */
function model(quotas: Record<string, number>) {
	const buckets = Object.entries(quotas).flatMap(([subject, quota]) =>
		[
			{ window: 60, quota },
			{ window: 86_400, quota: quota * 240 }
		].map(({ window, quota }) => {
			const step = Math.ceil((window * second) / quota);
			return { subject, step, size: step * quota, level: step * quota };
		})
	);
	let last = 0;
	return (subjects: string[], cost: number, at: number) => {
		for (const bucket of buckets) bucket.level = Math.min(bucket.size, bucket.level + at - last);
		last = at;
		const concerned = buckets.filter(({ subject }) => subjects.includes(subject));
		const wait = Math.max(...concerned.map(({ step, level }) => step * cost - level), 0);
		if (wait === 0) for (const bucket of concerned) bucket.level -= bucket.step * cost;
		return { admitted: wait === 0, wait: Math.ceil(wait / second) };
	};
}

test('R7.2 what is admitted, and how long the others have to wait, is what a model of the buckets says', async () => {
	const step = fc.record({
		key: fc.nat(1),
		cost: fc.integer({ min: 1, max: 4 }),
		pause: fc.oneof(fc.nat(200_000), fc.nat(20 * second))
	});
	const quota = fc.integer({ min: 4, max: 40 });
	await fc.assert(
		fc.asyncProperty(quota, quota, fc.array(step, { minLength: 20, maxLength: 80 }), async (own, shared, steps) => {
			const { organizationId, subjects } = await place(own, shared, 2);
			const expected = model({ [subjects[0]!]: own, [subjects[1]!]: own, [organizationId]: shared });
			let at = 0;
			const asked = steps.map(({ key, cost, pause }) => ({ key: subjects[key]!, cost, at: (at += pause) }));
			const rows = await sql<{ answer: string }[]>`
				select private.admit_request(a.key, ${Buffer.alloc(32, 7)}, null, null, a.cost, gen_random_uuid(), 'GET /v1/me', null,
					timestamptz '2026-01-01' + a.at * interval '1 microsecond') as answer
				from jsonb_to_recordset(${sql.json(asked)}) a (key text, cost integer, at bigint)`;
			const got = rows.map(({ answer }) => {
				const { admitted, limits } = standingOf(answer);
				return { admitted, wait: Math.max(...limits.map(({ wait }) => wait)) };
			});
			expect(got).toEqual(asked.map(({ key, cost, at }) => expected([key, organizationId], cost, at)));
		}),
		{ numRuns: 40 }
	);
});

test('R7.2 requests that arrive together are let in as if one came after another, and each is in the log', async () => {
	const crowd = fc.record({
		costs: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 8 }),
		pause: fc.nat(20 * second)
	});
	const quota = fc.integer({ min: 4, max: 40 });
	await fc.assert(
		fc.asyncProperty(quota, quota, fc.array(crowd, { minLength: 5, maxLength: 15 }), async (own, shared, crowds) => {
			const { organizationId, subjects } = await place(own, shared);
			const subject = subjects[0]!;
			const expected = model({ [subject]: own, [organizationId]: shared });
			let at = 0;
			for (const { costs, pause } of crowds) {
				at += pause;
				const { ids, answers } = await takeTogether({ subject, costs, at });
				const got = answers.map(({ admitted }) => admitted);
				expect(got).toEqual(costs.map((cost) => expected([subject, organizationId], cost, at).admitted));
				const logged = await sql<{ id: string; units: number }[]>`
					select o.id, o.units from private.opened_requests o join unnest(${ids}::uuid[]) with ordinality a (id, place) using (id)
					where o.caller = ${subject} order by a.place`;
				expect(logged).toEqual(ids.map((id, place) => ({ id, units: costs[place] })));
			}
		}),
		{ numRuns: 20 }
	);
});

test('R7.5 of those that arrive together with a wrong secret, none is let in', async () => {
	const { subjects } = await place(10, 10);
	const answers = await together({ subject: subjects[0]!, costs: [1, 1], secret: Buffer.alloc(32, 8) });
	expect(answers.every((answer) => answer.startsWith('{-1,'))).toBe(true);
});

test('R7.2 eight clients at once over three windows get what is there and what comes back, no more and hardly less', async () => {
	const { subjects } = await place(90, 120, 2);
	const windows = 3;
	const requests = 1200;
	// their clock, so that no machine is too slow for it; who comes at the same time is real
	let asked = 0;
	let admitted = 0;
	const client = async (subject: string) => {
		while (asked < requests) {
			const at = Math.round((asked++ * windows * 60 * second) / requests);
			if ((await take({ subject, at }, many)).admitted) admitted++;
		}
	};
	await Promise.all(Array.from({ length: clients }, (_, at) => client(subjects[at % 2]!)));
	// each key alone could have had more than half
	const most = 120 + windows * 120;
	expect(admitted).toBeLessThanOrEqual(most);
	expect(admitted).toBeGreaterThanOrEqual(0.95 * most);
});

test('R7.2 a refused request uses nothing up, of neither limit', async () => {
	const { subjects } = await place(10, 12, 2);
	for (let i = 0; i < 10; i++) await take({ subject: subjects[0]!, at: 0 });
	for (let i = 0; i < 2; i++) await take({ subject: subjects[1]!, at: 0 });
	// the organization's are used up, the second key's are not
	for (let i = 0; i < 3; i++) {
		const { admitted, limits } = await take({ subject: subjects[1]!, at: 0 });
		expect(admitted).toBe(false);
		expect(limits.find(({ policy }) => policy === 'burst')).toMatchObject({ left: 8, wait: 0 });
		expect(limits.find(({ policy }) => policy === 'organization-burst')).toMatchObject({ left: 0, wait: 5 });
	}
});

test('R7.2 who waits as long as was said is admitted, by the real clock as well', async () => {
	const { organizationId, subjects } = await place(50, 100);
	const asked = { subject: subjects[0]! };
	await allow(asked.subject, 4, { minute: '800 milliseconds', organizationId });
	const began = performance.now();
	for (let granted = 0; granted < 8;) {
		const [row] = await sql<{ answer: string }[]>`select ${admission(sql, asked)} as answer`;
		if (!row!.answer.startsWith('{')) granted++;
		else {
			const numbers = row!.answer.split(/[{},]/).map(Number);
			const wait = Math.max(numbers[5]!, numbers[7]!, numbers[11]!, numbers[13]!);
			await sql`select pg_sleep(${wait / second})`;
			expect((await take(asked)).admitted).toBe(true);
			granted++;
		}
	}
	// four were there at once, and one came back each 200 ms
	expect(performance.now() - began).toBeGreaterThanOrEqual(790);
});

describe('the plan', () => {
	const quotas = async (asked: Asked) => (await take(asked)).limits.map(({ quota }) => quota);

	test('R7.7 a person may do what their largest plan says, and their organization twice what its own says', async () => {
		const person = await createPerson(sql, env);
		const subject = `user:${person.userId}`;
		expect(await quotas({ subject, organizationId: person.organizationId })).toEqual([60, 14_400, 120, 28_800]);
		const { id } = await createOrganization(sql, { owner: person, plan: 'starter' });
		const { id: other } = await createOrganization(sql, { owner: await createPerson(sql, env), plan: null });
		const later = 1e12 * 60;
		expect(await quotas({ subject, organizationId: id, at: later })).toEqual([300, 72_000, 600, 144_000]);
		// another's is not theirs to use up
		expect(await quotas({ subject, organizationId: other, at: later })).toEqual([300, 72_000]);
		expect(await sql`select from private.rate_limits where subject = ${`organization:${other}`}`).toHaveLength(0);
	});

	test('R7.7 a larger plan counts within six seconds, and what was used stays used', async () => {
		const { id: organizationId } = await createOrganization(sql, { owner: await createPerson(sql, env), plan: null });
		const asked = asKey((await createKey(sql, organizationId, { scopes: ['usage:read'] })).key);
		for (let i = 0; i < 60; i++) await take({ ...asked, at: 0 });
		expect((await take({ ...asked, at: 0 })).admitted).toBe(false);
		await givePlan(sql, organizationId, 'starter');
		const { admitted, limits } = await take({ ...asked, at: 6 * second });
		expect(admitted).toBe(true);
		expect(limits[0]).toMatchObject({ quota: 300, left: 29 });
	});
});

test('buckets that have long been full are forgotten, others are not', async () => {
	const [gone, kept] = [`user:${randomUUID()}`, `user:${randomUUID()}`] as const;
	await allow(gone, 5, { until: 1 });
	await allow(kept, 5);
	await sql`select private.forget_rate_limits(1000000)`;
	const left = await sql<{ subject: string }[]>`
		select subject from private.rate_limits where subject in (${gone}, ${kept})`;
	expect(left.map(({ subject }) => subject)).toEqual([kept]);
});
