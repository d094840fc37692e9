/**
 * That the checks of isolation.test.ts and verbs.test.ts can fail: each flaw is planted, found by name, and undone. On a stack of
 * its own: a policy that is taken away and put back keeps everybody else from the table for seconds.
 */
import { afterAll, expect, test, vi } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { prepareAttempts, undone } from './attempts.ts';
import { catalogFindings } from './findings.ts';
import { tenantFindings } from './findings-tenants.ts';
import { actingFlaws } from './flaws-acting.ts';
import { catalogFlaws } from './flaws-catalog.ts';
import { keyFlaws } from './flaws-keys.ts';
import { readingFlaws } from './flaws-reading.ts';
import type { Flaw } from './flaws.ts';
import { openFunctions } from './matrix-functions.ts';
import { risenPowers } from './matrix-powers.ts';
import { openToKeys, wrongKeyRows, wrongKeyScopes } from './matrix-keys.ts';
import { openTopics } from './matrix-topics.ts';
import { staleVerbs, unlistedVerbs, wrongRoles } from './matrix-verbs.ts';
import { openTables, wrongRows } from './matrix.ts';
import type { Stack } from '../support/stack.ts';
import { createWorld, type World } from './world.ts';

vi.mock('../support/shared-stack.ts', async () => {
	const { startStack } = await import('../support/stack.ts');
	return { stack: await startStack() };
});
afterAll(() => (stack as Stack).stop());

const flaws = [...catalogFlaws, ...readingFlaws, ...actingFlaws, ...keyFlaws];
/** Of the personas only those whom the finding names, if it names any: what others see says nothing of this flaw. */
function narrowed(world: World, { finding }: Flaw): World {
	const named = world.personas.filter(({ name }) => String(finding).includes(name));
	return named.length > 0 ? { ...world, personas: named } : world;
}

const found = ({ finding }: Flaw) => (typeof finding === 'string' ? finding : expect.stringMatching(finding));

test.each(catalogFlaws)('R1.5 $flaw is found', async (flaw) => {
	const findings = await undone(async (tx) => {
		await tx.unsafe(flaw.plant);
		return (flaw.find as (typeof catalogFindings)['definerDoors'])(tx);
	});
	expect(findings).toContainEqual(found(flaw));
});

test.each([...readingFlaws, ...actingFlaws, ...keyFlaws])('R1.5 $flaw is found', async (flaw) => {
	const findings = await undone(async (tx) => {
		// first of all: what is planted may lock a table, and must not while we hold another
		await tx.unsafe(flaw.plant);
		await prepareAttempts(tx);
		return flaw.find(tx, narrowed(await createWorld(tx), flaw));
	});
	expect(findings).toContainEqual(found(flaw));
});

test('every check of the matrix has bitten', () => {
	const bitten = new Set(flaws.map(({ find }) => find));
	const checks = [
		...Object.values({ ...catalogFindings, ...tenantFindings }),
		...[wrongRows, openTables, openFunctions, openTopics, risenPowers, unlistedVerbs, wrongRoles, staleVerbs],
		...[openToKeys, wrongKeyRows, wrongKeyScopes]
	];
	expect(checks.filter((check) => !bitten.has(check)).map((check) => check.name)).toEqual([]);
	expect(flaws.length).toBeGreaterThanOrEqual(20);
});
