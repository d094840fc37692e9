import { randomUUID } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { expect, test } from 'vitest';
import type { Carrier, CarrierUsage } from '../../supabase/functions/_shared/carriers/port.ts';
import type { Database, Job } from '../../supabase/functions/_shared/database.ts';
import { reconciliationVerbs } from '../../supabase/functions/_shared/database-reconciliation.ts';
import { compareUsage } from '../../supabase/functions/worker/compare-usage.ts';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { inventSid } from './acting.ts';
import { repaired, undone, type Difference } from './repairing.ts';

const { sql, env } = stack;
const job = { id: 'j', lease: 'l', kind: 'compare_usage', payload: {}, attempts: 1 } as unknown as Job;
const dayOf = (daysAgo: number) => new Date(Date.now() - 3_600_000 - daysAgo * 86_400_000).toISOString().slice(0, 10);
const yesterday = dayOf(1);

/** The worker over a transaction, and a carrier of its own that counts so many texts yesterday, and nothing before. */
function worker(tx: TransactionSql, carrier: string) {
	const asked: string[] = [];
	const counts: CarrierUsage = { category: 'sms-outbound', texts: 0, priceMicros: 0 };
	const ask = async (verb: string, values: Record<string, unknown>) => {
		const names = Object.keys(values);
		const given = names.map((name, n) => `${name} => $${n + 1}${name === 'usage' ? '::text::jsonb' : ''}`).join(', ');
		const sent = names.map((name) => (name === 'usage' ? JSON.stringify(values[name]) : (values[name] as string)));
		const [row] = await tx.unsafe<{ it: unknown }[]>(`select service.${verb}(${given}) as it`, sent);
		return row!.it;
	};
	const database = {
		...reconciliationVerbs(ask as never),
		completeJob: () => Promise.resolve()
	} as unknown as Database;
	const usage = (day: string) => {
		asked.push(day);
		return Promise.resolve([day === yesterday ? counts : { ...counts, texts: 0, priceMicros: 0 }]);
	};
	const run = async () => {
		await compareUsage(job, { database, carrier: { name: carrier, usage } as unknown as Carrier, log() {} });
		return tx<(Difference & { subject: string; details: Record<string, Record<string, number | null>> })[]>`
			select * from private.differences(now() - interval '1 hour') where subject like ${`${carrier} %`}`;
	};
	return { run, counts, asked };
}

test('a day that is over and for which the carrier counted or took something else is one difference until it agrees', async () => {
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner });
	const carrier = `usage-${randomUUID()}`;
	const told = await undone(async (tx) => {
		const number = await createNumber(tx as unknown as typeof sql, null, { organizationId: id });
		const write = (at: string, sentAt: string, micros: number | null) => tx`
			with place as (select private.open_conversation(${id}, ${number.id}, ${inventNumber()}) as id), text as (
				insert into public.messages (id, conversation_id, direction, status, origin, body, segments, carrier, carrier_message_id,
					created_at, sent_at)
				select overlay(private.uuid_v7()::text placing left(private.first_id_at(${at}::timestamptz)::text, 13) from 1 for 13)::uuid,
					place.id, 'outbound', 'sent', 'person', 'On its way', 1, ${carrier}, ${inventSid()}, ${at}, ${sentAt}
				from place returning id)
			insert into private.text_costs (message_id, cost_micros) select text.id, ${micros}::bigint from text`;
		await write(`${yesterday}T10:00:00Z`, `${yesterday}T10:00:01Z`, 8300);
		await write(`${yesterday}T11:00:00Z`, `${yesterday}T11:00:01Z`, 8300);
		// the carrier may have sent it on either day
		await write(`${dayOf(2)}T23:59:58Z`, `${yesterday}T00:00:03Z`, 8300);

		const { run, counts, asked } = worker(tx, carrier);
		const seen: Awaited<ReturnType<typeof run>>[] = [];
		const counted = async (texts: number, priceMicros: number | null) => {
			Object.assign(counts, { texts, priceMicros });
			seen.push(await run());
		};
		await counted(2, 16_600);
		await counted(3, 24_900);
		await counted(4, 33_200);
		await counted(4, 33_200);
		const repairs = await repaired(tx, seen.at(-1)![0]!);
		await counted(2, null);
		await counted(2, 25_000);
		await tx`update private.text_costs set cost_micros = null where cost_micros = 8300`;
		await counted(2, 99_999);
		return { seen, asked, repairs };
	});
	const [agrees, either, differs, again, ended, price, unknown] = told.seen;
	expect([agrees, either]).toEqual([[], []]);
	expect(differs).toMatchObject([
		{
			...{
				cause: 'usage_differs',
				subject: `${carrier} ${yesterday} sms-outbound`,
				repair: 'read_again',
				ended_at: null
			},
			details: {
				there: { texts: 4, price_micros: 33_200 },
				here: { least_texts: 2, most_texts: 3, least_micros: 16_600, most_micros: 24_900 }
			}
		}
	]);
	expect(again!.map((each) => each.id)).toEqual([differs![0]!.id]);
	expect(told.repairs).toBe('done');
	expect(ended).toMatchObject([{ id: differs![0]!.id, ended_at: expect.any(Date) as Date }]);
	const open = (found: typeof price) => found!.filter(({ ended_at: at }) => at === null);
	expect(open(price)).toMatchObject([{ details: { there: { price_micros: 25_000 }, here: { most_micros: 24_900 } } }]);
	expect(open(unknown)).toEqual([]);
	// the last three days that are over; today is none of them
	expect(told.asked.slice(0, 3).toSorted()).toEqual([dayOf(3), dayOf(2), yesterday]);
	expect(told.asked).not.toContain(dayOf(0));
});
