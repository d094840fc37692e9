import { beforeAll, describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	type Person
} from '../support/people.ts';
import { as, receive, send } from './acting.ts';

const { env, sql } = stack;
let owner: Person;
let member: Person;
let organization: { id: string };
let number: { id: string; e164: string };

beforeAll(async () => {
	owner = await createPerson(sql, env);
	member = await createPerson(sql, env);
	organization = await createOrganization(sql, { owner, members: [{ person: member, role: 'member' }] });
	number = await createNumber(sql, null, { organizationId: organization.id });
	await sql`select private.record_password_entered(${owner.sessionId})`;
});

/** Somebody texted for the first time. */
async function texted() {
	const from = inventNumber();
	const { conversation_id: id } = await receive(number.e164, { from });
	return { id: id!, from };
}

const seenBy = async (person: Person, id: string) => {
	const [row] = await as(person, (tx) => tx`select * from api.conversations where id = ${id}`);
	return row!;
};
const refusal = (verb: Promise<unknown>) =>
	verb.then(
		() => 'nothing was refused',
		(error: Error) => error.message
	);
const archive = (person: Person, ids: string[]) => as(person, (tx) => tx`select api.archive_conversations(${ids})`);

describe('R2.7 archiving', () => {
	test('R2.7 puts conversations away for everybody, all or none, and restoring brings back what was there', async () => {
		const [a, b, foreign] = [await texted(), await texted(), crypto.randomUUID()];
		expect(await refusal(archive(member, [a.id, foreign]))).toBe('not_found');
		expect((await seenBy(owner, a.id)).archived_at).toBeNull();
		await archive(member, [a.id, b.id]);
		for (const { id } of [a, b]) {
			const row = await seenBy(owner, id);
			expect(row.archived_at).not.toBeNull();
			expect(Number(row.revision)).toBe(2);
		}
		await as(owner, (tx) => tx`select api.restore_conversations(${[a.id, b.id]})`);
		expect((await seenBy(member, a.id)).archived_at).toBeNull();
		expect(await sql`select body from public.messages where conversation_id = ${a.id}`).toHaveLength(1);
	});

	test('R2.7 a new text brings it back, unless the organization says otherwise or the contact is blocked', async () => {
		const [open, kept, blocked] = [await texted(), await texted(), await texted()];
		await archive(owner, [open.id, kept.id, blocked.id]);
		await send(owner, { conversation_id: open.id });
		expect((await seenBy(owner, open.id)).archived_at).not.toBeNull();
		await receive(number.e164, { from: open.from });
		expect((await seenBy(owner, open.id)).archived_at).toBeNull();

		await sql`update public.contacts set blocked_at = now() where organization_id = ${organization.id} and phone_number = ${blocked.from}`;
		await receive(number.e164, { from: blocked.from });
		const still = await seenBy(owner, blocked.id);
		expect(still.archived_at).not.toBeNull();
		expect(Number(still.last_seq)).toBe(2);

		const say = (reopens: boolean) =>
			as(owner, (tx) => tx`select api.set_inbox_settings(${organization.id}, 'US', ${reopens})`);
		await say(false);
		await receive(number.e164, { from: kept.from });
		expect((await seenBy(owner, kept.id)).archived_at).not.toBeNull();
		await say(true);
		await receive(number.e164, { from: kept.from });
		expect((await seenBy(owner, kept.id)).archived_at).toBeNull();
	});

	test('R2.7 only the owner deletes for good, after thirty days in the archive, and it stands in the book', async () => {
		const { id, from } = await texted();
		await sql`insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
			values (${organization.id}, ${number.id}, ${from}, 'keyword')`;
		const remove = (person: Person) => as(person, (tx) => tx`select api.delete_conversations(${[id]})`);
		expect(await refusal(remove(owner))).toBe('not_long_archived');
		await archive(owner, [id]);
		expect(await refusal(remove(owner))).toBe('not_long_archived');
		await sql`update public.conversations set archived_at = now() - interval '30 days 1 minute' where id = ${id}`;
		expect(await refusal(remove(member))).toBe('not_allowed');
		await remove(owner);
		expect(await sql`select from public.conversations where id = ${id}`).toHaveLength(0);
		expect(await sql`select from public.messages where conversation_id = ${id}`).toHaveLength(0);
		expect(await sql`select from public.opt_outs where contact_number = ${from}`).toHaveLength(1);
		expect(
			await sql`select verb, before ->> 'contact' as contact, (before ->> 'texts')::int as texts
				from public.audit_log where object_id = ${id}`
		).toEqual([{ verb: 'conversation.deleted', contact: from, texts: 1 }]);
	});
});

describe('assigning and snoozing', () => {
	test('a conversation goes to whoever may answer there, and to nobody when their membership ends', async () => {
		const { id } = await texted();
		const viewer = await createPerson(sql, env);
		await addMember(sql, organization.id, viewer, 'viewer');
		const leaving = await createPerson(sql, env);
		await addMember(sql, organization.id, leaving, 'member');
		const assign = (by: Person, to: string | null) =>
			as(by, (tx) => tx`select api.assign_conversations(${[id]}, ${to})`);
		expect(await refusal(assign(viewer, viewer.userId))).toBe('not_allowed');
		for (const wrong of [viewer.userId, crypto.randomUUID()]) {
			expect(await refusal(assign(owner, wrong))).toBe('assignee_invalid');
		}
		await assign(owner, leaving.userId);
		expect((await seenBy(member, id)).assignee_id).toBe(leaving.userId);

		const [left] = await as(
			owner,
			(tx) => tx`select api.left_behind(${organization.id}, ${leaving.userId}) -> 'assigned' as assigned`
		);
		expect(left).toEqual({ assigned: 1 });
		await as(owner, (tx) => tx`select api.remove_member(${organization.id}, ${leaving.userId}, ${member.userId})`);
		expect((await seenBy(member, id)).assignee_id).toBe(member.userId);
	});

	test('a restricted number’s conversation is only assigned to those who may see it', async () => {
		const shut = await createNumber(sql, null, { organizationId: organization.id, grants: [] });
		const { conversation_id: id } = await receive(shut.e164, { from: inventNumber() });
		expect(await refusal(as(owner, (tx) => tx`select api.assign_conversations(${[id!]}, ${member.userId})`))).toBe(
			'assignee_invalid'
		);
	});

	test('a snoozed conversation sleeps until its time or until a text comes', async () => {
		const [early, late] = [await texted(), await texted()];
		const snooze = (until: string | null) =>
			as(member, (tx) => tx`select api.snooze_conversations(${[early.id, late.id]}, ${until}::timestamptz)`);
		expect(await refusal(snooze('2020-01-01T00:00:00Z'))).toBe('snooze_invalid');
		await snooze(new Date(Date.now() + 3_600_000).toISOString());
		expect((await seenBy(owner, early.id)).snoozed).toBe(true);
		await send(member, { conversation_id: early.id });
		expect((await seenBy(owner, early.id)).snoozed).toBe(true);
		await receive(number.e164, { from: early.from });
		expect(await seenBy(owner, early.id)).toMatchObject({ snoozed: false, snoozed_until: null });

		// time passes
		await sql`update public.conversations set snoozed_until = now() - interval '1 second' where id = ${late.id}`;
		expect((await seenBy(owner, late.id)).snoozed).toBe(false);
		const before = Number((await seenBy(owner, late.id)).revision);
		await sql`select private.wake_conversations()`;
		const woken = await seenBy(owner, late.id);
		expect(woken.snoozed_until).toBeNull();
		expect(Number(woken.revision)).toBeGreaterThan(before);
	});
});

describe('labels', () => {
	test('are made once per organization, put on and taken off, and go from everywhere when deleted', async () => {
		const { id } = await texted();
		const make = (name: string) =>
			as(member, async (tx) => {
				const [row] = await tx<{ id: string }[]>`select api.create_label(${organization.id}, ${name}) as id`;
				return row!.id;
			});
		const [today, later] = [await make('  Arrives   today '), await make('Later')];
		expect(await refusal(make('arrives today'))).toBe('label_taken');
		expect(await refusal(make(' '))).toBe('label_name_invalid');
		const put = (add: string[], remove: string[]) =>
			as(member, (tx) => tx`select api.set_labels(${[id]}, ${add}, ${remove})`);
		await put([today, later, today], []);
		expect((await seenBy(owner, id)).label_ids).toEqual([today, later].sort());
		await put([], [later]);
		expect((await seenBy(owner, id)).label_ids).toEqual([today]);
		const stranger = await createPerson(sql, env);
		const [foreign] = await as(
			stranger,
			(tx) => tx<{ id: string }[]>`select api.create_label(${stranger.organizationId}, 'Foreign') as id`
		);
		expect(await refusal(put([foreign!.id], []))).toBe('label_gone');
		await as(member, (tx) => tx`select api.change_label(${today}, 'Arrives', 2::smallint)`);
		expect(await as(owner, (tx) => tx`select name, color from api.labels where id = ${today}`)).toEqual([
			{ name: 'Arrives', color: 2 }
		]);
		expect(await refusal(as(member, (tx) => tx`select api.change_label(${today}, 'Arrives', 9::smallint)`))).toBe(
			'label_color_invalid'
		);
		await as(member, (tx) => tx`select api.delete_label(${today})`);
		expect((await seenBy(owner, id)).label_ids).toEqual([]);
	});
});

describe('what a row of the list says', () => {
	test('R2.3 a text without words says what it brought, one that was removed when, an opt-out how we know', async () => {
		const { id, from } = await texted();
		const row = () => seenBy(member, id);
		expect(await row()).toMatchObject({
			last_message_files: 0,
			last_message_is_pictures: null,
			last_message_removed_at: null,
			opted_out: false,
			opt_out_source: null
		});
		const [text] = await sql<{ id: string }[]>`
			insert into public.messages (conversation_id, direction, status, body, attachment_count)
			values (${id}, 'inbound', 'received', '', 2) returning id`;
		await sql`
			insert into public.attachments (organization_id, phone_number_id, conversation_id, message_id, name, type, size, status)
			select ${organization.id}, ${number.id}, ${id}, ${text!.id}, 'file', type, 70, 'ready'
			from unnest(array['image/png', 'image/jpeg']) type`;
		expect(await row()).toMatchObject({ last_message_files: 2, last_message_is_pictures: true });
		await sql`update public.attachments set type = 'application/pdf' where message_id = ${text!.id} and type = 'image/png'`;
		expect((await row()).last_message_is_pictures).toBe(false);
		await sql`update public.messages set body_removed_at = now() where id = ${text!.id}`;
		expect((await row()).last_message_removed_at).toEqual(expect.any(Date));
		await as(owner, (tx) => tx`select api.set_opt_out(${number.id}, ${from})`);
		expect(await row()).toMatchObject({ opted_out: true, opt_out_source: 'person' });
	});

	test('R2.3 a team’s own conversation without a text stands in the list where it was made', async () => {
		const [made] = await sql<{ at: boolean }[]>`
			insert into public.conversations (organization_id, title) values (${organization.id}, 'Night shift')
			returning last_message_at = created_at as at`;
		expect(made!.at).toBe(true);
		const { id } = await texted();
		const [first] = await sql<{ same: boolean }[]>`
			select c.last_message_at = m.created_at as same
			from public.conversations c join public.messages m on m.id = c.last_message_id where c.id = ${id}`;
		expect(first!.same).toBe(true);
	});
});

describe('reading', () => {
	test('R3.5 what is marked unread counts again, for this person only, and says so to their devices', async () => {
		const { id } = await texted();
		await send(owner, { conversation_id: id });
		for (const person of [owner, member]) await as(person, (tx) => tx`select api.mark_read(${id}, 2)`);
		await as(owner, (tx) => tx`select api.mark_unread(${id})`);
		const mine = await seenBy(owner, id);
		expect(mine).toMatchObject({ unread: true, unread_count: 1, last_read_seq: '0' });
		expect(await seenBy(member, id)).toMatchObject({ unread: false, unread_count: 0 });
		await as(owner, (tx) => tx`select api.mark_read(${id}, 2)`);
		const again = await seenBy(owner, id);
		expect(again.unread).toBe(false);
		expect(Number(again.read_version)).toBeGreaterThan(Number(mine.read_version));
		const said = await sql`
			select from realtime.messages where topic = ${`user:${owner.userId}`} and event = 'read' and payload ->> 'id' = ${id}`;
		expect(said).toHaveLength(3);
	});

	test('R2.3 the counts are those of the filters, and leave out what is archived or asleep', async () => {
		const boss = await createPerson(sql, env);
		const own = await createNumber(sql, null, { organizationId: boss.organizationId });
		const ids: string[] = [];
		for (let at = 0; at < 5; at++) ids.push((await receive(own.e164, { from: inventNumber() })).conversation_id!);
		await as(boss, async (tx) => {
			await tx`select api.assign_conversations(${[ids[0]!, ids[1]!]}, ${boss.userId})`;
			await tx`select api.archive_conversations(${[ids[2]!]})`;
			await tx`select api.snooze_conversations(${[ids[3]!]}, now() + interval '1 day')`;
			await tx`select api.mark_read(${ids[0]!}, 1)`;
		});
		expect(
			await as(
				boss,
				(tx) =>
					tx`select mine, unassigned, open, unread from api.inbox_counts where organization_id = ${boss.organizationId}`
			)
		).toEqual([{ mine: 2, unassigned: 1, open: 3, unread: 2 }]);
	});
});

test('R2.2 who follows a conversation knows so, until they do not', async () => {
	const { id } = await texted();
	const following = () =>
		as(member, (tx) => tx`select conversation_id from api.conversation_followers where conversation_id = ${id}`);
	for (let twice = 0; twice < 2; twice++) await as(member, (tx) => tx`select api.follow_conversation(${id}, true)`);
	expect(await following()).toEqual([{ conversation_id: id }]);
	expect(
		await as(owner, (tx) => tx`select from api.conversation_followers where conversation_id = ${id}`)
	).toHaveLength(0);
	await as(member, (tx) => tx`select api.follow_conversation(${id}, false)`);
	expect(await following()).toEqual([]);
});

test('R2.3 every change of state is told to the lists once, with the revision it took', async () => {
	const { id } = await texted();
	await as(owner, (tx) => tx`select api.assign_conversations(${[id]}, ${owner.userId})`);
	await as(owner, (tx) => tx`select api.assign_conversations(${[id]}, ${owner.userId})`);
	await archive(owner, [id]);
	const hints = await sql`
		select (payload ->> 'revision')::int as revision from realtime.messages
		where topic = ${`number:${number.id}`} and event = 'conversation' and payload ->> 'id' = ${id} order by 1`;
	expect(hints).toEqual([{ revision: 1 }, { revision: 2 }, { revision: 3 }]);
});
