import { expect, test } from 'vitest';
import * as codes from '#lib/server/codes.ts';
import type { AppDatabase } from '#lib/server/database.ts';

type Stored = { id: string; body: string; sender: string };

/** A database that has no rules yet, and these stored texts. */
function databaseWith(texts: readonly Stored[]): AppDatabase {
	const none = { select: () => none, eq: () => none, order: () => none, limit: () => ({ data: [], error: null }) };
	return {
		from: () => none,
		rpc: () => ({ data: { texts, next: null }, error: null })
	} as unknown as AppDatabase;
}

const wording = (code: number, ref: number) => `Quillon: your code is ${code}. Locker ${ref}`;
const body = wording(6642, 771930);
const own: codes.Text = {
	...{ id: 'own', conversation_id: 'c', body, sender: '+16285550100', pieces: [] },
	codes: ['6642']
};
const from = body.indexOf('771930');
const rule = codes.ruleOf(own, { piece: `${from}-${from + 6}`, verdict: 'code' });

test('R5.3 the text that was corrected changes however old it is, and is the first of those that do', async () => {
	const others = [1, 2].map((n) => ({ id: `other-${n}`, body: wording(5530 + n, 240816 + n), sender: '+16285550101' }));
	const { changes, read } = await codes.replay(databaseWith(others), 'o', rule, own);
	expect(changes.map(({ id, before, after }) => [id, before, after[0]])).toEqual([
		['own', ['6642'], '771930'],
		['other-1', ['5531'], '240817'],
		['other-2', ['5532'], '240818']
	]);
	expect(read).toBe(2);
});

test('R5.3 it counts once where it is among the newest, too', async () => {
	const { changes } = await codes.replay(databaseWith([own]), 'o', rule, own);
	expect(changes.map(({ id }) => id)).toEqual(['own']);
});
