import { beforeAll, expect, test } from 'vitest';
import { createNumber, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, receive, send } from './acting.ts';
import { company, hintsOn, verbs } from './company.ts';

const { sql } = stack;
type Notification = {
	id: string;
	kind: string;
	conversation_id: string;
	seq: string;
	texts: number;
	body: string | null;
	actor_id: string | null;
	read_at: Date | null;
};

let people: Awaited<ReturnType<typeof company>>;
let open: { id: string; e164: string };

beforeAll(async () => {
	people = await company();
	open = await createNumber(sql, null, { organizationId: people.id });
});

async function conversation(number = open) {
	const from = inventNumber();
	const { conversation_id } = await receive(number.e164, { from });
	const answers = (body = 'again') => receive(number.e164, { from, body });
	return { id: conversation_id!, from, answers };
}

const seenBy = (person: Person, conversationId: string) =>
	as(
		person,
		(tx) => tx<Notification[]>`
			select * from api.notifications where conversation_id = ${conversationId} order by created_at, id`
	);
const assign = (id: string, { userId }: Person) =>
	sql`update public.conversations set assignee_id = ${userId} where id = ${id}`;
const mention = (by: Person, id: string, whom: Person) =>
	as(by, (tx) => tx`select api.add_note(${id}, ${`@${whom.username} look`}, ${crypto.randomUUID()})`);
const markAll = (by: Person) => as(by, (tx) => tx`select api.mark_notifications_read(${people.id})`);
const hints = async ({ userId }: Person) =>
	(await hintsOn(`user:${userId}`)).filter((event) => event === 'notification').length;

test('R3.5 whoever follows a conversation hears of texts in it, until they follow it no more', async () => {
	const { id, answers } = await conversation();
	const { viewer, owner } = people;
	const follow = (follows: boolean) => as(viewer, (tx) => tx`select api.follow_conversation(${id}, ${follows})`);
	await follow(true);
	await answers('hear this');
	expect((await seenBy(viewer, id)).map(({ kind, body }) => [kind, body])).toEqual([['message', 'hear this']]);
	expect(await seenBy(owner, id)).toEqual([]);
	await follow(false);
	await markAll(viewer);
	await answers('not this');
	expect((await seenBy(viewer, id)).filter(({ read_at }) => read_at === null)).toEqual([]);
});

test('R3.5 whoever a conversation is assigned to hears of texts in it: one row while it is unread, counting on', async () => {
	const { id, answers } = await conversation();
	const { member, viewer, owner } = people;
	await assign(id, member);
	const before = await hints(member);
	await answers('first');
	await answers('second');
	expect((await seenBy(member, id)).map(({ kind, texts, body }) => [kind, texts, body])).toEqual([
		['assigned', 1, null],
		['message', 2, 'second']
	]);
	for (const other of [viewer, owner]) expect(await seenBy(other, id)).toEqual([]);
	// the second text of an unread conversation is not worth another word
	expect(await hints(member)).toBe(before + 1);

	await as(member, (tx) => tx`select api.mark_read(${id}, 3)`);
	await answers('third');
	expect((await seenBy(member, id)).map(({ texts, read_at }) => [texts, read_at === null])).toEqual([
		[1, false],
		[2, false],
		[1, true]
	]);
});

test('R3.5 who wrote lately hears of the answer, a colleague who did not is left alone', async () => {
	const { id, answers } = await conversation();
	const { member, admin } = people;
	await send(member, { conversation_id: id });
	await answers();
	expect(await seenBy(member, id)).toMatchObject([{ kind: 'message' }]);
	expect(await seenBy(admin, id)).toEqual([]);
	for (let i = 0; i < 21; i++) await answers();
	await as(member, (tx) => tx`select api.mark_read(${id}, 24)`);
	await answers();
	expect((await seenBy(member, id)).filter(({ read_at }) => read_at === null)).toEqual([]);
});

test('R3.5 a text of one’s own that failed is told to its author, once', async () => {
	const { id } = await conversation();
	const message = await send(people.member, { conversation_id: id });
	for (const status of ['failed', 'failed']) {
		await sql`update public.messages set status = ${status}, error_code = '30003' where id = ${message.id}`;
	}
	expect(await seenBy(people.member, id)).toMatchObject([{ kind: 'failed', body: message.body }]);
	expect(await seenBy(people.owner, id)).toEqual([]);
});

test('R3.5 nobody is told what they did themselves, and an assignment passed on is no news any more', async () => {
	const { id } = await conversation();
	const { admin, member } = people;
	const claims = (person: Person) => JSON.stringify({ sub: person.userId });
	await sql.begin(async (tx) => {
		await tx`select set_config('request.jwt.claims', ${claims(admin)}, true), set_config('request.jwt.claim.sub', ${admin.userId}, true)`;
		await tx`update public.conversations set assignee_id = ${admin.userId} where id = ${id}`;
	});
	expect(await seenBy(admin, id)).toEqual([]);
	await sql.begin(async (tx) => {
		await tx`select set_config('request.jwt.claims', ${claims(admin)}, true), set_config('request.jwt.claim.sub', ${admin.userId}, true)`;
		await tx`update public.conversations set assignee_id = ${member.userId} where id = ${id}`;
	});
	expect(await seenBy(member, id)).toMatchObject([{ kind: 'assigned', actor_id: admin.userId }]);
	await assign(id, people.owner);
	expect(await seenBy(member, id)).toEqual([]);
	await mention(member, id, member);
	expect(await seenBy(member, id)).toEqual([]);
});

test('R3.5 a blocked contact’s texts are kept and told to nobody', async () => {
	const { id, from, answers } = await conversation();
	await assign(id, people.member);
	await sql`update public.contacts set blocked_at = now() where organization_id = ${people.id} and phone_number = ${from}`;
	await answers();
	expect((await seenBy(people.member, id)).map(({ kind }) => kind)).toEqual(['assigned']);
});

test('R3.5 reading the conversation clears what is about it, everywhere, and other things stay', async () => {
	const [one, other] = [await conversation(), await conversation()];
	const { member, owner } = people;
	for (const { id } of [one, other]) await mention(owner, id, member);
	const before = await hints(member);
	await as(member, (tx) => tx`select api.mark_read(${one.id}, 1)`);
	expect(await hints(member)).toBe(before + 1);
	expect(await seenBy(member, one.id)).toMatchObject([{ read_at: expect.any(Date) }]);
	const [left] = await seenBy(member, other.id);
	expect(left).toMatchObject({ kind: 'mention', read_at: null, actor_id: owner.userId });

	// a colleague cannot, by whatever id
	await as(owner, (tx) => tx`select api.mark_notifications_read(${people.id}, array[${left!.id}]::uuid[])`);
	expect(await seenBy(member, other.id)).toMatchObject([{ read_at: null }]);
	await as(member, (tx) => tx`select api.mark_notifications_read(${people.id}, array[${left!.id}]::uuid[])`);
	expect(await seenBy(member, other.id)).toMatchObject([{ read_at: expect.any(Date) }]);
	await mention(owner, (await conversation()).id, member);
	await markAll(member);
	await expect(markAll(people.stranger)).rejects.toMatchObject({ message: 'not_found' });
	expect(await as(member, (tx) => tx`select from api.notifications where read_at is null`)).toEqual([]);
});

test('R3.5 what is about a number that was shut to somebody is gone for them, and so is everything for who was removed', async () => {
	const company2 = await company();
	const { id: organizationId, owner, member, viewer } = company2;
	const number = await createNumber(sql, null, { organizationId });
	const { id } = await conversation(number);
	for (const person of [member, viewer]) await mention(owner, id, person);
	expect(await seenBy(member, id)).toHaveLength(1);
	await as(owner, (tx) => tx`select api.set_number_access(${number.id}, true, '{}', array[${viewer.userId}]::uuid[])`);
	expect(await seenBy(member, id)).toEqual([]);
	expect(await as(member, (tx) => tx`select from public.notifications`)).toEqual([]);
	expect(await seenBy(viewer, id)).toHaveLength(1);
	await verbs(organizationId).remove(owner, viewer);
	expect(await seenBy(viewer, id)).toEqual([]);
	expect(await sql`select from public.notifications where user_id = ${viewer.userId}`).toEqual([]);
});

test('R3.5 a letter is due for a mention that is unread and may still be seen, one in an hour for a conversation', async () => {
	const { owner, member, admin } = people;
	const { id } = await conversation();
	await mention(owner, id, member);
	await mention(owner, id, member);
	const [first, second] = await seenBy(member, id);
	const jobs = await sql`
		select run_at - created_at >= '4 minutes 59 seconds' as waits from private.jobs
		where kind = 'send_letter' and payload ->> 'notification_id' = any (${[first!.id, second!.id]})`;
	expect(jobs).toEqual([{ waits: true }, { waits: true }]);
	const letter = async (notification: Notification) =>
		(await edge`select service.notification_letter(${notification.id}) as letter`)[0]!.letter;
	expect(await letter(first!)).toMatchObject({
		address: member.email,
		details: {
			slug: people.slug,
			conversation_id: id,
			actor_name: expect.any(String),
			contact_number: expect.stringMatching(/^\+/)
		}
	});
	// tried again after a mail server that was away
	expect(await letter(first!)).toMatchObject({ address: member.email });
	expect(await letter(second!)).toBeNull();

	await mention(owner, id, admin);
	const [theirs] = await seenBy(admin, id);
	await as(admin, (tx) => tx`select api.mark_read(${id}, 1)`);
	expect(await letter(theirs!)).toBeNull();
});

test('R3.5 a letter about a number that was shut meanwhile is not sent', async () => {
	const { owner, member } = people;
	const number = await createNumber(sql, null, { organizationId: people.id });
	const { id } = await conversation(number);
	await mention(owner, id, member);
	const [unread] = await seenBy(member, id);
	await sql`update public.phone_numbers set restricted_at = now() where id = ${number.id}`;
	expect((await edge`select service.notification_letter(${unread!.id}) as letter`)[0]!.letter).toBeNull();
});

test('R3.7 a text among colleagues mentions those who take part in it, and nobody else', async () => {
	const { owner, member, admin } = people;
	const [row] = await as(
		owner,
		(tx) => tx<{ id: string }[]>`
			select api.create_team_conversation(${people.id}, 'Cleaning', array[${member.userId}]::uuid[]) as id`
	);
	const id = row!.id;
	const body = `@${member.username} and @${admin.username}: keys are in box 3`;
	for (let i = 0; i < 2; i++) {
		await as(owner, (tx) => tx`select api.post_team_message(${id}, ${body}, 'the same key, twice')`);
	}
	expect(await seenBy(member, id)).toMatchObject([{ kind: 'mention', body, actor_id: owner.userId }]);
	for (const other of [owner, admin]) expect(await seenBy(other, id)).toEqual([]);
});

test('notifications are kept for 90 days', async () => {
	const { id } = await conversation();
	for (const age of ['89 days', '91 days']) {
		await sql`
			insert into public.notifications (user_id, organization_id, phone_number_id, conversation_id, kind, seq, created_at)
			values (${people.member.userId}, ${people.id}, ${open.id}, ${id}, 'assigned', 1, now() - ${age}::interval)`;
	}
	await sql`select private.prune_notifications()`;
	expect(await sql`select created_at from public.notifications where conversation_id = ${id}`).toHaveLength(1);
});

test('what no conversation is about is told to those whose role has to do with it, the latest of it only', async () => {
	const { id: organizationId, owner, viewer } = people;
	const about = crypto.randomUUID();
	const give = (topic: string, number: string | null = null) =>
		sql`select private.give_notice('billing:write', ${organizationId}, ${topic}, ${about}, '{"label": "Desk"}', ${number})`;
	const told = (person: Person) =>
		as(
			person,
			(tx) => tx<{ id: string; topic: string; read_at: Date | null }[]>`
				select id, topic, details, read_at from api.notifications where subject = ${about} order by id`
		);
	const before = await hints(owner);
	await give('payment_failed');
	await give('payment_owed');
	expect(await told(owner)).toMatchObject([{ topic: 'payment_owed', details: { label: 'Desk' }, read_at: null }]);
	expect(await told(viewer)).toEqual([]);
	expect(await hints(owner)).toBeGreaterThan(before);
	await markAll(owner);
	await give('payment_came');
	expect((await told(owner)).map(({ topic, read_at }) => [topic, read_at === null])).toEqual([
		['payment_owed', false],
		['payment_came', true]
	]);
});

test('R4.3 how an order of a number ended is told to whoever gave it', async () => {
	const { id: organizationId, owner } = people;
	const e164 = inventNumber();
	const [order] = await sql<{ id: string }[]>`
		insert into public.number_orders (organization_id, ordered_by, idempotency_key, e164, label, country_code, kind, capabilities,
			cost_micros, monthly_micros, setup_micros)
		values (${organizationId}, ${owner.userId}, ${e164}, ${e164}, 'Night desk', 'US', 'local', '{sms}', 1, 1, 0)
		returning id`;
	await sql`update public.number_orders set status = 'released', reason = 'number_already_taken' where id = ${order!.id}`;
	const rows = await as(
		owner,
		(tx) => tx`select kind, topic, details from api.notifications where subject = ${order!.id}`
	);
	expect(rows).toEqual([{ kind: 'notice', topic: 'order_released', details: { e164, label: 'Night desk' } }]);
});
