import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';

const { env, sql } = stack;

async function ends(from: string, begins: string, zone: string): Promise<string> {
	const [row] = await sql<{ ends: Date }[]>`select private.month_end(${from}, ${begins}, ${zone}) as ends`;
	return row!.ends.toISOString();
}

test.each([
	['the same day of the next month', '2026-03-10T12:00:00Z', '2026-03-10T12:00:00Z', 'UTC', '2026-04-10T12:00:00.000Z'],
	['the last of a shorter one', '2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z', 'UTC', '2026-02-28T12:00:00.000Z'],
	['the 31st again after it', '2026-01-31T12:00:00Z', '2026-02-28T12:00:00Z', 'UTC', '2026-03-31T12:00:00.000Z'],
	['29 February in a leap year', '2028-01-31T12:00:00Z', '2028-01-31T12:00:00Z', 'UTC', '2028-02-29T12:00:00.000Z'],
	['a year after 29 February', '2028-02-29T12:00:00Z', '2029-01-29T12:00:00Z', 'UTC', '2029-02-28T12:00:00.000Z'],
	[
		'the same hour after clocks go on',
		'2026-03-10T09:00:00Z',
		'2026-03-10T09:00:00Z',
		'Europe/Berlin',
		'2026-04-10T08:00:00.000Z'
	],
	[
		'the same hour after clocks go back',
		'2026-10-10T08:00:00Z',
		'2026-10-10T08:00:00Z',
		'Europe/Berlin',
		'2026-11-10T09:00:00.000Z'
	],
	[
		'an hour later where the hour is skipped',
		'2026-01-29T01:30:00Z',
		'2026-02-28T01:30:00Z',
		'Europe/Berlin',
		'2026-03-29T01:30:00.000Z'
	],
	[
		'the day there, not in Greenwich',
		'2026-01-31T02:00:00Z',
		'2026-01-31T02:00:00Z',
		'America/New_York',
		'2026-03-01T02:00:00.000Z'
	],
	[
		'no stump of a month after a move',
		'2026-07-01T02:00:00Z',
		'2026-07-31T02:00:00Z',
		'Asia/Tokyo',
		'2026-09-01T02:00:00.000Z'
	]
])('R4.5 a month ends on %s', async (_, from, begins, zone, expected) => {
	expect(await ends(from, begins, zone)).toBe(expected);
});

const month = 1_150_000;
const day = 86_400_000;
const later = (moment: Date | string, days: number) => new Date(new Date(moment).getTime() + days * day);

type Number = {
	id: string;
	organization_id: string;
	e164: string;
	status: string;
	renews_at: Date;
	ends_at: Date | null;
	grace_until: Date | null;
	quarantined_until: Date | null;
	released_at: Date | null;
};

/** An organization whose wallet holds so much, with a number bought at a moment. */
async function owned(wish: { micros: number; at?: string; zone?: string }) {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	await sql`update public.organizations set time_zone = ${wish.zone ?? 'UTC'} where id = ${organizationId}`;
	// no plan, so no credit
	await sql`select private.grant_plan(${organizationId}, null, null)`;
	await pay(organizationId, wish.micros);
	const e164 = inventNumber();
	const [added] = await sql<{ id: string }[]>`
		select private.add_number(${organizationId}, ${e164}, 'US', 'local', '["sms"]', 'Desk', ${`PN${randomUUID()}`}, ${month},
			${wish.at ?? '2030-01-31T12:00:00Z'}) as id`;
	const number = async () => (await sql<Number[]>`select * from public.phone_numbers where id = ${added!.id}`)[0]!;
	const events = async () =>
		(await sql`select kind, days from public.number_events where phone_number_id = ${added!.id} order by id`).map(
			({ kind, days }) => (days ? `${kind} ${days}` : kind) as string
		);
	const wallet = async () =>
		Number(
			(
				await sql`select balance_micros from public.ledger_accounts
			where organization_id = ${organizationId} and kind = 'wallet'`
			)[0]?.balance_micros ?? 0
		);
	const act = (verb: string, ...args: string[]) =>
		as(owner, (tx) => tx.unsafe(`select api.${verb}('${added!.id}'${args.map((arg) => `, ${arg}`).join('')})`));
	return { id: added!.id, e164, organizationId, owner, number, events, wallet, act };
}

async function pay(organizationId: string, micros: number): Promise<void> {
	if (micros > 0)
		await sql`select private.transfer(${organizationId},
			array[row('adjustments', ${-micros}), row('wallet', ${micros})]::private.ledger_leg[], 'adjustment', ${randomUUID()})`;
}

/** What time asks of this number, until nothing is due. */
async function at(number: { id: string }, moment: Date | string): Promise<string[]> {
	const steps: string[] = [];
	for (;;) {
		const [row] = await sql<{ step: string | null }[]>`select private.advance_number(${number.id}, ${moment}) as step`;
		if (row!.step === null) return steps;
		steps.push(row!.step);
	}
}

test('R4.5 a number is renewed by itself, at the month’s end and not before, for its price, once', async () => {
	const one = await owned({ micros: 3 * month });
	expect((await one.number()).renews_at.toISOString()).toBe('2030-02-28T12:00:00.000Z');
	expect(await at(one, '2030-02-28T11:59:59Z')).toEqual([]);
	expect(await at(one, '2030-02-28T12:00:00Z')).toEqual(['renewed']);
	expect(await at(one, '2030-03-01T12:00:00Z')).toEqual([]);
	expect(await one.wallet()).toBe(2 * month);
	expect((await one.number()).renews_at.toISOString()).toBe('2030-03-31T12:00:00.000Z');
	// a clock that stood for two months: each is paid
	expect(await at(one, '2030-05-01T00:00:00Z')).toEqual(['renewed', 'renewed']);
	expect(await one.wallet()).toBe(0);
});

test('R4.5 without money: seven days of grace, thirty of quarantine, then it goes back; each a date', async () => {
	const one = await owned({ micros: 0, at: '2030-03-10T12:00:00Z', zone: 'Europe/Berlin' });
	const due = (await one.number()).renews_at;
	// clocks went on meanwhile: the same hour there
	expect(due.toISOString()).toBe('2030-04-10T11:00:00.000Z');
	expect(await at(one, due)).toEqual(['grace']);
	expect(await one.number()).toMatchObject({ status: 'grace', grace_until: later(due, 7) });
	expect(await at(one, later(due, 6.9))).toEqual([]);
	expect(await at(one, later(due, 7))).toEqual(['quarantined']);
	expect(await one.number()).toMatchObject({ status: 'quarantined', quarantined_until: later(due, 37) });
	expect(await at(one, later(due, 37))).toEqual(['released']);
	expect(await one.number()).toMatchObject({ status: 'released', released_at: later(due, 37) });
	expect(await one.events()).toEqual(['bought', 'grace', 'quarantined', 'released']);
	expect(await sql`select kind from private.jobs where payload ->> 'phone_number_id' = ${one.id}`).toMatchObject([
		{ kind: 'release_number' }
	]);
});

test('R4.5 money that comes in grace pays the month that was missed; out of quarantine a new month begins', async () => {
	const one = await owned({ micros: 0, at: '2030-03-10T12:00:00Z' });
	expect(await at(one, '2030-04-10T12:00:00Z')).toEqual(['grace']);
	await pay(one.organizationId, month);
	await sql`select private.renew_numbers(10, '2030-04-12T12:00:00Z', ${one.organizationId})`;
	expect(await one.number()).toMatchObject({ status: 'active', renews_at: new Date('2030-05-10T12:00:00Z') });
	expect(await one.wallet()).toBe(0);

	expect(await at(one, '2030-05-10T12:00:00Z')).toEqual(['grace']);
	expect(await at(one, '2030-05-20T12:00:00Z')).toEqual(['quarantined']);
	await expect(one.act('renew_number')).rejects.toMatchObject({ message: 'balance_too_low' });
	await pay(one.organizationId, month);
	await one.act('renew_number');
	const number = await one.number();
	expect(number.status).toBe('active');
	expect(number.renews_at.getTime()).toBeGreaterThan(Date.now() + 27 * day);
	expect(number.renews_at.getTime()).toBeLessThan(Date.now() + 32 * day);
	expect(await one.events()).toContain('restored');
});

test('R4.5 a wallet above its threshold fills itself where a renewal needs more, again where that was not enough, up to the ceiling', async () => {
	const one = await owned({ micros: month - 1 });
	const due = (await one.number()).renews_at;
	const told: unknown[] = [];
	// undone afterwards: there is no card that the worker could charge
	const trying = sql.begin(async (tx) => {
		await tx`
			insert into public.auto_top_ups (organization_id, threshold_micros, amount_micros, monthly_ceiling_micros)
			values (${one.organizationId}, ${month - 1}, 5000000, 10000000)`;
		const [low] = await tx`select private.ask_auto_top_up(${one.organizationId}) as made`;
		told.push(low!.made);
		for (let time = 0; time < 4; time += 1) {
			const [row] = await tx`select private.advance_number(${one.id}, ${due}) as step`;
			const asked = await tx`
				select amount_micros::int as micros, status from public.top_ups where organization_id = ${one.organizationId} order by id`;
			told.push([row!.step, asked.map(({ micros, status }) => `${micros} ${status}`)]);
			// the second time nothing is asked for, since a payment is under way; then it comes, and is spent on something else
			if (time > 0)
				await tx`
					update public.top_ups set status = 'paid', paid_at = now(), received_micros = amount_micros
					where organization_id = ${one.organizationId}`;
		}
		throw new Error('undo');
	});
	await expect(trying).rejects.toThrow('undo');
	expect(told).toEqual([
		null,
		['grace', ['5000000 processing']],
		[null, ['5000000 processing']],
		[null, ['5000000 paid', '5000000 processing']],
		[null, ['5000000 paid', '5000000 paid']]
	]);
});

test('R4.5 whoever switched renewal off is not charged, however much there is', async () => {
	const one = await owned({ micros: 5 * month });
	await one.act('set_auto_renew', 'false');
	expect(await at(one, '2030-02-28T12:00:00Z')).toEqual(['grace']);
	expect(await one.wallet()).toBe(5 * month);
});

test('R4.5 notices come 14, 7, 3 and 1 days before, once each, as one letter; of those that were missed the nearest', async () => {
	const one = await owned({ micros: 5 * month, at: '2030-03-05T12:00:00Z' });
	const due = new Date('2030-04-05T12:00:00Z');
	for (const days of [16, 14, 13, 7, 7, 3, 1]) {
		await sql`select private.announce_renewals(${later(due, -days)})`;
	}
	expect(await one.events()).toEqual(['bought', 'renews_soon 14', 'renews_soon 7', 'renews_soon 3', 'renews_soon 1']);
	const two = await owned({ micros: 5 * month, at: '2030-03-05T12:00:00Z' });
	await sql`select private.announce_renewals(${later(due, -2)})`;
	expect(await two.events()).toEqual(['bought', 'renews_soon 3']);
	await sql`select private.tell_of_numbers()`;
	const letters = await sql`
		select payload from private.jobs where kind = 'send_letter' and payload ->> 'user_id' = ${two.owner.userId}`;
	expect(letters).toMatchObject([
		{
			payload: {
				template: 'number_renews_soon',
				details: { days: 3, numbers: [{ e164: two.e164, micros: month, fate: 'renews' }] }
			}
		}
	]);
	const notices = await as(
		two.owner,
		(tx) => tx`select topic, phone_number_id, details from api.notifications where kind = 'notice'`
	);
	expect(notices).toMatchObject([
		{ topic: 'number_renews_soon', phone_number_id: two.id, details: { days: 3, fate: 'renews' } }
	]);
});

test('R4.6 a number is cancelled by its digits, now or at the month’s end, and may be kept until then', async () => {
	const one = await owned({ micros: 5 * month });
	await expect(one.act('cancel_number', `'+14155550100'`, 'true')).rejects.toMatchObject({ message: 'number_differs' });
	await one.act('cancel_number', `'${one.e164}'`, 'true');
	expect(await one.number()).toMatchObject({ status: 'active', ends_at: new Date('2030-02-28T12:00:00Z') });
	await one.act('keep_number');
	expect((await one.number()).ends_at).toBeNull();
	await one.act('cancel_number', `'${one.e164}'`, 'true');
	expect(await at(one, '2030-02-28T12:00:00Z')).toEqual(['released']);
	expect(await one.wallet()).toBe(5 * month);

	const two = await owned({ micros: 0 });
	await two.act('cancel_number', `'${two.e164}'`, 'false');
	expect((await two.number()).status).toBe('released');
	await expect(two.act('cancel_number', `'${two.e164}'`, 'false')).rejects.toMatchObject({ message: 'not_found' });
});

async function arrive(to: string, body: string, sentAt: Date | null = null) {
	const id = `SM${randomUUID().replaceAll('-', '')}`;
	const [row] = await sql<{ told: { outcome: string; conversation_id?: string } }[]>`
		select service.receive_message('twilio', ${id}, '+14155550142', ${to}, ${body}, 1, null, '{}', sent_at => ${sentAt}) as told`;
	return { ...row!.told, id };
}

test('R4.5 R4.7 a frozen number takes texts in and lets none out; a released one keeps its conversations to be read', async () => {
	const one = await owned({ micros: 0 });
	const { conversation_id: conversation } = await arrive(one.e164, 'hello');
	const send = () => as(one.owner, (tx) => tx`select api.send_message('an answer', ${randomUUID()}, ${conversation!})`);
	await sql`update public.phone_numbers set status = 'grace', grace_until = now() + interval '1 day' where id = ${one.id}`;
	expect(await arrive(one.e164, 'are you there?')).toMatchObject({ outcome: 'stored' });
	await expect(send()).rejects.toMatchObject({ code: 'PT409', message: 'number_frozen' });
	await one.act('cancel_number', `'${one.e164}'`, 'false');
	await expect(send()).rejects.toMatchObject({ code: 'PT409', message: 'number_released' });
	const read = await as(one.owner, (tx) => tx`select body from api.messages where conversation_id = ${conversation!}`);
	expect(read).toHaveLength(2);
});

test('R4.8 a number that changed hands shows nobody the other’s texts; late ones are kept aside', async () => {
	const former = await owned({ micros: 0, at: '2026-01-05T12:00:00Z' });
	const { conversation_id: theirs } = await arrive(former.e164, 'for the former owner');
	await former.act('cancel_number', `'${former.e164}'`, 'false');
	const late = await arrive(former.e164, 'nobody has it');
	expect(late.outcome).toBe('unknown_number');

	const present = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner: present });
	const [added] =
		await sql`select private.add_number(${organizationId}, ${former.e164}, 'US', 'local', '["sms"]', 'Ours',
		${`PN${randomUUID()}`}, 0, now()) as id`;
	const mine = await arrive(former.e164, 'for the present owner');
	expect(mine).toMatchObject({ outcome: 'stored' });
	expect(mine.conversation_id).not.toBe(theirs);
	// the carrier's list tells of a text from before the number changed hands
	const before = await arrive(former.e164, 'from before', later(new Date(), -1));
	expect(before.outcome).toBe('unknown_number');

	const bodies = async (person: Person) =>
		(await as(person, (tx) => tx`select body from api.messages order by id`)).map(({ body }) => body as string);
	expect(await bodies(former.owner)).toEqual(['for the former owner']);
	expect(await bodies(present)).toEqual(['for the present owner']);
	expect(
		await sql`select carrier_message_id, former_number_id, present_number_id from private.late_texts
			where to_number = ${former.e164} order by id`
	).toEqual([
		{ carrier_message_id: late.id, former_number_id: former.id, present_number_id: null },
		{ carrier_message_id: before.id, former_number_id: former.id, present_number_id: added!.id }
	]);
});

test('R4.4 usage counts texts, segments, what arrived and what failed by reason, today and on days that are over', async () => {
	const one = await owned({ micros: 0, at: '2026-01-05T12:00:00Z' });
	const { conversation_id: conversation } = await arrive(one.e164, 'in');
	await sql`
		insert into public.messages (conversation_id, direction, status, body, segments, error_code, id, created_at)
		select ${conversation!}, 'outbound', m.status::public.message_status, 'out', 2, m.code, private.uuid_v7(), now()
		from (values ('delivered', null), ('failed', '30003'), ('failed', '30003'), ('queued', null)) m (status, code)`;
	const usage = async () => {
		const [row] = await as(one.owner, (tx) => tx`select api.number_usage(${one.organizationId}, 30) as usage`);
		return (row!.usage as { days: Record<string, unknown>[] }[])[0]!.days;
	};
	const expected = {
		received: 1,
		sent: 3,
		sent_segments: 6,
		delivered: 1,
		failed: 2,
		failures: { '30003': 2 },
		opted_out: 0
	};
	expect(await usage()).toMatchObject([expected]);
	// tomorrow it is a day that is over
	await sql`select private.count_usage(1000, now() + interval '1 day')`;
	expect(await sql`select received, sent, failures from private.number_days where phone_number_id = ${one.id}`).toEqual(
		[{ received: 1, sent: 3, failures: { '30003': 2 } }]
	);
});
