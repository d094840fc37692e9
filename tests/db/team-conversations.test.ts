import { beforeAll, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { addMember, createOrganization, createPerson, type Person } from '../support/people.ts';
import { as, send } from './acting.ts';

const { env, sql } = stack;
let noor: Person, maya: Person, lena: Person, viewer: Person, stranger: Person;
let organization: { id: string };

beforeAll(async () => {
	[noor, maya, lena, viewer, stranger] = [
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env)
	];
	organization = await createOrganization(sql, { owner: noor });
	for (const person of [maya, lena]) await addMember(sql, organization.id, person, 'member');
	await addMember(sql, organization.id, viewer, 'viewer');
});

const start = async (who: Person, title: string | null, people: Person[]) => {
	const ids = people.map(({ userId }) => userId);
	const [row] = await as(
		who,
		(tx) => tx`select api.create_team_conversation(${organization.id}, ${title}, ${ids}) as id`
	);
	return String(row!.id);
};
const post = async (who: Person, id: string, body: string, key: string = crypto.randomUUID()) => {
	const [row] = await as(
		who,
		(tx) => tx<{ message: Record<string, unknown> }[]>`
		select api.post_team_message(${id}, ${body}, ${key}) as message`
	);
	return row!.message;
};
const seen = async (who: Person, id: string) => {
	const [row] = await as(who, (tx) => tx`select * from api.conversations where id = ${id}`);
	return row;
};
const notFound = { code: 'PT404', message: 'not_found' };

test('R2.2 colleagues talk among themselves: unread for the others, nothing is sent, every list hears of it', async () => {
	const id = await start(noor, 'Night shift', [maya, viewer]);
	expect(await post(noor, id, 'Who has the keys?')).toMatchObject({
		direction: 'outbound',
		status: 'delivered',
		origin: 'person',
		phone_number_id: null,
		segments: null,
		author_id: noor.userId,
		seq: 1
	});
	expect(await sql`select from private.jobs where queue_key = ${id}`).toHaveLength(0);
	expect(await seen(noor, id)).toMatchObject({
		title: 'Night shift',
		unread_count: 0,
		last_message_body: 'Who has the keys?'
	});
	expect((await seen(noor, id))!.participant_ids.toSorted()).toEqual(
		[noor, maya, viewer].map((p) => p.userId).toSorted()
	);
	expect(await seen(maya, id)).toMatchObject({ unread_count: 1 });
	await post(maya, id, 'I do');
	expect([await seen(noor, id), await seen(maya, id), await seen(viewer, id)].map((row) => row!.unread_count)).toEqual([
		1, 0, 2
	]);
	const heard =
		await sql`select distinct topic from realtime.messages where event = 'conversation' and payload ->> 'id' = ${id}`;
	expect(heard.map(({ topic }) => topic).sort()).toEqual([noor, maya, viewer].map((p) => `user:${p.userId}`).sort());
});

test('R2.2 nobody else sees it, writes in it or changes it: a colleague, an admin of nothing here, a stranger, a viewer', async () => {
	const id = await start(noor, null, [maya, viewer]);
	for (const who of [lena, stranger]) {
		expect(await seen(who, id)).toBeUndefined();
		await expect(post(who, id, 'let me in')).rejects.toMatchObject(notFound);
		await expect(as(who, (tx) => tx`select api.add_participants(${id}, ${[who.userId]})`)).rejects.toMatchObject(
			notFound
		);
		await expect(as(who, (tx) => tx`select api.rename_team_conversation(${id}, 'Mine')`)).rejects.toMatchObject(
			notFound
		);
		await expect(as(who, (tx) => tx`select api.remove_participant(${id}, ${maya.userId})`)).rejects.toMatchObject(
			notFound
		);
	}
	await expect(post(viewer, id, 'may I')).rejects.toMatchObject({ code: 'PT403', message: 'not_allowed' });
	await expect(send(noor, { conversation_id: id })).rejects.toMatchObject(notFound);
	await expect(start(noor, null, [stranger])).rejects.toMatchObject({ code: 'PT404', message: 'member_gone' });
	await expect(start(noor, null, [])).rejects.toMatchObject({ code: 'PT422', message: 'colleagues_missing' });
	await expect(start(noor, 'x'.repeat(101), [maya])).rejects.toMatchObject({
		code: 'PT422',
		message: 'title_too_long'
	});
});

test('R2.2 people come and go: who is let in sees all of it, who leaves or is removed from the team sees nothing more', async () => {
	const id = await start(noor, 'Comings and goings', [maya]);
	await post(noor, id, 'before');
	await as(maya, (tx) => tx`select api.add_participants(${id}, ${[lena.userId]})`);
	expect(await as(lena, (tx) => tx`select body from api.messages where conversation_id = ${id}`)).toEqual([
		{ body: 'before' }
	]);
	await as(lena, (tx) => tx`select api.remove_participant(${id}, ${lena.userId})`);
	expect(await seen(lena, id)).toBeUndefined();
	const temp = await createPerson(sql, env);
	await addMember(sql, organization.id, temp, 'member');
	await as(noor, (tx) => tx`select api.add_participants(${id}, ${[temp.userId]})`);
	expect(await seen(temp, id)).toBeDefined();
	await sql`delete from public.memberships where organization_id = ${organization.id} and user_id = ${temp.userId}`;
	expect(await seen(temp, id)).toBeUndefined();
	expect(
		await as(maya, (tx) => tx`select user_id from api.conversation_participants where conversation_id = ${id}`)
	).toHaveLength(2);
});

test('R2.2 asking twice makes one: the same people under the same title, also at the same moment; a message by its key', async () => {
	const made = await Promise.all(Array.from({ length: 4 }, () => start(lena, 'Only once', [maya, maya])));
	expect(new Set(made).size).toBe(1);
	expect(await start(lena, 'Another', [maya])).not.toBe(made[0]);
	const key = crypto.randomUUID();
	const [first, second] = [await post(lena, made[0]!, 'hello', key), await post(lena, made[0]!, 'hello', key)];
	expect(second.id).toBe(first.id);
	const refusal = { code: 'PT422', message: 'idempotency_key_reused' };
	await expect(post(lena, made[0]!, 'other words', key)).rejects.toMatchObject(refusal);
	await expect(post(lena, made[0]!, ' \n')).rejects.toMatchObject({ code: 'PT422', message: 'message_empty' });
});
