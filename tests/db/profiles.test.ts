import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { locales } from '#core/locales.ts';
import { timeZones } from '#core/time-zones.ts';
import { createPerson, signOut, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';

const { env, sql } = stack;
let person: Person;

beforeAll(async () => {
	person = await createPerson(sql, env);
});

type Wish = { username?: string | null; full_name?: string | null; locale?: string | null; time_zone?: string | null };

/** api.update_profile, with what stays as it is. */
async function update(who: Person, wish: Wish): Promise<void> {
	const whole = { username: who.username, full_name: who.fullName, locale: 'en', time_zone: 'UTC', ...wish };
	await as(
		who,
		(tx) => tx`
		select api.update_profile(${whole.username}, ${whole.full_name}, ${whole.locale}, ${whole.time_zone})`
	);
}
const profileOf = async ({ userId }: Person) =>
	(await sql`select username, full_name, locale, time_zone from public.profiles where id = ${userId}`)[0]!;
const invent = () => `new_${randomBytes(6).toString('hex')}`;

describe('R6.3 what a person says about themselves', () => {
	test('is replaced, by themselves and for themselves', async () => {
		const [mine, other] = [await createPerson(sql, env), await createPerson(sql, env)];
		const username = invent();
		await update(mine, { username, full_name: '  Noor Haddad ', locale: 'pt-BR', time_zone: 'America/Sao_Paulo' });
		expect(await profileOf(mine)).toEqual({
			username,
			full_name: 'Noor Haddad',
			locale: 'pt-BR',
			time_zone: 'America/Sao_Paulo'
		});
		expect(await profileOf(other)).toMatchObject({ username: other.username });
		// the organization's address stays: links to it are out in the world
		const [home] = await sql`select slug from public.organizations where personal_for = ${mine.userId}`;
		expect(home!.slug).toBe(mine.slug);
	});

	test('an empty full name is none', async () => {
		const mine = await createPerson(sql, env);
		await update(mine, { full_name: '   ' });
		expect(await profileOf(mine)).toMatchObject({ full_name: null });
	});

	test.each<[string, Wish, string]>([
		['a username with a capital', { username: 'Noor' }, 'username_invalid'],
		['a username that is too short', { username: 'ab' }, 'username_invalid'],
		['no username', { username: null }, 'username_invalid'],
		['a word of our own addresses', { username: 'settings' }, 'username_taken'],
		['the same with another line', { username: 'sign_in' }, 'username_taken'],
		['a full name of 101 characters', { full_name: 'n'.repeat(101) }, 'full_name_too_long'],
		['a locale that is none', { locale: 'English' }, 'locale_invalid'],
		['no locale', { locale: null }, 'locale_invalid'],
		['a time zone that is none', { time_zone: 'Atlantis/Capital' }, 'time_zone_invalid'],
		['an offset, which browsers do not know', { time_zone: '+03' }, 'time_zone_invalid'],
		['no time zone', { time_zone: null }, 'time_zone_invalid']
	])('is refused with %s, and nothing changes', async (_, wish, message) => {
		const before = await profileOf(person);
		await expect(update(person, { full_name: 'Somebody Else', ...wish })).rejects.toMatchObject({ message });
		expect(await profileOf(person)).toEqual(before);
	});

	test('R1.1 a username that is somebody’s is refused, one’s own is not', async () => {
		const other = await createPerson(sql, env);
		await expect(update(person, { username: other.username })).rejects.toMatchObject({
			code: 'PT409',
			message: 'username_taken'
		});
		await update(person, { username: person.username });
	});

	test('R1.1 of two who want one name at the same moment, one gets it', async () => {
		const [a, b] = [await createPerson(sql, env), await createPerson(sql, env)];
		const username = invent();
		const race = await Promise.allSettled([update(a, { username }), update(b, { username })]);
		expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
		const refused = race.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
		expect(refused.reason).toMatchObject({ message: 'username_taken' });
	});

	test('R1.1 a name that was left is free again', async () => {
		const mine = await createPerson(sql, env);
		await update(mine, { username: invent() });
		const next = await createPerson(sql, env);
		await update(next, { username: mine.username });
		expect(await profileOf(next)).toMatchObject({ username: mine.username });
	});

	test('R1.7 an ended session changes nothing', async () => {
		const gone = await createPerson(sql, env);
		await signOut(sql, gone);
		await expect(update(gone, { full_name: 'Too Late' })).rejects.toMatchObject({ message: 'session_ended' });
	});

	test('R1.5 a suspended person changes nothing', async () => {
		const held = await createPerson(sql, env);
		await sql`update public.profiles set suspended_at = now() where id = ${held.userId}`;
		await expect(update(held, { full_name: 'Not Now' })).rejects.toMatchObject({ message: 'suspended' });
	});
});

test('R6.3 every locale and every time zone that the form offers is one to the database', async () => {
	const mine = await createPerson(sql, env);
	for (const locale of locales) await update(mine, { locale });
	const refused = await sql<{ zone: string }[]>`
		select zone from unnest(${[...timeZones]}::text[]) zone
		where not private.is_time_zone(zone) or zone !~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$'`;
	expect(refused.map(({ zone }) => zone)).toEqual([]);
	expect(timeZones.length).toBeGreaterThan(400);
});

test('R6.2 a change is hinted to one’s own pages and to colleagues, without a word of it', async () => {
	const mine = await createPerson(sql, env);
	await update(mine, { full_name: 'A secret new name' });
	await update(mine, { full_name: 'A secret new name' });
	const hints = (topic: string, event: string) =>
		sql`select payload - 'id' as payload, private from realtime.messages where topic = ${topic} and event = ${event}`;
	const hint = { payload: { user_id: mine.userId }, private: true };
	expect(await hints(`user:${mine.userId}`, 'profile')).toEqual([hint]);
	expect(await hints(`organization:${mine.organizationId}`, 'members')).toContainEqual(hint);
});
