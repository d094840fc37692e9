import { expect, test } from 'vitest';
import { prepareAttempts, undone } from './attempts.ts';
import { staleVerbs, unlistedVerbs, wrongRoles } from './matrix-verbs.ts';
import { createWorld } from './world.ts';

const inWorld = (find: typeof wrongRoles) =>
	undone(async (tx) => {
		await prepareAttempts(tx);
		return find(tx, await createWorld(tx));
	});

test('R1.5 every verb stands in the table of verbs', async () => {
	expect(await undone(unlistedVerbs)).toEqual([]);
});

test('R1.5 R8.1 every verb is for exactly the roles of the table, and leaves one line in the book, or none when refused', async () => {
	expect(await inWorld(wrongRoles)).toEqual([]);
});

test('R6.4 sensitive verbs, and no others, ask for a fresh password, and refuse without a trace', async () => {
	expect(await inWorld(staleVerbs)).toEqual([]);
});
