import { expect, test } from 'vitest';
import { failures } from '#core/failures.ts';
import { stack } from '../support/shared-stack.ts';

test('every refusal in SQL has the status and the sentence of the catalogue', async () => {
	const functions = await stack.sql<{ name: string; prosrc: string }[]>`
		select oid::regprocedure::text as name, prosrc from pg_proc
		where pronamespace::regnamespace::text in ('public', 'api', 'service', 'private')`;
	const refusals = functions.flatMap(({ name, prosrc }) =>
		[...prosrc.matchAll(/private\.fail\((\d+), '(\w+)',\s*'((?:[^']|'')*)'(?:, retry_at)?\)/g)].map(
			([, status, slug, sentence]) => ({
				name,
				slug,
				status: Number(status),
				says: sentence?.replaceAll("''", "'")
			})
		)
	);
	const calls = functions.reduce((sum, { prosrc }) => sum + (prosrc.match(/private\.fail\(/g)?.length ?? 0), 0);
	expect(refusals).toHaveLength(calls);
	expect(calls).toBeGreaterThan(10);
	const catalogue: Record<string, { status: number; says: string }> = failures;
	const strange = refusals.filter(
		({ slug, status, says }) => catalogue[slug!]?.status !== status || catalogue[slug!]?.says !== says
	);
	expect(strange).toEqual([]);
});
