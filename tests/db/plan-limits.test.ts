import { beforeAll, expect, test } from 'vitest';
import { createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';

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
