/** Who may import whom, and which packages live where: the house rules as data. A trespass is printed with its file. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

type Room = { name: string; inside: RegExp; may: string[] };

/** The first room whose pattern fits a path is the path's room. A room may always import itself. */
const rooms: Room[] = [
	{ name: 'core', inside: /^supabase\/functions\/_shared\/core\//, may: [] },
	{ name: 'database types', inside: /^supabase\/functions\/_shared\/database\.types\.ts$/, may: [] },
	{ name: 'carriers', inside: /^supabase\/functions\/_shared\/carriers\//, may: ['core'] },
	{ name: 'mail', inside: /^supabase\/functions\/_shared\/mail\//, may: ['core'] },
	{ name: 'outbound', inside: /^supabase\/functions\/_shared\/outbound\//, may: ['core'] },
	{ name: 'push', inside: /^supabase\/functions\/_shared\/push\//, may: ['core'] },
	{ name: 'payments', inside: /^supabase\/functions\/_shared\/payments\//, may: ['core', 'database'] },
	{
		name: 'webhooks',
		inside: /^supabase\/functions\/_shared\/webhooks\//,
		may: ['core', 'carriers', 'http', 'database']
	},
	{ name: 'http', inside: /^supabase\/functions\/_shared\/http\//, may: ['core'] },
	{ name: 'database', inside: /^supabase\/functions\/_shared\/database/, may: ['core', 'database types'] },
	{
		name: 'functions/*',
		inside: /^supabase\/functions\/([^/]+)\//,
		may: ['core', 'carriers', 'mail', 'outbound', 'push', 'payments', 'webhooks', 'http', 'database', 'database types']
	},
	{ name: 'web/lib/ui', inside: /^web\/src\/lib\/ui\//, may: [] },
	{ name: 'web/lib/realtime', inside: /^web\/src\/lib\/realtime\//, may: ['core', 'database types'] },
	{
		name: 'web/lib/server/operators',
		inside: /^web\/src\/lib\/server\/operators\//,
		may: ['core', 'database types', 'web/lib/server']
	},
	{ name: 'web/lib/server', inside: /^web\/src\/lib\/server\//, may: ['core', 'database types'] },
	{ name: 'web/lib/*', inside: /^web\/src\/lib\/([^/]+)\//, may: ['core', 'web/lib/ui', 'web/lib/realtime'] },
	{
		name: 'web/routes',
		inside: /^web\//,
		may: ['core', 'web/lib/ui', 'web/lib/realtime', 'web/lib/server', 'web/lib/server/operators', 'web/lib/*']
	},
	{ name: 'stack', inside: /^stack\//, may: ['core'] },
	// what developers copy: it stands alone
	{ name: 'docs/examples', inside: /^docs\/examples\//, may: [] },
	{ name: 'tests', inside: /^tests\//, may: ['*'] },
	{ name: 'root', inside: /^[^/]+$/, may: ['tests', 'root'] }
];

/** A package in this table may be imported from these rooms only. */
const contained: [package_: RegExp, rooms: string[]][] = [
	[/^@supabase\//, ['web/lib/server', 'web/lib/realtime', 'stack', 'tests']],
	[/^nodemailer($|\/)/, ['mail', 'tests']],
	[/^postgres$/, ['database', 'stack', 'tests']],
	[/^stripe($|\/)/, ['payments', 'functions/stripe', 'functions/worker', 'tests']],
	[/^web-push($|\/)/, ['push', 'stack', 'tests']],
	[/^(lucia|otpauth|uqr)($|\/)/, ['web/lib/server/operators', 'tests']]
];

/** The core knows no clock, chance, network or environment; these packages are pure. */
const purePackages = /^(zod|libphonenumber-js|deno-std\/csv|@zxcvbn-ts\/(core|language-(common|en)))($|\/)/;
const impure = /\b(Date\.now|new Date\(\)|Math\.random|crypto\.(randomUUID|getRandomValues)|process\.|Deno\.|fetch\()/;

const ignored = new Set([
	'node_modules',
	'.git',
	'.stack',
	'.svelte-kit',
	'build',
	'test-results',
	'playwright-report'
]);

function files(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		if (ignored.has(entry.name)) return [];
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return files(path);
		return /\.(ts|js|svelte)$/.test(entry.name) ? [relative(root, path).split(sep).join('/')] : [];
	});
}

const imports = (source: string): string[] => {
	const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
	return [
		...code.matchAll(
			/(?:^|[\s;])(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g
		)
	].map((match) => match[1] ?? match[2] ?? '');
};

/** A room's name with what its pattern captured, so that two functions or two features are two rooms. */
function roomOf(path: string): { room: Room; name: string } {
	for (const room of rooms) {
		const match = room.inside.exec(path);
		if (match) return { room, name: room.name.replace('*', match[1] ?? '*') };
	}
	throw new Error(`${path} stands in no room`);
}

/** Where an import leads: a path of ours, or null for a package. */
function target(from: string, specifier: string): string | null {
	if (specifier.startsWith('#lib/')) return `web/src/lib/${specifier.slice(5)}`;
	if (specifier.startsWith('#core/')) return `supabase/functions/_shared/core/${specifier.slice(6)}`;
	if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier));
	return null;
}

/** Every trespass of one file, in words. */
function trespasses(path: string, source: string): string[] {
	const from = roomOf(path);
	return imports(source).flatMap((specifier) => {
		const to = target(path, specifier);
		if (to === null || to.startsWith('..')) {
			const rule = contained.find(([name]) => name.test(specifier));
			if (rule && !rule[1].includes(from.name)) return [`${path} imports ${specifier}, which ${from.name} may not`];
			if (from.name === 'core' && !purePackages.test(specifier))
				return [`${path} imports ${specifier}: core takes pure packages only`];
			if (specifier === 'svelte' && from.name === 'web/lib/server') return [`${path} imports svelte`];
			return [];
		}
		if (to.includes('/$types') || to.startsWith('build/')) return [];
		const there = roomOf(to);
		if (there.name === from.name || from.room.may.includes('*') || from.room.may.includes(there.room.name)) return [];
		return [`${path} (${from.name}) imports ${to} (${there.name})`];
	});
}

const all = files(root);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

test('nobody imports what the table does not allow', () => {
	expect(all.flatMap((path) => trespasses(path, read(path)))).toEqual([]);
});

test('the table bites', () => {
	const planted: [string, string][] = [
		['supabase/functions/_shared/core/x.ts', "import { x } from '../database.ts';"],
		['supabase/functions/_shared/core/x.ts', "import { readFile } from 'node:fs';"],
		['supabase/functions/twilio/x.ts', "export { x } from '../worker/app.ts';"],
		['web/src/lib/conversations/x.ts', "import { y } from '#lib/server/people.ts';"],
		['web/src/lib/conversations/x.ts', "import { y } from '#lib/account/x.ts';"],
		['web/src/lib/conversations/x.ts', "import { createClient } from '@supabase/supabase-js';"],
		['web/src/lib/ui/X.svelte', "import { x } from '#core/phone.ts';"],
		['stack/x.ts', "import { app } from '../supabase/functions/twilio/app.ts';"],
		['web/src/routes/x.ts', "const x = await import('../../../tests/support/stack.ts');"],
		['supabase/functions/worker/x.ts', "import { createTransport } from 'nodemailer';"],
		['web/src/lib/server/x.ts', "import postgres from 'postgres';"],
		['web/src/lib/server/x.ts', "import { Lucia } from 'lucia';"],
		['web/src/lib/server/x.ts', "import { x } from './operators/realm.ts';"]
	];
	for (const [path, source] of planted) expect(trespasses(path, source), `${path}: ${source}`).toHaveLength(1);
	expect(trespasses('web/src/routes/x.ts', "import { y } from '#lib/server/people.ts';")).toEqual([]);
});

test('the core knows no clock, chance, network or environment', () => {
	const core = all.filter((path) => roomOf(path).name === 'core');
	expect(core.filter((path) => impure.test(read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))).toEqual([]);
});

test('no room is called utils, helpers, common, services or managers', () => {
	expect(all.filter((path) => /(^|\/)(utils?|helpers?|common|services|managers)(\/|\.)/i.test(path))).toEqual([]);
});

test('every version is exact, and the same in package.json and in every deno.json', () => {
	const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
	const pinned = { ...manifest.dependencies, ...manifest.devDependencies };
	expect(Object.entries(pinned).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
	const functions = readdirSync(join(root, 'supabase/functions'), { withFileTypes: true }).filter(
		(entry) => entry.isDirectory() && entry.name !== '_shared'
	);
	expect(functions.length).toBeGreaterThan(0);
	for (const { name } of functions) {
		const { imports: map } = JSON.parse(read(`supabase/functions/${name}/deno.json`)) as {
			imports: Record<string, string>;
		};
		for (const [specifier, address] of Object.entries(map)) {
			const [, package_ = '', version = ''] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(address) ?? [];
			expect(pinned[package_], `${name}/deno.json maps ${specifier} to ${address}`).toBe(version);
		}
	}
});

test('the lockfile installs on every platform and names no registry', () => {
	const text = read('package-lock.json');
	const { packages } = JSON.parse(text) as {
		packages: Record<string, { optionalDependencies?: Record<string, string> }>;
	};
	const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
		Object.entries(optionalDependencies)
			.filter(([, version]) => /^\d/.test(version))
			.filter(([name]) => {
				for (let folder = at; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
					if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return false;
					if (!folder) return true;
				}
			})
			.map(([name]) => `${at} wants ${name}`)
	);
	expect(missing).toEqual([]);
	expect(text).not.toMatch(/"resolved"/);
});
