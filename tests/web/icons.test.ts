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

test('every page of the settings has its sign', async () => {
	const { sections } = await import('#lib/account/settings.ts');
	const signs = readFileSync(join(root, 'web/src/lib/account/settings-signs.svg'), 'utf8');
	const names = sections.flatMap(({ entries }) => entries.map(({ route }) => route.split('/').at(-1)));
	expect([...signs.matchAll(/<symbol id="([a-z-]+)"/g)].map(([, name]) => name)).toEqual(names);
});

test('every entry of the rail and the tabs has its sign', async () => {
	const { places } = await import('#lib/account/places.ts');
	const signs = readFileSync(join(root, 'web/src/lib/account/places-signs.svg'), 'utf8');
	const known = [...signs.matchAll(/<symbol id="([a-z-]+)"/g)].map(([, name]) => name);
	expect(known).toEqual([...places.map(({ sign }) => sign), 'notifications', 'settings', 'more', 'choose']);
});
