import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the Supabase advisors have nothing to warn of', async () => {
	const { stdout, stderr } = await promisify(execFile)(
		`${root}node_modules/.bin/supabase`,
		['db', 'advisors', '--level', 'warn', '--fail-on', 'warn', `--remote=${stack.env.DATABASE_URL}`, '--workdir', root],
		{ env: { ...process.env, PGSSLMODE: 'disable' } }
	);
	expect(stdout + stderr).toContain('No issues found');
});
