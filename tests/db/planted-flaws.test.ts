/** That the checks of isolation.test.ts and verbs.test.ts can fail: each flaw is planted, found by name, and undone. */
import { expect, test } from 'vitest';
import { prepareAttempts, undone } from './attempts.ts';
import { catalogFindings } from './findings.ts';
import { tenantFindings } from './findings-tenants.ts';
import { actingFlaws } from './flaws-acting.ts';
import { catalogFlaws } from './flaws-catalog.ts';
import { readingFlaws } from './flaws-reading.ts';
import type { Flaw } from './flaws.ts';
import { openFunctions } from './matrix-functions.ts';
import { risenPowers } from './matrix-powers.ts';
import { openTopics } from './matrix-topics.ts';
import { staleVerbs, unlistedVerbs, wrongRoles } from './matrix-verbs.ts';
import { openTables, wrongRows } from './matrix.ts';
import { createWorld } from './world.ts';

const flaws = [...catalogFlaws, ...readingFlaws, ...actingFlaws];
const found = ({ finding }: Flaw) => (typeof finding === 'string' ? finding : expect.stringMatching(finding));

test.each(catalogFlaws)('R1.5 $flaw is found', async (flaw) => {
	const findings = await undone(async (tx) => {
		await tx.unsafe(flaw.plant);
		return (flaw.find as (typeof catalogFindings)['definerDoors'])(tx);
	});
	expect(findings).toContainEqual(found(flaw));
});

test.each([...readingFlaws, ...actingFlaws])('R1.5 $flaw is found', async (flaw) => {
	const findings = await undone(async (tx) => {
		// first of all: what is planted may lock a table, and must not while we hold another
		await tx.unsafe(flaw.plant);
		await prepareAttempts(tx);
		return flaw.find(tx, await createWorld(tx));
	});
	expect(findings).toContainEqual(found(flaw));
});

test('every check of the matrix has bitten', () => {
	const bitten = new Set(flaws.map(({ find }) => find));
	const checks = [
		...Object.values({ ...catalogFindings, ...tenantFindings }),
		...[wrongRows, openTables, openFunctions, openTopics, risenPowers, unlistedVerbs, wrongRoles, staleVerbs]
	];
	expect(checks.filter((check) => !bitten.has(check)).map((check) => check.name)).toEqual([]);
	expect(flaws.length).toBeGreaterThanOrEqual(20);
});
