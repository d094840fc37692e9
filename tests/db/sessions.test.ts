import { beforeAll, describe, expect, test } from 'vitest';
import { capabilities } from '#core/capabilities.ts';
import { stack } from '../support/shared-stack.ts';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	signIn,
	signOut,
	type Person
} from '../support/people.ts';
import { as, receive } from './acting.ts';

const { env, sql } = stack;
let noor: Person;
let organization: { id: string; slug: string };
let number: { id: string; e164: string };

beforeAll(async () => {
	noor = await createPerson(sql, env, { fullName: 'Noor Haddad' });
	organization = await createOrganization(sql, { owner: noor, name: 'Harbour Row' });
	number = await createNumber(sql, null, { organizationId: organization.id });
	await receive(number.e164, { from: inventNumber() });
});

type Me = { organizations: { slug: string; role: string }[]; organization: { name: string } | null };

const me = (person: Person, slug: string | null = null) =>
	as(person, async (tx) => (await tx<{ me: Me }[]>`select api.me(${slug}) as me`)[0]!.me);
const conversations = (person: Person) => as(person, (tx) => tx`select id from api.conversations`);

describe('who am I', () => {
	test('R1.5 R2.3 a person, their organizations with their roles, and the one of the page', async () => {
		const asOwner = { role: 'owner', logo_path: null, suspended_at: null };
		const team = { ...asOwner, id: organization.id, slug: organization.slug, name: 'Harbour Row', is_personal: false };
		expect(await me(noor, organization.slug)).toEqual({
			user_id: noor.userId,
			email: noor.email,
			username: noor.username,
			full_name: 'Noor Haddad',
			locale: 'en',
			undo_send_seconds: 0,
			time_zone: 'UTC',
			avatar_path: null,
			deletion_requested_at: null,
			notices: [],
			session: { id: noor.sessionId, described_at: null, fresh_until: null },
			organizations: [
				team,
				{ ...asOwner, id: noor.organizationId, slug: noor.slug, name: 'Noor Haddad', is_personal: true }
			],
			organization: { ...team, throttle: null, capabilities: Object.keys(capabilities).sort() }
		});
		expect((await me(noor)).organization).toBeNull();
	});

	test("another's organization and one that does not exist are refused in the same words", async () => {
		const stranger = await createPerson(sql, env);
		const refusal = { code: 'PT404', message: 'not_found' };
		await expect(me(stranger, organization.slug)).rejects.toMatchObject(refusal);
		await expect(me(stranger, 'nobody-has-this')).rejects.toMatchObject(refusal);
	});
});

describe('a session', () => {
	/** Noor, signed in on another device whose session is changed so. */
	async function withSession(columns: Record<string, string>): Promise<Person> {
		const session = await signIn(sql, env, noor);
		for (const [name, ago] of Object.entries(columns)) {
			await sql`update auth.sessions set ${sql(name)} = now() - ${ago}::interval where id = ${session.sessionId}`;
		}
		return { ...noor, ...session };
	}

	test.each([
		['was signed out', null],
		['is 30 days old, though refreshed a minute ago', { created_at: '30 days 1 minute', refreshed_at: '1 minute' }],
		['was idle for 7 days', { created_at: '8 days', updated_at: '8 days', refreshed_at: '7 days 1 minute' }],
		['was never refreshed in 7 days', { created_at: '8 days', updated_at: '8 days' }],
		['has an end that is past', { not_after: '1 second' }]
	])('R1.6 R1.7 that %s opens nothing, whatever its token says', async (_, columns) => {
		const person = await withSession(columns ?? {});
		if (!columns) await signOut(sql, person);
		expect(await conversations(person)).toHaveLength(0);
		await expect(me(person)).rejects.toMatchObject({ code: 'PT401', message: 'session_ended' });
	});

	test.each([
		['29 days old and refreshed', { created_at: '29 days', updated_at: '29 days', refreshed_at: '6 days' }],
		['6 days old and never refreshed', { created_at: '6 days', updated_at: '6 days' }],
		['told to end later', { not_after: '-1 hour' }]
	])('%s is one', async (_, columns) => {
		expect(await conversations(await withSession(columns))).toHaveLength(1);
	});

	test("is its owner's: with another's user id it opens nothing", async () => {
		const stranger = await createPerson(sql, env);
		expect(await conversations({ ...noor, sessionId: stranger.sessionId })).toHaveLength(0);
		expect(await conversations({ ...stranger, sessionId: noor.sessionId })).toHaveLength(0);
	});
});

describe('reading', () => {
	const unread = async (person: Person, id: string) => {
		const [row] = await as(
			person,
			(tx) => tx`select unread_count, last_read_seq::int from api.conversations where id = ${id}`
		);
		return row;
	};
	const markRead = (person: Person, id: string, seq: number) =>
		as(person, (tx) => tx`select api.mark_read(${id}, ${seq})`);

	test("counts what is newer, only ever moves forward, and is everyone's own", async () => {
		const maya = await createPerson(sql, env);
		await addMember(sql, organization.id, maya, 'viewer');
		const from = inventNumber();
		for (let n = 0; n < 3; n++) await receive(number.e164, { from });
		const id = (await receive(number.e164, { from })).conversation_id!;
		expect(await unread(noor, id)).toEqual({ unread_count: 4, last_read_seq: 0 });
		await markRead(noor, id, 3);
		await markRead(noor, id, 2);
		expect(await unread(noor, id)).toEqual({ unread_count: 1, last_read_seq: 3 });
		await markRead(maya, id, 99);
		await receive(number.e164, { from });
		expect(await unread(maya, id)).toEqual({ unread_count: 1, last_read_seq: 4 });
		expect(await unread(noor, id)).toEqual({ unread_count: 2, last_read_seq: 3 });
		const stranger = await createPerson(sql, env);
		await expect(markRead(stranger, id, 1)).rejects.toMatchObject({ code: 'PT404', message: 'not_found' });
	});
});
