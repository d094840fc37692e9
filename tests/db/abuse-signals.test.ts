import { randomBytes } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { expect, test } from 'vitest';
import { firstIdAt } from '#core/days.ts';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { operator, server, visitor } from './operating.ts';

const { env, sql } = stack;

const idAt = (at: Date) => `${firstIdAt(at.getTime()).slice(0, 24)}${randomBytes(6).toString('hex')}`;

/** So many texts out within the last hours, some of which failed with a code. Each is the first to somebody. */
async function past(organizationId: string, texts: number, failures: Record<string, number>, hoursAgo = 3) {
	const number = await createNumber(sql, null, { organizationId });
	const codes = Object.entries(failures).flatMap(([code, many]) => Array.from({ length: many }, () => code));
	for (let at = 0; at < texts; at++) {
		const written = new Date(Date.now() - hoursAgo * 3_600_000 - at * 100);
		await sql`
			insert into public.messages (id, conversation_id, direction, status, origin, body, segments, carrier, error_code, created_at)
			values (${idAt(written)}, private.open_conversation(${organizationId}, ${number.id}, ${inventNumber()}), 'outbound',
				${codes[at] ? 'failed' : 'delivered'}, 'person', 'Hello', 1, 'twilio', ${codes[at] ?? null}, ${written})`;
	}
	return number;
}

test('R6.7 signs of abuse counted for all at once are those counted one by one, also when days, plans and texts move on', async () => {
	const owner = await createPerson(sql, env);
	const plans = ['starter', 'pro', null, 'scale'] as const;
	const ids: string[] = [];
	for (const [at, plan] of plans.entries()) {
		const { id } = await createOrganization(sql, { owner, plan });
		const number = await past(id, 12 + at * 7, { '30007': at + 5, '30003': at * 3 }, at === 2 ? 0.5 : 4);
		await past(id, 4, {}, 30);
		await sql`
			insert into private.number_days (organization_id, phone_number_id, day, sent)
			select ${id}, ${number.id}, current_date - d, ${at} * d * 40 from generate_series(1, 40, 3) d`;
		await sql`
			insert into public.opt_outs (organization_id, phone_number_id, contact_number, source, opted_out_at)
			select ${id}, ${number.id}, '+1415555' || (1000 + d), (array['keyword', 'person', 'carrier'])[1 + d % 3], now() - d * interval '2 hours'
			from generate_series(1, 9) d`;
		ids.push(id);
	}
	/** By the words of what each figure is, for one organization after the other. */
	const brute = async (tx: TransactionSql, at: Date) => {
		const rows: Record<string, unknown>[] = [];
		for (const id of ids)
			rows.push(
				...(await tx`
				with m as (
					select * from public.messages
					where organization_id = ${id} and created_at >= ${at}::timestamptz - interval '1 day' and direction = 'outbound'
						and status <> 'cancelled'
				), c as (
					select count(*) filter (where created_at >= ${at}::timestamptz - interval '1 hour')::int as sent_hour, count(*)::int as sent,
						greatest((
							select sum(sent) / 28 from private.number_days
							where organization_id = ${id} and day between ${at}::timestamptz::date - 28 and ${at}::timestamptz::date - 1),
							(private.plan_of(${id}, ${at})).included_segments / 28, 24)::int as usual_day,
						(select count(*) from public.opt_outs
							where organization_id = ${id} and source <> 'person' and opted_out_at > ${at}::timestamptz - interval '1 day')::int as opted_out,
						count(*) filter (where error_code = '30007')::int as filtered,
						count(*) filter (where error_code = '30003')::int as unreachable,
						count(*) filter (where status = 'failed')::int as failed, count(*) filter (where seq = 1)::int as new_recipients
					from m
				), f as (
					select distinct on (r.signal) r.signal, r.step, round(s.value, 1) as value, s.many, r.message
					from c
					cross join lateral (values ('velocity', 8.0 * sent_hour / usual_day, sent_hour), ('opt_outs', 100.0 * opted_out / sent, opted_out),
						('filtered', 100.0 * filtered / sent, filtered), ('unreachable', 100.0 * unreachable / sent, unreachable),
						('new_recipients', 100.0 * new_recipients / sent, new_recipients)) s (signal, value, many)
					join private.abuse_rules r on r.signal = s.signal and s.value >= r.value and s.many >= r.least
					order by r.signal, array_position('{watch,slow,hold}', r.step) desc, r.value desc
				)
				select ${id} as organization_id, c.*, coalesce((select jsonb_agg(to_jsonb(f) order by f.signal) from f), '[]') as findings
				from c where c.sent > 0`)
			);
		return rows.map((row) => ({ ...row }));
	};
	const counted = async (tx: TransactionSql, at: Date) => {
		await tx`select private.count_abuse(${at})`;
		return (
			await tx`
				select organization_id, sent_hour, sent, usual_day, opted_out, filtered, unreachable, failed, new_recipients, findings
				from private.abuse_signals where organization_id = any (${ids}) order by array_position(${ids}::uuid[], organization_id)`
		).map((row) => ({ ...row }));
	};
	const undone = new Error('what was counted of another day is nobody else’s to see');
	const told = sql.begin(async (tx) => {
		// nobody counts meanwhile
		await tx`select pg_advisory_xact_lock(hashtextextended('count_abuse', 0))`;
		const now = new Date();
		const first = await counted(tx, now);
		expect(first).toEqual(await brute(tx, now));
		expect(first).toHaveLength(4);
		expect(first.some(({ findings }) => (findings as unknown[]).length > 1)).toBe(true);
		// a day is counted, a plan changes, some failed for another reason
		await tx`insert into private.usage_counts (organization_id) select unnest(${ids}::uuid[]) on conflict do nothing`;
		await tx`update private.usage_counts set counted_until = '2000-01-01' where organization_id = any (${ids})`;
		await tx`update private.number_days set sent = sent * 3 where organization_id = any (${ids})`;
		await tx`select private.grant_plan(${ids[0]!}, 'scale', now() + interval '2 days')`;
		await tx`select private.grant_plan(${ids[1]!}, null, null)`;
		await tx`
			update public.messages set error_code = '30007'
			where organization_id = ${ids[3]!} and status = 'failed' and error_code = '30003'`;
		const second = await counted(tx, now);
		expect(second).toEqual(await brute(tx, now));
		expect(second).not.toEqual(first);
		// most of it grows too old
		const later = new Date(now.getTime() + 23.4 * 3_600_000);
		const third = await counted(tx, later);
		expect(third).toEqual(await brute(tx, later));
		expect(third).toHaveLength(1);
		throw undone;
	});
	await expect(told).rejects.toBe(undone);
});

test('R6.7 signs of abuse are counted by organization; the clearest slows it down for a day, unless it is known or a person let it go on', async () => {
	const owner = await createPerson(sql, env);
	const made = async () => (await createOrganization(sql, { owner })).id;
	const [loud, known, freed, calm] = [await made(), await made(), await made(), await made()];
	for (const id of [loud, known, freed]) await past(id, 100, { '30007': 62, '30005': 20 });
	await past(calm, 100, { '30007': 1 });
	await sql`select private.verify_organization(${known}, 'A partner')`;
	const { session: freeing } = await visitor('operator', freed);
	const until = new Date(Date.now() + 3 * 86_400_000).toISOString();
	await server`select service.operator_throttle(${freeing}, ${freed}, 'free', null, ${until}, null, 'Case 88')`;

	await sql`select private.count_abuse()`;
	const { session } = await operator('support');
	type Row = {
		id: string;
		sent: number;
		filtered: number;
		unreachable: number;
		proposed: string | null;
		throttle: { step: string; by_rule: boolean } | null;
	};
	const shown = async (which: string) => {
		const mine: Row[] = [];
		let sent: number | null = null;
		let last: string | null = null;
		for (;;) {
			const answer: { told: Row[] }[] = await server`
				select service.operator_abuse(${session}, ${which}, ${sent}, ${last}) as told`;
			const page = answer[0]!.told;
			mine.push(...page.filter(({ id }) => [loud, known, freed, calm].includes(id)));
			const end = page.at(-1);
			if (page.length < 50 || !end) return new Map(mine.map((one) => [one.id, one]));
			sent = end.sent;
			last = end.id;
		}
	};
	const all = await shown('all');
	expect(all.size).toBe(4);
	expect(all.get(loud)).toMatchObject({
		...{ sent: 100, sent_hour: 0, filtered: 62, unreachable: 20, failed: 82, new_recipients: 100, proposed: 'slow' },
		throttle: { step: 'slow', by_rule: true }
	});
	expect(all.get(known)?.throttle).toBeNull();
	expect(all.get(freed)?.throttle).toMatchObject({ step: 'free' });
	expect(all.get(calm)).toMatchObject({ proposed: null, throttle: null });
	expect([...(await shown('proposed')).keys()].sort()).toEqual([loud, known, freed].sort());
	expect([...(await shown('throttled')).keys()]).toEqual([loud]);

	await sql`select private.count_abuse()`;
	const told = await sql`
		select details ->> 'step' as step, operator_id, role from private.operator_log where organization_id = ${loud}`;
	expect(told).toEqual([{ step: 'slow', operator_id: null, role: 'rule' }]);
	const [letter] = await sql`
		select payload -> 'details' ->> 'message' as message from private.jobs
		where kind = 'send_letter' and payload ->> 'template' = 'sending_throttled' and payload ->> 'user_id' = ${owner.userId}`;
	expect(letter!.message).toContain('Carriers held back more than one in ten of your texts');
	const [slowed] = await sql`select slowed_percent from private.text_turns where id = ${loud}`;
	expect(slowed!.slowed_percent).toBe(20);
});
