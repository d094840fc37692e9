import { beforeAll, expect, test } from 'vitest';
import { createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';
import { bookOf } from './company.ts';
import { operator, refusal, server, visitor } from './operating.ts';

const { sql, env } = stack;

let owner: Person;
beforeAll(async () => {
	owner = await createPerson(sql, env);
});

/** With nothing but Free. */
async function freeTeam(): Promise<string> {
	const [row] = await sql<{ id: string }[]>`
		insert into public.organizations (slug, name) values (${`free-${crypto.randomUUID().slice(0, 8)}`}, 'Small') returning id`;
	await sql`insert into public.memberships (organization_id, user_id, role) values (${row!.id}, ${owner.userId}, 'owner')`;
	return row!.id;
}
const invite = (id: string, name: string) =>
	as(owner, (tx) => tx`select api.invite(${id}, ${`${name}@else.example`}, 'member')`);

test('members and open invitations together fill a plan; a larger one has room again', async () => {
	const id = await freeTeam();
	await invite(id, 'a');
	await invite(id, 'b');
	await expect(invite(id, 'c')).rejects.toMatchObject({ message: 'members_full' });
	await sql`select service.grant_plan(${id}, 'starter', now() + interval '1 day')`;
	await invite(id, 'c');
});

test('a plan has room for so many numbers, and what was given up takes none', async () => {
	const id = await freeTeam();
	const room = () => sql`select private.require_room(${id}, 'numbers')`;
	await room();
	const e164 = `+1415${String(Math.floor(Math.random() * 1e7)).padStart(7, '2')}`;
	await sql`insert into public.phone_numbers (organization_id, e164, label, country_code) values (${id}, ${e164}, 'Desk', 'US')`;
	await expect(room()).rejects.toMatchObject({ message: 'numbers_full' });
	await sql`
		update public.phone_numbers set status = 'released', released_at = now() where organization_id = ${id}`;
	await room();
});

test('R6.7 an operator sets one limit until a date: it counts everywhere, both books say so, and it ends by itself', async () => {
	const id = await freeTeam();
	const { session, id: who } = await visitor('operator', id);
	const set = (by: string, name: string, value: number | null, days = 20) => {
		const until = new Date(Date.now() + days * 86_400_000).toISOString();
		return server`select service.operator_override_limit(${by}, ${id}, ${name}, ${value}, ${until}, 'A campaign')`;
	};
	const limits = async () => {
		const [row] = await as(owner, (tx) => tx`select api.dashboard(${id}) -> 'limits' as said`);
		const said = row!.said as { name: string; most: number; usual: number; given_until: string | null }[];
		return Object.fromEntries(
			said.map(({ name, most, usual, given_until }) => [name, [most, usual, given_until !== null]])
		);
	};
	const usual = {
		segments: [100, 100, false],
		verifications: [2000, 2000, false],
		numbers: [1, 1, false],
		members: [3, 3, false],
		storage: [500_000_000, 500_000_000, false]
	};
	expect(await limits()).toEqual(usual);

	const [stranger, support] = [await operator('operator'), await visitor('support', id)];
	expect(await refusal(set(stranger.session, 'members', 9))).toBe('visit_missing');
	expect(await refusal(set(support.session, 'members', 9))).toBe('operator_not_allowed');
	for (const [name, value, days] of [
		['money', 9, 20],
		['members', -1, 20],
		['members', 0, 20],
		['members', 9, -1],
		['members', 9, 2000]
	] as const) {
		expect(await refusal(set(session, name, value, days)), name).toBe('malformed');
	}
	expect(await limits()).toEqual(usual);

	await set(session, 'segments', 2);
	await set(session, 'verifications', 2);
	await set(session, 'members', 5);
	await set(session, 'numbers', 2);
	expect(await limits()).toEqual({
		...{
			segments: [2, 100, true],
			verifications: [2, 2000, true],
			numbers: [2, 1, true],
			members: [5, 3, true],
			storage: [500_000_000, 500_000_000, false]
		}
	});
	// where it is asked: places for members, segments of a text, codes of a day
	for (const name of 'abcd') await invite(id, name);
	await expect(invite(id, 'e')).rejects.toMatchObject({ message: 'members_full' });
	const [taken] = await sql`select private.take_included(${id}, private.month_of(${id}), 5, 100) as segments`;
	expect(taken!.segments).toBe(2);
	const [number] = await sql<{ id: string }[]>`
		insert into public.phone_numbers (organization_id, e164, label, country_code)
		values (${id}, ${`+1415${String(Math.floor(Math.random() * 1e7)).padStart(7, '2')}`}, 'Desk', 'US') returning id`;
	for (const full of [null, null, expect.any(Date)]) {
		const [asked] = await sql`select private.next_verification_at(${id}) as at`;
		expect(asked!.at).toEqual(full);
		await sql`
			insert into public.verifications (organization_id, phone_number_id, service_name, ttl_seconds, idempotency_key, expires_at) values (${id}, ${number!.id}, 'Bank', 300, ${crypto.randomUUID()}, now() + interval '5 minutes')`;
	}

	await set(session, 'segments', null);
	await sql`update private.limit_overrides set until = now() where organization_id = ${id}`;
	expect(await limits()).toEqual(usual);
	const lines = (await bookOf(id)).filter(({ verb }) => verb === 'limit.set');
	expect(
		lines.map(({ before, after }) => [(before as { most: number }).most, (after as { most: number }).most])
	).toEqual([
		[100, 2],
		[2000, 2],
		[3, 5],
		[1, 2],
		[2, 100]
	]);
	const ours = await sql`
		select reason, details ->> 'limit' as name from private.operator_log where operator_id = ${who} and verb = 'organization.limit_set' order by id`;
	expect(ours.map(({ reason, name }) => [reason, name])).toEqual(
		['segments', 'verifications', 'members', 'numbers', 'segments'].map((name) => ['A campaign', name])
	);
});
