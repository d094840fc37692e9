import type { TransactionSql } from 'postgres';
import { expect, test } from 'vitest';
import {
	claimsOf,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	type Person
} from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

type Place = { owner: Person; organizationId: string; numbers: string[] };

async function place(numbers: number): Promise<Place> {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const made: string[] = [];
	for (let i = 0; i < numbers; i++) made.push((await createNumber(sql, null, { organizationId })).id);
	// as they are where nobody said anything else
	await sql`delete from private.text_turns where id = any (${[organizationId, ...made]})`;
	return { owner, organizationId, numbers: made };
}

/** What happens here, nobody sees: the worker would send it. */
async function unseen(work: (tx: TransactionSql) => Promise<void>): Promise<void> {
	const over = new Error('over');
	await sql
		.begin(async (tx) => {
			await work(tx);
			throw over;
		})
		.catch((error: unknown) => {
			if (error !== over) throw error;
		});
}

type Answer = { id: string; expected_delay_seconds: number };

/** Somebody's text to somebody new; in how many seconds it goes, as the answer says and as the queue has it. */
async function send(tx: TransactionSql, { owner }: Place, number: string, { body = 'Hello', hold = 0 } = {}) {
	await tx`select set_config('request.jwt.claims', ${JSON.stringify(claimsOf(owner))}, true)`;
	const [row] = await tx<{ answer: Answer }[]>`
		select api.send_message(body => ${body}, idempotency_key => ${crypto.randomUUID()}, phone_number_id => ${number},
			recipient => ${inventNumber()}, hold_seconds => ${hold}::smallint) as answer`;
	const [job] = await tx<{ seconds: number }[]>`
		select extract(epoch from j.run_at - clock_timestamp())::float as seconds
		from private.jobs j where j.payload ->> 'message_id' = ${row!.answer.id}`;
	return { said: row!.answer.expected_delay_seconds, seconds: job!.seconds };
}

test('a number sends ten at once and then one a second, none is dropped, and each answer says how long it waits', async () => {
	const here = await place(1);
	await unseen(async (tx) => {
		const sent: Awaited<ReturnType<typeof send>>[] = [];
		for (let i = 0; i < 20; i++) sent.push(await send(tx, here, here.numbers[0]!));
		expect(sent.slice(0, 10).every(({ seconds, said }) => seconds <= 0 && said === 0)).toBe(true);
		for (const [place, { seconds, said }] of sent.slice(10).entries()) {
			// what the calls took has come back meanwhile
			expect(seconds).toBeLessThanOrEqual(place + 1);
			expect(said).toBe(Math.ceil(seconds));
			const before = sent[place + 9]!.seconds;
			if (before > 0) expect(seconds - before).toBeGreaterThan(0.5);
		}
		const [asked] = await tx<{ said: { expected_delay_seconds: number } }[]>`
			select api.preflight_message('Hello', phone_number_id => ${here.numbers[0]!}, recipient => ${inventNumber()}) as said`;
		const next = await send(tx, here, here.numbers[0]!);
		expect(Math.abs(asked!.said.expected_delay_seconds - next.said)).toBeLessThanOrEqual(1);
		// the time in which it can be taken back comes beside it
		const held = await send(tx, here, here.numbers[0]!, { hold: 20 });
		expect(held.seconds - held.said).toBeGreaterThan(18);
		// three segments take three turns
		await send(tx, here, here.numbers[0]!, { body: 'a'.repeat(400) });
		const last = await send(tx, here, here.numbers[0]!);
		expect(last.seconds - held.seconds + 20).toBeGreaterThan(3);
	});
});

test('whatever an organization sends at once from many numbers, another one’s text goes at once', async () => {
	const [crowd, few] = [await place(4), await place(1)];
	await sql`select private.set_pace(${crowd.organizationId}, 5, 8)`;
	await unseen(async (tx) => {
		let latest = 0;
		for (let i = 0; i < 24; i++) {
			latest = Math.max(latest, (await send(tx, crowd, crowd.numbers[i % 4]!)).seconds);
			if (i % 6 === 5) expect((await send(tx, few, few.numbers[0]!)).seconds).toBeLessThanOrEqual(0);
		}
		// 24 are there, 8 went at once and 5 a second follow; a slow machine is a part of the way
		expect(latest).toBeLessThanOrEqual(16 / 5);
		expect(latest).toBeGreaterThan(0);
		// in the order of their turns each fifth of a second has one of theirs at most
		const turns = await tx<{ seconds: number }[]>`
			select extract(epoch from j.run_at)::float as seconds from private.jobs j
			join public.messages m on m.id::text = j.payload ->> 'message_id'
			where m.organization_id = ${crowd.organizationId} and j.run_at > now() order by 1`;
		const gaps = turns.slice(1).map(({ seconds }, i) => seconds - turns[i]!.seconds);
		expect(Math.min(...gaps)).toBeGreaterThan(0.199);
	});
});

test('the platform says how fast a number may be, and a faster one waits less', async () => {
	const here = await place(1);
	await sql`select private.set_pace(${here.numbers[0]!}, 100, 1)`;
	await unseen(async (tx) => {
		for (let i = 0; i < 15; i++) expect((await send(tx, here, here.numbers[0]!)).seconds).toBeLessThan(0.2);
	});
});
