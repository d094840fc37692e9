import fc from 'fast-check';
import type { TransactionSql } from 'postgres';
import { beforeAll, expect, test } from 'vitest';
import { addMember, createNumber, createOrganization, createPerson, signOut, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';
import { bookAt, textAt, verificationAt } from './usage-history.ts';

const { sql, env } = stack;

type Day = { day: string; received: number; sent: number; delivered: number; failed: number };
type Codes = { day: string; requested: number; code_received: number; missed: number };
type Lines = { reason: string; transfers: number; amount_micros: number }[];
type Dashboard = {
	today: string;
	conversations: { mine: number; unassigned: number; open: number };
	texts: Day[];
	verifications: Codes[];
	longest: { conversation_id: string } | null;
	longest_mine: { conversation_id: string } | null;
	codes_awaited: { count: number };
	numbers: { id: string; monthly_micros: number | null }[];
	limits: { name: string; used: number; most: number }[];
	money: { month: string; lines: Lines; balance_micros: number } | null;
	first_steps: Record<string, boolean> | null;
};
type Figures = {
	numbers: ({ id: string; micros: number | null } & Omit<Day, 'day'> & Omit<Codes, 'day'>)[];
	callers: { id: string; by_key: boolean; sent: number; requested: number }[];
	money: Lines | null;
};
type Usage = { texts: Day[]; verifications: Codes[]; money: Lines };
type Month = { month: string; sent: number; received: number; requested: number; money: Lines | null };

let owner: Person;
let member: Person;
beforeAll(async () => {
	[owner, member] = await Promise.all([createPerson(sql, env), createPerson(sql, env)]);
});

const told = async <T>(who: Person | null, ask: (tx: TransactionSql) => Promise<{ it: T }[]>): Promise<T> => {
	const [row] = await as(who, ask);
	return row!.it;
};
const dashboard = (who: Person | null, id: string, days = 30) =>
	told<Dashboard>(who, (tx) => tx`select api.dashboard(${id}, ${days}) as it`);
const figures = (who: Person, id: string, since: string, until: string) =>
	told<Figures>(who, (tx) => tx`select api.usage_figures(${id}, ${since}, ${until}) as it`);
const usage = (who: Person, id: string, since: string, until: string) =>
	told<Usage>(who, (tx) => tx`select api.usage(${id}, ${since}, ${until}) as it`);
const months = (who: Person, id: string) => told<Month[]>(who, (tx) => tx`select api.usage_months(${id}) as it`);

/** An organization with two numbers, one of them shut to its member. */
async function newScene(zone = 'UTC') {
	const { id } = await createOrganization(sql, { owner, members: [{ person: member, role: 'member' }] });
	await sql`update public.organizations set time_zone = ${zone}, created_at = now() - interval '400 days' where id = ${id}`;
	const open = await createNumber(sql, null, { organizationId: id, label: 'Open' });
	const shut = await createNumber(sql, null, { organizationId: id, label: 'Shut', grants: [] });
	return { id, open: open.id, shut: shut.id };
}

async function newKey(organizationId: string): Promise<string> {
	const publicId = crypto.randomUUID().replaceAll('-', '').slice(0, 8);
	const [row] = await sql<{ id: string }[]>`
		insert into public.api_keys (organization_id, name, mode, public_id, scopes)
		values (${organizationId}, 'Nightly', 'live', ${publicId}, '{messages:write}') returning id`;
	return row!.id;
}

/** What was texted and asked for on the days from since to until, counted from the rows themselves. */
async function counted(numbers: string[], zone: string, since: string, until: string) {
	const [texts] = await sql<Omit<Day, 'day'>[]>`
		select (count(*) filter (where direction = 'inbound'))::int as received,
			(count(*) filter (where direction = 'outbound' and status in ('sent', 'delivered', 'failed')))::int as sent,
			(count(*) filter (where status = 'delivered'))::int as delivered, (count(*) filter (where status = 'failed'))::int as failed
		from public.messages
		where phone_number_id = any (${numbers}) and (created_at at time zone ${zone})::date between ${since} and ${until}`;
	const [codes] = await sql<Omit<Codes, 'day'>[]>`
		select count(*)::int as requested, (count(*) filter (where code_received_at is not null))::int as code_received,
			(count(*) filter (where code_received_at is null and status in ('expired', 'filtered')))::int as missed
		from public.verifications
		where phone_number_id = any (${numbers}) and (created_at at time zone ${zone})::date between ${since} and ${until}`;
	return { ...texts!, ...codes! };
}

const names = ['received', 'sent', 'delivered', 'failed', 'requested', 'code_received', 'missed'] as const;
type Counts = Record<(typeof names)[number], number>;
const summed = (rows: readonly Partial<Counts>[]): Counts =>
	Object.fromEntries(names.map((name) => [name, rows.reduce((sum, row) => sum + (row[name] ?? 0), 0)])) as Counts;
const within = <T extends { day: string }>(rows: readonly T[], since: string, until: string) =>
	rows.filter(({ day }) => day >= since && day <= until);
const sorted = (lines: Lines) => lines.toSorted((one, other) => one.reason.localeCompare(other.reason));
const dayBefore = (day: string, by: number) =>
	new Date(Date.parse(`${day}T00:00Z`) - by * 86_400_000).toISOString().slice(0, 10);

/** Counts the days of an organization that are over, as the clock's job does. */
async function count(id: string): Promise<void> {
	for (let until: string | null = null, before: string | null | undefined; until !== before;) {
		before = until;
		await sql`update private.usage_counts set count_at = 'epoch' where organization_id = ${id}`;
		await sql`select private.count_usage(1)`;
		const [row] = await sql<{ until: string | null }[]>`
			select counted_until::text as until from private.usage_counts where organization_id = ${id}`;
		until = row!.until;
	}
}

const minutesAgo = fc.oneof(
	{ arbitrary: fc.integer({ min: 0, max: 3 * 1440 }), weight: 2 },
	fc.integer({ min: 0, max: 200 * 1440 })
);
const deeds = fc.record({
	kind: fc.constantFrom('text', 'text', 'text', 'code', 'money'),
	minutes: minutesAgo,
	open: fc.boolean(),
	by: fc.constantFrom('owner', 'member', 'key'),
	status: fc.constantFrom('received', 'sent', 'delivered', 'failed', 'cancelled'),
	code: fc.constantFrom('waiting', 'code_received', 'completed', 'expired', 'late', 'cancelled', 'filtered'),
	micros: fc.integer({ min: -9_000, max: 9_000 })
});

test('R6.1 R6.5 the dashboard, the page about usage, the API and the statement tell what there is, to the micro, counted before or now', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(deeds, { minLength: 10, maxLength: 40 }),
			fc.constantFrom('UTC', 'Pacific/Auckland', 'America/St_Johns'),
			fc.constantFrom(1, 7, 30, 90),
			async (steps, zone, days) => {
				const { id, open, shut } = await newScene(zone);
				const key = await newKey(id);
				for (const step of steps.toSorted((one, other) => other.minutes - one.minutes)) {
					const at = new Date(Date.now() - step.minutes * 60_000);
					const number = step.open ? open : shut;
					const by = {
						api_key_id: step.by === 'key' ? key : null,
						person: step.by === 'key' ? null : { owner, member }[step.by].userId
					};
					if (step.kind === 'text') await textAt(id, number, at, step.status, by);
					else if (step.kind === 'code') await verificationAt(id, number, at, step.code, by);
					else if (step.micros !== 0) await bookAt(id, at, step.micros, step.micros > 0 ? 'top_up' : 'text');
				}
				const check = async () => {
					const home = await dashboard(owner, id, days);
					const [since, until] = [dayBefore(home.today, days - 1), home.today];
					for (const [from, to] of [
						[since, until],
						[dayBefore(since, days), dayBefore(until, days)]
					] as const) {
						const brute = await counted([open, shut], zone, from, to);
						expect(summed([...within(home.texts, from, to), ...within(home.verifications, from, to)])).toEqual(brute);
						const page = await figures(owner, id, from, to);
						expect(summed(page.numbers)).toEqual(brute);
						const told = await usage(owner, id, from, to);
						expect(summed([...told.texts, ...told.verifications])).toEqual({ ...brute, missed: 0 });
						const ofCallers = page.callers.reduce(
							(sum, { sent, requested }) => [sum[0]! + sent, sum[1]! + requested],
							[0, 0]
						);
						expect(ofCallers).toEqual([brute.sent, brute.requested]);
						const perDay = new Map<string, number>();
						for (const { reason, amount_micros } of told.money)
							perDay.set(reason, (perDay.get(reason) ?? 0) + amount_micros);
						expect(page.money!.map(({ reason, amount_micros }) => [reason, amount_micros]).toSorted()).toEqual(
							[...perDay].toSorted()
						);
					}
					const seen = await dashboard(member, id, days);
					const theirs = await counted([open], zone, since, until);
					expect(summed([...within(seen.texts, since, until), ...within(seen.verifications, since, until)])).toEqual(
						theirs
					);
					expect(seen.money).toBeNull();

					const history = await months(owner, id);
					expect(summed(history as never[]).sent).toBe((await counted([open, shut], zone, '2020-01-01', until)).sent);
					for (const { month, money } of history) {
						const statement = await told<{ lines: Lines }>(
							owner,
							(tx) => tx`select api.statement(${id}, ${`${month}-01`}::date) as it`
						);
						expect(sorted(money!)).toEqual(sorted(statement.lines));
						if (month === home.money!.month) expect(sorted(home.money!.lines)).toEqual(sorted(statement.lines));
					}
				};
				await count(id);
				await check();
				// a month that nobody has counted yet
				await sql`
					update private.usage_counts set counted_until = counted_until - 34 where organization_id = ${id}`;
				await check();
				await count(id);
				await sql`select private.mark_entries(${id}), private.sum_entries(${id}, 3)`;
				await check();
			}
		),
		{ numRuns: 12 }
	);
}, 120_000);

const figuresSeen = async (who: Person | null, id: string) => {
	const { texts, verifications, numbers, money } = await dashboard(who, id);
	return {
		received: summed(texts).received,
		requested: summed(verifications).requested,
		numbers: numbers.length,
		money
	};
};

test('R6.1 everybody sees the figures of the numbers that are theirs to see, and only who may see money sees money', async () => {
	const { id, open, shut } = await newScene();
	const by = { person: owner.userId, api_key_id: null };
	const now = new Date();
	for (const number of [open, open, shut]) await textAt(id, number, now, 'received', by);
	await verificationAt(id, shut, now, 'expired', by);
	await sql`
		update public.phone_numbers set renews_at = now() + interval '3 days', monthly_micros = 1150000 where organization_id = ${id}`;
	await bookAt(id, now, 5_000_000, 'top_up');

	expect(await figuresSeen(owner, id)).toMatchObject({
		received: 3,
		requested: 1,
		numbers: 2,
		money: { balance_micros: 5_000_000 }
	});
	expect(await figuresSeen(member, id)).toEqual({ received: 2, requested: 0, numbers: 1, money: null });
	expect((await dashboard(member, id)).numbers.map(({ monthly_micros }) => monthly_micros)).toEqual([null]);
	const theirs = await figures(member, id, '2026-01-01', '2026-01-02');
	expect([theirs.money, theirs.numbers.map(({ micros }) => micros)]).toEqual([null, [null]]);
	expect((await months(member, id)).every(({ money }) => money === null)).toBe(true);

	// a member to whom every number is shut
	await sql`update public.phone_numbers set restricted_at = now() where organization_id = ${id}`;
	expect(await figuresSeen(member, id)).toEqual({ received: 0, requested: 0, numbers: 0, money: null });
	expect(await dashboard(member, id)).toMatchObject({ longest: null, codes_awaited: { count: 0 } });
});

test('R6.1 open conversations are counted as the inbox counts them: of one’s own numbers and groups, nothing put away', async () => {
	const { id, open, shut } = await newScene();
	const by = { person: owner.userId, api_key_id: null };
	for (const number of [open, open, open, open, shut, shut]) await textAt(id, number, new Date(), 'received', by);
	const [first, second, third, fourth, hidden] = await sql<{ id: string }[]>`
		select id from public.conversations where organization_id = ${id} order by phone_number_id <> ${open}, id`;
	await sql`
		update public.conversations set assignee_id = ${member.userId} where id in (${first!.id}, ${second!.id}, ${hidden!.id})`;
	await sql`update public.conversations set archived_at = now() where id = ${second!.id}`;
	await sql`update public.conversations set snoozed_until = now() + interval '1 day' where id = ${third!.id}`;
	await sql`update public.conversations set snoozed_until = now() - interval '1 minute' where id = ${fourth!.id}`;
	const colleague = await createPerson(sql, env);
	await addMember(sql, id, colleague, 'member');
	for (const people of [[member.userId], [colleague.userId]])
		await as(owner, (tx) => tx`select api.create_team_conversation(${id}, 'Cleaning', ${people}::uuid[])`);
	const inbox = (who: Person) =>
		told<Dashboard['conversations']>(
			who,
			(tx) => tx`
				select jsonb_build_object('mine', mine, 'unassigned', unassigned, 'open', open) as it
				from api.inbox_counts where organization_id = ${id}`
		);
	expect((await dashboard(member, id)).conversations).toEqual({ mine: 1, unassigned: 1, open: 3 });
	expect((await dashboard(owner, id)).conversations).toEqual({ mine: 0, unassigned: 2, open: 6 });
	for (const who of [owner, member]) expect((await dashboard(who, id)).conversations).toEqual(await inbox(who));
});

test('R6.1 another tenant, who was removed, who signed out and a visitor learn nothing', async () => {
	const { id } = await newScene();
	const stranger = await createPerson(sql, env);
	const gone = await createPerson(sql, env);
	await addMember(sql, id, gone, 'admin');
	await dashboard(gone, id);
	await sql`delete from public.memberships where organization_id = ${id} and user_id = ${gone.userId}`;
	const out = await createPerson(sql, env);
	await addMember(sql, id, out, 'admin');
	await signOut(sql, out);
	for (const [who, refusal] of [
		[stranger, 'not_found'],
		[gone, 'not_found'],
		[out, 'session_ended'],
		[null, /permission denied/]
	] as const) {
		for (const call of ['dashboard', 'usage_months'])
			await expect(as(who, (tx) => tx.unsafe(`select api.${call}('${id}')`))).rejects.toThrow(refusal);
		await expect(as(who, (tx) => tx`select api.usage_figures(${id}, '2026-11-01', '2026-11-02')`)).rejects.toThrow(
			refusal
		);
	}
	await expect(dashboard(owner, id, 8)).rejects.toMatchObject({ message: 'malformed' });
});

test('R6.1 who waits longest is who has no answer yet: no code, nobody who opted out, nobody put away', async () => {
	const { id, open } = await newScene();
	const by = { person: owner.userId, api_key_id: null };
	const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
	for (const minutes of [50, 40, 30, 20]) await textAt(id, open, ago(minutes), 'received', by);
	const waiting = await sql<{ id: string }[]>`
		select id from public.conversations where organization_id = ${id} order by unanswered_since`;
	const longest = async () => (await dashboard(owner, id)).longest?.conversation_id;
	const [oldest, second, third, last] = waiting.map((one) => one.id);
	expect(await longest()).toBe(oldest);
	const say = (conversation: string, origin: string, more: { masked_body?: string } = {}) =>
		sql`insert into public.messages ${sql({
			conversation_id: conversation,
			direction: origin === 'contact' ? 'inbound' : 'outbound',
			status: origin === 'contact' ? 'received' : 'sent',
			origin,
			body: 'Hello',
			...more
		})}`;
	await say(oldest!, 'automatic');
	expect(await longest()).toBe(oldest);
	await say(oldest!, 'person');
	expect(await longest()).toBe(second);
	await sql`update public.conversations set opted_out_at = now() where id = ${second!}`;
	expect(await longest()).toBe(third);
	await sql`update public.conversations set archived_at = now() where id = ${third!}`;
	expect(await longest()).toBe(last);
	await say(last!, 'person');
	await say(last!, 'contact', { masked_body: '•' });
	expect(await longest()).toBeUndefined();
	await say(last!, 'contact');
	await sql`update public.conversations set assignee_id = ${owner.userId} where id = ${last!}`;
	expect((await dashboard(owner, id)).longest_mine?.conversation_id).toBe(last);
	expect((await dashboard(member, id)).longest_mine).toBeNull();
});

test('R6.1 the first steps tick themselves, are gone when all are done, and for whoever put them away', async () => {
	const founder = await createPerson(sql, env);
	const colleague = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner: founder });
	const steps = async (who = founder) => (await dashboard(who, id)).first_steps;
	expect(await steps()).toEqual({ number: false, text: false, invite: false, key: false });
	const number = await createNumber(sql, null, { organizationId: id });
	await textAt(id, number.id, new Date(), 'received', { person: null, api_key_id: null });
	await addMember(sql, id, colleague, 'admin');
	expect(await steps()).toEqual({ number: true, text: true, invite: true, key: false });
	await as(colleague, (tx) => tx`select api.dismiss_first_steps(${id})`);
	await as(colleague, (tx) => tx`select api.dismiss_first_steps(${id})`);
	expect([await steps(colleague), await steps()]).toEqual([
		null,
		{ number: true, text: true, invite: true, key: false }
	]);
	await newKey(id);
	expect(await steps()).toBeNull();
});
