import { expect, test } from 'vitest';
import { can, roles, type Role } from '#core/capabilities.ts';
import { stack } from '../support/shared-stack.ts';
import { claimsOf, createNumber, inventNumber, type Person } from '../support/people.ts';
import { as, receive, send } from './acting.ts';
import { bookOf, company, hintsOn, verbs } from './company.ts';

const { sql } = stack;

const setAccess = (
	by: Person,
	numberId: string,
	restricted: boolean,
	{ roles: granted = [], people = [] }: { roles?: Role[]; people?: Person[] } = {}
) =>
	as(
		by,
		(tx) => tx`
			select api.set_number_access(${numberId}, ${restricted}, ${granted}::public.membership_role[],
				${people.map(({ userId }) => userId)}::uuid[])`
	);

/** What of a number somebody reaches: itself, its list, its thread and its two topics, all or nothing. */
async function reach(person: Person, numberId: string, conversationId: string): Promise<boolean> {
	const rows = await as(person, async (tx) => [
		await tx`select from api.phone_numbers where id = ${numberId}`,
		await tx`select from api.conversations where id = ${conversationId}`,
		await tx`select from api.messages where conversation_id = ${conversationId}`
	]);
	// policies ask it, people cannot
	const topics = await sql.begin(async (tx) => {
		await tx`select set_config('request.jwt.claims', ${JSON.stringify(claimsOf(person))}, true)`;
		return tx<{ open: boolean }[]>`
			select private.can_read_topic(topic) as open
			from unnest(${[`number:${numberId}`, `conversation:${conversationId}`]}::text[]) topic`;
	});
	const all = [...rows.map(({ length }) => length > 0), ...topics.map(({ open }) => open)];
	expect(new Set(all).size).toBe(1);
	return all.every(Boolean);
}

async function place() {
	const { id, ...people } = await company();
	const number = await createNumber(sql, null, { organizationId: id, label: 'Front desk' });
	const { conversation_id } = await receive(number.e164, { from: inventNumber() });
	const reached = async () => {
		const by: Role[] = [];
		for (const role of roles) if (await reach(people[role], number.id, conversation_id!)) by.push(role);
		return by;
	};
	return { id, ...people, number, conversation: conversation_id!, reached };
}

test('R2.3 the word for somebody’s numbers is another one when these are others, and only then', async () => {
	const { id, member, admin, number } = await place();
	const word = async (person: Person) => {
		const [row] = await as(
			person,
			(tx) => tx<{ revision: string }[]>`select revision from api.number_lists where organization_id = ${id}`
		);
		return row?.revision;
	};
	const [first, firstOfAdmin] = [await word(member), await word(admin)];
	expect(first).toBe(firstOfAdmin);
	const other = await createNumber(sql, null, { organizationId: id });
	const both = await word(member);
	expect(both).not.toBe(first);
	await setAccess(admin, other.id, true);
	expect(await word(member)).toBe(first);
	expect(await word(admin)).toBe(both);
	await setAccess(admin, number.id, true);
	expect(await word(member)).toBeUndefined();
});

test('R2.3 a number is everybody’s until it is restricted; lists, threads and topics follow at once', async () => {
	const { owner, admin, member, viewer, number, reached } = await place();
	expect(await reached()).toEqual(['owner', 'admin', 'member', 'viewer']);
	await setAccess(admin, number.id, true);
	expect(await reached()).toEqual(['owner', 'admin']);
	await setAccess(owner, number.id, true, { roles: ['viewer'] });
	expect(await reached()).toEqual(['owner', 'admin', 'viewer']);
	await setAccess(owner, number.id, true, { people: [member] });
	expect(await reached()).toEqual(['owner', 'admin', 'member']);
	await setAccess(owner, number.id, true, { roles: ['member'], people: [viewer] });
	expect(await reached()).toEqual(['owner', 'admin', 'member', 'viewer']);
	await setAccess(owner, number.id, false, { roles: ['member'] });
	expect(await reached()).toEqual(['owner', 'admin', 'member', 'viewer']);
	expect(await sql`select from public.phone_number_grants where phone_number_id = ${number.id}`).toHaveLength(0);
});

test('R2.3 who lost a number can no longer text from it', async () => {
	const { owner, member, number, conversation } = await place();
	await send(member, { conversation_id: conversation });
	await setAccess(owner, number.id, true);
	await expect(send(member, { conversation_id: conversation })).rejects.toMatchObject({ code: 'PT404' });
	await expect(send(member, { phone_number_id: number.id, recipient: inventNumber() })).rejects.toMatchObject({
		code: 'PT404'
	});
});

test('R4.7 a default is each person’s own, of a number they may use, for as long as they may', async () => {
	const { id, owner, member, viewer, stranger, number } = await place();
	const other = await createNumber(sql, null, { organizationId: id });
	const choose = (by: Person, wanted: string | null) =>
		as(by, (tx) => tx`select api.set_default_number(${id}, ${wanted})`);
	const chosen = (by: Person) =>
		as(by, async (tx) => (await tx`select id from api.owned_numbers where is_default`).map((row) => String(row.id)));
	await choose(member, other.id);
	await choose(member, number.id);
	expect([await chosen(member), await chosen(owner)]).toEqual([[number.id], []]);
	await expect(choose(viewer, number.id)).rejects.toMatchObject({ message: 'not_allowed' });
	await expect(choose(stranger, number.id)).rejects.toMatchObject({ message: 'not_found' });
	await setAccess(owner, number.id, true);
	expect(await chosen(member)).toEqual([]);
	await expect(choose(member, number.id)).rejects.toMatchObject({ message: 'not_found' });
	await choose(owner, number.id);
	await setAccess(owner, number.id, false);
	await as(owner, (tx) => tx`select api.cancel_number(${number.id}, ${number.e164}, false)`);
	expect([await chosen(member), await chosen(owner)]).toEqual([[], []]);
	await choose(member, other.id);
	await choose(member, null);
	expect(await chosen(member)).toEqual([]);
});

test('R1.5 exactly those assign numbers whom the table says; for strangers there is no such number', async () => {
	const { stranger, number, ...people } = await place();
	for (const role of roles) {
		const setting = setAccess(people[role], number.id, role === 'owner');
		if (can(role, 'numbers:assign')) await setting;
		else await expect(setting).rejects.toMatchObject({ message: 'not_allowed' });
	}
	for (const id of [number.id, crypto.randomUUID()]) {
		await expect(setAccess(stranger, id, true)).rejects.toMatchObject({ code: 'PT404', message: 'not_found' });
	}
	await sql`update public.phone_numbers set status = 'released', released_at = now() where id = ${number.id}`;
	await expect(setAccess(people.owner, number.id, true)).rejects.toMatchObject({ message: 'not_found' });
});

test('numbers are for colleagues: a stranger among the people refuses it all', async () => {
	const { owner, member, stranger, number, reached } = await place();
	await expect(setAccess(owner, number.id, true, { people: [member, stranger] })).rejects.toMatchObject({
		message: 'member_gone'
	});
	expect(await reached()).toHaveLength(4);
});

test('what changed is written down once, and told to exactly those whom it concerns', async () => {
	const { id, owner, admin, member, viewer, number } = await place();
	const told = async () =>
		Promise.all(
			[owner, admin, member, viewer].map(
				async ({ userId }) => (await hintsOn(`user:${userId}`)).filter((event) => event === 'memberships').length
			)
		);
	const before = await told();
	const news = async () => (await told()).map((count, place) => count - before[place]!);
	await setAccess(owner, number.id, true, { people: [viewer] });
	await setAccess(owner, number.id, true, { people: [viewer, viewer], roles: ['owner', 'admin'] });
	expect(await news()).toEqual([0, 0, 1, 0]);
	await setAccess(owner, number.id, true, { roles: ['viewer', 'member'] });
	expect(await news()).toEqual([0, 0, 2, 0]);
	const lines = (await bookOf(id)).filter(({ verb }) => verb === 'number.access_changed');
	expect(lines.map(({ before: was, after }) => [was, after])).toEqual([
		[
			{ restricted: false, roles: [], user_ids: [] },
			{ restricted: true, roles: [], user_ids: [viewer.userId] }
		],
		[
			{ restricted: true, roles: [], user_ids: [viewer.userId] },
			{ restricted: true, roles: ['member', 'viewer'], user_ids: [] }
		]
	]);
});

test('the page reads for whom each number is, and only of numbers that its reader may see', async () => {
	const { owner, member, viewer, number } = await place();
	await setAccess(owner, number.id, true, { roles: ['viewer'], people: [member] });
	const access = (person: Person) =>
		as(person, (tx) => tx`select e164, label, restricted, roles::text[], user_ids from api.number_access`);
	expect(await access(owner)).toEqual([
		{ e164: number.e164, label: 'Front desk', restricted: true, roles: ['viewer'], user_ids: [member.userId] }
	]);
	await setAccess(owner, number.id, true, { people: [member] });
	expect(await access(viewer)).toEqual([]);
	expect(await as(viewer, (tx) => tx`select from api.phone_number_grants`)).toHaveLength(0);
});

test('somebody removed while a number is given to them has neither', async () => {
	const { id, owner, admin, member, number } = await place();
	const ends = await Promise.allSettled([
		setAccess(owner, number.id, true, { people: [member] }),
		verbs(id).remove(admin, member)
	]);
	expect(ends[1]?.status).toBe('fulfilled');
	const grants = await sql`select from public.phone_number_grants where user_id = ${member.userId}`;
	expect(grants).toHaveLength(0);
	for (const end of ends) {
		if (end.status === 'rejected') expect(end).toMatchObject({ reason: { message: 'member_gone' } });
	}
});
