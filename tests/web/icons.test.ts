import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainIcon } from '../../lucide.ts';

const root = join(import.meta.dirname, '../..');
const imported = /import (\w+) from '@lucide\/svelte\/icons\/([a-z0-9-]+)'/g;

/** Every source of the pages that draws an icon, and the icons it knows. */
const users = readdirSync(join(root, 'web/src'), { recursive: true, encoding: 'utf8' })
	.filter((file) => /\.(svelte|ts)$/.test(file))
	.map((file) => ({ file, text: readFileSync(join(root, 'web/src', file), 'utf8') }))
	.map(({ file, text }) => ({
		file,
		text,
		icons: [...text.matchAll(imported)].map(([, name = '', icon = '']) => ({ name, icon }))
	}))
	.filter(({ icons }) => icons.length > 0);

describe('icons', () => {
	test.each([...new Set(users.flatMap(({ icons }) => icons.map(({ icon }) => icon)))])('%s is plain markup', (icon) => {
		const folder = join(root, 'node_modules/@lucide/svelte/dist/icons');
		const entry = readFileSync(join(folder, `${icon}.js`), 'utf8');
		const own = /from "?'?\.\/([a-z0-9-]+\.svelte)/.exec(entry)?.[1] ?? '';
		const drawn = plainIcon(readFileSync(join(folder, own), 'utf8'));
		expect(drawn).toMatch(/^<svg class="lucide"[^<>]*aria-hidden="true">(<[a-z]+( [a-z0-9]+="[^"<>]+")+ \/>)+<\/svg>$/);
	});

	test('take no attributes: they are plain markup, and app.css says how they look', () => {
		const given = users.flatMap(({ file, text, icons }) =>
			icons.filter(({ name }) => new RegExp(`<${name}\\s+[^/\\s]`).test(text)).map(({ name }) => `${file}: <${name} …>`)
		);
		expect(given).toEqual([]);
	});

	test('whose source looks otherwise stop the build', () => {
		expect(() => plainIcon('<script>const data = {}</script>')).toThrow(/lucide\.ts/);
	});
});
