import { expect, test } from 'vitest';
import { randomBytes, randomUUID } from 'node:crypto';
import { stack } from '../support/shared-stack.ts';
import { createPerson } from '../support/people.ts';
import { as } from './acting.ts';

const { env, sql } = stack;

/** What Supabase Auth does when a form arrives. */
async function signUp(metadata: Record<string, unknown>): Promise<string> {
	const id = randomUUID();
	await sql`insert into auth.users (id, email, raw_user_meta_data) values (${id}, ${`${id}@people.example`}, ${sql.json(metadata as never)})`;
	return id;
}

const homeOf = async (id: string) => {
	const [row] = await sql`
		select o.slug, o.name, m.role, p.username, p.full_name
		from public.organizations o
		join public.memberships m on m.organization_id = o.id
		join public.profiles p on p.id = m.user_id
		where o.personal_for = ${id}`;
	return row;
};

test("R1.2 signing up makes a profile and an organization that is the person's own", async () => {
	const username = `Noor_Haddad_${randomBytes(3).toString('hex')}`.toLowerCase();
	expect(await homeOf(await signUp({ username, full_name: '  Noor Haddad ' }))).toEqual({
		slug: username.replaceAll('_', '-'),
		name: 'Noor Haddad',
		role: 'owner',
		username,
		full_name: 'Noor Haddad'
	});
});

test('R1.1 the full name is optional; the organization then has the username', async () => {
	const username = `u${randomBytes(6).toString('hex')}`;
	expect(await homeOf(await signUp({ username }))).toMatchObject({ name: username, full_name: null });
});

test.each([
	['one that is taken', async () => (await createPerson(sql, env)).username, 'PT409', 'username_taken'],
	['too short', async () => 'ab', 'PT422', 'username_invalid'],
	['with a capital', async () => 'Noor', 'PT422', 'username_invalid'],
	['none', async () => undefined, 'PT422', 'username_invalid']
])('a username that is not to be had: %s; no account is left behind', async (_, username, code, message) => {
	const before =
		await sql`select count(*) from auth.users where email like '%@people.example' and raw_user_meta_data = '{}'`;
	await expect(signUp({ username: await username() })).rejects.toMatchObject({ code, message });
	const after =
		await sql`select count(*) from auth.users where email like '%@people.example' and raw_user_meta_data = '{}'`;
	expect(after).toEqual(before);
});

test('one username for two people at the same moment: one gets it', async () => {
	const username = `u${randomBytes(6).toString('hex')}`;
	const race = await Promise.allSettled([signUp({ username }), signUp({ username })]);
	expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test("slugs are never words of our own addresses, and always somebody's alone, also at the same moment", async () => {
	const word = randomBytes(4).toString('hex');
	const ids = await Promise.all(['_', '__', '___'].map((line) => signUp({ username: `a${line}${word}` })));
	const slugs = await Promise.all(ids.map(async (id) => (await homeOf(id))!.slug as string));
	expect(slugs.sort()).toEqual([`a-${word}`, `a-${word}-2`, `a-${word}-3`]);
	const [row] =
		await sql`select private.free_slug('admin') as admin, private.free_slug('sign_in') as sign_in, private.free_slug('___') as lines`;
	expect(row!.admin).toMatch(/^admin-\d+$/);
	expect(row!.sign_in).toMatch(/^sign-in-\d+$/);
	expect(row!.lines).toMatch(/^team-\d+$/);
});

test('R1.1 a visitor learns whether a username is free', async () => {
	const { username } = await createPerson(sql, env);
	const free = (wish: string) =>
		as(null, async (tx) => (await tx`select api.username_available(${wish}) as free`)[0]!.free as boolean);
	expect([await free(username), await free(`${username}x`), await free('No'), await free('a b c')]).toEqual([
		false,
		true,
		false,
		false
	]);
});
