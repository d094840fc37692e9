import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { notices as letters } from '../../supabase/functions/_shared/mail/letters.ts';
import { addMember, createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { sql, env } = stack;

const day = 86_400_000;
const now = Date.now();
const before = (days: number) => new Date(now - days * day);
const after = (days: number) => new Date(now + days * day);

type Wish = { name: string; made: number; ends: number; revoked_at?: Date; rotated_at?: Date };

/** Keys that were made so many days ago and expire in so many, all at once: the stack's own clock finds all or none. */
async function createKeys(organizationId: string, ...wishes: Wish[]): Promise<string[]> {
	const keys = wishes.map(({ name, made, ends, revoked_at = null, rotated_at = null }) => ({
		...{ organization_id: organizationId, name, mode: 'live', scopes: ['messages:read'], revoked_at, rotated_at },
		...{ public_id: randomBytes(4).toString('hex'), created_at: before(made), expires_at: after(ends) }
	}));
	const made = await sql<{ id: string }[]>`insert into public.api_keys ${sql(keys)} returning id`;
	return made.map(({ id }) => id);
}

type Told = { details: { days: number; keys: { name: string; prefix: string }[] } };

/** The clock of the stack does the same every minute; both together tell once. */
const tell = (inDays: number) => sql`select private.tell_of_key_ends(${after(inDays)})`;
const lettersTo = async (userId: string) => {
	const rows = await sql<{ payload: Told }[]>`
		select payload from private.jobs
		where kind = 'send_letter' and payload ->> 'user_id' = ${userId} and payload ->> 'template' = 'key_expires_soon'
		order by created_at, id`;
	return rows.map(({ payload }) => payload.details);
};

test('R6.7 those who run an organization hear a week and a day before a key expires, once each, and only of keys that end unnoticed', async () => {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const member = await createPerson(sql, env);
	await addMember(sql, organizationId, member, 'member');
	const [booking = ''] = await createKeys(
		organizationId,
		{ name: 'Booking sync', made: 30, ends: 6.5 },
		{ name: 'Nightly tests', made: 30, ends: 6.9 },
		{ name: 'For today', made: 0.1, ends: 0.5 },
		{ name: 'For three days', made: 0.1, ends: 3 },
		{ name: 'Gone', made: 30, ends: 3, revoked_at: before(1) },
		{ name: 'Old', made: 30, ends: 3, rotated_at: before(1) },
		{ name: 'Far', made: 30, ends: 20 }
	);

	await tell(0);
	await tell(0.01);
	const [first, ...more] = await lettersTo(owner.userId);
	expect(more).toEqual([]);
	expect(first).toMatchObject({ days: 7, keys: [{ name: 'Booking sync' }, { name: 'Nightly tests' }] });
	expect(await lettersTo(member.userId)).toEqual([]);
	const written = letters.key_expires_soon!(first!, { appUrl: 'http://app.example', timeZone: 'UTC' });
	expect(written.subject).toBe('2 API keys expire within a week');
	expect(written.text).toContain(first!.keys[0]!.prefix);

	const notices = await sql`
		select user_id, topic, details from public.notifications where subject = ${booking}`;
	expect(notices).toEqual([
		{ user_id: owner.userId, topic: 'key_expires_soon', details: { days: 7, name: 'Booking sync' } }
	]);

	await tell(5.6);
	await tell(5.7);
	const [, second, ...others] = await lettersTo(owner.userId);
	expect(others).toEqual([]);
	expect(second).toMatchObject({ days: 1, keys: [{ name: 'Booking sync' }] });
	expect(letters.key_expires_soon!(second!, { appUrl: 'http://app.example', timeZone: 'UTC' }).subject).toBe(
		'The API key Booking sync expires within a day'
	);

	// whoever gives it longer hears of the new end
	await sql`update public.api_keys set expires_at = ${after(30)} where id = ${booking}`;
	await tell(6);
	expect((await lettersTo(owner.userId)).at(-1)).toMatchObject({ days: 1, keys: [{ name: 'Nightly tests' }] });
	await tell(23.5);
	expect((await lettersTo(owner.userId)).at(-1)).toMatchObject({ days: 7, keys: [{ name: 'Booking sync' }] });
});
