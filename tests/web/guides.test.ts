import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explained } from '#lib/server/explained-refusals.ts';
import * as guides from '#lib/server/guides.ts';

const all = guides.list.map(({ slug }) => guides.read(slug)!);

test('R7.1 each guide has a title, its examples, and links that lead somewhere', () => {
	const slugs = guides.list.map(({ slug }) => slug);
	for (const { slug, title, html } of all) {
		expect(title, slug).not.toBe('');
		expect(html, slug).toContain(`<h1>${title}</h1>`);
		expect(html, slug).not.toMatch(/\(examples\/|href="[^"]*\.(md|mts|sh)"|style=/);
		for (const [, path = ''] of html.matchAll(/href="(\/docs[^"#]*)/g)) {
			const known = ['/docs', '/docs/errors', '/docs/reference', ...slugs.map((each) => `/docs/${each}`)];
			const code = /^\/docs\/errors\/(\w+)$/.exec(path)?.[1];
			if (!code || !explained(code)) expect(known).toContain(path);
		}
	}
	expect([guides.read('constructor'), guides.read('roles')]).toEqual([null, null]);
});

test('every example is in a guide', () => {
	const shown = all.map(({ html }) => html).join('');
	const names = readdirSync(new URL('../../docs/examples', import.meta.url));
	expect(names.length).toBeGreaterThan(3);
	expect(shown.match(/<pre tabindex="0"><code class="language-(sh|mts)">/g)?.length).toBeGreaterThanOrEqual(
		names.length
	);
});
