import { beforeAll, expect, test } from 'vitest';
import type { Choice } from '#core/notifications.ts';
import { createNumber, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, receive } from './acting.ts';
import { company } from './company.ts';

const { sql } = stack;

let people: Awaited<ReturnType<typeof company>>;
let number: { id: string; e164: string };
beforeAll(async () => {
	people = await company();
	number = await createNumber(sql, null, { organizationId: people.id });
});

const choose = (person: Person, choices: readonly Choice[]) =>
	as(person, (tx) => tx`select api.choose_notifications(${people.id}, ${tx.json(choices as never)})`);
const assign = async ({ userId }: Person, of: { id: string; e164: string } = number) => {
	const { conversation_id: id } = await receive(of.e164, { from: inventNumber() });
	await sql`update public.conversations set assignee_id = ${userId} where id = ${id}`;
	return id!;
};
const rowsOf = ({ userId }: Person) => sql<{ id: string; bell: boolean; push: boolean; email: string }[]>`
	select id, bell, push, email from public.notifications where user_id = ${userId} order by id`;
const seenBy = (person: Person) => as(person, (tx) => tx`select id from api.notifications`);
const silent = { bell: false, push: false, email: 'off' } as const;
const afterQuiet = async ({ userId }: Person, event: string, at: string) =>
	(await sql<{ at: Date }[]>`select private.after_quiet(${userId}, ${event}, ${at}) as at`)[0]!.at.toISOString();

test('R6.8 of what somebody does not want to hear there is no row; without the bell, one that only a letter tells of', async () => {
	const { member, viewer } = people;
	await choose(viewer, [{ event: 'assigned', ...silent }]);
	await choose(member, [{ event: 'assigned', ...silent, email: 'daily' }]);
	await assign(viewer);
	await assign(member);
	expect(await rowsOf(viewer)).toEqual([]);
	expect(await rowsOf(member)).toMatchObject([{ bell: false, push: false, email: 'daily' }]);
	expect(await seenBy(member)).toEqual([]);
});

test('R6.8 whoever asked for every text hears of those of numbers that they may see', async () => {
	const { admin, viewer } = people;
	const shut = await createNumber(sql, null, { organizationId: people.id });
	await as(admin, (tx) => tx`select api.set_number_access(${shut.id}, true, '{}', '{}')`);
	for (const person of [admin, viewer]) await choose(person, [{ event: 'any_text', ...silent, bell: true }]);
	await receive(number.e164, { from: inventNumber() });
	await receive(shut.e164, { from: inventNumber() });
	expect(await rowsOf(admin)).toHaveLength(2);
	expect(await rowsOf(viewer)).toHaveLength(1);
});

test('R6.8 quiet hours end by the person’s own clock, through midnight and a change of clocks; mentions break through', async () => {
	const { owner } = people;
	await sql`update public.profiles set time_zone = 'Europe/Berlin' where id = ${owner.userId}`;
	const quiet = (from: string | null, until: string | null, mentions = false) =>
		as(owner, (tx) => tx`select api.set_notification_hours(${from}::time, ${until}::time, ${mentions})`);
	await quiet('22:00', '07:00');
	expect(await afterQuiet(owner, 'message', '2026-11-23T20:59:59Z')).toBe('2026-11-23T20:59:59.000Z');
	expect(await afterQuiet(owner, 'message', '2026-11-23T21:00:00Z')).toBe('2026-11-24T06:00:00.000Z');
	expect(await afterQuiet(owner, 'message', '2026-11-24T05:59:59Z')).toBe('2026-11-24T06:00:00.000Z');
	expect(await afterQuiet(owner, 'message', '2026-11-24T06:00:00Z')).toBe('2026-11-24T06:00:00.000Z');
	// the night when summer begins is an hour shorter
	expect(await afterQuiet(owner, 'message', '2027-03-27T22:00:00Z')).toBe('2027-03-28T05:00:00.000Z');
	await quiet('12:00', '14:00', true);
	expect(await afterQuiet(owner, 'message', '2026-11-23T11:30:00Z')).toBe('2026-11-23T13:00:00.000Z');
	expect(await afterQuiet(owner, 'mention', '2026-11-23T11:30:00Z')).toBe('2026-11-23T11:30:00.000Z');
	await expect(quiet('12:00', '12:00')).rejects.toMatchObject({ message: 'malformed' });
	await quiet(null, null);
	expect(await afterQuiet(owner, 'message', '2026-11-23T11:30:00Z')).toBe('2026-11-23T11:30:00.000Z');
});

test('R6.8 a day’s letter is one job at the hour that was chosen, tells what is unread and still theirs to see, and again the same', async () => {
	const other = await company();
	const { member, admin } = other;
	const [open, shut] = [
		await createNumber(sql, null, { organizationId: other.id }),
		await createNumber(sql, null, { organizationId: other.id })
	];
	await as(member, async (tx) => {
		await tx`select api.choose_notifications(${other.id}, ${tx.json([{ event: 'assigned', ...silent, bell: true, email: 'daily' }])})`;
		await tx`select api.set_notification_hours(digest_at => '09:30')`;
	});
	const [kept, read] = [await assign(member, open), await assign(member, open)];
	await assign(member, shut);
	const jobs = await sql<{ run_at: Date; payload: Record<string, string> }[]>`
		select run_at, payload from private.jobs where kind = 'send_digest' and payload ->> 'user_id' = ${member.userId}`;
	expect(jobs).toHaveLength(1);
	const { run_at, payload } = jobs[0]!;
	expect(run_at.toISOString()).toMatch(/T09:30:00\.000Z$/);
	expect(run_at.getTime()).toBeGreaterThan(Date.now());

	await as(member, (tx) => tx`select api.mark_read(${read}, 1)`);
	await as(admin, (tx) => tx`select api.set_number_access(${shut.id}, true, '{}', '{}')`);
	const take = async () =>
		(
			await edge<
				{ digest: { details: { total: number; entries: { conversation_id: string }[] }; unsubscribe: string } }[]
			>`
				select service.take_digest(${member.userId}, ${other.id}, 'daily', ${payload.due_at!}) as digest`
		)[0]!.digest;
	const digest = await take();
	expect(digest.details).toMatchObject({ total: 1, entries: [{ conversation_id: kept }] });
	await as(member, (tx) => tx`select api.mark_read(${kept}, 1)`);
	expect(await take()).toMatchObject({ details: { total: 1, entries: [{ conversation_id: kept }] } });

	// its way out ends what came in it, and nothing else
	const out = await edge`select service.unsubscribe(${digest.unsubscribe}) as ended`;
	expect(out[0]!.ended).toMatchObject({ about: 'daily' });
	const settings = await as(
		member,
		(tx) => tx<{ s: { choices: Choice[] } }[]>`select api.notification_settings(${other.id}) as s`
	);
	const emails = Object.fromEntries(settings[0]!.s.choices.map(({ event, email }) => [event, email]));
	expect(emails).toMatchObject({ assigned: 'off', mention: 'unread', numbers: 'at_once' });
	expect(await take()).toBeNull();
	expect((await edge`select service.unsubscribe('nonsense') as ended`)[0]!.ended).toBeNull();
});

test('R6.8 a letter of its own about an organization leaves for who wants it at once; a receipt and one about the account always do', async () => {
	const { owner, slug } = people;
	const reader = async (template: string) =>
		(await edge`select service.letter_reader(${owner.userId}, ${template}, ${slug}) as reader`)[0]!.reader as
			object | null;
	expect(await reader('number_grace')).toMatchObject({ address: owner.email, unsubscribe: expect.any(String) });
	await choose(owner, [
		{ event: 'numbers', bell: true, push: false, email: 'off' },
		{ event: 'billing', bell: true, push: false, email: 'hourly' }
	]);
	expect(await reader('number_grace')).toBeNull();
	expect(await reader('payment_failed')).toBeNull();
	expect(await reader('key_refused')).toMatchObject({ address: owner.email });
	for (const template of ['number_bought', 'role_changed', 'account_deletion_requested'])
		expect(await reader(template)).toEqual({ address: owner.email, time_zone: expect.any(String) });
});

test('R6.8 a choice that says less also holds for what still waits', async () => {
	const { admin } = people;
	await choose(admin, [{ event: 'assigned', bell: true, push: false, email: 'at_once' }]);
	await as(
		admin,
		(tx) => tx`select api.set_notification_hours((now() at time zone 'UTC' - interval '1 hour')::time,
		(now() at time zone 'UTC' + interval '1 hour')::time)`
	);
	await sql`update public.profiles set time_zone = 'UTC' where id = ${admin.userId}`;
	await assign(admin);
	const waiting = (await rowsOf(admin)).at(-1)!;
	expect(waiting.email).toBe('at_once');
	await choose(admin, [{ event: 'assigned', bell: true, push: false, email: 'off' }]);
	expect((await rowsOf(admin)).at(-1)).toMatchObject({ id: waiting.id, email: 'off', bell: true });
	expect((await edge`select service.notification_letter(${waiting.id}) as letter`)[0]!.letter).toBeNull();
});
