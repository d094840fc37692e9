/** Bytes of script a page loads, gzipped, from the built app: what its nodes and the start-up import, each file once. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Result } from './measure.ts';

type Manifest = {
	client: { imports: string[] };
	nodes: (() => Promise<{ imports: string[] }>)[];
	routes: { id: string; page: { layouts: (number | undefined)[]; errors: (number | undefined)[]; leaf: number } | null }[];
};

/** What each page may weigh, in kB of 1,000 bytes. */
const budgets = [
	{ name: 'Sign-in page', route: '/(visitor)/sign-in', kilobytes: 45 },
	{ name: 'Sign-up page', route: '/(visitor)/sign-up', kilobytes: 45 },
	{ name: 'Inbox', route: '/(member)/[slug]/inbox', kilobytes: 100 },
	{ name: 'Thread', route: '/(member)/[slug]/inbox/[conversation]', kilobytes: 100 }
];

/** Measures every page with a budget. Wants a build in `build/` (npm run build). */
export async function bytes(): Promise<Result[]> {
	const manifest = await readManifest();
	const known = budgets.filter(({ route }) => manifest.routes.some(({ id }) => id === route));
	return Promise.all(
		known.map(async ({ name, route, kilobytes }) => {
			const weight = (await weighRoute(manifest, route)) / 1000;
			return {
				name: `${name}: script a page loads, gzipped`,
				ratio: weight / kilobytes,
				bar: `at most ${kilobytes} kB`,
				holds: weight <= kilobytes,
				figures: { kB: weight }
			};
		})
	);
}

async function readManifest(): Promise<Manifest> {
	const path = join('build', 'server', 'manifest.js');
	if (!existsSync(path)) throw new Error('There is no build to weigh. Run npm run build first.');
	const { manifest }: { manifest: Manifest } = await import(pathToFileURL(path).href);
	return manifest;
}

/** Gzipped bytes of all scripts a route loads, with the error pages that Kit fetches beside it. */
async function weighRoute(manifest: Manifest, route: string): Promise<number> {
	const page = manifest.routes.find(({ id }) => id === route)?.page;
	if (!page) throw new Error(`${route} is no page of this build`);
	const numbers = [...page.layouts, ...page.errors, page.leaf].filter((number) => number !== undefined);
	const nodes = await Promise.all(numbers.map((number) => manifest.nodes[number]?.()));
	const files = new Set([...manifest.client.imports, ...nodes.flatMap((node) => node?.imports ?? [])]);
	let total = 0;
	for (const file of files) if (file.endsWith('.js')) total += gzipSync(readFileSync(join('build', 'client', file))).length;
	return total;
}
