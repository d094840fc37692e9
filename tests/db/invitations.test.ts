import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { addMember, createPerson, signOut, type Role } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from './acting.ts';
import {
	owner,
	admin,
	organization,
	anAddress,
	refused,
	invite,
	resend,
	revoke,
	preview,
	accept,
	open,
	lettersOf,
	lines,
	tokenFor,
	invited
} from './invitation-scene.ts';

const { env, sql } = stack;

describe('inviting', () => {
	test('makes an open invitation for seven days, a job without an address, and a line in the audit log', async () => {
		const email = anAddress();
		const id = await invite(owner, `  ${email.toUpperCase()} `, 'admin');
		const [row] = await open(owner);
		expect(row).toMatchObject({ id, email, role: 'admin', inviter_name: 'Noor Haddad', invited_by: owner.userId });
		expect(row!.expires_at.getTime() - row!.created_at.getTime()).toBe(7 * 24 * 60 * 60 * 1000);
		const [letter] = await lettersOf(id);
		const [job] = await sql`select * from private.jobs where payload ->> 'letter_id' = ${letter!.id}`;
		expect(job).toMatchObject({ kind: 'send_invitation', payload: { letter_id: letter!.id } });
		expect(await lines()).toMatchObject([
			{ verb: 'member.invited', actor_id: owner.userId, object_id: id, after: { email, role: 'admin' } }
		]);
	});

	const roles: Role[] = ['owner', 'admin', 'member', 'viewer'];
	const may: Record<Role, Role[]> = {
		owner: ['admin', 'member', 'viewer'],
		admin: ['member', 'viewer'],
		member: [],
		viewer: []
	};
	test.each(roles.flatMap((mine) => roles.map((other) => [mine, other] as const)))(
		'as %s for %s is allowed exactly where the table says',
		async (mine, other) => {
			const person = mine === 'owner' ? owner : mine === 'admin' ? admin : await createPerson(sql, env);
			if (mine === 'member' || mine === 'viewer') await addMember(sql, organization.id, person, mine);
			const inviting = invite(person, anAddress(), other);
			if (may[mine].includes(other)) await expect(inviting).resolves.toEqual(expect.any(String));
			else await expect(inviting).rejects.toThrow(/^(not_allowed|owner_not_invitable)$/);
			expect(await open(owner)).toHaveLength(may[mine].includes(other) ? 1 : 0);
		}
	);

	test('by a stranger, a visitor or an ended session is refused, and tells nothing', async () => {
		const stranger = await createPerson(sql, env);
		await expect(invite(stranger, anAddress())).rejects.toMatchObject(refused('not_found'));
		await expect(invite(stranger, anAddress(), 'member', crypto.randomUUID())).rejects.toMatchObject(
			refused('not_found')
		);
		await expect(invite(null, anAddress())).rejects.toMatchObject({ code: '42501' });
		await signOut(sql, owner);
		await expect(invite(owner, anAddress())).rejects.toMatchObject(refused('session_ended'));
	});

	test('an address of a member, or one that is invited, is refused; an account elsewhere makes no difference', async () => {
		const elsewhere = await createPerson(sql, env);
		await expect(invite(owner, admin.email.toUpperCase())).rejects.toMatchObject(refused('already_member'));
		await invite(owner, elsewhere.email);
		await expect(invite(admin, elsewhere.email)).rejects.toMatchObject(refused('already_invited'));
	});

	test.each([
		'',
		'wren',
		'wren@',
		'@else.example',
		'a b@else.example',
		'wren@else',
		'a@b.example,c@d.example',
		'x\r\nBcc: <a@b.example>'
	])('%j is no address', async (email) => {
		await expect(invite(owner, email)).rejects.toMatchObject(refused('email_invalid'));
	});

	test('the same address twice at the same moment makes one invitation', async () => {
		const email = anAddress();
		const race = await Promise.allSettled(Array.from({ length: 4 }, () => invite(owner, email)));
		expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		expect(await open(owner)).toHaveLength(1);
	});

	test('an hour has room for twenty letters of an organization, also at the same moment, resent ones included', async () => {
		const first = await invite(owner, anAddress());
		for (let n = 0; n < 17; n++) await invite(owner, anAddress());
		await resend(owner, first);
		const race = await Promise.allSettled(Array.from({ length: 4 }, () => invite(admin, anAddress())));
		expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		await expect(resend(owner, first)).rejects.toMatchObject(refused('too_many_invitations'));
		await sql`
			update private.invitation_letters set created_at = now() - interval '61 minutes' where organization_id = ${organization.id}`;
		await invite(owner, anAddress());
	});

	test('one whose time ran out can be invited anew, as what is meant now', async () => {
		const { id, email, token } = await invited(anAddress(), 'viewer');
		await sql`update public.invitations set expires_at = now() - interval '1 second' where id = ${id}`;
		expect(await preview(null, token)).toMatchObject({ state: 'expired' });
		expect(await invite(admin, email, 'member')).toBe(id);
		expect(await open(owner)).toMatchObject([{ id, role: 'member', invited_by: admin.userId }]);
		expect(await preview(null, token)).toMatchObject({ state: 'replaced' });
	});
});

describe('an open invitation', () => {
	test('is seen by those who may invite, and by nobody else', async () => {
		const member = await createPerson(sql, env);
		await addMember(sql, organization.id, member, 'member');
		const { token } = await invited();
		expect(await open(owner)).toHaveLength(1);
		expect(await open(admin)).toHaveLength(1);
		expect(await open(member)).toHaveLength(0);
		expect(await open(await createPerson(sql, env))).toHaveLength(0);
		const kept = JSON.stringify(await open(owner));
		expect(kept).not.toContain(token);
		expect(kept).not.toContain(createHash('sha256').update(token).digest('hex'));
	});

	test('sent again has a new link, seven new days and no old link', async () => {
		const { id, token } = await invited();
		await sql`update public.invitations set expires_at = now() + interval '1 minute' where id = ${id}`;
		await resend(admin, id);
		expect(await preview(null, token)).toMatchObject({ state: 'replaced' });
		const person = await createPerson(sql, env);
		await expect(accept(person, token)).rejects.toMatchObject(refused('invitation_closed'));
		const [row] = await open(owner);
		expect(row!.expires_at.getTime()).toBeGreaterThan(Date.now() + 6.9 * 24 * 60 * 60 * 1000);
		expect(await accept(person, await tokenFor(id))).toEqual({ slug: organization.slug });
	});

	test('whose letter waits is not sent twice: the one that was replaced has nothing to say any more', async () => {
		const id = await invite(owner, anAddress());
		const [old] = await lettersOf(id);
		await resend(owner, id);
		await expect(tokenFor(id, old!.id)).rejects.toThrow('nothing to send');
		await revoke(owner, id);
		await expect(tokenFor(id)).rejects.toThrow('nothing to send');
	});

	test('that is revoked opens nothing, and revoking twice is as good as once', async () => {
		const { id, token } = await invited();
		await revoke(admin, id);
		await revoke(owner, id);
		expect(await preview(null, token)).toMatchObject({ state: 'revoked' });
		await expect(accept(await createPerson(sql, env), token)).rejects.toMatchObject(refused('invitation_closed'));
		await expect(resend(owner, id)).rejects.toMatchObject(refused('invitation_closed'));
		expect(await open(owner)).toHaveLength(0);
		expect((await lines()).map(({ verb }) => verb)).toEqual(['member.invited', 'invitation.revoked']);
	});

	test('for an admin is no other admin’s to change; a stranger’s attempts tell nothing', async () => {
		const { id } = await invited(anAddress(), 'admin');
		const stranger = await createPerson(sql, env);
		for (const act of [resend, revoke]) {
			await expect(act(admin, id)).rejects.toMatchObject(refused('not_allowed'));
			await expect(act(stranger, id)).rejects.toMatchObject(refused('not_found'));
			await expect(act(stranger, crypto.randomUUID())).rejects.toMatchObject(refused('not_found'));
		}
	});

	test('is revoked when whoever sent it is removed or may not invite for it any more', async () => {
		const [mine, theirs, kept] = [await invited(), await invited(anAddress(), 'member', admin), await invited()];
		await sql`update public.memberships set role = 'member' where organization_id = ${organization.id} and user_id = ${admin.userId}`;
		expect(await preview(null, theirs.token)).toMatchObject({ state: 'revoked' });
		expect(await preview(null, mine.token)).toMatchObject({ state: 'open' });
		await sql`delete from public.memberships where organization_id = ${organization.id} and user_id = ${owner.userId}`;
		expect(await preview(null, kept.token)).toMatchObject({ state: 'revoked' });
		expect((await lines()).filter(({ verb }) => verb === 'invitation.revoked')).toHaveLength(3);
	});

	test('tells its inviter what the mail server said, to the letter that counts', async () => {
		// made without a job: the stack's own worker would say something as well
		const [{ id } = { id: '' }] = await sql<{ id: string }[]>`
			insert into public.invitations (organization_id, email, role, invited_by)
			values (${organization.id}, ${anAddress()}, 'member', ${owner.userId}) returning id`;
		const letter = async () =>
			(
				await sql<{ id: string }[]>`
					insert into private.invitation_letters (invitation_id, organization_id, sent_by)
					values (${id}, ${organization.id}, ${owner.userId}) returning id`
			)[0]!.id;
		const record = (letterId: string, outcome: string) =>
			edge`select service.record_invitation_letter(${letterId}, ${outcome})`;
		const first = await letter();
		await record(first, 'refused');
		expect(await open(owner)).toMatchObject([{ refused_at: expect.any(Date), mailed_at: null }]);
		await sql`update private.invitation_letters set replaced_at = now() where id = ${first}`;
		const second = await letter();
		await record(second, 'taken');
		await record(first, 'refused');
		expect(await open(owner)).toMatchObject([{ refused_at: null, mailed_at: expect.any(Date) }]);
		// sent again, nothing is known of the new letter yet; seen before any worker can see it
		const [row] = await as(owner, async (tx) => {
			await tx`select api.resend_invitation(${id})`;
			return tx`select mailed_at, refused_at from api.invitations where id = ${id}`;
		});
		expect(row).toEqual({ mailed_at: null, refused_at: null });
	});
});
