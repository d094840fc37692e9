import { expect, test } from 'vitest';
import { createNumber, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { percentile } from './doors.ts';
import { deliver, inParallel, makeTexts, shuffle } from './storm.ts';

const { env, sql } = stack;

test('R2.1 400 texts, each told five times, 50 at once, become exactly 400 messages', { timeout: 60_000 }, async () => {
	const { organizationId } = await createPerson(sql, env);
	const number = await createNumber(sql, env, { organizationId });
	const texts = makeTexts(env, number.e164, 400, 40);
	const took: number[] = [];
	const answers = new Set<number>();

	await inParallel(shuffle(texts, 5), 50, async (fields) => {
		const started = performance.now();
		answers.add(await deliver(env, fields));
		took.push(performance.now() - started);
	});

	expect([...answers]).toEqual([200]);
	const [rows] = await sql`
		select count(*)::int as messages, count(distinct carrier_message_id)::int as texts,
			count(distinct (conversation_id, seq))::int as places, count(distinct conversation_id)::int as conversations
		from public.messages where phone_number_id = ${number.id}`;
	expect(rows).toEqual({ messages: 400, texts: 400, places: 400, conversations: 40 });

	const [gaps] = await sql`
		select count(*)::int as gaps from public.conversations c
		where c.phone_number_id = ${number.id}
			and c.last_seq <> (select count(*) from public.messages m where m.conversation_id = c.id)`;
	expect(gaps).toEqual({ gaps: 0 });
	const figures = [50, 95, 99, 100].map((percent) => `p${percent} ${percentile(took, percent)} ms`).join(', ');
	console.info(`acknowledged: ${figures}`);
});
