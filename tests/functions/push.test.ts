import { expect, test } from 'vitest';
import { as, receive } from '../db/acting.ts';
import { company } from '../db/company.ts';
import { createDevice } from '../support/devices.ts';
import { createNumber, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;

async function subscribed(person: Person) {
	const device = await createDevice(env);
	const { p256dh, auth } = device.keys;
	await as(person, (tx) => tx`select api.subscribe_push(${device.endpoint}, ${p256dh}, ${auth})`);
	return device;
}
const subscriptions = ({ userId }: Person) =>
	sql`select endpoint from private.push_subscriptions where user_id = ${userId}`;
const jobsOf = (conversationId: string) => sql<{ completed_at: Date | null; attempts: number }[]>`
	select j.completed_at, j.attempts from private.jobs j
	join public.notifications t on t.id = (j.payload ->> 'notification_id')::uuid
	where j.kind = 'send_push' and t.conversation_id = ${conversationId}`;
const settled = (conversationId: string, count: number) =>
	eventually(
		() => jobsOf(conversationId),
		(jobs) => jobs.length === count && jobs.every(({ completed_at }) => completed_at !== null)
	);

async function scene() {
	const people = await company();
	const number = await createNumber(sql, null, { organizationId: people.id });
	const from = inventNumber();
	const { conversation_id } = await receive(number.e164, { from });
	const id = conversation_id!;
	const assign = ({ userId }: Person) => sql`update public.conversations set assignee_id = ${userId} where id = ${id}`;
	return { ...people, number, id, assign, text: (body: string) => receive(number.e164, { from, body }) };
}

test('R6.8 a device hears of a mention, of texts with their words, and where they are; a note’s words stay with us', async () => {
	const { owner, member, id, slug, assign, text } = await scene();
	const device = await subscribed(member);
	await as(
		owner,
		(tx) => tx`select api.add_note(${id}, ${`@${member.username} the green door`}, ${crypto.randomUUID()})`
	);
	await settled(id, 1);
	await assign(member);
	await settled(id, 2);
	await text('is it open?');
	await settled(id, 3);
	await text('hello?');
	await settled(id, 4);
	const pushes = await device.pushes();
	expect(pushes.map(({ words }) => [words.title, words.body])).toEqual([
		[expect.stringMatching(/^Robin Tester mentioned you in \+/), ''],
		[expect.stringMatching(/^The conversation with \+.* is yours$/), ''],
		[expect.stringMatching(/ texted$/), 'is it open?'],
		[expect.stringMatching(/^2 texts from \+/), 'hello?']
	]);
	for (const { words, topic } of pushes) {
		expect(words).toMatchObject({ tag: id, url: `/${slug}/inbox/${id}` });
		expect(topic).toBe(id.replaceAll('-', ''));
	}
	expect(new Set(pushes.map(({ words }) => words.id)).size).toBe(4);
});

test('R6.8 a code is in no push', async () => {
	const { member, id, assign, text } = await scene();
	await assign(member);
	const device = await subscribed(member);
	await text('Your Tidewater code is 482910');
	await settled(id, 1);
	expect(JSON.stringify(await device.pushes())).not.toContain('482910');
});

test('R6.8 a push service that fails is asked again; one that knows the device no more ends it, as signing out does', async () => {
	const { member, id, assign, text } = await scene();
	const [device, other] = [await subscribed(member), await subscribed(member)];
	await device.fail(503);
	await assign(member);
	await settled(id, 2);
	expect(await device.pushes()).toHaveLength(1);
	expect(await other.pushes()).toHaveLength(1);
	await other.end();
	await text('anybody?');
	await settled(id, 4);
	expect(await subscriptions(member)).toEqual([{ endpoint: device.endpoint }]);
	await sql`delete from auth.sessions where id = ${member.sessionId}`;
	expect(await subscriptions(member)).toEqual([]);
	await text('still there?');
	expect(await device.pushes()).toHaveLength(2);
});

test('R6.8 what was read, shut, or happens in quiet hours is not told to a device', async () => {
	const { owner, member, id, number, assign } = await scene();
	const device = await subscribed(member);
	const take = async () => {
		const [row] = await sql`
			select private.take_push(t.id, s.id, t.texts) as push
			from public.notifications t join private.push_subscriptions s on s.user_id = t.user_id
			where t.conversation_id = ${id} and t.user_id = ${member.userId}`;
		return row!.push as object | null;
	};
	await assign(member);
	await settled(id, 1);
	expect(await take()).toMatchObject({ endpoint: device.endpoint });
	await as(owner, (tx) => tx`select api.set_number_access(${number.id}, true, '{}', '{}')`);
	expect(await take()).toBeNull();
	await as(owner, (tx) => tx`select api.set_number_access(${number.id}, false, '{}', '{}')`);
	const [hours] = await sql<{ from: string; until: string }[]>`
		select (now() at time zone 'UTC' - interval '1 hour')::time::text as from,
			(now() at time zone 'UTC' + interval '1 hour')::time::text as until`;
	await as(member, (tx) => tx`select api.set_notification_hours(${hours!.from}, ${hours!.until})`);
	expect(await take()).toEqual({ wait_until: expect.any(String) });
	await as(member, (tx) => tx`select api.set_notification_hours()`);
	await as(member, (tx) => tx`select api.mark_read(${id}, 1)`);
	expect(await take()).toBeNull();
});
