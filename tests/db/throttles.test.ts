import { expect, test } from 'vitest';
import { createNumber, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, receive, send } from './acting.ts';
import { bookOf, company } from './company.ts';
import { operator, refusal, server, visitor } from './operating.ts';

const { env, sql } = stack;

const message = 'Many people wrote that they never asked for your texts of today.';

/** Puts an organization on a step for some days; answers 'done' or why not. */
function throttle(by: { session: string }, id: string, step: string, { days = 3, percent = 5, says = message } = {}) {
	const until = new Date(Date.now() + days * 86_400_000).toISOString();
	return refusal(
		server`select service.operator_throttle(${by.session}, ${id}, ${step}, ${percent}, ${until}, ${says}, 'Case 88')`
	);
}

test('R6.7 a step of the ladder: who watches changes nothing, held meets nobody new, stopped sends nothing, and each is told and ends', async () => {
	const { id, owner, admin, member } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const [known, stranger] = [inventNumber(), inventNumber()];
	await receive(number.e164, { from: known });
	const by = await visitor('operator', id);
	const sends = (recipient: string) => refusal(send(member, { phone_number_id: number.id, recipient }));
	const seen = async () =>
		(
			await as(
				member,
				(tx) => tx`
			select api.me(o.slug) -> 'organization' -> 'throttle' as it from api.organizations o where o.id = ${id}`
			)
		)[0]!.it as { step: string; message: string } | null;

	expect(await throttle(by, id, 'watch')).toBe('done');
	expect([await sends(stranger), await seen()]).toEqual(['done', null]);

	expect(await throttle(by, id, 'hold')).toBe('done');
	expect([await sends(inventNumber()), await sends(known), await sends(stranger)]).toEqual([
		'recipients_held',
		'done',
		'done'
	]);
	expect(await seen()).toMatchObject({ step: 'hold', message });

	const waiting = await send(member, { phone_number_id: number.id, recipient: known });
	expect(await throttle(by, id, 'stop')).toBe('done');
	expect(await sends(known)).toBe('sending_stopped');
	const [job] = await sql<{ id: string; lease: string }[]>`
		update private.jobs set lease = gen_random_uuid(), leased_until = now() + interval '1 minute', attempts = 1
		where payload ->> 'message_id' = ${waiting.id} returning id, lease`;
	await edge`select service.begin_dispatch(${waiting.id}, ${job!.id}, ${job!.lease})`;
	const [failed] = await sql`select status, error_code from public.messages where id = ${waiting.id}`;
	expect(failed).toEqual({ status: 'failed', error_code: 'sending_stopped' });
	// what comes in comes in
	expect((await receive(number.e164, { from: known })).outcome).toBe('stored');

	expect(await throttle(by, id, 'free')).toBe('done');
	expect([await sends(known), await sends(inventNumber()), await seen()]).toEqual(['done', 'done', null]);

	// a time that is over counts no more at once, and is told within a minute
	expect(await throttle(by, id, 'stop')).toBe('done');
	await sql`update private.throttles set until = now() where organization_id = ${id}`;
	expect([await sends(known), await seen()]).toEqual(['done', null]);
	await sql`select private.end_throttles()`;

	const book = (await bookOf(id)).filter(({ verb }) => verb.startsWith('sending.'));
	expect(book.map(({ verb, after }) => [verb, (after as { step: string } | null)?.step])).toEqual([
		['sending.throttled', 'watch'],
		['sending.throttled', 'hold'],
		['sending.throttled', 'stop'],
		['sending.freed', 'free'],
		['sending.throttled', 'stop'],
		['sending.freed', undefined]
	]);
	const letters = await sql`
		select payload ->> 'template' as template, payload ->> 'user_id' as reader from private.jobs
		where kind = 'send_letter' and payload -> 'details' ->> 'slug' = (select slug from public.organizations where id = ${id})
			and payload ->> 'template' like 'sending_%' order by ordinal`;
	expect(letters.map(({ template }) => template)).toEqual([
		...['sending_throttled', 'sending_throttled', 'sending_freed', 'sending_throttled', 'sending_freed']
	]);
	expect(new Set(letters.map(({ reader }) => reader))).toEqual(new Set([owner.userId]));
	const bells = await sql`
		select user_id, topic from public.notifications where organization_id = ${id} and topic like 'sending_%'`;
	expect(bells).toEqual([{ user_id: owner.userId, topic: 'sending_freed' }]);
	expect(admin.userId).not.toBe(owner.userId);
	const ours = await sql`
		select details ->> 'step' as step, reason from private.operator_log
		where operator_id = ${by.id} and verb = 'organization.throttled' order by id`;
	expect(ours.map(({ step }) => step)).toEqual(['watch', 'hold', 'stop', 'free', 'stop']);
});

test('R6.7 R2.1 who writes STOP, HELP or START is answered, though its organization is stopped and its wallet is empty', async () => {
	const { id, owner, member } = await company();
	const number = await createNumber(sql, env, { organizationId: id });
	const outside = inventNumber();
	await receive(number.e164, { from: outside });
	// paid beside the plan, with nothing to pay it
	await sql`
		insert into public.segment_allowances (organization_id, month, used) values (${id}, private.month_of(${id}), 1000000)
		on conflict (organization_id, month) do update set used = excluded.used`;
	await sql`update public.ledger_accounts set balance_micros = 0, credit_micros = 0 where organization_id = ${id}`;
	expect(await throttle(await visitor('operator', id), id, 'stop')).toBe('done');
	expect(await refusal(send(member, { phone_number_id: number.id, recipient: outside }))).toBe('sending_stopped');

	/** What the carrier takes in answer. */
	const answered = async (keyword: 'stop' | 'start' | 'help') => {
		const { conversation_id } = await receive(number.e164, { from: outside, body: keyword, keyword });
		const last = async () =>
			(
				await sql<{ body: string; origin: string; came: string }[]>`
					select body, origin, coalesce(error_code, status::text) as came from public.messages
					where conversation_id = ${conversation_id} order by seq desc limit 1`
			)[0]!;
		await expect.poll(async () => (await last()).came, { timeout: 20_000 }).toMatch(/^(sent|delivered)$/);
		const { origin, body } = await last();
		return origin === 'automatic' ? body : 'nothing';
	};
	expect(await answered('help')).toContain('reply to this number to reach us');
	expect(await answered('stop')).toContain('you will get no more texts');
	expect(await answered('start')).toContain('you will get texts from this number again');
	// a cap of its own holds none back either
	await as(owner, (tx) => tx`select api.set_caps(${id}, '[{"name": "segments", "most": 0, "stops": true}]')`);
	expect(await answered('help')).toContain('reply to this number to reach us');
});

test('R6.7 who is slowed down has its share of the pace: every text waits its turn, none is refused, and each says how long', async () => {
	const { id, member } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	// as they are where nobody said anything else
	await sql`delete from private.text_turns where id in (${id}, ${number.id})`;
	const by = await visitor('operator', id);
	expect(await throttle(by, id, 'slow', { percent: 5 })).toBe('done');
	const waits = async () => {
		const { expected_delay_seconds } = (await send(member, {
			phone_number_id: number.id,
			recipient: inventNumber()
		})) as unknown as { expected_delay_seconds: number };
		return expected_delay_seconds;
	};
	// 5 % of twenty a second, saved up for three seconds
	const delays: number[] = [];
	for (let at = 0; at < 8; at++) delays.push(await waits());
	expect(delays.slice(0, 3)).toEqual([0, 0, 0]);
	expect(delays[7]).toBeGreaterThanOrEqual(4);
	const preflight = async () =>
		(
			await as(
				member,
				(tx) => tx`
			select (api.preflight_message('Hello', phone_number_id => ${number.id}, recipient => ${inventNumber()})
				->> 'expected_delay_seconds')::int as seconds`
			)
		)[0]!.seconds as number;
	expect(Math.abs((await preflight()) - ((await waits()) as number))).toBeLessThanOrEqual(1);
	expect(await throttle(by, id, 'free')).toBe('done');
	// what had to wait has its place; from then on it is as quick as before
	await sql`update private.text_turns set free_at = '-infinity' where id in (${id}, ${number.id})`;
	expect([await waits(), await waits(), await waits(), await waits()]).toEqual([0, 0, 0, 0]);
	await sql`update private.text_turns set free_at = '-infinity' where id = ${id}`;
	await sql`select private.forget_turns(1000)`;
	expect((await sql`select from private.text_turns where id = ${id}`).length).toBe(0);
});

test('R6.7 the ladder asks for the role, a visit, a reason, a date and words for the owners', async () => {
	const { id, owner } = await company();
	const [by, stranger, support] = [
		await visitor('operator', id),
		await operator('operator'),
		await visitor('support', id)
	];
	expect(await throttle(support, id, 'slow')).toBe('operator_not_allowed');
	expect(await throttle(stranger, id, 'slow')).toBe('visit_missing');
	for (const odd of [{ days: -1 }, { days: 400 }, { percent: 0 }, { percent: 100 }, { says: 'Because' }]) {
		expect(await throttle(by, id, 'slow', odd), JSON.stringify(odd)).toBe('malformed');
	}
	expect(await throttle(by, id, 'sideways')).toBe('malformed');
	expect(await refusal(as(owner, (tx) => tx`select * from private.throttles`))).toMatch(/permission denied/);
	expect((await bookOf(id)).some(({ verb }) => verb.startsWith('sending.'))).toBe(false);
});
