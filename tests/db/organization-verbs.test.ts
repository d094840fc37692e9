import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { can, roles } from '#core/capabilities.ts';
import { slugOf, slugPattern } from '#core/organizations.ts';
import { stack } from '../support/shared-stack.ts';
import type { Person } from '../support/people.ts';
import { as } from './acting.ts';
import { bookOf, company, freshPerson, hintsOn, roleOf } from './company.ts';

const { sql } = stack;
const newSlug = () => `t-${randomBytes(6).toString('hex')}`;

const create = (by: Person, { name = 'Harbour & Sons', slug = newSlug(), zone = 'Europe/Berlin' } = {}) =>
	as(by, async (tx) => {
		const [row] = await tx<{ made: { id: string; slug: string } }[]>`
			select api.create_organization(${name}, ${slug}, ${zone}) as made`;
		return row!.made;
	});
const update = (by: Person, id: string, name: string, slug: string, zone = 'UTC') =>
	as(by, (tx) => tx`select api.update_organization(${id}, ${name}, ${slug}, ${zone})`);
const free = (by: Person, slug: string) =>
	as(by, async (tx) => (await tx<{ free: boolean }[]>`select api.slug_available(${slug}) as free`)[0]!.free);
const meAt = (person: Person, slug: string) => as(person, (tx) => tx`select api.me(${slug})`);

test('R1.5 who makes an organization owns it, and its book begins with that', async () => {
	const person = await freshPerson();
	const slug = newSlug();
	const made = await create(person, { name: '  Harbour   &  Sons ', slug });
	expect(made.slug).toBe(slug);
	expect(await roleOf(made.id, person)).toBe('owner');
	const after = { name: 'Harbour & Sons', slug, time_zone: 'Europe/Berlin' };
	expect(await bookOf(made.id)).toEqual([
		{ verb: 'organization.created', actor_id: person.userId, object_id: made.id, before: null, after }
	]);
	expect(await hintsOn(`user:${person.userId}`)).toContain('memberships');
});

test.each<[{ name?: string; slug?: string; zone?: string }, string]>([
	[{ slug: 'Upper' }, 'slug_invalid'],
	[{ slug: 'a--b' }, 'slug_invalid'],
	[{ slug: '-ab' }, 'slug_invalid'],
	[{ slug: 'ab' }, 'slug_invalid'],
	[{ slug: 'x'.repeat(61) }, 'slug_invalid'],
	[{ slug: 'a b c' }, 'slug_invalid'],
	[{ slug: 'settings' }, 'slug_taken'],
	[{ slug: 'sign-in' }, 'slug_taken'],
	[{ name: ' ' }, 'organization_name_invalid'],
	[{ name: 'n'.repeat(101) }, 'organization_name_invalid'],
	[{ zone: 'Atlantis/Center' }, 'time_zone_invalid'],
	[{ zone: '<x>-3' }, 'time_zone_invalid'],
	[{ zone: '' }, 'time_zone_invalid']
])('what no organization can have: %o is refused as %s and leaves nothing', async (wish, message) => {
	const person = await freshPerson();
	await expect(create(person, wish)).rejects.toMatchObject({ message });
	expect(await sql`select from public.memberships where user_id = ${person.userId}`).toHaveLength(1);
	// the address of a form is looked at before it is sent, too
	if (message === 'slug_invalid' && wish.slug) {
		expect(slugPattern.test(wish.slug)).toBe(false);
		expect(await free(person, wish.slug)).toBe(false);
	}
});

test('one address for two at the same moment: one gets it, and what is taken is not free', async () => {
	const [one, two] = [await freshPerson(), await freshPerson()];
	const slug = newSlug();
	expect(await free(one, slug)).toBe(true);
	const ends = await Promise.allSettled([create(one, { slug }), create(two, { slug })]);
	expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: 'slug_taken' } });
	expect(await free(one, slug)).toBe(false);

	const [mine, theirs] = [await create(one), await create(two)];
	const wish = newSlug();
	const moves = await Promise.allSettled([update(one, mine.id, 'Mine', wish), update(two, theirs.id, 'Theirs', wish)]);
	expect(moves.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	expect(moves.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: 'slug_taken' } });
});

test('whoever goes through lists of addresses is stopped after sixty in a minute; ten organizations are made in a day', async () => {
	const person = await freshPerson();
	await sql`
		insert into private.slug_questions (user_id, minute, asked)
		values (${person.userId}, date_trunc('minute', now()), 1), (${(await freshPerson()).userId}, now(), 1)`;
	// both sides of a minute's turn: the count of one of them is over the limit
	const asked = Array.from({ length: 121 }, () => free(person, newSlug()));
	const ends = await Promise.allSettled(asked);
	expect(ends.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
	expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: 'rate_limited' } });

	for (let made = 0; made < 8; made++) await create(person);
	const last = await Promise.allSettled([create(person), create(person), create(person)]);
	expect(last.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
	await expect(create(person)).rejects.toMatchObject({ message: 'rate_limited' });
});

test('R1.5 exactly those may rename whom the table says', async () => {
	for (const role of roles) {
		const { id, ...people } = await company();
		const renaming = update(people[role], id, `By ${role}`, newSlug());
		if (can(role, 'organization:update')) await renaming;
		else await expect(renaming).rejects.toMatchObject({ message: 'not_allowed' });
		await expect(update(people.stranger, id, 'Stolen', newSlug())).rejects.toMatchObject({ message: 'not_found' });
	}
});

test('after a move the old address is nobody’s, the new one is the organization’s, and open pages are told', async () => {
	const { id, slug, owner } = await company();
	const next = newSlug();
	await update(owner, id, 'Moved', next);
	await expect(meAt(owner, slug)).rejects.toMatchObject({ message: 'not_found' });
	await meAt(owner, next);
	expect((await bookOf(id)).at(-1)).toMatchObject({
		verb: 'organization.updated',
		before: { name: 'Test team', slug },
		after: { name: 'Moved', slug: next }
	});
	const told = await hintsOn(`organization:${id}`);
	await update(owner, id, 'Moved', next);
	expect(await hintsOn(`organization:${id}`)).toEqual(told);
	expect(await bookOf(id)).toHaveLength(1);
	await update(owner, id, 'Moved again', next);
	expect((await bookOf(id)).at(-1)).toMatchObject({ before: { name: 'Moved' }, after: { name: 'Moved again' } });
});

test.each([
	['Tidewater Stays', 'tidewater-stays'],
	['  Café  «Über» & Söhne!', 'cafe-uber-sohne'],
	['Ł', ''],
	['R2', ''],
	['x'.repeat(80), 'x'.repeat(60)],
	[`${'x'.repeat(59)} y`, 'x'.repeat(59)]
])('the address that is suggested for %s can be one', (name, slug) => {
	expect(slugOf(name)).toBe(slug);
	expect(slug === '' || slugPattern.test(slug)).toBe(true);
});
