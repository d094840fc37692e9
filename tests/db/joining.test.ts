import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createPerson, signOut } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { edge } from './acting.ts';
import {
	owner,
	admin,
	organization,
	anAddress,
	refused,
	invite,
	preview,
	accept,
	open,
	roleOf,
	lines,
	resend,
	tokenFor,
	invited
} from './invitation-scene.ts';

const { env, sql } = stack;

describe('an invitation that somebody signed up by', () => {
	const keep = (email: string, token: string) => edge`select service.keep_invitation(${email}, ${token})`;

	test('waits for their account, without its link, until they accept it', async () => {
		const { token, email } = await invited(anAddress(), 'viewer');
		const [person, other] = [await createPerson(sql, env), await createPerson(sql, env)];
		expect(await preview(person, null)).toBeNull();
		await keep(person.email.toUpperCase(), token);
		expect(await preview(person, null)).toMatchObject({ state: 'open', email, organization_name: 'Tidewater Hotel' });
		// nobody else's, and nobody's who is not signed in
		for (const stranger of [other, null]) expect(await preview(stranger, null)).toBeNull();
		await expect(accept(other, null)).rejects.toMatchObject(refused('not_found'));
		expect(await accept(person, null)).toEqual({ slug: organization.slug });
		expect(await roleOf(person)).toBe('viewer');
		expect(await preview(person, null)).toBeNull();
	});

	test('is the last one, not one that nobody made, and not for ever', async () => {
		const person = await createPerson(sql, env);
		const { id, token } = await invited();
		await keep(person.email, token);
		await keep(person.email, randomBytes(32).toString('base64url'));
		expect(await preview(person, null)).toMatchObject({ state: 'open' });
		await resend(owner, id);
		expect(await preview(person, null)).toMatchObject({ state: 'replaced' });
		await keep(person.email, await tokenFor(id));
		expect(await preview(person, null)).toMatchObject({ state: 'open' });
		await sql`update private.kept_invitations set kept_at = now() - interval '8 days'
			where account = private.account_key(${person.email})`;
		expect(await preview(person, null)).toBeNull();
	});

	test('tells nothing to an account whose address is not confirmed', async () => {
		const person = await createPerson(sql, env);
		await keep(person.email, (await invited()).token);
		await sql`update auth.users set email_confirmed_at = null where id = ${person.userId}`;
		expect(await preview(person, null)).toBeNull();
	});
});

describe('accepting', () => {
	test('makes a member of whoever has the link, with the invitation’s role, whatever their address', async () => {
		const { id, email, token } = await invited(anAddress(), 'viewer');
		expect(await preview(null, token)).toMatchObject({
			state: 'open',
			email,
			role: 'viewer',
			organization_name: 'Tidewater Hotel',
			inviter_name: 'Noor Haddad',
			slug: null
		});
		const person = await createPerson(sql, env);
		expect(await accept(person, token)).toEqual({ slug: organization.slug });
		expect(await roleOf(person)).toBe('viewer');
		expect(await open(owner)).toHaveLength(0);
		expect((await lines()).at(-1)).toMatchObject({
			verb: 'member.joined',
			actor_id: person.userId,
			after: { email, role: 'viewer' }
		});
		expect(await preview(person, token)).toMatchObject({ state: 'accepted', slug: organization.slug });
		expect(await preview(null, token)).toMatchObject({ state: 'accepted', slug: null });
		const [row] = await sql`select accepted_by from public.invitations where id = ${id}`;
		expect(row!.accepted_by).toBe(person.userId);
	});

	test('twice by the same person is as good as once, and by another one it is too late', async () => {
		const { token } = await invited();
		const [person, other] = [await createPerson(sql, env), await createPerson(sql, env)];
		const answers = await Promise.all([accept(person, token), accept(person, token)]);
		expect(answers).toEqual([{ slug: organization.slug }, { slug: organization.slug }]);
		await expect(accept(other, token)).rejects.toMatchObject(refused('invitation_closed'));
		expect(await roleOf(other)).toBeUndefined();
		expect((await lines()).filter(({ verb }) => verb === 'member.joined')).toHaveLength(1);
	});

	test('does not bring back somebody who was removed since', async () => {
		const { token } = await invited();
		const person = await createPerson(sql, env);
		await accept(person, token);
		await sql`delete from public.memberships where organization_id = ${organization.id} and user_id = ${person.userId}`;
		await expect(accept(person, token)).rejects.toMatchObject(refused('invitation_closed'));
		expect(await roleOf(person)).toBeUndefined();
	});

	test('changes no role of somebody who belongs there already', async () => {
		const { token } = await invited(anAddress(), 'viewer');
		expect(await accept(admin, token)).toEqual({ slug: organization.slug });
		expect(await roleOf(admin)).toBe('admin');
		expect((await lines()).at(-1)).toMatchObject({ verb: 'invitation.accepted', actor_id: admin.userId });
	});

	test('needs a live session, a link that exists, and one whose time has not run out', async () => {
		const { id, token } = await invited();
		const person = await createPerson(sql, env);
		await expect(accept(null, token)).rejects.toMatchObject({ code: '42501' });
		for (const wrong of [token.slice(1), '', randomBytes(32).toString('base64url')]) {
			await expect(accept(person, wrong)).rejects.toMatchObject(refused('not_found'));
			expect(await preview(null, wrong)).toBeNull();
		}
		await sql`update public.invitations set expires_at = now() - interval '1 second' where id = ${id}`;
		await expect(accept(person, token)).rejects.toMatchObject(refused('invitation_closed'));
		await signOut(sql, person);
		await expect(accept(person, token)).rejects.toMatchObject(refused('session_ended'));
	});

	test('waits while the organization is suspended, and no letter of it leaves', async () => {
		const { token } = await invited();
		const other = await invite(owner, anAddress());
		await sql`update public.organizations set suspended_at = now() where id = ${organization.id}`;
		const person = await createPerson(sql, env);
		await expect(accept(person, token)).rejects.toMatchObject(refused('organization_suspended'));
		await expect(tokenFor(other)).rejects.toThrow('nothing to send');
		await expect(invite(owner, anAddress())).rejects.toMatchObject(refused('organization_suspended'));
		await sql`update public.profiles set suspended_at = now() where id = ${person.userId}`;
		await expect(accept(person, token)).rejects.toMatchObject(refused('suspended'));
	});
});
