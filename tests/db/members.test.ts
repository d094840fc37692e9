import { expect, test } from 'vitest';
import { mayAssign, mayRemove, roles, type Role } from '#core/capabilities.ts';
import { stack } from '../support/shared-stack.ts';
import { addMember, createNumber, inventNumber, type Person } from '../support/people.ts';
import { as, receive } from './acting.ts';
import { bookOf, company, freshPerson, growStale, hintsOn, roleOf, verbs } from './company.ts';

const { sql } = stack;
const refusal = (message: string) => ({ message });

/** Which of them were done, which refused and how. */
async function race(attempts: Promise<unknown>[]): Promise<string[]> {
	const ends = await Promise.allSettled(attempts);
	return ends.map((end) => (end.status === 'fulfilled' ? 'done' : String((end.reason as Error).message))).sort();
}

test('R1.5 every role gives and takes exactly the roles that the table of the pages says', async () => {
	const { id, ...people } = await company();
	const { changeRole } = verbs(id);
	const other = await freshPerson();
	for (const by of roles) {
		for (const from of roles) {
			for (const to of roles) {
				await sql`
					insert into public.memberships (organization_id, user_id, role) values (${id}, ${other.userId}, ${from})
					on conflict (organization_id, user_id) do update set role = ${from}`;
				const end = await race([changeRole(people[by], other, to)]);
				const may = mayAssign(by, from) && mayAssign(by, to);
				expect({ by, from, to, end }).toEqual({ by, from, to, end: [may ? 'done' : 'not_allowed'] });
				expect(await roleOf(id, other)).toBe(may ? to : from);
			}
		}
	}
});

test('R1.5 nobody changes their own role; strangers and those who are gone are the same nobody', async () => {
	const { id, owner, admin, stranger } = await company();
	const { changeRole } = verbs(id);
	await expect(changeRole(admin, admin, 'owner')).rejects.toMatchObject({ code: 'PT409', ...refusal('own_role') });
	await expect(changeRole(owner, owner, 'viewer')).rejects.toMatchObject(refusal('own_role'));
	await expect(changeRole(owner, stranger, 'admin')).rejects.toMatchObject({
		code: 'PT404',
		...refusal('member_gone')
	});
	await expect(
		as(owner, (tx) => tx`select api.change_role(${id}, ${crypto.randomUUID()}, 'admin')`)
	).rejects.toMatchObject({ code: 'PT404', ...refusal('member_gone') });
	await expect(changeRole(stranger, stranger, 'owner')).rejects.toMatchObject({
		code: 'PT404',
		...refusal('not_found')
	});
	await expect(changeRole(owner, admin, 'chief')).rejects.toMatchObject({ code: '22P02' });
});

test('R1.6 changing roles and handing ownership over ask for the password once more', async () => {
	const { id, owner, admin, member } = await company();
	const { changeRole, offer, accept } = verbs(id);
	await offer(owner, admin);
	for (const person of [owner, admin]) await growStale(person);
	const stale = { code: 'PT403', ...refusal('fresh_session_required') };
	await expect(changeRole(owner, member, 'viewer')).rejects.toMatchObject(stale);
	await expect(offer(owner, member)).rejects.toMatchObject(stale);
	await expect(accept(admin)).rejects.toMatchObject(stale);
	expect(await roleOf(id, owner)).toBe('owner');
});

test('a changed role is written down and told to the colleagues and to the person', async () => {
	const { id, owner, member } = await company();
	await verbs(id).changeRole(owner, member, 'admin');
	await verbs(id).changeRole(owner, member, 'admin');
	expect(await bookOf(id)).toEqual([
		{
			verb: 'role.changed',
			actor_id: owner.userId,
			object_id: member.userId,
			before: { role: 'member' },
			after: { role: 'admin' }
		}
	]);
	expect((await hintsOn(`user:${member.userId}`)).filter((event) => event === 'memberships')).toHaveLength(3);
	expect(await hintsOn(`organization:${id}`)).toContain('members');
});

test('R1.5 owners remove anybody, admins those below them, others nobody', async () => {
	for (const by of roles) {
		for (const of of roles) {
			const { id, ...people } = await company();
			const other = await freshPerson();
			await addMember(sql, id, other, of);
			const end = await race([verbs(id).remove(people[by], other)]);
			expect({ by, of, end }).toEqual({ by, of, end: [mayRemove(by, of) ? 'done' : 'not_allowed'] });
			expect(await roleOf(id, other)).toBe(mayRemove(by, of) ? null : of);
		}
	}
});

/** A team conversation among these people; its id. */
async function teamOf(organizationId: string, people: Person[]): Promise<string> {
	const [row] = await sql<{ id: string }[]>`
		insert into public.conversations (organization_id) values (${organizationId}) returning id`;
	for (const { userId } of people) {
		await sql`
			insert into public.conversation_participants (conversation_id, organization_id, user_id)
			values (${row!.id}, ${organizationId}, ${userId})`;
	}
	return row!.id;
}

const sees = (person: Person) =>
	as(person, async (tx) => ({
		numbers: (await tx`select id from api.phone_numbers`).map(({ id }) => String(id)),
		conversations: (await tx`select id from api.conversations`).map(({ id }) => String(id)),
		members: (await tx`select user_id from api.members where user_id <> ${person.userId}`).length
	}));

test('R2.3 what a removed person leaves is listed first and then goes to whom it is handed', async () => {
	const { id, owner, member, viewer, admin } = await company();
	const number = await createNumber(sql, null, {
		organizationId: id,
		label: 'Harbour',
		grants: [{ userId: member.userId }]
	});
	const team = await teamOf(id, [member, admin]);
	const [left] = await as(owner, (tx) => tx`select api.left_behind(${id}, ${member.userId}) as it`);
	expect(left?.it).toEqual({
		assigned: 0,
		drafts: 0,
		numbers: [{ id: number.id, e164: number.e164, label: 'Harbour' }],
		team_conversations: [{ id: team, with: [admin.username] }]
	});
	await expect(as(viewer, (tx) => tx`select api.left_behind(${id}, ${member.userId})`)).rejects.toMatchObject(
		refusal('not_allowed')
	);
	expect(await sees(viewer)).toMatchObject({ numbers: [], conversations: [] });

	await verbs(id).remove(owner, member, viewer);

	expect(await sees(viewer)).toMatchObject({ numbers: [number.id], conversations: [team] });
	expect(await sees(member)).toEqual({ numbers: [], conversations: [], members: 0 });
	expect(await hintsOn(`user:${viewer.userId}`)).toContain('memberships');
	expect((await bookOf(id)).at(-1)).toEqual({
		verb: 'member.removed',
		actor_id: owner.userId,
		object_id: member.userId,
		before: { role: 'member', assigned: 0, drafts: 0, numbers: [number.e164], team_conversations: 1 },
		after: { handed_over_to: viewer.userId }
	});
});

test('R2.3 answers that a removed person began go to whom it is handed, where they began none themselves; else they are gone', async () => {
	const { id, owner, member, admin } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const draft = (person: Person, place: string, body: string) =>
		as(person, (tx) => tx`select api.save_draft(${place}, ${body}) as it`);
	const places = await Promise.all(
		[0, 1].map(async () => (await receive(number.e164, { from: inventNumber() })).conversation_id!)
	);
	for (const [at, place] of places.entries()) await draft(member, place, `begun by them ${at}`);
	await draft(admin, places[1]!, 'my own');
	const [left] = await as(owner, (tx) => tx`select api.left_behind(${id}, ${member.userId}) as it`);
	expect(left?.it).toMatchObject({ assigned: 0, drafts: 2 });

	await verbs(id).remove(owner, member, admin);

	const mine = await as(admin, (tx) => tx`select conversation_id, body from api.drafts where organization_id = ${id}`);
	expect(new Map(mine.map((row) => [row.conversation_id, row.body]))).toEqual(
		new Map([
			[places[0], 'begun by them 0'],
			[places[1], 'my own']
		])
	);
	const marks = await as(owner, (tx) => tx`select user_id from api.draft_marks where organization_id = ${id}`);
	expect(marks.map(({ user_id }) => user_id)).toEqual([admin.userId, admin.userId]);
	expect(await sql`select from public.drafts where user_id = ${member.userId}`).toHaveLength(0);
});

test('R2.3 handed over is to colleagues only, and nobody is removed when that fails', async () => {
	const { id, owner, member, stranger } = await company();
	for (const taker of [stranger, member]) {
		await expect(verbs(id).remove(owner, member, taker)).rejects.toMatchObject(refusal('member_gone'));
	}
	expect(await roleOf(id, member)).toBe('member');
});

test('R1.5 after the removal the next question is answered as to a stranger', async () => {
	const { id, slug, owner, member } = await company();
	await as(member, (tx) => tx`select api.me(${slug})`);
	await verbs(id).remove(owner, member);
	await expect(as(member, (tx) => tx`select api.me(${slug})`)).rejects.toMatchObject({
		code: 'PT404',
		...refusal('not_found')
	});
	expect(await hintsOn(`user:${member.userId}`)).toContain('memberships');
});

test('who leaves is gone; the last owner stays, and everybody keeps what is their own', async () => {
	const { id, owner, member, admin } = await company();
	await verbs(id).leave(member);
	expect(await roleOf(id, member)).toBeNull();
	expect((await bookOf(id)).at(-1)).toMatchObject({
		verb: 'member.left',
		actor_id: member.userId,
		before: { role: 'member' }
	});
	await expect(verbs(id).leave(owner)).rejects.toMatchObject({ code: 'PT409', ...refusal('last_owner') });
	await expect(verbs(id).remove(owner, owner)).rejects.toMatchObject(refusal('own_membership'));

	const home = verbs(admin.organizationId);
	await expect(home.leave(admin)).rejects.toMatchObject({ code: 'PT409', ...refusal('personal_organization') });
	await addMember(sql, admin.organizationId, owner, 'owner');
	await expect(home.leave(admin)).rejects.toMatchObject(refusal('personal_organization'));
	await expect(home.remove(owner, admin)).rejects.toMatchObject(refusal('personal_organization'));
	await expect(home.offer(admin, owner)).rejects.toMatchObject(refusal('personal_organization'));
});

test('two owners who remove each other, lower each other or leave at the same moment: an owner is left', async () => {
	for (const turn of Array(5).keys()) {
		const { id, owner } = await company();
		const second = await freshPerson();
		await addMember(sql, id, second, 'owner');
		const { remove, leave, changeRole } = verbs(id);
		const attempts = [
			[() => leave(owner), () => leave(second)],
			[() => remove(owner, second), () => remove(second, owner)],
			[() => leave(owner), () => remove(owner, second)],
			[() => leave(owner), () => leave(owner)],
			[() => changeRole(owner, second, 'viewer'), () => changeRole(second, owner, 'viewer')]
		][turn]!;
		await race(attempts.map((attempt) => attempt()));
		const owners = await sql`select from public.memberships where organization_id = ${id} and role = 'owner'`;
		expect([turn, owners.length > 0]).toEqual([turn, true]);
	}
});

test('the last of two owners who leave at once is refused with the reason', async () => {
	const { id, owner } = await company();
	const second = await freshPerson();
	await addMember(sql, id, second, 'owner');
	expect(await race([verbs(id).leave(owner), verbs(id).leave(second)])).toEqual(['done', 'last_owner']);
});

test('R1.5 ownership goes over when the other accepts, not before', async () => {
	const { id, owner, admin, member } = await company();
	const { offer, accept, decline, withdraw, leave } = verbs(id);
	await expect(offer(admin, member)).rejects.toMatchObject(refusal('not_allowed'));
	await offer(owner, member);
	await offer(owner, admin);
	expect(await roleOf(id, admin)).toBe('admin');
	const open = (person: Person) => as(person, (tx) => tx`select offered_by, offered_to from api.ownership_offers`);
	expect(await open(owner)).toEqual([{ offered_by: owner.userId, offered_to: admin.userId }]);
	expect(await open(member)).toEqual([]);
	await expect(accept(member)).rejects.toMatchObject({ code: 'PT404', ...refusal('offer_gone') });
	await expect(decline(member)).rejects.toMatchObject(refusal('offer_gone'));

	await accept(admin);
	expect([await roleOf(id, owner), await roleOf(id, admin)]).toEqual(['admin', 'owner']);
	await expect(accept(admin)).rejects.toMatchObject(refusal('offer_gone'));
	await leave(owner);
	await expect(leave(admin)).rejects.toMatchObject(refusal('last_owner'));
	expect((await bookOf(id)).map(({ verb }) => verb)).toEqual([
		'ownership.offered',
		'ownership.offered',
		'ownership.accepted',
		'member.left'
	]);
	await offer(admin, member);
	await decline(member);
	await offer(admin, member);
	await withdraw(admin);
	await expect(withdraw(admin)).rejects.toMatchObject(refusal('offer_gone'));
	await expect(accept(member)).rejects.toMatchObject(refusal('offer_gone'));
	expect((await bookOf(id)).slice(4).map(({ verb }) => verb)).toEqual([
		'ownership.offered',
		'ownership.declined',
		'ownership.offered',
		'ownership.withdrawn'
	]);
});

test('R1.5 accepting and withdrawing at the same moment: one of the two happened', async () => {
	const { id, owner, admin } = await company();
	const { offer, accept, withdraw } = verbs(id);
	await offer(owner, admin);
	expect(await race([accept(admin), withdraw(owner)])).toContain('done');
	const owners = await sql<{ user_id: string }[]>`
		select user_id from public.memberships where organization_id = ${id} and role = 'owner'`;
	const verbsDone = (await bookOf(id)).map(({ verb }) => verb);
	expect(owners).toHaveLength(1);
	expect(owners[0]?.user_id === admin.userId).toBe(verbsDone.includes('ownership.accepted'));
	expect(verbsDone).toHaveLength(2);
});

test('an offer ends with the membership of either', async () => {
	const { id, owner, admin } = await company();
	await verbs(id).offer(owner, admin);
	await verbs(id).leave(admin);
	await expect(verbs(id).withdraw(owner)).rejects.toMatchObject(refusal('offer_gone'));
});

test.each<[string, (id: string, by: Person, on: Person) => Promise<unknown>, readonly Role[]]>([
	['changing roles', (id, by, on) => verbs(id).changeRole(by, on, 'viewer'), ['owner', 'admin']],
	['removing', (id, by, on) => verbs(id).remove(by, on), ['owner', 'admin']],
	['offering ownership', (id, by, on) => verbs(id).offer(by, on), ['owner']],
	['leaving', (id, by) => verbs(id).leave(by), ['admin', 'member', 'viewer']]
])('R1.5 who may: %s', async (_, act, allowed) => {
	for (const role of roles) {
		const { id, ...people } = await company();
		const other = await freshPerson();
		await addMember(sql, id, other, 'member');
		expect([role, (await race([act(id, people[role], other)]))[0] === 'done']).toEqual([role, allowed.includes(role)]);
		expect(await race([act(id, people.stranger, other)])).toEqual(['not_found']);
	}
});
