import { createHash, randomBytes, randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyPrefix, makeKey } from '#core/api-keys.ts';
import { stack } from '../support/shared-stack.ts';
import { addMember, createOrganization, createPerson } from '../support/people.ts';
import { as, edge } from './acting.ts';
import { operator, refusal, server } from './operating.ts';

const { sql, env } = stack;

/** Nobody else fails from there. */
const address = () => `2001:db8:${[...randomBytes(6)].map((byte) => byte.toString(16)).join(':')}`;
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');

type Checked = { outcome: string; wait_ms?: number };

/** So many requests with a key, one after the other, in one round trip; the hash is of another one where it is guessed. */
async function knock(key: string, from: string, times = 1, guessed = false): Promise<Checked[]> {
	const rows = await sql<{ answer: Checked }[]>`
		select private.check_api_key(${keyPrefix(key)}, ${hashOf(guessed ? `${key}x` : key)}, ${from}, 'GET /v1/me') as answer
		from generate_series(1, ${times})`;
	return rows.map(({ answer }) => answer);
}

async function scene() {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const { key, id, mode } = makeKey('live', randomBytes);
	await sql`select private.record_password_entered(${owner.sessionId})`;
	const [row] = await as(
		owner,
		(tx) => tx<{ id: string }[]>`
			select api.create_api_key(${organizationId}, 'Booking sync', ${mode}, ${id}, ${hashOf(key)}, '{messages:read}') as id`
	);
	return { owner, organizationId, key, keyId: row!.id };
}

const lettersTo = (userId: string) => sql<{ payload: { template: string; details: Record<string, unknown> } }[]>`
	select payload from private.jobs where kind = 'send_letter' and payload ->> 'user_id' = ${userId}`;

test('R7.5 a thousand bad calls are a thousand rows, with when, whence, why and the key’s beginning, and no secret', async () => {
	const { owner, organizationId, key, keyId } = await scene();
	const from = address();
	const stranger = makeKey('live', randomBytes).key;
	await knock(key, from, 600, true);
	await knock(stranger, from, 300);
	for (const reason of ['missing', 'malformed', 'token_invalid', 'token_expired']) {
		await edge`
			select service.record_failed_authentication(${reason}, ${from}, 'GET /v1/me') from generate_series(1, 25)`;
	}
	const ours = await as(
		owner,
		(tx) => tx`select * from api.api_key_refusals where organization_id = ${organizationId} and address = ${from}`
	);
	expect(ours).toHaveLength(600);
	expect(ours[0]).toMatchObject({ key_id: keyId, reason: 'wrong_secret', endpoint: 'GET /v1/me' });
	const theirs = await sql`select * from private.unknown_key_refusals where address = ${from}`;
	expect(theirs).toHaveLength(400);
	expect(theirs.filter(({ prefix }) => prefix === keyPrefix(stranger))).toHaveLength(300);
	const told = JSON.stringify([ours, theirs]);
	for (const one of [key, stranger]) {
		for (const secret of [one.slice(18, 50), hashOf(one), hashOf(`${one}x`)]) expect(told).not.toContain(secret);
	}
});

test('R7.5 who fails again and again waits longer each time, three seconds at most; the good key is let in at once beside them', async () => {
	const { key } = await scene();
	const from = address();
	const waits = (await knock(key, from, 60, true)).map(({ wait_ms: wait = 0 }) => wait);
	expect(waits.slice(0, 10)).toEqual(Array(10).fill(0));
	expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
	expect(waits[20]).toBeGreaterThan(500);
	expect(waits.at(-1)).toBe(3000);
	expect(await knock(key, from)).toMatchObject([{ outcome: 'allowed' }]);
	// elsewhere nobody waits, and here only for a while
	expect(await knock(key, address(), 1, true)).toEqual([{ outcome: 'refused' }]);
	const [later] = await sql<{ wait: number }[]>`
		select private.failure_pause(${from}, clock_timestamp() + interval '5 minutes') as wait`;
	expect(later!.wait).toBe(0);
});

test('R7.5 a burst with a known key is told to those who run its organization, once a day', async () => {
	const { owner, organizationId, key } = await scene();
	const member = await createPerson(sql, env);
	await addMember(sql, organizationId, member, 'member');
	const from = address();
	await knock(key, from, 19, true);
	expect(await lettersTo(owner.userId)).toHaveLength(0);
	await knock(key, from, 30 + randomInt(3), true);
	const letters = await lettersTo(owner.userId);
	expect(letters.map(({ payload }) => payload)).toMatchObject([
		{
			template: 'key_refused',
			details: {
				key_name: 'Booking sync',
				prefix: keyPrefix(key),
				refused_for: 'wrong_secret',
				address: from,
				count: 20
			}
		}
	]);
	const notices = await sql`
		select user_id, topic, details from public.notifications where organization_id = ${organizationId}`;
	expect(notices).toEqual([{ user_id: owner.userId, topic: 'key_refused', details: { name: 'Booking sync' } }]);
	expect(await lettersTo(member.userId)).toHaveLength(0);
	expect(await knock(key, from)).toMatchObject([{ outcome: 'allowed' }]);
});

test('R6.7 operators see who was not let in, by address, key, reason and burst, of keys and of all forms; support looks, tenants never', async () => {
	const { owner, organizationId, key } = await scene();
	const [from, other] = [address(), address()];
	await knock(key, from, 30, true);
	await knock(key, other, 2, true);
	await edge`select service.record_failed_authentication('missing', ${from}, 'GET /v1/me')`;
	const { session, name } = await operator('support');
	const wrong = async (account: string) => {
		const [row] = await sql`select private.begin_sign_in(${account}, ${from}, 'Test') ->> 'attempt_id' as id`;
		await sql`select private.finish_sign_in(${row!.id as string}, null)`;
	};
	for (const account of ['ada@else.example', 'bea@else.example', `operator:${name}`]) await wrong(account);

	const read = async (hours: number) =>
		(await server`select service.operator_failures(${session}, ${hours}) as told`)[0]!.told as {
			reasons: { kind: string; reason: string; failures: number }[];
			addresses: Record<string, unknown>[];
			keys: Record<string, unknown>[];
			operators: { name: string; failures: number }[];
			hours: { failures: number }[];
		};
	const told = await read(1);
	expect(told.addresses.find((one) => one.address === from)).toMatchObject({
		...{ failures: 34, keys: 31, people: 2, operators: 1, prefixes: 1 }
	});
	expect(Number(told.addresses.find((one) => one.address === from)?.burst)).toBeGreaterThanOrEqual(17);
	expect(told.keys.find(({ organization_id }) => organization_id === organizationId)).toMatchObject({
		...{ key_prefix: keyPrefix(key), failures: 32, reasons: ['wrong_secret'] }
	});
	expect(told.operators.find((one) => one.name === name)).toMatchObject({ failures: 1 });
	expect(told.reasons.find(({ kind, reason }) => kind === 'operator' && reason === 'wrong')).toBeDefined();
	// nobody's address of e-mail, nothing of a key but its beginning
	expect(JSON.stringify(told)).not.toMatch(/else\.example/);
	expect(JSON.stringify(told)).not.toContain(key);
	expect(await refusal(server`select service.operator_failures(${session}, 5)`)).toBe('malformed');
	expect(await refusal(as(owner, (tx) => tx`select service.operator_failures(${session}, 1)`))).toMatch(
		/permission denied/
	);
});

test('R6.7 what failed is the same before and after it is summed, and whatever the volume little is kept', async () => {
	const { session } = await operator('support');
	const { organizationId, key } = await scene();
	const from = address();
	await knock(key, from, 12, true);
	const undone = new Error('other tests have failures of their own');
	const done = sql.begin(async (tx) => {
		// nobody sums meanwhile
		await tx`select from private.failure_mark for update`;
		const mine = async () => {
			const [row] = await tx<{ told: { addresses: Record<string, unknown>[]; keys: Record<string, unknown>[] } }[]>`
				select private.operator_failures(${session}, 24) as told`;
			return [
				row!.told.addresses.find((one) => one.address === from),
				row!.told.keys.find(({ organization_id }) => organization_id === organizationId)
			];
		};
		const before = await mine();
		expect(before).toMatchObject([
			{ failures: 12, keys: 12 },
			{ failures: 12, reasons: ['wrong_secret'] }
		]);
		const sum = async (at: Date) => {
			await tx`update private.failure_mark set summed_until = ${new Date(at.getTime() - 600_000)}`;
			await tx`select private.sum_failures(${at})`;
		};
		await tx`delete from private.failure_sums`;
		await sum(new Date(Date.now() + 180_000));
		expect(await mine()).toEqual(before);

		// three thousand addresses and as many invented keys within a quarter of an hour, one of each more often
		await tx`
			insert into private.unknown_key_refusals (id, prefix, address, created_at)
			select overlay(private.first_id_at(t.at)::text placing substr(md5(n::text), 1, 12) from 25 for 12)::uuid,
				'cum_live_' || lpad((case when n % 10 = 0 then 0 else n end)::text, 8, '0'),
				'10.1.0.0'::inet + (case when n % 10 = 0 then 0 else n end), t.at
			from generate_series(1, 3000) n
			cross join lateral (select date_bin('15 minutes', now() - interval '20 hours', 'epoch') + n * interval '0.2 seconds' as at) t`;
		const flood = new Date(Date.now() - 19.5 * 3_600_000);
		await tx`update private.failure_mark set summed_until = ${new Date(flood.getTime() - 3_600_000)}`;
		for (let at = 0; at < 10; at++) await tx`select private.sum_failures(${flood})`;
		const kept = await tx<{ about: string; rows: number; failures: number }[]>`
			select about, count(*)::int as rows, sum(failures)::int as failures from private.failure_sums
			where starts_at between now() - interval '21 hours' and now() - interval '19 hours' group by 1 order by 1`;
		expect(kept.map(({ about, rows }) => [about, rows])).toEqual([
			['address', 50],
			['key', 50],
			['reason', 1]
		]);
		expect(kept.at(-1)!.failures).toBe(3000);
		const [told] = await tx<{ told: { addresses: { address: string; failures: number }[] } }[]>`
			select private.operator_failures(${session}, 24) as told`;
		expect(told!.told.addresses.find((one) => one.address === '10.1.0.0')).toMatchObject({ failures: 300 });

		// and of the rows themselves no more than so many, the newest
		const rows = async () =>
			(
				await tx<{ unknown: number; own: number }[]>`
					select (select count(*)::int from private.unknown_key_refusals) as unknown,
						(select count(*)::int from public.api_key_refusals where organization_id = ${organizationId}) as own`
			)[0];
		await tx`select private.prune_refusals(now(), 5000, 50, 5)`;
		expect(await rows()).toEqual({ unknown: expect.toSatisfy((many: number) => many <= 51), own: 5 });
		await tx`
			insert into private.sign_in_attempts (id, account, address, outcome, created_at)
			select overlay(private.first_id_at(now() - interval '2 hours')::text placing substr(md5(n::text), 1, 12) from 25 for 12)::uuid,
				sha256(n::text::bytea), ${from}, case when n % 50 = 0 then 'succeeded' else 'failed' end, now() - interval '2 hours'
			from generate_series(1, 500) n`;
		await tx`select private.prune_sign_ins(now(), 20)`;
		const left = await tx`
			select outcome, count(*)::int as many from private.sign_in_attempts
			where address = ${from} and created_at < now() - interval '1 hour' group by 1`;
		expect(left.find(({ outcome }) => outcome === 'succeeded')).toMatchObject({ many: 10 });
		expect(left.find(({ outcome }) => outcome === 'failed')?.many ?? 0).toBeLessThanOrEqual(20);
		throw undone;
	});
	await expect(done).rejects.toBe(undone);
});
