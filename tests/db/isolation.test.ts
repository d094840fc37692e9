import { describe, expect, test } from 'vitest';
import { prepareAttempts, undone } from './attempts.ts';
import { tenantFindings } from './findings-tenants.ts';
import { catalogFindings } from './findings.ts';
import { openFunctions } from './matrix-functions.ts';
import { risenPowers } from './matrix-powers.ts';
import { openToKeys, wrongKeyRows, wrongKeyScopes } from './matrix-keys.ts';
import { openTopics } from './matrix-topics.ts';
import { openTables, wrongRows } from './matrix.ts';
import { createWorld } from './world.ts';

describe('the catalog', () => {
	test.each(Object.entries({ ...catalogFindings, ...tenantFindings }))('has nothing of: %s', async (_, find) => {
		expect(await undone(find)).toEqual([]);
	});
});

describe('R1.5 R2.3 the isolation matrix', () => {
	const inWorld = (find: typeof wrongRows) =>
		undone(async (tx) => {
			await prepareAttempts(tx);
			return find(tx, await createWorld(tx));
		});

	test('everyone sees exactly the rows that are theirs to see', async () => {
		expect(await inWorld(wrongRows)).toEqual([]);
	});

	test('nobody inserts, updates, deletes or truncates, and private is closed', async () => {
		expect(await inWorld(openTables)).toEqual([]);
	});

	test("functions serve whom they are for, and tell nobody what is another's", async () => {
		expect(await inWorld(openFunctions)).toEqual([]);
	});

	test('nobody becomes more than they are by a verb called for themselves', async () => {
		expect(await inWorld(risenPowers)).toEqual([]);
	});

	test('topics are heard and spoken on, and files seen and put up, by those with access', async () => {
		expect(await inWorld(openTopics)).toEqual([]);
	});

	test('keys see exactly what their scopes and numbers open, while they are alive', async () => {
		expect(await inWorld(wrongKeyRows)).toEqual([]);
	});

	test('keys execute and write nothing that is not listed, and act by no scope but their own', async () => {
		expect(await inWorld(openToKeys)).toEqual([]);
		expect(await inWorld(wrongKeyScopes)).toEqual([]);
	});
});
