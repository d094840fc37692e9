import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';

const migrations = new URL('../../supabase/migrations/', import.meta.url);

test('R2.6 whatever the migrations have the clock do, it does: no job takes the place of another of its name', async () => {
	const written = readdirSync(migrations).flatMap((file) =>
		[...readFileSync(new URL(file, migrations), 'utf8').matchAll(/cron\.schedule\('([^']+)',/g)].map(([, name]) => name)
	);
	const jobs = await stack.sql<{ jobname: string }[]>`select jobname from cron.job where active`;
	const names = jobs.map(({ jobname }) => jobname);
	expect(written.length).toBeGreaterThan(30);
	expect(names.filter((name) => written.includes(name)).sort()).toEqual(written.sort());
});
