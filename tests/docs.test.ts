import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { failures } from '#core/failures.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/verifications-api.md');
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block);

test('the code in the guide is the code that a browser test runs', () => {
	expect(blocks).toHaveLength(1);
	const spec = read('tests/e2e/wait-for-code.spec.ts').replaceAll('siteName', "'Marigold'");
	expect(spec).toContain("from '../../docs/examples/codes.mts'");
	for (const line of blocks[0]!.trim().split('\n')) expect(spec).toContain(line.replace(/;$/, ''));
});

test.each(['verifications', 'numbers', 'files'])(
	'the refusals in the guide to %s are those of the catalogue, with their statuses',
	(about) => {
		const page = read(`docs/${about}-api.md`);
		const rows = [...page.matchAll(/^\| (\d{3}(?:, \d{3})*) \| (.*) \|$/gm)];
		expect(rows.length).toBeGreaterThan(4);
		for (const [, statuses = '', codes = ''] of rows) {
			for (const [, code = ''] of codes.matchAll(/`([a-z_]+)`/g)) {
				expect(statuses.split(', '), code).toContain(String(failures[code as keyof typeof failures].status));
			}
		}
	}
);
