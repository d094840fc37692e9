import { beforeEach, describe, expect, test } from 'vitest';
import { createNumber, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, inventSid, receive } from './acting.ts';
import { company, growStale } from './company.ts';

const { sql } = stack;
type Class = 'codes' | 'bodies' | 'attachments' | 'metadata';
let at: Awaited<ReturnType<typeof company>>;
let number: { id: string; e164: string };

beforeEach(async () => {
	at = await company();
	number = await createNumber(sql, null, { organizationId: at.id });
});

const set = (who: typeof at.owner, about: Class, days: number | null) =>
	as(who, (tx) => tx`select api.set_retention(${at.id}, ${about}, ${days})`);
async function count(about: Class, days: number, who = at.owner) {
	const [row] = await as(
		who,
		(tx) =>
			tx<
				{ answer: { count: number; more: boolean } }[]
			>`select api.count_retention(${at.id}, ${about}, ${days}) as answer`
	);
	return row!.answer;
}
const refusal = (verb: Promise<unknown>) =>
	verb.then(
		() => 'nothing was refused',
		(error: Error) => error.message
	);

/** A night's work, in steps of so many. */
async function night(batch = 500): Promise<number> {
	await sql`update private.retention_progress set finished_at = null where organization_id = ${at.id}`;
	let steps = 0;
	for (;;) {
		const [row] = await edge<{ more: boolean }[]>`
			select (service.apply_retention(${batch}) ->> 'more')::boolean as more`;
		if (!row!.more) return steps;
		steps++;
	}
}

async function conversationOf(days: number, contact = inventNumber()): Promise<string> {
	const [row] = await sql<{ id: string }[]>`select private.open_conversation(${at.id}, ${number.id}, ${contact}) as id`;
	await sql`update public.conversations set last_message_at = now() - make_interval(days => ${days}) where id = ${row!.id}`;
	return row!.id;
}

/** A text as it was written so many days ago: its id says when. */
async function write(place: string, days: number, body: string, status = 'received'): Promise<string> {
	const sid = inventSid();
	const [row] = await sql<{ id: string }[]>`
		insert into public.messages (id, conversation_id, direction, status, body, carrier, carrier_message_id, created_at)
		select (left(private.first_id_at(moment)::text, 15) || right(gen_random_uuid()::text, 21))::uuid, ${place},
			${status === 'received' ? 'inbound' : 'outbound'}, ${status}, ${body}, 'twilio', ${sid}, moment
		from (select now() - make_interval(days => ${days}) as moment) m
		returning id`;
	await sql`insert into private.provider_events (provider, event_key, kind, payload, outcome, message_id)
		values ('twilio', ${`message:${sid}`}, 'message', ${sql.json({ Body: body })}, 'stored', ${row!.id})`;
	return row!.id;
}
async function attach(place: string, message: string, days: number): Promise<string> {
	const [row] = await sql<{ id: string }[]>`
		insert into public.attachments (id, organization_id, phone_number_id, conversation_id, message_id, name, type, size, status)
		select (left(private.first_id_at(now() - make_interval(days => ${days}))::text, 15)
			|| right(gen_random_uuid()::text, 21))::uuid, ${at.id}, ${number.id}, ${place}, ${message}, 'door.png', 'image/png', 70, 'ready'
		returning id`;
	await sql`update public.messages set attachment_count = 1 where id = ${message}`;
	return row!.id;
}
const bodies = async (place: string) =>
	(await sql`select body from public.messages where conversation_id = ${place} order by seq`).map(({ body }) => body);
const book = () =>
	sql`select actor_kind, verb, before, after from public.audit_log
		where organization_id = ${at.id} and verb like 'retention.%' order by id`;

describe('R2.7 how long texts are kept', () => {
	test('R2.7 is the owner’s to say, with a fresh password; everybody reads it, and each change stands in the book', async () => {
		for (const who of [at.admin, at.member, at.viewer]) {
			expect(await refusal(set(who, 'bodies', 90))).toBe('not_allowed');
			expect(await refusal(count('bodies', 90, who))).toBe('not_allowed');
		}
		expect(await refusal(set(at.stranger, 'bodies', 90))).toBe('not_found');
		for (const days of [0, -1, 3651]) expect(await refusal(set(at.owner, 'bodies', days))).toBe('retention_invalid');
		expect(await refusal(count('bodies', 0))).toBe('retention_invalid');
		await set(at.owner, 'bodies', 90);
		await set(at.owner, 'bodies', 90);
		await set(at.owner, 'bodies', 365);
		const seen = (who: typeof at.owner) =>
			as(who, (tx) => tx`select class, days from api.retention_rules where organization_id = ${at.id}`);
		expect(await seen(at.viewer)).toEqual([{ class: 'bodies', days: 365 }]);
		expect(await seen(at.stranger)).toEqual([]);
		await growStale(at.owner);
		expect(await refusal(set(at.owner, 'bodies', null))).toBe('fresh_session_required');
		await sql`select private.record_password_entered(${at.owner.sessionId})`;
		await set(at.owner, 'bodies', null);
		expect(await seen(at.member)).toEqual([]);
		const days = (before: number | null, after: number | null) => ({
			actor_kind: 'person',
			verb: 'retention.changed',
			before: { class: 'bodies', days: before },
			after: { class: 'bodies', days: after }
		});
		expect(await book()).toEqual([days(null, 90), days(90, 365), days(365, null)]);
	});

	test('R2.7 words go after their time, with what the carrier told of them, in steps; the count says so before', async () => {
		const place = await conversationOf(400);
		const old = [];
		for (let i = 0; i < 7; i++) old.push(await write(place, 100 - i, `word ${i}`, i % 2 ? 'delivered' : 'received'));
		const onItsWay = await write(place, 95, 'not yet sent', 'queued');
		const young = await write(place, 80, 'still young');
		expect(await count('bodies', 90)).toEqual({ count: 8, more: false });
		expect(await count('bodies', 30)).toEqual({ count: 9, more: false });
		expect(await bodies(place)).toContain('word 0');
		const [before] = await sql`select revision from public.conversations where id = ${place}`;

		await set(at.owner, 'bodies', 90);
		expect(await night(3)).toBeGreaterThan(2);
		expect(await bodies(place)).toEqual([...old.map(() => ''), 'not yet sent', 'still young']);
		const gone = await sql`select body_removed_at, revision from public.messages where id = any (${old})`;
		expect(gone.every((row) => row.body_removed_at !== null)).toBe(true);
		// every open thread hears of each
		expect(new Set(gone.map((row) => Number(row.revision))).size).toBe(7);
		expect(gone.every((row) => Number(row.revision) > Number(before!.revision))).toBe(true);
		expect(
			await sql`select from private.provider_events where message_id = any (${old}) and payload <> '{}'`
		).toHaveLength(0);
		const applied = { actor_kind: 'platform', verb: 'retention.applied', before: null };
		const lines = async () => (await book()).filter(({ verb }) => verb === 'retention.applied');
		expect(await lines()).toEqual([{ ...applied, after: { class: 'bodies', days: 90, removed: 7 } }]);

		// it rests for the day, and a night without work leaves no line; what was on its way is not forgotten
		await sql`update public.messages set status = 'sent' where id = ${onItsWay}`;
		const [rest] = await edge`select (service.apply_retention(500) ->> 'more')::boolean as more`;
		expect(rest!.more).toBe(false);
		expect(await bodies(place)).toContain('not yet sent');
		expect(await count('bodies', 90)).toEqual({ count: 1, more: false });
		await night();
		await night();
		expect(await bodies(place)).toEqual([...old.map(() => ''), '', 'still young']);
		expect((await lines()).map(({ after }) => (after as { removed: number }).removed)).toEqual([7, 1]);
		expect(young).toBeTruthy();
		// longer: nothing comes back; for ever: nothing more is removed; shorter: what is due
		await set(at.owner, 'bodies', 365);
		await night();
		await set(at.owner, 'bodies', null);
		await night();
		expect((await bodies(place)).at(-1)).toBe('still young');
		await set(at.owner, 'bodies', 30);
		await night();
		expect((await bodies(place)).at(-1)).toBe('');
	});

	test('R2.7 codes go alone, and only those that were texted to us', async () => {
		const place = await conversationOf(400);
		await write(place, 50, 'Your code is 482913');
		await write(place, 50, 'See you at 5');
		await write(place, 50, 'Our login code for you: 4829', 'sent');
		await write(place, 1, 'Your code is 111222');
		expect(await count('codes', 30)).toEqual({ count: 1, more: false });
		await set(at.owner, 'codes', 30);
		await night(2);
		expect(await bodies(place)).toEqual(['', 'See you at 5', 'Our login code for you: 4829', 'Your code is 111222']);
	});

	test('R2.7 files go with their bytes, their text stays and tells open threads', async () => {
		const place = await conversationOf(400);
		const [old, young] = [await write(place, 100, 'a door'), await write(place, 2, 'another')];
		const [gone, stays] = [await attach(place, old, 100), await attach(place, young, 2)];
		const [before] = await sql`select revision from public.conversations where id = ${place}`;
		expect(await count('attachments', 90)).toEqual({ count: 1, more: false });
		await set(at.owner, 'attachments', 90);
		await night();
		const left = await sql`select id from public.attachments where organization_id = ${at.id}`;
		expect(left).toEqual([{ id: stays }]);
		expect(
			await sql`select from private.jobs where kind = 'remove_object' and payload ->> 'path' = ${`${at.id}/${gone}`}`
		).toHaveLength(1);
		const [text] = await sql`select body, attachment_count, revision from public.messages where id = ${old}`;
		expect(text).toMatchObject({ body: 'a door', attachment_count: 1 });
		expect(Number(text!.revision)).toBeGreaterThan(Number(before!.revision));
		expect((await book()).at(-1)).toMatchObject({ after: { class: 'attachments', days: 90, removed: 1 } });
	});

	test('R2.7 whole conversations go once nothing happened in them for so long; whoever opted out stays so', async () => {
		const contact = inventNumber();
		const [idle, noted, ahead, busy] = [
			await conversationOf(400, contact),
			await conversationOf(400),
			await conversationOf(400),
			await conversationOf(400)
		];
		for (const place of [idle, noted, ahead, busy]) {
			for (let i = 0; i < 5; i++) await write(place, 390 - i, `word ${i}`);
		}
		await write(busy, 3, 'again');
		await sql`insert into public.notes (conversation_id, author_id, body, idempotency_key)
			values (${noted}, ${at.owner.userId}, 'keep it', ${crypto.randomUUID()})`;
		await sql`insert into public.scheduled_messages (organization_id, phone_number_id, conversation_id, author_id, body, send_at,
				time_zone, idempotency_key)
			values (${at.id}, ${number.id}, ${ahead}, ${at.owner.userId}, 'later', now() + interval '1 day', 'UTC', ${crypto.randomUUID()})`;
		await sql`insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
			values (${at.id}, ${number.id}, ${contact}, 'keyword')`;
		expect(await count('metadata', 365)).toEqual({ count: 1, more: false });
		await set(at.owner, 'metadata', 365);
		await night(2);
		const left = await sql<{ id: string }[]>`select id from public.conversations where organization_id = ${at.id}`;
		expect(left.map(({ id }) => id).sort()).toEqual([noted, ahead, busy].sort());
		expect(await bodies(idle)).toEqual([]);
		expect(await sql`select from public.opt_outs where contact_number = ${contact}`).toHaveLength(1);
		expect((await book()).at(-1)).toMatchObject({ after: { class: 'metadata', days: 365, removed: 1 } });
		// a text from them begins a new one
		await receive(number.e164, { from: contact });
		expect(
			await sql`select from public.conversations c join public.contacts t on t.id = c.contact_id where t.phone_number = ${contact}
				and c.organization_id = ${at.id}`
		).toHaveLength(1);
	});

	test('R2.7 a rule that fails leaves nothing half done, says why, and holds up no other', async () => {
		const place = await conversationOf(400);
		const message = await write(place, 100, 'a word');
		await attach(place, message, 100);
		await set(at.owner, 'attachments', 90);
		await set(at.owner, 'bodies', 90);
		const undo = new Error('as it was before');
		// in a transaction that is taken back: the trigger is nobody else's
		const broken = sql.begin(async (tx) => {
			await tx.unsafe(`
				create function private.refuse_for_test() returns trigger language plpgsql set search_path = ''
					as 'begin raise exception ''broken on purpose''; end';
				create trigger refuse_for_test before update of body on public.messages for each row
					when (new.organization_id = '${at.id}') execute function private.refuse_for_test()`);
			const answers: Record<string, unknown>[] = [];
			for (let more = true; more;) {
				const [row] = await tx<{ it: Record<string, unknown> }[]>`select private.apply_retention(500) as it`;
				answers.push(row!.it);
				more = row!.it.more === true;
			}
			expect(answers).toContainEqual({
				class: 'bodies',
				removed: 0,
				more: true,
				failed: `${at.id} bodies: broken on purpose`
			});
			expect(answers).toContainEqual({ class: 'attachments', removed: 1, more: true });
			expect(await tx`select body from public.messages where id = ${message}`).toEqual([{ body: 'a word' }]);
			const [kept] = await tx`
				select failure, failed_at, finished_at from private.retention_progress
				where organization_id = ${at.id} and class = 'bodies'`;
			expect(kept).toEqual({ failure: 'broken on purpose', failed_at: expect.any(Date), finished_at: null });
			throw undo;
		});
		await expect(broken).rejects.toBe(undo);
		await night();
		expect(await bodies(place)).toEqual(['']);
	});

	test('what a plan does not keep goes 30 days after its owner was told, files and words alone; a larger plan keeps it', async () => {
		const place = await conversationOf(400);
		const old = await write(place, 400, 'of last year');
		const file = await attach(place, old, 400);
		await write(place, 300, 'of this year');
		const undo = new Error('as it was before');
		// in a transaction that is taken back: it is about everybody
		const tried = sql.begin(async (tx) => {
			const plan = (name: string | null) => tx`select private.grant_plan(${at.id}, ${name}, 'infinity')`;
			const follow = () => tx`select private.follow_plans()`;
			const kept = async () => {
				const [row] = await tx`
					select days, (applies_at - now() > interval '29 days') as is_coming from public.plan_retention
					where organization_id = ${at.id}`;
				return row ?? null;
			};
			const letters = async () => {
				const rows = await tx`
					select payload ->> 'template' as template from private.jobs
					where kind = 'send_letter' and payload::text like '%plan_retention%' and payload::text like ${`%${at.slug}%`}`;
				return rows.length;
			};
			const works = async () => {
				await tx`update private.retention_progress set finished_at = null where organization_id = ${at.id}`;
				for (let more = true; more;) {
					const [row] = await tx<{ it: { more: boolean } }[]>`select private.apply_retention(500) as it`;
					more = row!.it.more;
				}
				const rows = await tx`select body from public.messages where conversation_id = ${place} order by created_at`;
				const files = await tx`select id from public.attachments where id = ${file}`;
				return [...rows.map(({ body }) => body as string), files.length];
			};
			await plan('pro');
			await follow();
			expect([await kept(), await letters()]).toEqual([null, 0]);
			await plan(null);
			await follow();
			await follow();
			expect(await kept()).toEqual({ days: 365, is_coming: true });
			expect(await letters()).toBeGreaterThan(0);
			expect(await works()).toEqual(['of last year', 'of this year', 1]);

			await tx`update public.plan_retention set applies_at = now() where organization_id = ${at.id}`;
			await plan('starter');
			await follow();
			// longer than before: nobody waits for it
			expect(await kept()).toEqual({ days: 1095, is_coming: false });
			expect(await works()).toEqual(['of last year', 'of this year', 1]);
			await tx`update public.plan_retention set days = 365 where organization_id = ${at.id}`;
			expect(await works()).toEqual(['', 'of this year', 0]);
			await plan('pro');
			await follow();
			expect(await kept()).toBeNull();
			throw undo;
		});
		await expect(tried).rejects.toBe(undo);
	});

	test('R2.7 the worker is asked once, and carries it out', async () => {
		const place = await conversationOf(400);
		await write(place, 100, 'a word');
		await set(at.owner, 'bodies', 90);
		await sql`select private.begin_retention()`;
		await expect.poll(() => bodies(place), { timeout: 15_000 }).toEqual(['']);
		await sql.begin(async (tx) => {
			await tx`insert into private.jobs (kind, queue_key, run_at) values ('apply_retention', 'retention', 'infinity')`;
			await tx`select private.begin_retention()`;
			const waiting = await tx`
				select from private.jobs where queue_key = 'retention' and completed_at is null and parked_at is null and run_at = 'infinity'`;
			expect(waiting).toHaveLength(1);
			expect(
				await tx`select from private.jobs where queue_key = 'retention' and completed_at is null and run_at < 'infinity' and leased_until is null`
			).toHaveLength(0);
			await tx`delete from private.jobs where queue_key = 'retention' and run_at = 'infinity'`;
		});
	});
});
