import { expect, test } from 'vitest';
import { gathering } from '../../supabase/functions/_shared/database-gathering.ts';

/** Asks that are answered when the test says so. */
function holding() {
	const asked: { items: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = [];
	const ask = (items: readonly [number, ...number[]]) =>
		new Promise<string[]>((done, fail) =>
			asked.push({ items, answer: () => done(items.map((item) => `answer ${item}`)), fail })
		);
	return { asked, ask };
}

const turn = () => new Promise((done) => setImmediate(done));

test('what comes while a question is on its way goes together with the next, no more than so many', async () => {
	const { asked, ask } = holding();
	const put = gathering(ask, 3);
	const answers = Promise.all([1, 2, 3, 4, 5].map((item) => put('one', item)));
	for (let at = 0; at < 3; at++) {
		asked[at]?.answer();
		await turn();
	}
	expect(asked.map(({ items }) => items)).toEqual([[1], [2, 3, 4], [5]]);
	expect(await answers).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4', 'answer 5']);
	void put('one', 6);
	expect(asked.at(-1)?.items).toEqual([6]);
});

test('nobody waits for questions about something else', async () => {
	const { asked, ask } = holding();
	const put = gathering(ask, 3);
	void put('one', 1);
	const other = put('other', 2);
	asked[1]?.answer();
	expect(await other).toBe('answer 2');
});

test('where one fails, those that went with it do, and the next are asked all the same', async () => {
	const { asked, ask } = holding();
	const put = gathering(ask, 2);
	const results = [1, 2, 3, 4].map((item) => put('one', item).catch((error: Error) => error.message));
	asked[0]?.answer();
	await turn();
	asked[1]?.fail(new Error('away'));
	await turn();
	asked[2]?.answer();
	expect(await Promise.all(results)).toEqual(['answer 1', 'away', 'away', 'answer 4']);
});
