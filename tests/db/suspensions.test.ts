import { expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { addMember, createNumber, createOrganization, inventNumber, type Person } from '../support/people.ts';
import { as, edge, receive, send } from './acting.ts';
import { bookOf, company, freshPerson, hintsOn, verbs } from './company.ts';

const { sql } = stack;
const suspendPerson = ({ userId }: Person) => edge`select service.suspend_person(${userId}, 'Spam was reported')`;
const resumePerson = ({ userId }: Person) => edge`select service.resume_person(${userId})`;
const meAt = (person: Person, slug: string | null) => as(person, (tx) => tx`select api.me(${slug})`);

/** How much of an organization's texts and numbers somebody reads. */
const reads = (person: Person, organizationId: string) =>
	as(person, async (tx) => {
		const counts = [];
		for (const view of ['api.conversations', 'api.messages', 'api.phone_numbers']) {
			const [row] = await tx<{ count: number }[]>`
				select count(*)::int from ${tx(view)} where organization_id = ${organizationId}`;
			counts.push(row!.count);
		}
		return counts;
	});

test('R6.2 a suspended organization is closed to all its people, with a sentence, until it is resumed', async () => {
	const { id, slug, owner, member, stranger } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const { conversation_id } = await receive(number.e164, { from: inventNumber() });
	const before = await reads(member, id);
	expect(before).toEqual([1, 1, 1]);

	await edge`select service.suspend_organization(${id}, 'Spam was reported')`;
	for (const person of [owner, member]) {
		await expect(meAt(person, slug)).rejects.toMatchObject({ code: 'PT403', message: 'organization_suspended' });
		await meAt(person, person.slug);
		expect(await reads(person, id)).toEqual([0, 0, 0]);
		await expect(send(person, { conversation_id: conversation_id! })).rejects.toMatchObject({ code: /^PT40[34]$/ });
	}
	await expect(verbs(id).changeRole(owner, member, 'viewer')).rejects.toMatchObject({
		message: 'organization_suspended'
	});
	await expect(verbs(id).leave(member)).rejects.toMatchObject({ message: 'organization_suspended' });
	await expect(meAt(stranger, slug)).rejects.toMatchObject({ message: 'not_found' });
	const late = await freshPerson();
	await addMember(sql, id, late, 'admin');
	expect(await reads(late, id)).toEqual([0, 0, 0]);
	expect(await hintsOn(`user:${member.userId}`)).toContain('memberships');

	await edge`select service.suspend_organization(${id}, 'once more')`;
	await edge`select service.resume_organization(${id})`;
	await edge`select service.resume_organization(${id})`;
	await meAt(member, slug);
	expect(await reads(member, id)).toEqual(before);
	expect((await bookOf(id)).map(({ verb, actor_id, after }) => [verb, actor_id, after])).toEqual([
		['organization.suspended', null, null],
		['organization.resumed', null, null]
	]);
});

test('R6.2 a suspended person is refused everywhere with a sentence; their colleagues go on', async () => {
	const { id, slug, owner, member } = await company();
	await createNumber(sql, null, { organizationId: id });
	await suspendPerson(member);
	await suspendPerson(member);
	for (const place of [null, slug, member.slug]) {
		await expect(meAt(member, place)).rejects.toMatchObject({ code: 'PT403', message: 'suspended' });
	}
	expect(await reads(member, id)).toEqual([0, 0, 0]);
	await expect(verbs(id).leave(member)).rejects.toMatchObject({ message: 'suspended' });
	await meAt(owner, slug);
	expect((await reads(owner, id))[2]).toBe(1);

	await resumePerson(member);
	await resumePerson(member);
	await meAt(member, slug);
	expect((await reads(member, id))[2]).toBe(1);
	for (const book of [await bookOf(id), await bookOf(member.organizationId)]) {
		expect(book.map(({ verb, actor_id, object_id }) => [verb, actor_id, object_id])).toEqual([
			['member.suspended', null, member.userId],
			['member.resumed', null, member.userId]
		]);
	}
});

test('R6.2 two suspensions are two: the end of one leaves the other', async () => {
	const { id, slug, member } = await company();
	await edge`select service.suspend_organization(${id}, 'Spam was reported')`;
	await suspendPerson(member);
	await edge`select service.resume_organization(${id})`;
	await expect(meAt(member, slug)).rejects.toMatchObject({ message: 'suspended' });
	expect(await reads(member, id)).toEqual([0, 0, 0]);
	await edge`select service.suspend_organization(${id}, 'again')`;
	await resumePerson(member);
	await expect(meAt(member, slug)).rejects.toMatchObject({ message: 'organization_suspended' });
});

test('the reason is kept for those who decide and told to nobody else; nobody is suspended who does not exist', async () => {
	const { id, member } = await company();
	await suspendPerson(member);
	expect(JSON.stringify(await bookOf(id))).not.toContain('Spam');
	const kept = await sql`select reason, resumed_at from private.suspensions where user_id = ${member.userId}`;
	expect(kept).toEqual([{ reason: 'Spam was reported', resumed_at: null }]);
	const nobody = crypto.randomUUID();
	await expect(edge`select service.suspend_person(${nobody}, 'x')`).rejects.toMatchObject({ code: 'PT404' });
	await expect(edge`select service.suspend_organization(${nobody}, 'x')`).rejects.toMatchObject({ code: 'PT404' });
	await expect(suspendPerson({ ...member, userId: nobody })).rejects.toMatchObject({ code: 'PT404' });
	const { id: bare } = await createOrganization(sql, { owner: member });
	await expect(edge`select service.suspend_organization(${bare}, '')`).rejects.toMatchObject({ code: '23514' });
	await expect(as(member, (tx) => tx`select service.suspend_person(${nobody}, 'x')`)).rejects.toMatchObject({
		code: '42501'
	});
});
