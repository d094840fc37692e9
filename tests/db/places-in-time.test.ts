import { expect, test } from 'vitest';
import { longConversation, writtenAt } from '../support/long-thread.ts';
import { createNumber, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';

const { env, sql } = stack;

test('R3.6 a moment leads to the first text at or after it, also where texts are missing, and before and after all of them', async () => {
	const owner = await createPerson(sql, env);
	const number = await createNumber(sql, null, owner);
	const id = await longConversation(sql, {
		organizationId: owner.organizationId,
		numberId: number.id,
		contact: inventNumber(),
		count: 1000
	});
	await sql`delete from public.messages where conversation_id = ${id} and seq between 500 and 600`;
	const placeAt = async (moment: Date) => {
		const [row] = await as(owner, (tx) => tx`select api.find_place(${id}, ${moment}) as place`);
		// the first text that is there from that place on
		const [met] =
			await sql`select min(seq) as seq from public.messages where conversation_id = ${id} and seq >= ${row!.place}`;
		return Number(met!.seq ?? Infinity);
	};
	const later = (seq: number) => new Date(writtenAt(seq).getTime() + 1000);
	expect(await placeAt(writtenAt(0))).toBe(1);
	expect(await placeAt(writtenAt(1000))).toBe(1000);
	expect(await placeAt(later(1000))).toBe(Infinity);
	for (const seq of [2, 17, 333, 499, 601, 999]) {
		expect(await placeAt(writtenAt(seq))).toBe(seq);
		if (seq !== 499) expect(await placeAt(later(seq))).toBe(seq + 1);
	}
	for (const seq of [500, 550, 600]) expect(await placeAt(writtenAt(seq))).toBe(601);

	const stranger = await createPerson(sql, env);
	await expect(as(stranger, (tx) => tx`select api.find_place(${id}, now())`)).rejects.toThrow('not_found');
});
